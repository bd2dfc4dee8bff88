"""The error tree of the law package.

Each class has a stable `code` and an HTTP `status`, and carries the values that made it in `context`; the
words for the screen are added at the edge. Nothing here knows Flask.
"""

from __future__ import annotations


class LawError(Exception):
    """A question to the rules of law that has no answer."""

    code = "law_error"
    status = 400

    def __init__(self, **context: object) -> None:
        super().__init__(self.code, context)
        self.context = context


class UnknownMatter(LawError):
    """There is no matter of this code (known: 1 to 6 and convention)."""

    code = "unknown_matter"


class RuleNotFound(LawError):
    """No threshold of the table was in force for this matter, day and scope."""

    code = "rule_not_found"
    status = 404


class NoVoters(LawError):
    """The number of households (or villages) entitled to vote is not above zero."""

    code = "no_voters"


class NegativeCount(LawError):
    """A count of votes or households is below zero."""

    code = "negative_count"


class YesExceedsTotal(LawError):
    """More votes in favour than there are households (or villages)."""

    code = "yes_exceeds_total"


class RepresentedExceedsTotal(LawError):
    """More households represented than there are households."""

    code = "represented_exceeds_total"


class RepresentedMissing(LawError):
    """The rule has a condition on attendance, and the number of households represented was not given."""

    code = "represented_missing"


class UnknownMeetingKind(LawError):
    """There is no kind of meeting of this code."""

    code = "unknown_meeting_kind"


class NegativeDuration(LawError):
    """A number of working days is below zero."""

    code = "negative_duration"


class UnknownPeriod(LawError):
    """A label names no reporting period (known: 2026, 2026-H1, 2026-H2)."""

    code = "unknown_period"


class UnknownItem(LawError):
    """There is no item of publicity of this code (known: 1 to 14)."""

    code = "unknown_item"


class UnknownForm(LawError):
    """There is no form of publicity of this code."""

    code = "unknown_form"
