"""What a centre forgot when it came back from a backup, told to it in its own signed words by those who kept them.

Who joined since shows its membership; everybody keeps revocations. The centre believes its own signature alone. Which
decision counts is told by the centre's clock in both: the later one. What was set aside because nobody knew its author
is looked at again; what a device sent after the moment at which it was revoked is taken out of the records, also where
it was applied meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from sync import codes, devices
from sync.branches import stretches
from sync.centre import REVOKED, UNKNOWN_DEVICE, Centre
from sync.certificates import CERTIFICATE, REVOCATION, Certificate, Revocation, read_certificate, read_revocation
from sync.devices import COMMUNE, VILLAGE, Device
from sync.enrolment import MEMBERSHIP, Membership, split_answer
from sync.errors import SyncError
from sync.heads import find_branch, list_branches
from sync.parking import Paper, keep_paper, list_papers_of
from sync.registry import StoredRegistry
from sync.revisions import Reference
from sync.segments import Tip
from sync.statements import find_purpose, read_statement
from sync.storage import Connection, Row


class Said(NamedTuple):
    """What papers say that a centre signed: memberships, the newest certificate per device, revocations as signed."""

    memberships: list[Membership]
    certificates: dict[str, Certificate]
    revocations: list[tuple[Revocation, bytes]]


def read_papers(papers: Iterable[bytes], server: str) -> Said:
    """Read what this centre signed; anything else is passed over."""
    said = Said([], {}, [])
    for data in papers:
        with suppress(SyncError):
            _read_paper(said, data, server)
    said.memberships.sort(key=lambda each: each.issued_ms)
    said.revocations.sort(key=lambda each: each[0].at_ms)
    return said


def _read_paper(said: Said, data: bytes, server: str) -> None:
    purpose, servers = find_purpose(data), frozenset({server})
    if purpose == REVOCATION:
        said.revocations.append((read_revocation(data, servers), data))
    elif purpose == CERTIFICATE:
        _put_newest(said.certificates, read_certificate(data, servers))
    elif purpose == MEMBERSHIP:
        membership = read_statement(split_answer(data), Membership, MEMBERSHIP)
        if membership.server == server and membership.read_certificate().device == membership.device:
            said.memberships.append(membership)
            _put_newest(said.certificates, membership.read_certificate())


def _put_newest(found: dict[str, Certificate], certificate: Certificate) -> None:
    known = found.get(certificate.device)
    if known is None or known.issued < certificate.issued:
        found[certificate.device] = certificate


def find_shown(papers: Sequence[bytes], device: str, server: str) -> Certificate | None:
    """Find the newest certificate of a device among papers that it shows; None if this centre signed none."""
    shown = [data for data in papers if find_purpose(data) in (CERTIFICATE, MEMBERSHIP)]
    return read_papers(shown, server).certificates.get(device)


class Returning:
    """Lets a centre remember."""

    def __init__(self, registry: StoredRegistry, centre: Centre) -> None:
        self._registry = registry
        self._centre = centre

    def remember(self, papers: Sequence[bytes]) -> int:
        """Take in what the centre itself signed; tell how much of it was news."""
        said = read_papers(papers, self._registry.keys.id)
        news = sum(self._revoke(word, data) for word, data in said.revocations)
        for membership in said.memberships:
            news += self._take_back(membership, said.certificates[membership.device])
            self._admit(membership.device)
        return news

    def _revoke(self, word: Revocation, data: bytes) -> bool:
        with self._centre.storage.writing() as connection:
            row = _find_device(connection, word.device)
            if row is not None and not _is_forgotten(row, word):
                return False
            is_new = keep_paper(connection, Paper(REVOCATION, word.device, data))
            if row is not None:
                self._registry.note_revoked(connection, word)
                self._centre.take_out(connection, word.device, list_late(connection, word), REVOKED)
        return is_new or row is not None

    def _take_back(self, membership: Membership, certificate: Certificate) -> bool:
        now = self._registry.clock()
        with self._centre.storage.writing() as connection:
            row = _find_device(connection, membership.device)
            is_member = now < certificate.expires_ms and any(
                scope.unit == membership.unit for scope in certificate.scopes
            )
            if not is_member or not (row is None or _is_later(row, membership)):
                return False
            self._put_back(connection, membership, certificate)
            for word in self._list_revocations(connection, membership.device):
                if word.at_ms >= membership.issued_ms or not word.at_ms:
                    self._registry.note_revoked(connection, word)
        return True

    def _put_back(self, connection: Connection, membership: Membership, certificate: Certificate) -> None:
        now = self._registry.clock()
        device = Device(
            membership.device,
            membership.unit_name or membership.unit,
            _kind(membership),
            membership.unit,
            certificate.signing,
            certificate.encryption,
            membership.issued_ms,
        )
        devices.put_device(connection, device)
        devices.note_return(connection, device.id, certificate.issued, now)
        if device.kind == VILLAGE:
            devices.ensure_village(connection, device.unit, membership.commune, membership.unit_name)
            day = self._registry.issuer().day
            for unit in _list_taken_over(membership, certificate):
                devices.put_succession(connection, unit, device.unit, day)
        if membership.code:
            codes.note_use(connection, membership.code, device.id, membership.issued_ms)
        devices.rescope(connection, self._registry.issuer())

    def _list_revocations(self, connection: Connection, device: str) -> Iterator[Revocation]:
        for data in list_papers_of(connection, REVOCATION, device):
            yield read_revocation(data, frozenset({self._registry.keys.id}))

    def _admit(self, device: str) -> None:
        """Apply what came of a device before anybody knew it again."""
        with self._centre.storage.writing() as connection, self._registry.steady(connection):
            if self._registry.find_scope(device) is not None and not self._registry.is_revoked(device):
                self._centre.admit_again(connection, device, UNKNOWN_DEVICE)


def _list_taken_over(membership: Membership, certificate: Certificate) -> list[str]:
    """List the units that a village had taken over: what its laptop may do in them is what it may do in its own."""
    own = next(scope for scope in certificate.scopes if scope.unit == membership.unit)
    return [
        scope.unit
        for scope in certificate.scopes
        if scope.write
        and (scope.kinds, scope.lanes) == (own.kinds, own.lanes)
        and scope.unit not in (membership.unit, membership.commune)
    ]


def _find_device(connection: Connection, device: str) -> Row | None:
    return connection.row(
        "SELECT kind, unit, enrolled_at, issued, revoked_at FROM device WHERE device = :device", {"device": device}
    )


def _is_forgotten(row: Row, word: Revocation) -> bool:
    """Tell whether a device counts here although it was revoked after it was let in."""
    if row["revoked_at"] is not None:
        return False
    return bool(word.at_ms >= row["enrolled_at"] if word.at_ms else word.issued >= row["issued"])


def _is_later(row: Row, membership: Membership) -> bool:
    """Tell whether a device was let in after what is known of it: it had been revoked, or worked elsewhere."""
    if row["revoked_at"] is not None:
        return bool(membership.issued_ms > row["revoked_at"])
    is_elsewhere = (row["kind"], row["unit"]) != (_kind(membership), membership.unit)
    return bool(is_elsewhere and membership.issued_ms > row["enrolled_at"])


def _kind(membership: Membership) -> str:
    return COMMUNE if membership.unit == membership.commune else VILLAGE


def list_late(connection: Connection, word: Revocation) -> list[Reference]:
    """List what is applied of a device although it came after its revocation, as the revocation tells."""
    if not word.at_ms:
        return []
    counted = _count_ends(connection, word)
    rows = connection.rows(
        "SELECT device, epoch, sequence FROM revision WHERE device = :device AND body IS NOT NULL ORDER BY position",
        {"device": word.device},
    )
    return [Reference(**row) for row in list(rows) if row["sequence"] > counted.get(row["epoch"], 0)]


def _count_ends(connection: Connection, word: Revocation) -> dict[str, int]:
    """Say up to which number each stored epoch and branch counts; of one that ends earlier here all does."""
    counted: dict[str, int] = {}
    heads = {branch.epoch: branch.tip.sequence for branch in list_branches(connection, word.device)}
    for end in word.ends:
        branch = find_branch(connection, word.device, end.epoch, Tip(end.sequence, end.chain))
        if branch is not None:
            for home, _, last in stretches(branch, 1, end.sequence):
                counted[home] = max(last, counted.get(home, 0))
        elif heads.get(end.epoch, 0) < end.sequence:
            counted[end.epoch] = max(heads.get(end.epoch, 0), counted.get(end.epoch, 0))
    return counted
