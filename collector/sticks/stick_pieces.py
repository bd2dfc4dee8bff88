"""The pieces of contents that lie on a stick while it is written, and the only way onto it for them.

Pieces of this folder are known again by their names, and looked at closely before they count as being there. They give
way to records: where a stick is full, the largest go, of contents that are still here. They never take the last room,
so that whoever reads the stick can write its answer onto it.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from sync.errors import StickFull, SyncError
from sync.pieces import read_piece_header, verify_piece
from sync.sticks import FOLDER, StickFile, name_piece, read_file, write_piece

ANSWER_BYTES: Final = 16 * 1024 * 1024
ANSWER_SHARE: Final = 20
"""The room that photos leave for the answer: so many bytes, or this part of a small stick."""


@dataclass(frozen=True, slots=True)
class OwnPiece:
    """A piece that this folder wrote, as its name says."""

    token: str
    place: int
    count: int


class StickPieces:
    """The pieces on one stick."""

    def __init__(self, stick: Path, own: str, files: Iterable[StickFile]) -> None:
        self.stick = stick
        self._own = own
        self._paths: dict[OwnPiece, StickFile] = {}
        self._others: set[str] = set()
        for found in files:
            if found.is_piece and found.path.parent == stick / FOLDER:
                self._note(found)

    def _note(self, found: StickFile) -> None:
        parts = found.path.stem.split("-")
        if found.problem is None and len(parts) == 4 and parts[0] == self._own[:8] and parts[3].isdecimal():
            if parts[2].isdecimal():
                self._paths[OwnPiece(parts[1], int(parts[2]), int(parts[3]))] = found
        else:
            self._others.add(found.path.name)

    def has(self, piece: OwnPiece, server: str, recipients: set[str]) -> bool:
        """Tell whether a whole piece lies there that these can open."""
        found = self._paths.get(piece)
        if found is None:
            return False
        with suppress(SyncError):
            header = verify_piece(read_file(found))
            is_same = (header.signer, header.token, header.place, header.count) == (self._own, *astuple(piece))
            return is_same and header.server == server and recipients <= set(header.recipients)
        return False

    def put(self, piece: OwnPiece, data: bytes) -> None:
        """Put a piece of this folder.

        :raises StickFull: if the room that is left is kept for the answer.
        :raises StickError: one of its other classes.
        """
        self._keep_room(len(data))
        path = write_piece(self.stick, data)
        self._paths[piece] = StickFile(path, len(data))

    def put_carried(self, data: bytes) -> bool:
        """Put a piece of somebody else as it is; tell whether it was not there.

        :raises StickFull: if the room that is left is kept for the answer.
        """
        if name_piece(read_piece_header(data)) not in self._others:
            self._keep_room(len(data))
        path = write_piece(self.stick, data)
        is_new = path.name not in self._others
        self._others.add(path.name)
        return is_new

    def _keep_room(self, size_bytes: int) -> None:
        with suppress(OSError):
            disk = shutil.disk_usage(self.stick)
            if disk.free - size_bytes < min(ANSWER_BYTES, disk.total // ANSWER_SHARE):
                raise StickFull(path=str(self.stick))

    def list_tokens(self) -> set[str]:
        """Name the contents of which a piece of this folder lies there."""
        return {piece.token for piece in self._paths}

    def remove(self, token: str) -> bool:
        """Take a content of this folder from the stick; tell whether there was anything of it."""
        mine = [piece for piece in self._paths if piece.token == token]
        for piece in mine:
            with suppress(OSError):
                self._paths.pop(piece).path.unlink(missing_ok=True)
        return bool(mine)

    def give_way(self, tokens: Iterable[str]) -> bool:
        """Take the largest of these contents from the stick; tell whether there was one."""
        sizes: dict[str, int] = {}
        for piece, found in self._paths.items():
            sizes[piece.token] = sizes.get(piece.token, 0) + found.size_bytes
        among = [(sizes[token], token) for token in tokens if token in sizes]
        return bool(among) and self.remove(max(among)[1])
