"""What the centre answers to a device that was recognised: everything that goes over HTTP, without HTTP.

`Site` holds what a centre is made of; whoever serves it passes in devices, keys, clock and shelf.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from sync.attachments import RemoteShelf
from sync.bundle import ReaderKeys, Recipients
from sync.centre import Centre
from sync.certificates import Certificate
from sync.clock import wall_clock_ms
from sync.errors import AnswerGone, AttachmentUnknown, CertificateRefused, DeviceRefused, SyncError
from sync.heads import answer
from sync.keeping import KeptAnswers
from sync.keys import Keys
from sync.lives import current_life
from sync.messages import PullRequest
from sync.packing import BundlePacker
from sync.safekeeping import find_backed_up, read_backup
from sync.segments import split_segment
from sync.storage import Connection
from sync.talking import digest_tips, list_settled
from sync.wire import PIECE_BYTES, About, Directory, PageSaid, TalkAnswer, TalkRequest


class Devices(Protocol):
    """What is known of the devices that may ask."""

    def find_certificate(self, device: str) -> Certificate | None:
        """Give the newest certificate of a device, also of one that was revoked; None if it is not enrolled."""
        ...

    def is_revoked(self, device: str) -> bool:
        """Tell whether a device was revoked by now."""
        ...

    def list_certificates(self, device: str) -> list[bytes]:
        """List the certificates that a device is to know."""
        ...

    def list_revocations(self, device: str) -> list[bytes]:
        """List the revocations that a device is to know."""
        ...

    def directory_version(self, device: str) -> str:
        """Name the content of `list_certificates` and `list_revocations`."""
        ...


def _refuse_enrolment(request: bytes) -> bytes:
    raise DeviceRefused(reason="enrolment")


def _forget(papers: Sequence[bytes]) -> int:
    return 0


def _ignore(device: str, about: About, clock_error_ms: int) -> None:
    return None


@dataclass(frozen=True)
class Site:
    """A centre as it is served.

    `secret` makes challenges and is the same in all its processes; `enrol` answers a request to belong here;
    `on_contact` is told what a device says of itself, and by how much its clock is ahead; `find_shelf` gives the
    contents that a device may have and bring, `find_sealed` takes sealed pieces that a device carries, and `confirm`
    answers what some device says it holds; `kept` keeps long answers, which are given piece by piece. `remember` takes
    what the centre itself signed once and may have forgotten, and tells how much of it was news.
    """

    centre: Centre
    devices: Devices
    keys: Keys
    secret: bytes
    enrol: Callable[[bytes], bytes] = _refuse_enrolment
    on_contact: Callable[[str, About, int], None] = _ignore
    now_ms: Callable[[], int] = wall_clock_ms
    find_shelf: Callable[[str], RemoteShelf] | None = None
    find_sealed: Callable[[str], RemoteShelf] | None = None
    confirm: Callable[[bytes], bytes] | None = None
    kept: KeptAnswers | None = None
    remember: Callable[[Sequence[bytes]], int] = _forget


def check_standing(site: Site, certificate: Certificate) -> None:
    """Refuse a device whose certificate has ended, by the centre's clock alone.

    :raises CertificateRefused: if it has.
    """
    if site.now_ms() >= certificate.expires_ms:
        raise CertificateRefused(reason="expired", device=certificate.device)


def answer_talk(site: Site, certificate: Certificate, request: TalkRequest) -> TalkAnswer:
    """Answer everything that is asked; what a revoked device may not have is left out and said.

    :raises DeviceRefused: if a revoked device asks what records may be seen.
    """
    device = certificate.device
    if request.about is not None:
        site.on_contact(device, request.about, request.about.clock_s * 1000 - site.now_ms())
    with site.centre.storage.reading() as connection:
        incarnation = current_life(connection)
        is_settled, pull = _settle(connection, device, request)
        backup = read_backup(connection)
        standings = tuple(answer(connection, request.asks))
        receipts = site.centre.confirm(connection, request.asks, standings)
        saved = tuple(find_backed_up(connection, ask) for ask in request.saved)
        visible = tuple(site.centre.find_visible(device, request.records)) if request.records else ()
        directory = _find_directory(site, device, request.directory)
    refusal, page = "", None
    if pull is not None:
        refusal, page = _pull(site, certificate, pull)
    known = pull.cursor.incarnation if pull and pull.cursor else None
    return TalkAnswer(
        incarnation=None if known == incarnation else incarnation,
        is_settled=is_settled,
        page=page,
        directory=directory,
        backup=backup if request.backup not in (None, backup) else None,
        standings=standings,
        saved=saved,
        visible=visible,
        refusal=refusal,
        receipts=tuple(receipt.signed for receipt in receipts),
    )


def _settle(connection: Connection, device: str, request: TalkRequest) -> tuple[bool | None, PullRequest | None]:
    """Compare the ends of the device's epochs; give what it pulls, which is nothing where they differ."""
    if request.settled is None:
        return None, request.pull
    tips = list_settled(connection, device)
    if tips is None or digest_tips(tips) != request.settled:
        return False, None
    return True, request.pull and msgspec.structs.replace(request.pull, own=tuple(tips))


