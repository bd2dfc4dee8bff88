"""What is known of this laptop's clock since the centre said how wrong it was. Forgotten when the program ends."""

from collections.abc import Callable
from dataclasses import dataclass, field

from collector.clock import read_offset_seconds


@dataclass
class ClockWatch:
    """Knows by how much the clock was set since it was measured; `read_offset` compares it with a steady one."""

    read_offset: Callable[[], float] = read_offset_seconds
    _measured: tuple[float, float] | None = field(default=None, init=False)

    def note(self, error_seconds: float) -> None:
        """Note by how much the clock is ahead now."""
        self._measured = error_seconds, self.read_offset()

    def correct(self, error_seconds: float) -> float:
        """Give by how much the clock is ahead now if it was by so much at its last measurement.

        One that was measured elsewhere, or before the program began, stays as it was.
        """
        if self._measured is None or self._measured[0] != error_seconds:
            return error_seconds
        return error_seconds + self.read_offset() - self._measured[1]
