"""Machines with one protection taken out, each of which the simulator must notice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulation.nodes import Build
from simulation.packing import PlainPacker
from simulation.shelves import MemoryShelf
from sync.centre import Centre, CentreAdmission
from sync.errors import StorageFull
from sync.evicting import evict, list_leaving, may_evict
from sync.feed import Cursor, Feed
from sync.heads import Branch
from sync.holding import Holding
from sync.judging import Arrival, Origin, Verdict
from sync.messages import Claim, Page, PullRequest, Receipt
from sync.pulling import Pulled, Puller, put_cursor
from sync.pushing import Pusher
from sync.receiving import Receiver
from sync.relaying import Delivered, Relay
from sync.revisions import Body, Reference
from sync.segments import Segment, Tip
from sync.storage import Connection, Row
from sync.visibility import Places
from sync.vouching import weigh_word


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


class NoErasing(Receiver):
    """Takes a redaction in and leaves what it names."""

    def _apply(self, work: Any, arrival: Arrival, verdict: Verdict) -> None:
        if verdict.applied is not None:
            work.outcome.changed.add(verdict.applied.record)


class NoFilling(Receiver):
    """Never takes a body of which it had the hash first."""

    def _fill(self, work: Any, at: int, row: Row) -> None:
        return


class NoRefusals(Receiver):
    """Does not believe the centre about what it refused."""

    def _mark_refused(self, work: Any) -> None:
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


class NoAsking(Pusher):
    """Remembers what the centre had of its own epochs instead of asking."""

    def offers(self, branch: Branch) -> bool:
        """Only what the centre never acknowledged."""
        return branch.tip.sequence > branch.received


class NoHolding(Holding):
    """Throws away what comes too early."""

    def add(self, connection: Connection, segment: Segment, origin: Origin, refused: str | None) -> None:
        """Forget it."""


class NoEvictionCheck(Puller):
    """Lets everything go that seems to lie outside, whoever else has it."""

    def _tidy(self, pulled: Pulled) -> None:
        with self._storage.writing() as connection:
            if may_evict(connection):
                connection.execute("UPDATE epoch SET received = head_sequence WHERE received < head_sequence")
                self._on_change(connection, evict(connection, list_leaving(connection).records))


class NoVisibilityCheck(Puller):
    """Goes by what it knows itself of what it may see."""

    def _find_visible(self, records: Sequence[str]) -> set[str]:
        return set()


class NoEviction(Puller):
    """Keeps what left its scope."""

    def _tidy(self, pulled: Pulled) -> None:
        return


class CursorFirst(Puller):
    """Keeps the cursor before what came with it."""

    def _take(self, request: PullRequest, page: Page, pulled: Pulled) -> None:
        if page.is_known and page.scope is None and page.segments:
            with self._storage.writing() as connection:
                put_cursor(connection, page.cursor)
        super()._take(request, page, pulled)


class NoRelaying(Relay):
    """Carries and never delivers."""

    def deliver(self) -> int:
        """Deliver nothing."""
        return 0


class NoSecondTry(Relay):
    """Takes every failure for the end of the matter, and never asks after what it delivered."""

    def _look_after(self, life: str, delivered: Delivered) -> None:
        return

    def _deliver(self, name: str, life: str, *, may_go_on: bool) -> None:
        with self._storage.writing() as connection:
            connection.execute("UPDATE carried SET delivered_to = :life WHERE id = :id", {"id": name, "life": life})
        super()._deliver(name, life, may_go_on=may_go_on)


class NoProofCheck(PlainPacker):
    """Believes whoever says what somebody else wrote."""

    def is_proven(self, signer: str, segment: Segment) -> bool:
        """Believe it."""
        return True


class NoRevocation(CentreAdmission):
    """Takes from revoked devices as from others."""

    def refuse_author(self, connection: Connection, device: str, epoch: str) -> str | None:
        """Refuse nobody."""
        return None


class NoRights(CentreAdmission):
    """Lets everybody write everywhere."""

    def refuse_body(self, places: Places, device: str, body: Body, lane: str) -> str | None:
        """Refuse nothing."""
        return None


class ReceiptFirst(Centre):
    """Answers before anything is on the disk."""

    def take(self, device: str, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Answer as if it had worked."""
        try:
            return super().take(device, bundle, offset, data, claim)
        except StorageFull:
            segment = self._packer.open(data)
            return Receipt("", segment.device, segment.epoch, Tip(segment.last, segment.chains()[-1]))


