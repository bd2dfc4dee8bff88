"""The directory of a laptop: certificates of the devices that share scope with it, as the centre last gave them.

From it follows for whom a bundle is sealed: always the centre and the escrow; records also for the laptops that may
read all of them, answer sheets only for laptops that may read this lane, which are those of the village itself.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from sync.bundle import Recipients
from sync.certificates import REVOCATION, Certificate, read_certificate, read_revocation
from sync.headers import MAX_RECIPIENTS
from sync.parking import Paper, keep_paper, list_papers
from sync.segments import Segment
from sync.storage import Connection, Storage

MAX_TOLD: Final = 100
"""How many revocations everybody is told of: far more than are made between two backups."""
MAX_READERS: Final = MAX_RECIPIENTS - 2
"""Beside the centre and the escrow, which are never left out."""


class _Where(msgspec.Struct):
    """Where a body lies; the rest of it is skipped."""

    unit: str
    kind: str


_where = msgspec.json.Decoder(_Where)


def put_certificates(connection: Connection, version: str, certificates: Iterable[bytes], server: str) -> int:
    """Replace the directory by what the centre gave as this version; tell how many certificates it has.

    :raises CertificateRefused: if the centre did not sign one of them; the caller undoes the transaction.
    :raises StatementRefused: if one is damaged.
    """
    found = {read_certificate(each, frozenset({server})).device: each for each in certificates}
    connection.execute("DELETE FROM certificate")
    connection.execute_many(
        "INSERT INTO certificate (device, data) VALUES (:device, :data)",
        [{"device": device, "data": data} for device, data in sorted(found.items())],
    )
    connection.execute(
        "INSERT INTO directory (id, version) VALUES (1, :version)"
        " ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        {"version": version},
    )
    return len(found)


def put_revocations(connection: Connection, revocations: Iterable[bytes], server: str) -> None:
    """Keep the centre's word about who was locked out, and carry it: older certificates of theirs lie on sticks.

    :raises CertificateRefused: if the centre did not sign one of them; the caller undoes the transaction.
    :raises StatementRefused: if one is damaged.
    """
    for data in revocations:
        keep_paper(connection, Paper(REVOCATION, read_revocation(data, frozenset({server})).device, data))


def put_certificate(connection: Connection, data: bytes, server: str) -> bool:
    """Add a certificate that came another way than from the centre itself; tell whether it is newer than what is held.

    The directory counts as changed then, so that the centre gives it anew.

    :raises CertificateRefused: if the centre did not sign it.
    :raises StatementRefused: if it is damaged.
    """
    servers = frozenset({server})
    given = read_certificate(data, servers)
    known = connection.value("SELECT data FROM certificate WHERE device = :device", {"device": given.device})
    if known is not None and read_certificate(bytes(known), servers).issued >= given.issued:
        return False
    connection.execute(
        "INSERT INTO certificate (device, data) VALUES (:device, :data)"
        " ON CONFLICT (device) DO UPDATE SET data = excluded.data",
        {"device": given.device, "data": data},
    )
    connection.execute("DELETE FROM directory")
    return True


def remove_certificate(connection: Connection, device: str) -> None:
    """Know a device no longer: it was revoked."""
    connection.execute("DELETE FROM certificate WHERE device = :device", {"device": device})
    connection.execute("DELETE FROM directory")


def list_signed(connection: Connection) -> list[tuple[str, bytes]]:
    """List the certificates that are held as the centre signed them, to be passed on: device and bytes."""
    rows = connection.rows("SELECT device, data FROM certificate ORDER BY device")
    return [(row["device"], bytes(row["data"])) for row in rows]


def list_kept_papers(connection: Connection, own: str, membership: bytes) -> list[bytes]:
    """List what is kept of a centre for the day on which it forgot it: the own membership, the own certificate, and
    whom it revoked."""
    certificate = connection.value("SELECT data FROM certificate WHERE device = :own", {"own": own})
    revoked = [paper.data for paper in list_papers(connection) if paper.purpose == REVOCATION]
    return [*filter(None, (membership, bytes(certificate or b""))), *revoked]


def lacks_revocations(connection: Connection, given: Collection[bytes], server: str) -> bool:
    """Tell whether devices that the centre revoked are not among those that it says it did.

    It may have let them in again since; where it names only its latest revocations, that tells nothing.
    """
    if len(given) >= MAX_TOLD:
        return False
    servers = frozenset({server})
    named = {read_revocation(data, servers).device for data in given}
    kept = {paper.subject for paper in list_papers(connection) if paper.purpose == REVOCATION}
    return bool(kept - named)


def directory_version(connection: Connection) -> str:
    """Name the version of the directory that is held, "" if none is."""
    return str(connection.value("SELECT version FROM directory WHERE id = 1") or "")


def list_certificates(connection: Connection, server: str) -> list[Certificate]:
    """List the certificates that are held, by device."""
    rows = connection.rows("SELECT data FROM certificate ORDER BY device")
    return [read_certificate(bytes(row["data"]), frozenset({server})) for row in rows]


def list_readers(connection: Connection, unit: str, kind: str, lane: str, server: str) -> list[bytes]:
    """List the encryption keys of the devices that may read records of this kind in this unit and lane."""
    return [each.encryption for each in _find_readers(list_certificates(connection, server), {(unit, kind)}, lane)]


def _find_readers(certificates: Sequence[Certificate], places: set[tuple[str, str]], lane: str) -> list[Certificate]:
    """Find who may read all that lies in these places; those of few units, the village's own, stand first."""
    readers = [each for each in certificates if all(_reads(each, place, lane) for place in places)]
    return sorted(readers, key=lambda each: (len(each.scopes), each.device))


def _reads(certificate: Certificate, place: tuple[str, str], lane: str) -> bool:
    return any(scope.reads(*place, lane) for scope in certificate.scopes)


def list_places(segment: Segment) -> set[tuple[str, str]]:
    """List the unit and kind of every body that a segment carries; bodies that cannot be read have none."""
    places = set()
    for item in segment.items:
        if isinstance(item, bytes):
            try:
                where = _where.decode(item)
            except msgspec.MsgspecError:
                places.add(("", ""))
            else:
                places.add((where.unit, where.kind))
    return places


class DirectoryRecipients:
    """Says for whom a device seals: call it with a segment, as `BundlePacker` does.

    Certificates are read once per version of the directory. `own` is the device's own id: it needs no copy.
    """

    def __init__(self, storage: Storage, *, own: str, server: str, encryption: bytes, escrow: bytes) -> None:
        self._storage = storage
        self._own = own
        self._server = server
        self._always = (encryption, escrow)
        self._version: str | None = None
        self._certificates: list[Certificate] = []

    def __call__(self, segment: Segment) -> Recipients:
        """Give who is to open it."""
        with self._storage.reading() as connection:
            version = directory_version(connection)
            if version != self._version:
                self._certificates = list_certificates(connection, self._server)
                self._version = version
        places = list_places(segment)
        others = [each for each in self._certificates if each.device != self._own]
        found = _find_readers(others, places, segment.lane) if places else []
        readers = [each.encryption for each in found if each.encryption not in self._always]
        return Recipients(*self._always, tuple(readers[:MAX_READERS]))
