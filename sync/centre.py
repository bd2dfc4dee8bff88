"""The centre's side: answers what it holds, takes bundles in, gives pages. Whoever serves it made sure who asks.

Every method runs its own transaction and answers after its end: what a receipt says is on the disk.
"""

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from sync.errors import BodyRefused, BundleError, DeviceRefused, SegmentRefused, SetAsideFull, UploadRefused
from sync.feed import Cursor, Feed
from sync.giving import GAP_BYTES, GAP_REVISIONS, Reader, fill_gap, list_visible, read_page
from sync.heads import Ask, Standing, answer
from sync.judging import Admission, Origin
from sync.lives import current_life
from sync.messages import Answer, Claim, Packer, Page, PullRequest, Receipt, Registry
from sync.offering import LIMITS
from sync.outbox import name_bundle
from sync.quarantine import list_set_aside, measure_refused, release_quarantined, set_aside
from sync.receiving import Outcome, Receiver
from sync.revisions import Body, Reference
from sync.safekeeping import find_backed_up
from sync.scopes import Scope
from sync.segments import Segment, Tip
from sync.storage import Connection, Storage
from sync.uploads import Uploads
from sync.visibility import Places
from sync.vouching import release_shown, weigh_word

Changed = Callable[[Connection, set[str]], None]
"""Called in the same transaction with the records whose cache is to be brought up to date."""


UNKNOWN_DEVICE: Final = "unknown_device"
REVOKED: Final = "revoked"
MAX_REFUSED_BYTES: Final = 256 * 1024 * 1024
"""How much is kept of a device that was revoked, and of all unknown ones together."""


class CentreAdmission(Admission):
    """What the centre lets in: what enrolled devices may write, judged when it arrives."""

    def __init__(self, registry: Registry, own: str) -> None:
        self._registry = registry
        self._own = own

    def refuse_author(self, connection: Connection, device: str, epoch: str) -> str | None:
        """Refuse revoked and unknown devices."""
        if device == self._own:
            return None
        if self._registry.is_revoked(device):
            return REVOKED
        return UNKNOWN_DEVICE if self._registry.find_scope(device) is None else None

    def refuse_body(self, places: Places, device: str, body: Body, lane: str) -> str | None:
        """Refuse what the author may not write: in its unit, or in all units where the record lies already.

        A unit's own record is nobody else's, also before anything of it arrived.
        """
        scope = self._registry.find_scope(device)
        if scope is None or device == self._own:
            return None
        if not scope.writes(body.unit, body.kind):
            return "no_right"
        if self._registry.is_unit(body.record) and not scope.writes(body.record, body.kind):
            return "no_right_to_record"
        lies = places.find(body.record)
        if lies and not any(scope.writes(unit, kind) for unit, kind in lies):
            return "no_right_to_record"
        return None

    def believes(self, voucher: str, body: Body, lane: str) -> bool:
        """Believe a device about what it may read itself."""
        scope = self._registry.find_scope(voucher)
        return scope is not None and scope.reads(body.unit, body.kind, lane)


