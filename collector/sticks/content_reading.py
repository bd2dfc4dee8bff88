"""Takes in pieces of contents, in any order, again and again: what is for this folder is opened, the rest carried.

A content is kept when a record here names it, whoever brought it: its hash proves it. As long as no record does, only
what known laptops sealed waits for one. What was erased is never taken in again. Nothing here reads a stick.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from collector.attachments.files import Files
from collector.attachments.naming import find_naming
from collector.attachments.pieces import (
    MAX_CARRIED_BYTES,
    CarriedPieces,
    ContentWrong,
    NoRoomForPieces,
    WaitingPieces,
    WaitingSet,
)
from collector.errors import FolderNotWritable
from collector.replication.journal import note_shelved
from collector.sticks.contents import list_erased_tokens
from collector.sticks.errors import ContentErased, PieceOfStranger
from sync.bundle import ReaderKeys
from sync.contents import list_received, split_tokens
from sync.errors import BundleForAnotherServer, BundleForOthers
from sync.keys import public_encryption, recipient_id
from sync.lives import current_life
from sync.pieces import OpenedPiece, PieceHeader, open_piece, verify_piece
from sync.storage import Storage

MAX_STRANGE_BYTES: Final = MAX_CARRIED_BYTES // 4
"""How much is carried of laptops that are not known here."""


@dataclass
class PieceDesk:
    """Takes pieces for one folder; counts what came of them.

    `own` is the id of this folder's device, `centre` that of its centre, which carries nothing on; `is_known` tells of
    a device whether its certificate is held.
    """

    storage: Storage
    root: Path
    keys: ReaderKeys
    own: str
    centre: str
    is_known: Callable[[str], bool]
    contents: int = 0
    carried: int = 0

    def __post_init__(self) -> None:
        self._files = Files(self.root)
        self._waiting = WaitingPieces(self.root)
        self._carried = CarriedPieces(self.root)
        self._mine = {recipient_id(public_encryption(key)) for key in self.keys.identities}

    def take(self, data: bytes) -> None:
        """Take a piece in.

        :raises BundleError: if it is damaged, forged, too new or of another centre.
        :raises PieceOfStranger: if nobody knows who sealed it, nor a record that names it.
        :raises ContentErased: if what it belongs to was erased.
        :raises ContentWrong: if with it the content is whole and not what its name says.
        :raises NoRoomForPieces: if there is no room for it.
        """
        header = verify_piece(data)
        if header.server not in self.keys.servers:
            raise BundleForAnotherServer(server=header.server)
        if header.signer == self.own:
            return
        if not self._mine & set(header.recipients):
            self._carry(header, data)
            return
        self._open(data)

    def _carry(self, header: PieceHeader, data: bytes) -> None:
        if self.own == self.centre:
            raise BundleForOthers()
        if header.token in self._arrived:
            return
        limit = MAX_CARRIED_BYTES if self.is_known(header.signer) else MAX_STRANGE_BYTES
        self.carried += self._carried.put(header, data, limit)

    @cached_property
    def _arrived(self) -> set[str]:
        """Name what the centre has, as its receipts for others say that are carried back."""
        with self.storage.reading() as connection:
            life = current_life(connection)
            return {
                token
                for _paper, said in list_received(connection)
                if life in ("", said.incarnation)
                for token in split_tokens(said.tokens)
            }

    def _open(self, data: bytes) -> None:
        opened = open_piece(data, self.keys)
        self._carried.remove([opened.header.token])
        if self._files.size(opened.name) is None:
            self._check_wanted(opened)
            self._keep(opened)
        if opened.header.signer == self.centre and self.own != self.centre:
            with self.storage.writing() as connection:
                note_shelved(connection, [opened.name])

    def _check_wanted(self, opened: OpenedPiece) -> None:
        """Refuse what was erased, and what a stranger brings that no record names."""
        with self.storage.reading() as connection:
            if find_naming(connection, [opened.name]):
                return
            if opened.header.token in list_erased_tokens(connection, [opened.name]):
                raise ContentErased()
        if opened.header.signer != self.centre and not self.is_known(opened.header.signer):
            raise PieceOfStranger(device=opened.header.signer)

    def _keep(self, opened: OpenedPiece) -> None:
        belongs = self._waiting.put(opened)
        if self._waiting.is_whole(belongs) and self._is_named(belongs):
            self._finish(belongs)

    def _is_named(self, belongs: WaitingSet) -> bool:
        with self.storage.reading() as connection:
            return bool(find_naming(connection, [belongs.name]))

    def _finish(self, belongs: WaitingSet) -> None:
        self._waiting.finish(belongs)
        self.contents += 1

    def try_waiting(self) -> int:
        """Put together what was waiting for its record; give of how many contents pieces or records are missing."""
        self.contents += finish_waiting(self.storage, self.root)
        return len({each.name for each in self._waiting.list_sets()})


def finish_waiting(storage: Storage, root: Path) -> int:
    """Put together the contents that are whole and were waiting for their record; give how many there were."""
    waiting, files = WaitingPieces(root), Files(root)
    sets = waiting.list_sets()
    if not sets:
        return 0
    with storage.reading() as connection:
        named = {each.name for each in find_naming(connection, {each.name for each in sets})}
    finished = 0
    for each in sets:
        if files.size(each.name) is not None:
            waiting.remove(each)
        elif each.name in named and waiting.is_whole(each):
            # Thrown away if wrong, and kept if there is no room now; either way nothing else has to wait for it.
            with suppress(ContentWrong, NoRoomForPieces, FolderNotWritable):
                waiting.finish(each)
                finished += 1
    return finished
