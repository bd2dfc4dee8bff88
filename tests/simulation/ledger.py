"""What really happened: who wrote what, having seen what. Kept beside the simulated world, never read by it."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Write:
    """A revision that was written: by which disk, and which writes its author saw and replaced, per field.

    Writes are known by the mark of their hash; salts make every one different.
    """

    mark: str
    device: str
    root: str
    sequence: int
    record: str
    kind: str
    unit: str
    fields: tuple[str, ...]
    replaces: dict[str, frozenset[str]] = field(default_factory=dict)
    erases: frozenset[str] = frozenset()
    is_poison: bool = False


@dataclass
class Ledger:
    """All writes by their mark, in order, and what became of them.

    `received` ever came to a centre: a restored one may have lost them since. `revocations` say how many writes there
    were when a device was revoked, `revoked` those that are known in the end; `released` were let through by a person.
    """

    writes: dict[str, Write] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)

    revocations: dict[tuple[str, int], int] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    order: dict[str, int] = field(default_factory=dict)

    def note_revoked(self, device: str, at_ms: int) -> None:
        """Note that from now on nothing that this device writes counts."""
        self.revocations[device, at_ms] = len(self.order)

    def settle_revoked(self, known: Iterable[tuple[str, int]]) -> None:
        """Say which revocations are known in the end: of a forgotten one, all who knew of it may have gone under."""
        self.revoked = {device: self.revocations[device, at_ms] for device, at_ms in known}

    def add(self, write: Write) -> None:
        """Note a write."""
        assert write.mark not in self.writes
        self.writes[write.mark] = write
        self.order[write.mark] = len(self.order)
