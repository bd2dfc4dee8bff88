"""What can go wrong when a round is prepared, drawn, asked and closed."""

from collector.errors import CollectorError


class RoundNotPlanned(CollectorError):
    """The round is open or closed: its design can no longer be changed."""

    code = "round_not_planned"
    status = 409


class AlreadyDrawn(CollectorError):
    """The households of this round were drawn; the draw is never repeated."""

    code = "already_drawn"
    status = 409


class HouseholdListMissing(CollectorError):
    """A village of the round has no list of households here."""

    code = "household_list_missing"
    status = 409


class RoundRegisterMissing(CollectorError):
    """A village of the round has no register, so it is not known out of how many people are asked."""

    code = "round_register_missing"
    status = 409


class MoreAskedThanRegistered(CollectorError):
    """More households would be asked in a village than its register counts."""

    code = "more_asked_than_registered"
    status = 409


class SampleTooSmall(CollectorError):
    """Too few households to ask at least a few in every village."""

    code = "sample_too_small"
    status = 422


class SampleTooLarge(CollectorError):
    """More households than there are."""

    code = "sample_too_large"
    status = 422


class NotReplaceable(CollectorError):
    """The household was asked, refused, was not met or is replaced already: it keeps its place."""

    code = "not_replaceable"
    status = 409


class TickedTwice(CollectorError):
    """A household is ticked as asked and as not asked at once."""

    code = "ticked_twice"
    status = 422


class TooManyForms(CollectorError):
    """More blank forms at once than the laptop prints in reasonable time."""

    code = "too_many_forms"
    status = 422


class DimensionNotAsked(CollectorError):
    """The chosen questionnaire has no question about a dimension that the round asks for."""

    code = "dimension_not_asked"
    status = 422


class RoundNotPrintable(CollectorError):
    """Blank sheets are printed only while people are being asked."""

    code = "round_not_printable"
    status = 409