def _pull(site: Site, certificate: Certificate, request: PullRequest) -> tuple[str, PageSaid | None]:
    try:
        page = site.centre.pull(certificate.device, request)
    except DeviceRefused as error:
        return str(error.context.get("reason", "") or error.code), None
    is_nothing = page.is_known and page.scope is None and not page.segments and not page.has_more
    if is_nothing and page.cursor == request.cursor:
        return "", None
    packer = make_packer(site, certificate)
    bundles = tuple(packer.seal(piece).data for segment in page.segments for piece in split_segment(segment))
    return "", PageSaid(page.cursor, bundles, page.scope, page.has_more, page.is_known)


def make_packer(site: Site, certificate: Certificate) -> BundlePacker:
    """Make what seals bundles for one device alone, in the name of the centre."""
    recipients = Recipients(certificate.encryption, certificate.encryption)
    reader = ReaderKeys((site.keys.encryption,), frozenset({site.keys.id}))
    return BundlePacker(site.keys, site.keys.id, lambda segment: recipients, reader)


def _find_directory(site: Site, device: str, known: str | None) -> Directory | None:
    if known is None or site.devices.is_revoked(device):
        return None
    version = site.devices.directory_version(device)
    if version == known:
        return None
    devices = site.devices
    return Directory(version, tuple(devices.list_certificates(device)), tuple(devices.list_revocations(device)))


def keep_answer(site: Site, device: str, sort: str, answer: bytes) -> bool:
    """Keep an answer to give it piece by piece; tell whether that was possible."""
    with contextlib.suppress(SyncError):
        return site.kept is not None and site.kept.keep(device, sort, site.centre.find_mark(device), answer)
    return False


def read_kept(site: Site, device: str, name: str, offset: int, length: int) -> bytes:
    """Give a piece of an answer that is kept.

    :raises DeviceRefused: if the device was revoked.
    :raises AnswerGone: if it is not kept, or the device is to be given something else now.
    """
    mark = site.centre.find_mark(device)
    if site.kept is None:
        raise AnswerGone(name=name)
    return site.kept.read(device, name, mark, offset, min(length, PIECE_BYTES))


def find_shelf(site: Site, device: str, *, is_sealed: bool = False) -> RemoteShelf:
    """Give the shelf of contents as a device may use it, or the one where it brings sealed pieces.

    :raises DeviceRefused: if it was revoked.
    :raises AttachmentUnknown: if there is no shelf at all.
    """
    if site.devices.is_revoked(device):
        raise DeviceRefused(device=device, reason="revoked")
    find = site.find_sealed if is_sealed else site.find_shelf
    if find is None:
        raise AttachmentUnknown()
    return find(device)
