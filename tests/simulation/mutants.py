"""Machines with one protection taken out, each of which the simulator must notice."""

from simulation.nodes import Build
from sync.feed import Cursor, Feed
from sync.heads import Branch
from sync.holding import Holding
from sync.judging import Origin
from sync.pushing import Pusher
from sync.receiving import Receiver
from sync.segments import Segment
from sync.storage import Connection, Row


class NoDedup(Receiver):
    """Takes what it holds already for something else."""

    def _differs(self, row: Row, chain: bytes) -> bool:
        return True


class NoForkCheck(Receiver):
    """Takes something else under a held number for what it holds."""

    def _differs(self, row: Row, chain: bytes) -> bool:
        return False


class NoTripwire(Receiver):
    """Goes on under its name when somebody else wrote under it."""

    def _guard_name(self, connection: Connection, segment: Segment) -> None:
        return


class NoCursorCheck(Feed):
    """Believes every cursor."""

    def verifies(self, connection: Connection, cursor: Cursor, incarnation: str) -> bool:
        """Believe it."""
        return True


class NoReOffering(Pusher):
    """Offers what it wrote itself and nothing else."""

    def offers(self, branch: Branch) -> bool:
        """Only own epochs."""
        return branch.device == self._receiver.device


class NoHolding(Holding):
    """Throws away what comes too early."""

    def add(self, connection: Connection, segment: Segment, origin: Origin, refused: str | None) -> None:
        """Forget it."""


MUTANTS = {
    "dedup": Build(receiver=NoDedup),
    "fork check": Build(receiver=NoForkCheck),
    "pull tripwire": Build(receiver=NoTripwire),
    "cursor check": Build(feed=NoCursorCheck),
    "re-offering": Build(pusher=NoReOffering),
    "gap holding": Build(holding=NoHolding),
}
