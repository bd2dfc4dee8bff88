"""What can go wrong when an answer sheet is kept."""

from collector.errors import CollectorError


class RoundNotOpen(CollectorError):
    """The round is not open: nobody can be asked yet, or any more."""

    code = "round_not_open"
    status = 409


class PaperNumberTaken(CollectorError):
    """A sheet with this number was entered already."""

    code = "paper_number_taken"
    status = 409


class SheetNotFound(CollectorError):
    """No sheet belongs to this withdrawal code, or to what a phone sent earlier."""

    code = "sheet_not_found"
    status = 404


class SheetLeftUrn(CollectorError):
    """The sheet was mixed with others and can no longer be told apart to be corrected."""

    code = "sheet_left_urn"
    status = 409
