"""What an exchange came to, as values for pages, programs and the journal."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from collector.errors import CollectorError
from sync.errors import SyncError

TOLERATED_CLOCK_SECONDS: Final = 300.0
"""A clock that is wrong by less is not worth a word."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, by its code, with what its sentence needs."""

    code: str
    context: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SyncReport:
    """What was sent and received, what remains, and what went wrong.

    Numbers of revisions, but for `conflicts` (records that show different values now and did not before) and files.
    `waiting` is what is held until something before it arrives; `refused` what the centre did not apply.
    `clock_error_seconds` is how far this laptop's clock is ahead; None if the centre did not say.
    """

    sent: int = 0
    received: int = 0
    relayed: int = 0
    files_sent: int = 0
    files_received: int = 0
    remaining: int = 0
    remaining_records: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    conflicts: int = 0
    refused: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    clock_error_seconds: float | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether everything went through."""
        return not self.problems

    def note(self, error: CollectorError | SyncError) -> None:
        """Add what went wrong; the same thing only once."""
        context = {name: _plain(value) for name, value in error.context.items()}
        problem = Problem(error.code, context)
        if all(each.code != problem.code for each in self.problems):
            self.problems.append(problem)

    def as_values(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return {"done": self.is_done, **asdict(self)}


def read_report(values: dict[str, Any]) -> SyncReport:
    """Read what `as_values` gave; what another version added is left out."""
    known = {name: value for name, value in values.items() if name in SyncReport.__slots__}
    known["problems"] = [Problem(each["code"], dict(each["context"])) for each in known.get("problems", ())]
    return SyncReport(**known)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
