"""The laptop's uploads: asks what the centre holds, sends what it lacks, learns what became of it.

Nothing about positions is remembered for what this folder wrote; it is asked every time. What others wrote is offered
as far as the centre is not known to have it, so a restored centre gets everything again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from sync.branches import base_of
from sync.errors import BodyRefused, BundleError, RequestRefused, SegmentRefused, SyncError, UploadRefused
from sync.heads import (
    Ask,
    Branch,
    Standing,
    find_branch,
    find_common,
    fork_own,
    list_branches,
    make_asks,
    note_received,
    sample,
)
from sync.holding import list_waiting
from sync.lives import current_life, note_life
from sync.messages import Answer, Claim, Packer, Receipt, Transport
from sync.offering import LIMITS, Limits, read_lacking, read_segment
from sync.outbox import Outbox
from sync.pulling import read_cursor
from sync.quarantine import set_aside
from sync.receiving import Receiver
from sync.relaying import keep_receipt, read_signed_receipt, says_same, send_whole
from sync.revisions import Reference
from sync.safekeeping import note_backed_up
from sync.segments import Segment, Tip
from sync.storage import Connection, Storage

MAX_ROUNDS = 8
ABOUT_A_BUNDLE = (BodyRefused, BundleError, RequestRefused, SegmentRefused, UploadRefused)
"""Errors that say something of one bundle alone: the rest of its epoch waits, the other epochs do not."""
Changed = Callable[[Connection, set[str]], None]


@dataclass
class Pushed:
    """What pushing did: bundles and revisions sent, records that are to be shown anew.

    `refusals` are bundles that the centre did not take; what else was to be sent is not held up by them.
    """

    bundles: int = 0
    revisions: int = 0
    changed: set[str] = field(default_factory=set)
    refusals: list[SyncError] = field(default_factory=list)


class Pusher:
    """Pushes one log."""

    def __init__(
        self,
        storage: Storage,
        receiver: Receiver,
        transport: Transport,
        packer: Packer,
        on_change: Changed,
        limits: Limits = LIMITS,
    ) -> None:
        self._storage = storage
        self._receiver = receiver
        self._transport = transport
        self._packer = packer
        self._on_change = on_change
        self._limits = limits
        self._outbox = Outbox()
        self._shown: dict[str, bytes] = {}

    def push(self) -> Pushed:
        """Send everything that the centre lacks; what this folder wrote itself goes first.

        :raises WentBackwards: if the centre answers in a life that was left before.
        """
        pushed = Pushed()
        for _ in range(MAX_ROUNDS):
            if not self._push_once(pushed):
                break
        return pushed

    def _push_once(self, pushed: Pushed) -> bool:
        """Ask once and send what is lacking; tell whether asking again makes sense."""
        with self._storage.reading() as connection:
            asks, settled = self.make_asks(connection)
            life = current_life(connection)
        answer = self._transport.ask(asks)
        standings = [standing for standing in answer.standings if standing != settled.get(standing.key)]
        if answer.incarnation == life and not standings:
            return False
        with self._storage.writing() as connection:
            if note_life(connection, answer.incarnation):
                return True
            changed = self._learn(connection, standings)
            self._keep_receipts(connection, answer)
            self._on_change(connection, changed)
        pushed.changed |= changed
        sent, pushed.refusals = 0, []
        for standing in sorted(standings, key=lambda each: each.device != self._receiver.device):
            try:
                sent += self._send_lacking(standing, pushed)
            except ABOUT_A_BUNDLE as error:
                pushed.refusals.append(error)
        return sent > 0

    def make_asks(self, connection: Connection) -> tuple[list[Ask], dict[tuple[str, str], Standing]]:
        """Give what to ask, and the answers that would say nothing new.

        Without a cursor, by which the centre shows that it still has what it had, everything is asked.
        """
        is_blind = read_cursor(connection) is None
        offered = [branch for branch in list_branches(connection) if is_blind or self.offers(branch)]
        counts = Counter((branch.device, branch.root) for branch in offered)
        settled = {
            (branch.device, branch.root): Standing(branch.device, branch.root, (branch.tip,), (branch.tip,))
            for branch in offered
            if branch.received == branch.tip.sequence and counts[branch.device, branch.root] == 1
        }
        waiting = (
            (held.segment.device, held.segment.epoch, Tip(held.segment.last, held.segment.chains()[-1]))
            for held in list_waiting(connection)
        )
        own = self._receiver.device
        asks = [msgspec.structs.replace(ask, receipt=ask.device != own) for ask in make_asks(offered, waiting)]
        return asks, settled

    def offers(self, branch: Branch) -> bool:
        """Tell whether the centre is asked about a branch: always about own ones, else while it may lack something."""
        return branch.device == self._receiver.device or branch.tip.sequence > branch.received

    def _learn(self, connection: Connection, standings: Iterable[Standing]) -> set[str]:
        """Take over what the answer says: forks of own epochs, refused bodies, what was received."""
        changed: set[str] = set()
        for standing in standings:
            self._learn_fork(connection, standing)
            for tip in standing.refused:
                if not self._is_vouched(connection, standing.device, standing.epoch, tip):
                    changed |= self._set_aside(connection, standing.device, standing.epoch, tip)
            for tip in (*standing.known, *standing.heads):
                note_received(connection, standing.device, standing.epoch, tip, standing.lacking)
        return changed

    def _keep_receipts(self, connection: Connection, answer: Answer) -> None:
        """Keep the centre's word about what it has from another courier already, to take it back to who wrote it."""
        for receipt in answer.receipts:
            is_present = receipt.incarnation == answer.incarnation and receipt.tip is not None
            if is_present and not says_same(connection, receipt):
                keep_receipt(connection, receipt)

    def _learn_fork(self, connection: Connection, standing: Standing) -> None:
        """An own epoch that goes on at the centre in a way unknown here is written by a clone, or by a later self."""
        if standing.device != self._receiver.device:
            return
        for head in standing.heads:
            if find_branch(connection, standing.device, standing.epoch, head) is None:
                fork_own(connection, self._receiver.log, self._receiver.device, standing.epoch)

    def _is_vouched(self, connection: Connection, device: str, root: str, tip: Tip) -> bool:
        """Tell whether an earlier life of the centre applied what it refuses now."""
        epoch = find_branch(connection, device, root, tip)
        return bool(
            epoch
            and connection.value(
                "SELECT 1 FROM revision JOIN epoch USING (device, epoch) WHERE device = :device AND epoch = :epoch"
                " AND sequence = :sequence AND sequence <= vouched AND body IS NOT NULL",
                {"device": device, "epoch": epoch, "sequence": tip.sequence},
            )
        )

    def _set_aside(self, connection: Connection, device: str, root: str, tip: Tip) -> set[str]:
        epoch = find_branch(connection, device, root, tip)
        aside = set_aside(connection, Reference(device, epoch, tip.sequence), "centre") if epoch else None
        if aside is None:
            return set()
        if aside.wanted:
            connection.execute("DELETE FROM cursor")
        return {aside.record}

    def _send_lacking(self, standing: Standing, pushed: Pushed) -> int:
        """Send what the centre lacks of an epoch, bundle by bundle; give how many."""
        with self._storage.reading() as connection:
            branches = list_branches(connection, standing.device, standing.epoch)
            commons = {branch.epoch: find_common(connection, branch, standing) for branch in branches}
            samples = {
                branch.epoch: sample(connection, branch) for branch in branches if commons[branch.epoch] is None
            }
        sent = 0
        for branch in branches:
            common = commons[branch.epoch]
            if common is None:
                common = self._locate(branch, samples[branch.epoch])
            # What it has in common with the branch that it left, which goes before it, is there by then.
            sent += self._send_branch(branch, max(common, base_of(branch.epoch) - 1) + 1, pushed)
        with self._storage.reading() as connection:
            singles = list(self._read_singles(connection, standing, branches))
        for segment, claim in singles:
            self._send(segment, claim, pushed)
        return sent + len(singles)

    def _send_branch(self, branch: Branch, first: int, pushed: Pushed) -> int:
        sent = 0
        while first <= branch.tip.sequence:
            with self._storage.reading() as connection:
                segment = read_segment(connection, branch, first, branch.tip.sequence, self._limits)
                claim = self._claim(connection, branch, segment)
            self._send(segment, claim, pushed)
            first = segment.last + 1
            sent += 1
        return sent

    def _locate(self, branch: Branch, tips: tuple[Tip, ...]) -> int:
        """Ask where a copy of a branch and the centre's part."""
        answer = self._transport.ask([Ask(branch.device, branch.root, tips)])
        known = [tip.sequence for standing in answer.standings for tip in standing.known if tip in tips]
        return max(known, default=0)

    def _read_singles(
        self, connection: Connection, standing: Standing, branches: list[Branch]
    ) -> Iterator[tuple[Segment, Claim]]:
        """Give bodies that the centre has only the hashes of, or refused without reason, and what waits here."""
        lane = branches[0].lane if branches else ""
        vouched = [
            tip
            for tip in standing.refused
            if self._is_vouched(connection, standing.device, standing.epoch, tip)
        ]
        wanted = (*standing.lacking, *vouched)
        for segment in read_lacking(connection, lane, standing.device, standing.epoch, wanted):
            tip = Tip(segment.last, segment.chains()[-1])
            epoch = find_branch(connection, segment.device, segment.epoch, tip)
            found = next(branch for branch in branches if branch.epoch == epoch)
            yield segment, self._claim(connection, found, segment)
        for held in list_waiting(connection):
            tip = Tip(held.segment.last, held.segment.chains()[-1])
            is_asked = (held.segment.device, held.segment.epoch) == (standing.device, standing.epoch)
            if is_asked and tip not in standing.known and tip not in standing.waiting:
                yield held.segment, Claim()

    def _claim(self, connection: Connection, branch: Branch, segment: Segment) -> Claim:
        if not branch.vouched:
            return Claim()
        rows = connection.rows(
            "SELECT sequence FROM revision WHERE device = :device AND epoch = :epoch AND absent = 'quarantined'"
            " AND sequence BETWEEN :first AND :last",
            {
                "device": branch.device,
                "epoch": branch.epoch,
                "first": segment.first,
                "last": segment.last,
            },
        )
        disputed = tuple(row["sequence"] for row in rows)
        receipt = b""
        if branch.device == self._receiver.device:
            # Receipts of the present life take the place of the one that shows what the earlier life had.
            receipt = self._shown.setdefault(branch.root, read_signed_receipt(connection, branch.device, branch.root))
        return Claim(branch.vouched, disputed, receipt)

    def _send(self, segment: Segment, claim: Claim, pushed: Pushed) -> None:
        with self._storage.writing() as connection:
            parcel, is_resumed = self._outbox.put(connection, segment, self._packer)
        offset = self._transport.find_offset(parcel.id) if is_resumed else 0
        receipt = send_whole(self._transport, parcel.id, parcel.data, offset, claim)
        with self._storage.writing() as connection:
            if receipt.incarnation == current_life(connection):
                changed = self._note(connection, receipt)
                self._on_change(connection, changed)
                pushed.changed |= changed
            self._outbox.remove(connection)
        pushed.bundles += 1
        pushed.revisions += len(segment.items)

    def take_receipt(self, receipt: Receipt) -> None:
        """Take over a receipt that somebody brought; its signature was checked.

        :raises WentBackwards: if the centre gave it in a life that was left before.
        """
        with self._storage.writing() as connection:
            note_life(connection, receipt.incarnation)
            self._on_change(connection, self._note(connection, receipt))

    def _note(self, connection: Connection, receipt: Receipt) -> set[str]:
        """Take over what a receipt says."""
        changed: set[str] = set()
        for tip in receipt.refused:
            changed |= self._set_aside(connection, receipt.device, receipt.epoch, tip)
        if receipt.forked and receipt.device == self._receiver.device:
            fork_own(connection, self._receiver.log, self._receiver.device, receipt.epoch)
        if receipt.tip is not None:
            note_received(connection, receipt.device, receipt.epoch, receipt.tip, receipt.lacking)
            note_backed_up(connection, receipt.device, receipt.epoch, receipt.tip, receipt.backed_up)
            keep_receipt(connection, receipt)
        return changed
