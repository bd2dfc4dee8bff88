"""Decides what becomes of a body that arrives: applied, kept as its hash, erased, or quarantined.

Whoever receives passes in an `Admission`: the centre asks certificates, revocations and rights there, by order of
receipt; a laptop asks its own scope and trusts the centre.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from sync.erasing import is_erased
from sync.errors import BodyRefused
from sync.quarantine import put_aside
from sync.revisions import Body, Reference, Revision, decode_body, make_mark
from sync.storage import Connection

OUTSIDE: Final = "outside"
ERASED: Final = "erased"
QUARANTINED: Final = "quarantined"


class Origin(msgspec.Struct, frozen=True):
    """How something came: from the centre itself; or brought by somebody who shows what the centre had already.

    Up to number `vouched` the centre, in an earlier life, had it and applied it, except for the `disputed` numbers.
    It is set by whoever checked that: by a receipt, or by the word of a device in good standing about another's.
    """

    by_centre: bool = False
    vouched: int = 0
    disputed: tuple[int, ...] = ()

    def vouches(self, sequence: int) -> bool:
        """Tell whether the centre had applied this number already."""
        return self.by_centre or (sequence <= self.vouched and sequence not in self.disputed)


UNKNOWN: Final = Origin()


class Admission:
    """What a holder lets in. This one lets in everything."""

    def refuse_author(self, connection: Connection, device: str, epoch: str) -> str | None:
        """Say why nothing that arrives now from this author is applied, None if it is (a revoked device)."""
        return None

    def refuse_body(self, connection: Connection, device: str, body: Body, lane: str) -> str | None:
        """Say why this author may not write this, None if it may."""
        return None

    def keeps(self, connection: Connection, body: Body, lane: str) -> bool:
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


def judge(
    connection: Connection, admission: Admission, arrival: Arrival, origin: Origin, refused: str | None
) -> Verdict:
    """Decide about a revision; `refused` says why its author may not write at all. What is refused is put aside."""
    if arrival.data is None:
        return Verdict(ERASED if is_erased(connection, arrival.reference, arrival.body_hash) else OUTSIDE)
    try:
        body = decode_body(arrival.data)
    except BodyRefused as error:
        put_aside(connection, arrival.reference, arrival.data, f"malformed: {error.context.get('reason', '')}")
        return Verdict(QUARANTINED)
    if is_erased(connection, arrival.reference, arrival.body_hash, body.record):
        return Verdict(ERASED, body)
    if not origin.vouches(arrival.reference.sequence):
        refused = refused or admission.refuse_body(connection, arrival.reference.device, body, arrival.lane)
    else:
        refused = None
    if refused is not None:
        put_aside(connection, arrival.reference, arrival.data, refused)
        return Verdict(QUARANTINED, body)
    is_kept = origin.by_centre or admission.keeps(connection, body, arrival.lane)
    return Verdict("" if is_kept else OUTSIDE, body)
