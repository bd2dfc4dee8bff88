"""Sealed pieces of contents that laptops carry to the centre over the network, and receipts of contents to take back.

A courier names a sealed piece by the hash of its bytes and brings it in parts, like a content. What of it is of no use
is dropped without complaint, so that it blocks nothing else; what arrived stands in the receipts alone.
"""

import hashlib
import logging
from pathlib import Path
from typing import Final

from collector.attachments.pieces import ContentWrong, NoRoomForPieces
from collector.attachments.shelf import FolderShelf, tell_full_disk
from collector.central.office import Office
from collector.sticks.content_reading import PieceDesk
from collector.sticks.contents import list_tokens
from collector.sticks.errors import ContentErased, PieceOfStranger
from sync.bundle import ReaderKeys
from sync.contents import make_received, note_held, read_held, split_tokens
from sync.errors import AttachmentUnknown, BundleError, DeviceRefused, StorageFull, UploadRefused
from sync.lives import current_life
from sync.pieces import MAX_SEALED_BYTES

_USELESS: Final = (BundleError, ContentErased, ContentWrong, PieceOfStranger)
_log = logging.getLogger(__name__)


def make_desk(office: Office) -> PieceDesk:
    """Make who takes pieces at the centre."""
    registry = office.registry
    keys = ReaderKeys((registry.keys.encryption,), frozenset({registry.keys.id}))
    own = registry.keys.id

    def is_known(device: str) -> bool:
        return registry.find_certificate(device) is not None and not registry.is_revoked(device)

    return PieceDesk(office.database.storage, Path(office.folder.attachments), keys, own, own, is_known)


class SealedShelf:
    """Where one laptop brings sealed pieces: `RemoteShelf` on the other side of the line. It gives nothing."""

    def __init__(self, office: Office, device: str) -> None:
        self._parts = FolderShelf(office.folder.attachments, f"sealed-{device}")
        self._desk = make_desk(office)

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Give, per name, how much of it arrived; what arrived whole is not here any more."""
        self._desk.try_waiting()
        return {name: (None, self._parts.part_size(name)) for name in names}

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Give nothing.

        :raises AttachmentUnknown: always.
        """
        raise AttachmentUnknown(name=name[:64])

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; give how long it is now, 0 if it was complete and not what its name says.

        :raises UploadRefused: if it is longer than a piece can be.
        :raises StorageFull: if the disk has no room for it.
        """
        if offset + len(data) > MAX_SEALED_BYTES:
            self._parts.take_part(name)
            raise UploadRefused(reason="size", bundle=name)
        with tell_full_disk():
            length = self._parts.append(name, offset, data)
        if not is_last or length != offset + len(data):
            return length
        whole = self._parts.take_part(name)
        if hashlib.sha256(whole).hexdigest() != name:
            return 0
        self._take(whole)
        return length

    def _take(self, whole: bytes) -> None:
        try:
            with tell_full_disk():
                self._desk.take(whole)
        except NoRoomForPieces as error:
            raise StorageFull() from error
        except _USELESS as error:
            _log.info("a carried piece is of no use: %s", error.code)


def confirm_held(office: Office, data: bytes) -> bytes:
    """Answer what a laptop says it holds with a receipt of what of that is here; nothing if it is nothing.

    Whoever brings the statement, it proves whose it is.

    :raises StatementRefused: if it is no such statement of a device of this centre.
    :raises DeviceRefused: if that device is not enrolled or was revoked.
    """
    registry = office.registry
    said = read_held(data, frozenset({registry.keys.id}))
    scope = registry.find_scope(said.signer)
    if scope is None or registry.is_revoked(said.signer):
        raise DeviceRefused(device=said.signer)
    with office.database.storage.writing() as connection:
        note_held(connection, said)
    with office.database.reading() as connection:
        units = {grant.unit for grant in scope.grants}
        here = list_tokens(connection, Path(office.folder.attachments), units)
        life = current_life(connection)
    both = split_tokens(said.tokens) & here.keys()
    now_ms, keys = registry.clock(), registry.keys
    signed = make_received(said.signer, both, incarnation=life, at_ms=now_ms, keys=keys, part=said.part)
    return next(signed, b"")