class Centre:
    """One centre on one storage. `check_receipt` verifies the centre's own signed word from an earlier life."""

    def __init__(
        self,
        storage: Storage,
        receiver: Receiver,
        registry: Registry,
        packer: Packer,
        *,
        on_change: Changed,
        sign: Callable[[Receipt], bytes],
        check_receipt: Callable[[bytes], Receipt],
        feed: Feed | None = None,
    ) -> None:
        self.storage = storage
        self.receiver = receiver
        self.feed = feed or Feed()
        self._registry = registry
        self._packer = packer
        self._on_change = on_change
        self._sign = sign
        self._check_receipt = check_receipt
        self._uploads = Uploads()
        self.limits = LIMITS

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Say what is held of these epochs. A revoked device is answered too: what it has is taken and quarantined."""
        with self.storage.reading() as connection:
            standings = tuple(answer(connection, asks))
            return Answer(current_life(connection), standings, self.confirm(connection, asks, standings))

    def confirm(
        self, connection: Connection, asks: Sequence[Ask], standings: Sequence[Standing]
    ) -> tuple[Receipt, ...]:
        """Sign, once each, what is held of epochs of which a receipt is wanted and all that was asked for is here."""
        held = {standing.key: standing for standing in standings}
        wanted = {
            ((ask.device, ask.epoch), ask.tips[-1]): None
            for ask in asks
            if ask.receipt and ask.tips and set(ask.tips) <= set(held[ask.device, ask.epoch].known)
        }
        return tuple(self._sign_receipt(self._describe(connection, held[key], tip)) for key, tip in wanted)

    def find_visible(self, device: str, records: Sequence[str]) -> list[str]:
        """Say which of these records the device may see.

        :raises DeviceRefused: if the device is not enrolled or was revoked.
        """
        with self.storage.reading() as connection, self._registry.steady(connection):
            return list_visible(connection, self._find_scope(device), records)

    def find_offset(self, device: str, bundle: str) -> int:
        """Say how many bytes of a bundle arrived."""
        with self.storage.reading() as connection:
            return self._uploads.size(connection, device, bundle)

    def keep_part(self, device: str, bundle: str, offset: int, data: bytes) -> int:
        """Keep what arrived of a bundle before the connection broke; give how many bytes there are."""
        with self.storage.writing() as connection:
            return self._uploads.add(connection, device, bundle, offset, data)

    def take(self, device: str, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Take in the rest of a bundle and all of it; all or nothing.

        :raises UploadRefused: if its parts do not fit together; they are forgotten, and it is to be sent anew.
        :raises SyncError: if the bundle cannot be opened; nothing is stored then.
        """
        try:
            return self._take(device, bundle, offset, data, claim)
        except (BundleError, BodyRefused, SegmentRefused, UploadRefused):
            with self.storage.writing() as connection:
                self._uploads.forget(connection, device, bundle)
            raise

    def _take(self, device: str, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        segment = self._open(device, bundle, offset, data)
        with self.storage.writing() as connection, self._registry.steady(connection):
            self._uploads.forget(connection, device, bundle)
            self._refuse_flood(connection, segment)
            origin = self._weigh(connection, device, segment, claim)
            outcome = self.receiver.receive(connection, segment, origin)
            self._release_shown(connection, segment, claim, outcome)
            self.feed.extend(connection, outcome.filled)
            self._on_change(connection, outcome.changed)
            receipt = self._make_receipt(connection, segment, outcome)
        return self._sign_receipt(receipt)

    def _sign_receipt(self, receipt: Receipt) -> Receipt:
        return msgspec.structs.replace(receipt, signed=self._sign(receipt))

    def _open(self, device: str, bundle: str, offset: int, data: bytes) -> Segment:
        """Put a bundle together and open it, which takes as long as storing it: nobody else waits for that."""
        with self.storage.reading() as connection:
            whole = self._uploads.join(connection, device, bundle, offset, data)
        if name_bundle(whole) != bundle:
            raise UploadRefused(reason="damaged", bundle=bundle)
        return self._packer.open(whole)

    def _weigh(self, connection: Connection, sender: str, segment: Segment, claim: Claim) -> Origin:
        """Believe what is said of another's revisions, as far as it may be."""
        if sender == segment.device or self._registry.is_revoked(sender):
            return Origin()
        origin = weigh_word(connection, sender, claim)
        counted = self._registry.find_last_counted(segment.device, segment.epoch) if origin.vouched else None
        return origin if counted is None else msgspec.structs.replace(origin, vouched=min(origin.vouched, counted))

    def _refuse_flood(self, connection: Connection, segment: Segment) -> None:
        """Keep only so much of a device that was revoked, and of all unknown ones together: they can be made up.

        :raises SetAsideFull: if it would be more.
        """
        reason = self.receiver.admission.refuse_author(connection, segment.device, segment.epoch)
        if reason is None:
            return
        kept = measure_refused(connection, segment.device, reason, of_all=reason == UNKNOWN_DEVICE)
        if kept + segment.size_bytes > MAX_REFUSED_BYTES:
            raise SetAsideFull(device=segment.device)

    def _release_shown(self, connection: Connection, segment: Segment, claim: Claim, outcome: Outcome) -> None:
        """Apply after all what the centre's own receipt of an earlier life shows."""
        if not claim.receipt:
            return
        shown = self._check_receipt(claim.receipt)
        if (shown.device, shown.epoch) != (segment.device, segment.epoch):
            return
        counted = self._registry.find_last_counted(segment.device, segment.epoch)
        for reference, revision in release_shown(connection, shown, current_life(connection), counted):
            outcome.filled.append(reference)
            outcome.changed.add(revision.body.record)

    def _make_receipt(self, connection: Connection, segment: Segment, outcome: Outcome) -> Receipt:
        tip = Tip(segment.last, segment.chains()[-1])
        (standing,) = answer(connection, [Ask(segment.device, segment.epoch, (tip,))])
        receipt = self._describe(connection, standing, tip)
        return msgspec.structs.replace(
            receipt, forked=receipt.forked or (segment.device, segment.epoch) in outcome.forked
        )

    def _describe(self, connection: Connection, standing: Standing, tip: Tip) -> Receipt:
        return Receipt(
            current_life(connection),
            standing.device,
            standing.epoch,
            tip if tip in standing.known else None,
            standing.refused,
            standing.lacking,
            len(standing.heads) > 1,
            backed_up=find_backed_up(connection, Ask(standing.device, standing.epoch, (tip,))),
        )

    def pull(self, device: str, request: PullRequest) -> Page:
        """Give a page.

        :raises DeviceRefused: if the device is not enrolled or was revoked.
        """
        with self.storage.reading() as connection, self._registry.steady(connection):
            scope = self._find_scope(device)
            if not self.feed.is_behind(connection):
                return self._give(connection, device, scope, request)
        with self.storage.writing() as connection:
            self.feed.extend(connection)
        with self.storage.reading() as connection, self._registry.steady(connection):
            return self._give(connection, device, self._find_scope(device), request)

    def find_mark(self, device: str) -> str:
        """Name what may not have changed before a device is given once more what it was given.

        :raises DeviceRefused: if the device is not enrolled or was revoked.
        """
        with self.storage.reading() as connection, self._registry.steady(connection):
            scope = self._find_scope(device)
            erased = connection.value("SELECT count(*) FROM erasure")
            return f"{current_life(connection)} {scope.version} {erased}"

    def _find_scope(self, device: str) -> Scope:
        scope = self._registry.find_scope(device)
        if scope is None or self._registry.is_revoked(device):
            raise DeviceRefused(device=device)
        return scope

    def _give(self, connection: Connection, device: str, scope: Scope, request: PullRequest) -> Page:
        incarnation = current_life(connection)
        cursor = request.cursor or Cursor(incarnation, "")
        if not self.feed.verifies(connection, cursor, incarnation):
            return Page(incarnation, Cursor(incarnation, ""), is_known=False)
        if cursor.version != scope.version:
            return Page(incarnation, self._turn(device, scope, cursor), scope=scope, has_more=True)
        had = self._registry.find_past_scope(device, cursor.before_version) if cursor.before_version else None
        reader = Reader(device, scope, had, request.own, self.limits)
        segments, moved, has_more = read_page(connection, self.feed, cursor, reader, request.room)
        fillings = self._fill_gaps(connection, request, scope)
        return Page(incarnation, moved, [*fillings, *segments], has_more=has_more)

    def _fill_gaps(self, connection: Connection, request: PullRequest, scope: Scope) -> Iterator[Segment]:
        """Give parts that the puller lacks, as many as one answer holds; it asks for the rest then."""
        revisions = size_bytes = 0
        for gap in dict.fromkeys(request.gaps):
            for segment in fill_gap(connection, gap, scope, self.limits):
                yield segment
                revisions += len(segment.items)
                size_bytes += segment.size_bytes
                if revisions >= GAP_REVISIONS or size_bytes >= GAP_BYTES:
                    return

    def _turn(self, device: str, scope: Scope, cursor: Cursor) -> Cursor:
        """Give the cursor that goes on under another scope: where the new one lets more be seen, from the beginning."""
        had = self._registry.find_past_scope(device, cursor.version)
        if had is not None and cursor.before_version is None:
            if not had.lacks(scope):
                return Cursor(cursor.incarnation, scope.version, cursor.position, cursor.chain)
            return Cursor(
                cursor.incarnation,
                scope.version,
                before_version=had.version,
                before_position=cursor.position,
                before_chain=cursor.chain,
            )
        return Cursor(cursor.incarnation, scope.version)

    def release(self, reference: Reference) -> None:
        """Apply a quarantined revision after all, because a person said so."""
        with self.storage.writing() as connection:
            revision = release_quarantined(connection, reference)
            self.feed.extend(connection, [reference])
            self._on_change(connection, {revision.body.record})

    def take_out(self, connection: Connection, device: str, references: Iterable[Reference], reason: str) -> None:
        """Take what was applied of a device out of the records, here and, by the feed, at everybody who was given it.

        What of it waits for its predecessors is set aside when they come.
        """
        self.receiver.holding.refuse(connection, device, reason)
        asides = {reference: set_aside(connection, reference, reason) for reference in references}
        found = {reference: aside for reference, aside in asides.items() if aside is not None}
        wanted = [reference for aside in found.values() for reference in aside.wanted]
        self.feed.extend(connection, [*found, *wanted])
        self._on_change(connection, {aside.record for aside in found.values()})

    def admit_again(self, connection: Connection, device: str, reason: str) -> None:
        """Apply what was set aside of a device for a reason that is gone, as far as it may write it."""
        admission, released, changed = self.receiver.admission, [], set()
        for reference, body, lane in list_set_aside(connection, device, reason):
            places = Places(connection, [body.record])
            if admission.refuse_body(places, device, body, lane) is None:
                release_quarantined(connection, reference)
                released.append(reference)
                changed.add(body.record)
        self.feed.extend(connection, released)
        self._on_change(connection, changed)

    def begin_life(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
        """Begin a new life: on the first start, and after a backup was restored. Every cursor is void then."""
        name = base64.b32encode(random_bytes(10)).decode().lower()
        with self.storage.writing() as connection:
            connection.execute("UPDATE incarnation SET is_current = 0")
            connection.execute("INSERT INTO incarnation (name, is_current) VALUES (:name, 1)", {"name": name})
            connection.execute("DELETE FROM backup")
        return name