class NoLateRevocation(Centre):
    """Goes on with what it applied before it was told whom it had revoked."""

    def take_out(self, connection: Connection, device: str, references: Iterable[Reference], reason: str) -> None:
        """Leave it."""


class NoEndOfClaims(Centre):
    """Believes whoever vouches for what a device sent after a forgotten revocation."""

    def _weigh(self, connection: Connection, sender: str, segment: Segment, claim: Claim) -> Origin:
        if sender == segment.device or self._registry.is_revoked(sender):
            return Origin()
        return weigh_word(connection, sender, claim)


class NoHashCheck(MemoryShelf):
    """Keeps whatever arrived under the name that it was asked for."""

    def finish(self, name: str) -> bool:
        """Keep it."""
        self.contents[name] = self.parts.pop(name, b"")
        return True


def no_companions(connection: Connection, record: str) -> Iterator[Segment]:
    """Give none of the other revisions of a record that moved."""
    return iter(())


def no_filling_of_gaps(*_: Any, **__: Any) -> Iterator[Segment]:
    """Give nothing of what a puller lacks."""
    return iter(())


def no_asides(*_: Any, **__: Any) -> None:
    """Set nothing aside."""


@dataclass(frozen=True)
class Mutant:
    """A broken build, or functions of modules replaced, as (module, name): replacement.

    `first` is the seed to begin with, for what is rarely needed.
    """

    build: Build = field(default_factory=Build)
    replaced: tuple[tuple[str, Any], ...] = ()
    first: int = 0


MUTANTS = {
    "dedup": Mutant(Build(receiver=NoDedup)),
    "fork check": Mutant(Build(receiver=NoForkCheck)),
    "pull tripwire": Mutant(Build(receiver=NoTripwire), first=18),
    "cursor check": Mutant(Build(feed=NoCursorCheck), first=45),
    "cursor with its data": Mutant(Build(puller=CursorFirst), first=19),
    "re-offering": Mutant(Build(pusher=NoReOffering)),
    "asking before sending": Mutant(Build(pusher=NoAsking), first=98),
    "gap holding": Mutant(Build(holding=NoHolding)),
    "gap filling": Mutant(replaced=(("sync.centre.fill_gap", no_filling_of_gaps),)),
    "late bodies": Mutant(Build(receiver=NoFilling)),
    "records seen whole": Mutant(replaced=(("sync.giving._companions", no_companions),), first=11),
    "relay": Mutant(Build(relay=NoRelaying)),
    "relay tries again": Mutant(Build(relay=NoSecondTry), first=28),
    "eviction": Mutant(Build(puller=NoEviction)),
    "eviction check": Mutant(Build(puller=NoEvictionCheck)),
    "eviction asks what may be seen": Mutant(Build(puller=NoVisibilityCheck), first=242),
    "proof check": Mutant(Build(packer=NoProofCheck)),
    "redaction": Mutant(Build(receiver=NoErasing)),
    "revocation": Mutant(Build(admission=NoRevocation)),
    "late revocation": Mutant(Build(centre=NoLateRevocation), first=20),
    "end of claims": Mutant(Build(centre=NoEndOfClaims), first=212),
    "rights": Mutant(Build(admission=NoRights)),
    "refused alike": Mutant(Build(receiver=NoRefusals), (("sync.pushing.set_aside", no_asides),)),
    "receipt after the commit": Mutant(Build(centre=ReceiptFirst)),
    "hash of contents": Mutant(Build(shelf=NoHashCheck)),
}
