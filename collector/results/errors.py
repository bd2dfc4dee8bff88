"""What can go wrong when a result is asked for."""

from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class RoundNotClosed(CollectorError):
    """People are still being asked: a report for others can be made only when the round is closed."""

    code = "round_not_closed"
    status = 409


class UnknownReport(CollectorError):
    """There is no report of this format."""

    code = "unknown_report"
    status = 404


class NoClosedRounds(CollectorError):
    """No round was closed in a period."""

    code = "no_closed_rounds"
    status = 404


WORDS: Final = {
    "round_not_closed": (
        N_("People are still being asked in this round."),
        N_("Please close the round first; then its report can be made."),
    ),
    "unknown_report": (
        N_("There is no such report."),
        N_("Go back to the results and choose one of the files there."),
    ),
    "no_closed_rounds": (
        N_("No round was closed in this period: %(period)s"),
        N_("Please choose another period, for example 2026 or 2026-H1."),
    ),
}
