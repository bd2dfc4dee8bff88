"""How far an exchange has come, for whoever looks on: a page, a bar of a command, or nobody."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from collector.replication.errors import SyncStopped
from collector.words import N_

PHASES: Final = {
    "connecting": N_("Asking the centre"),
    "sending": N_("Sending"),
    "relaying": N_("Delivering what was carried for others"),
    "receiving": N_("Receiving"),
    "files": N_("Photos and papers"),
    "done": N_("Finished"),
}
"""The parts of an exchange in their order, and the words for them."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an exchange is: `done` of `total` in the phase (0: unknown), in revisions; with files in bytes."""

    phase: str = "connecting"
    done: int = 0
    total: int = 0
    bundles: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    def as_values(self) -> dict[str, Any]:
        """Give the step as plain values."""
        return asdict(self)


class Progress:
    """Collects the steps of one exchange and can have it stop."""

    def __init__(self, on_step: Callable[[Step], None] = lambda _: None) -> None:
        self._on_step = on_step
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._step = Step()

    @property
    def step(self) -> Step:
        """Where the exchange is now."""
        return self._step

    def begin(self, phase: str, total: int = 0) -> None:
        """Begin a phase."""
        self._show(phase=phase, done=0, total=total)

    def reach(self, done: int) -> None:
        """Say how far the phase has come; it never goes back."""
        self._show(done=max(done, self._step.done), total=max(self._step.total, done) if self._step.total else 0)

    def add(self, *, done: int = 0, bundles: int = 0) -> None:
        """Add to what was done."""
        self._show(done=self._step.done + done, bundles=self._step.bundles + bundles)

    def count_bytes(self, sent: int, received: int) -> None:
        """Say how many bytes went over the network in all."""
        self._show(bytes_sent=sent, bytes_received=received)

    def stop(self) -> None:
        """Have the exchange end at its next step."""
        self._stopping.set()

    def check(self) -> None:
        """Go on, or end because somebody asked for it.

        :raises SyncStopped: if it was asked to stop.
        """
        if self._stopping.is_set():
            raise SyncStopped()

    def _show(self, **changes: Any) -> None:
        with self._guard:
            self._step = replace(self._step, **changes)
        self._on_step(self._step)
