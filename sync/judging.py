"""Decides what becomes of a body that arrives: applied, kept as its hash, erased, or quarantined.

Whoever receives passes in an `Admission`: the centre asks certificates, revocations and rights there, by order of
receipt; a laptop asks its own scope and trusts the centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from sync.branches import root_of
from sync.erasing import Erasure, list_erasures
from sync.errors import BodyRefused
from sync.quarantine import put_aside
from sync.revisions import Body, Reference, Revision, decode_body, make_mark
from sync.storage import Connection
from sync.visibility import Places

OUTSIDE: Final = "outside"
ERASED: Final = "erased"
QUARANTINED: Final = "quarantined"


class Origin(msgspec.Struct, frozen=True):
    """How something came: from the centre itself; or brought by somebody who shows what the centre had already.

    Up to number `vouched` the centre, in an earlier life, had it and applied it, except for the `disputed` numbers:
    so says the device `voucher`, in good standing, about what another wrote.
    What has `waited` here for its predecessors may be nowhere else by now, whatever the scope has become meanwhile.
    """

    by_centre: bool = False
    vouched: int = 0
    disputed: tuple[int, ...] = ()
    waited: bool = False
    voucher: str = ""

    def vouches(self, sequence: int) -> bool:
        """Tell whether the centre had applied this number already."""
        return self.by_centre or (sequence <= self.vouched and sequence not in self.disputed)


UNKNOWN: Final = Origin()


class Admission:
    """What a holder lets in. This one lets in everything."""

    def refuse_author(self, connection: Connection, device: str, epoch: str) -> str | None:
        """Say why nothing that arrives now from this author is applied, None if it is (a revoked device)."""
        return None

    def refuse_body(self, places: Places, device: str, body: Body, lane: str) -> str | None:
        """Say why this author may not write this, None if it may."""
        return None

    def believes(self, voucher: str, body: Body, lane: str) -> bool:
        """Tell whether the word of a device counts about this body."""
        return True

    def keeps(self, places: Places, body: Body, lane: str) -> bool:
        """Tell whether this holder may have the body."""
        return True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A revision that arrives: its name here, bytes (None: only the hash came), hash, chain and lane."""

    reference: Reference
    data: bytes | None
    body_hash: bytes
    chain: bytes
    lane: str

    def revision(self, body: Body) -> Revision:
        """Give it as a revision."""
        return Revision(self.reference, body, 0, make_mark(self.body_hash))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it: `absent` is "" where it is applied, else why not; `body` what it says, if that is known."""

    absent: str
    body: Body | None = None

    @property
    def applied(self) -> Body | None:
        """The body if it is applied."""
        return self.body if self.absent == "" else None

    def row(self, arrival: Arrival) -> dict[str, Any]:
        """Give the row of the log. What lies outside says nothing of itself; the rest is found by its record."""
        told = self.body if self.absent != OUTSIDE else None
        return {
            **arrival.reference._asdict(),
            "record": told.record if told else "",
            "kind": told.kind if told else "",
            "unit": told.unit if told else "",
            "stamp": told.stamp if told else 0,
            "body": arrival.data if self.absent == "" else None,
            "body_hash": arrival.body_hash,
            "chain": arrival.chain,
            "absent": self.absent or None,
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """What is needed to decide about the arrivals of one stretch: read once for all of them.

    `refused` says why their author may not write at all.
    """

    connection: Connection
    admission: Admission
    origin: Origin
    refused: str | None
    erasures: list[Erasure]
    places: Places

    def is_erased(self, arrival: Arrival, record: str | None = None) -> bool:
        """Tell whether a known redaction names this revision (of this record, if that is known)."""
        if not self.erasures:
            return False
        mark = make_mark(arrival.body_hash)
        return any(each.means(arrival.reference.sequence, mark, record) for each in self.erasures)

    def is_vouched(self, arrival: Arrival, body: Body) -> bool:
        """Tell whether somebody who may say so says that the centre had applied this."""
        origin = self.origin
        if not origin.vouches(arrival.reference.sequence):
            return False
        return origin.by_centre or self.admission.believes(origin.voucher, body, arrival.lane)


def judge(
    connection: Connection, admission: Admission, arrivals: Sequence[Arrival], origin: Origin, refused: str | None
) -> list[Verdict]:
    """Decide about revisions that follow one another in one epoch, as far as the log holds them now.

    `refused` says why their author may not write at all. What is refused is put aside.
    """
    first, last = arrivals[0].reference, arrivals[-1].reference
    erasures = list_erasures(connection, first.device, root_of(first.epoch), first.sequence, last.sequence)
    bodies = [_decode(connection, arrival) for arrival in arrivals]
    places = Places(connection, [body.record for body in bodies if body is not None])
    bench = Bench(connection, admission, origin, refused, erasures, places)
    return [_judge(bench, arrival, body) for arrival, body in zip(arrivals, bodies, strict=True)]


def _decode(connection: Connection, arrival: Arrival) -> Body | None:
    if arrival.data is None:
        return None
    try:
        return decode_body(arrival.data)
    except BodyRefused as error:
        put_aside(connection, arrival.reference, arrival.data, f"malformed: {error.context.get('reason', '')}")
        return None


def _judge(bench: Bench, arrival: Arrival, body: Body | None) -> Verdict:
    if arrival.data is None:
        return Verdict(ERASED if bench.is_erased(arrival) else OUTSIDE)
    if body is None:
        return Verdict(QUARANTINED)
    if bench.is_erased(arrival, body.record):
        return Verdict(ERASED, body)
    refused = None
    if not bench.is_vouched(arrival, body):
        device, lane = arrival.reference.device, arrival.lane
        refused = bench.refused or bench.admission.refuse_body(bench.places, device, body, lane)
    if refused is not None:
        put_aside(bench.connection, arrival.reference, arrival.data, refused)
        return Verdict(QUARANTINED, body)
    origin = bench.origin
    is_kept = origin.by_centre or origin.waited or bench.admission.keeps(bench.places, body, arrival.lane)
    return Verdict("" if is_kept else OUTSIDE, body)
