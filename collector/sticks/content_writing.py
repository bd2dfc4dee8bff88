"""Writes contents of attachments onto a stick, after everything else and small ones first, as long as there is room.

A content counts as written when all its pieces lie there; of one that did not fit nothing stays. What does not fit
waits for the next stick: nothing of it is lost, and records never wait for it.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from collector.attachments.files import FileMissing
from collector.attachments.pieces import CarriedPieces
from collector.attachments.shelf import FolderShelf
from collector.sticks.contents import Wanted, list_erased_tokens, list_removed_tokens, list_tokens, list_wanted
from collector.sticks.party import Party
from collector.sticks.report import WriteReport
from collector.sticks.stick_pieces import OwnPiece, StickPieces
from sync.bundle import Recipients
from sync.errors import StickFull
from sync.headers import MAX_RECIPIENTS
from sync.keys import recipient_id
from sync.pieces import PIECE_BYTES, Part, count_pieces, seal_piece

MAX_READERS: Final = MAX_RECIPIENTS - 2


class ContentWriting:
    """The contents that are written onto one stick."""

    def __init__(self, party: Party, root: Path, pieces: StickPieces, report: WriteReport) -> None:
        self.party = party
        self.root = root
        self.pieces = pieces
        self.report = report
        self._shelf = FolderShelf(root)
        self.wanted: list[Wanted] = []

    def prepare(self) -> int:
        """Find out what is to be written, and take away what nobody lacks any more; give how much it is."""
        with self.party.storage.reading() as connection:
            self.wanted = list_wanted(connection, self.party, self.root)
            unneeded = self.pieces.list_tokens() - {each.token for each in self.wanted}
            if unneeded:
                gone = unneeded & (list_tokens(connection, self.root).keys() | list_removed_tokens(connection))
                if unneeded - gone:
                    gone |= unneeded & list_erased_tokens(connection, self._list_files())
                self.report.removed += sum(self.pieces.remove(token) for token in sorted(gone))
        return len(self.wanted)

    def _list_files(self) -> list[str]:
        """List the contents that lie here, also those that no record names any more."""
        return sorted(path.name for path in self.root.glob("[0-9a-f][0-9a-f]/*"))

    def write(self, advance: Callable[[int], None]) -> None:
        """Write what fits.

        :raises StickError: one of its classes, but for a full stick.
        """
        for number, each in enumerate(self.wanted):
            try:
                self._write_content(each)
            except StickFull:
                self.pieces.remove(each.token)
                self.report.contents_left += len(self.wanted) - number
                break
            except FileMissing:
                pass  # taken away meanwhile
            advance(1)
        self._write_carried()

    def _write_content(self, wanted: Wanted) -> None:
        recipients = self._find_recipients(wanted)
        needed = {recipient_id(each.encryption) for each in wanted.lacking[:MAX_READERS]}
        needed.add(recipient_id(recipients.server))
        count = count_pieces(wanted.size)
        own = [OwnPiece(wanted.token, place, count) for place in range(1, count + 1)]
        missing = [piece for piece in own if not self.pieces.has(piece, self.party.centre.id, needed)]
        if not missing:
            self.report.contents_present += 1
            return
        if not self._is_intact(wanted):
            self.report.contents_damaged += 1
            return
        for piece in missing:
            data = self._shelf.read(wanted.name, (piece.place - 1) * PIECE_BYTES, PIECE_BYTES)
            part = Part(wanted.token, wanted.name, wanted.size, piece.place, data)
            self.pieces.put(piece, seal_piece(part, self.party.keys, self.party.centre.id, recipients))
        self.report.contents += 1

    def _find_recipients(self, wanted: Wanted) -> Recipients:
        """Seal for all who may read it; if they are very many, for those that lack it before the others."""
        ordered = sorted(wanted.readers, key=lambda each: (each not in wanted.lacking, len(each.scope.grants)))
        readers = tuple(each.encryption for each in ordered[:MAX_READERS])
        return Recipients(self.party.centre.encryption, self.party.centre.escrow, readers)

    def _is_intact(self, wanted: Wanted) -> bool:
        """Tell whether the file is still what its name says: nobody would take another one."""
        digest, offset = hashlib.sha256(), 0
        while data := self._shelf.read(wanted.name, offset, PIECE_BYTES):
            digest.update(data)
            offset += len(data)
        return digest.hexdigest() == wanted.name

    def _write_carried(self) -> None:
        carried = CarriedPieces(self.root)
        left: set[str] = set()
        for each in carried.list():
            if each.header.server not in self.party.servers:
                continue
            if left:
                left.add(each.header.token)
                continue
            try:
                self.report.pieces_carried += self.pieces.put_carried(carried.read(each))
            except StickFull:
                left.add(each.header.token)
        self.report.contents_left += len(left)
