"""Pieces of contents in a data folder: those that wait until a content is whole, and sealed ones carried for others.

They lie beside the parts that come over the network. Of the first kind every signer has a place of its own, so that
nobody spoils what another brings; a content becomes a file only when its bytes have the hash that names it. Both kinds
are bounded, and nothing is written where the disk would have too little room left for what is recorded.
"""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from collector.attachments.files import PARTS, Files, is_name
from collector.attachments.shelf import CARRIED, KEPT_SECONDS
from collector.attachments.store import FREE_BYTES_KEPT
from collector.errors import CollectorError, FolderNotWritable
from collector.folder import write_atomically
from sync.errors import BundleError
from sync.headers import MAX_HEADER_BYTES
from sync.pieces import MAX_SEALED_BYTES, OpenedPiece, PieceHeader, read_piece_header

MAX_WAITING_BYTES: Final = 512 * 1024 * 1024
"""More pieces than this do not wait here."""
MAX_CARRIED_BYTES: Final = 1024 * 1024 * 1024
"""More than this is not carried for others."""


class NoRoomForPieces(CollectorError):
    """So many pieces wait or are carried that no more are taken, or the disk is nearly full."""

    code = "no_room_for_pieces"
    status = 507


class ContentWrong(CollectorError):
    """All pieces of a content are here, and together they are not what its hash says."""

    code = "content_wrong"
    status = 422


@dataclass(frozen=True, slots=True, order=True)
class WaitingSet:
    """What one signer brought of a content: `count` pieces make it whole."""

    name: str
    signer: str
    count: int


class WaitingPieces:
    """The pieces that wait in one folder of attachments, opened and not yet put together."""

    def __init__(self, root: Path) -> None:
        self._files = Files(root)
        self._place = root / PARTS / "pieces"
        self._size: int | None = None

    def put(self, opened: OpenedPiece) -> WaitingSet:
        """Keep a piece; give what it belongs to.

        :raises NoRoomForPieces: if too many wait already, or the disk is nearly full.
        :raises FolderNotWritable: if it cannot be written.
        """
        belongs = WaitingSet(opened.name, opened.header.signer, opened.header.count)
        path = self._find_place(belongs) / f"{opened.header.place:02d}"
        if self._size is None:
            _remove_older(self._place, time.time() - KEPT_SECONDS)
            self._size = _count_bytes(self._place)
        if self._size + len(opened.data) > MAX_WAITING_BYTES:
            self._size = self._make_room(belongs.signer, len(opened.data))
        _check_room(self._files, len(opened.data))
        _write(path, opened.data)
        self._size += len(opened.data)
        return belongs

    def _make_room(self, signer: str, size: int) -> int:
        """Throw away what waits of whoever brought most, while that is more than this signer has; give what stays.

        :raises NoRoomForPieces: if that is not enough.
        """
        sizes = {each: _count_bytes(self._find_place(each)) for each in self.list_sets()}
        while sum(sizes.values()) + size > MAX_WAITING_BYTES:
            taken: dict[str, int] = {}
            for each, length in sizes.items():
                taken[each.signer] = taken.get(each.signer, 0) + length
            most = max(taken, key=lambda name: (taken[name], name), default=signer)
            if taken.get(most, 0) <= taken.get(signer, 0) + size:
                raise NoRoomForPieces()
            largest = max((each for each in sizes if each.signer == most), key=lambda each: (sizes[each], each))
            self.remove(largest)
            del sizes[largest]
        return sum(sizes.values())

    def is_whole(self, belongs: WaitingSet) -> bool:
        """Tell whether all pieces are here."""
        place = self._find_place(belongs)
        return all((place / f"{number:02d}").is_file() for number in range(1, belongs.count + 1))

    def finish(self, belongs: WaitingSet) -> None:
        """Put a content together, piece by piece, and keep it as a file; its pieces go.

        :raises ContentWrong: if it is not what its name says; what this signer brought of it is thrown away.
        :raises FolderNotWritable: if the disk cannot keep it; the pieces stay.
        """
        place = self._find_place(belongs)
        _check_room(self._files, sum(path.stat().st_size for path in place.iterdir()))
        whole = self._place / f"{belongs.name}.{secrets.token_hex(8)}.whole"
        try:
            digest = _join([place / f"{number:02d}" for number in range(1, belongs.count + 1)], whole)
            if digest == belongs.name:
                self._files.adopt(whole, belongs.name)
        except OSError as error:
            whole.unlink(missing_ok=True)
            raise FolderNotWritable(path=str(whole), problem=error.strerror or "") from error
        if digest != belongs.name:
            whole.unlink(missing_ok=True)
            self.remove(belongs)
            raise ContentWrong()
        for each in [each for each in self.list_sets() if each.name == belongs.name]:
            self.remove(each)

    def list_sets(self) -> list[WaitingSet]:
        """List what waits."""
        return sorted(found for path in _list(self._place) if (found := _read_set(path.name)) is not None)

    def remove(self, belongs: WaitingSet) -> None:
        """Throw away what one signer brought of a content."""
        shutil.rmtree(self._find_place(belongs), ignore_errors=True)
        self._size = None

    def _find_place(self, belongs: WaitingSet) -> Path:
        return self._place / f"{belongs.name}.{belongs.signer}.{belongs.count}"


def _read_set(text: str) -> WaitingSet | None:
    parts = text.split(".")
    is_one = len(parts) == 3 and is_name(parts[0]) and parts[2].isdecimal()
    return WaitingSet(parts[0], parts[1], int(parts[2])) if is_one else None


class CarriedPiece(NamedTuple):
    """A sealed piece that is carried: where it lies, what it says of itself, how large it is."""

    path: Path
    header: PieceHeader
    size_bytes: int


class CarriedPieces:
    """The sealed pieces that one folder carries for others, each once per signer."""

    def __init__(self, root: Path) -> None:
        self._files = Files(root)
        self._place = root / PARTS / CARRIED
        self._size: int | None = None

    def put(self, header: PieceHeader, data: bytes, limit_bytes: int = MAX_CARRIED_BYTES) -> bool:
        """Carry a piece that was verified; tell whether it was not carried before.

        :raises NoRoomForPieces: if so much is carried already that it would be over the limit.
        :raises FolderNotWritable: if it cannot be written.
        """
        path = self._place / f"{header.signer}-{header.token}-{header.place:02d}-{header.count:02d}"
        is_new = not path.exists()
        if is_new:
            if self._size is None:
                _remove_older(self._place, time.time() - KEPT_SECONDS)
                self._size = _count_bytes(self._place)
            if self._size + len(data) > limit_bytes:
                raise NoRoomForPieces()
            _check_room(self._files, len(data))
            self._size += len(data)
        _write(path, data)
        return is_new

    def list(self) -> list[CarriedPiece]:
        """List what is carried, contents of few pieces first."""
        found = []
        for path in _list(self._place):
            with suppress(BundleError, OSError), path.open("rb") as file:
                header = read_piece_header(file.read(MAX_HEADER_BYTES + 64))
                found.append(CarriedPiece(path, header, path.stat().st_size))
        return sorted(found, key=lambda each: (each.header.count, each.size_bytes, each.path))

    def read(self, carried: CarriedPiece) -> bytes:
        """Give the bytes of a piece.

        :raises OSError: if it is gone.
        """
        with carried.path.open("rb") as file:
            return file.read(MAX_SEALED_BYTES + 1)

    def remove(self, tokens: Iterable[str]) -> int:
        """Carry pieces of these contents no longer; give how many there were."""
        wanted, removed = set(tokens), 0
        for path in _list(self._place):
            if path.name.split("-")[1:2] and path.name.split("-")[1] in wanted:
                path.unlink(missing_ok=True)
                removed += 1
                self._size = None
        return removed


def _list(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.is_dir() else []


def _remove_older(place: Path, before: float) -> None:
    """Remove what lies in a place since before a moment, in seconds since 1970."""
    for path in _list(place):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _count_bytes(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _check_room(files: Files, size: int) -> None:
    if files.free_bytes() - size < FREE_BYTES_KEPT:
        raise NoRoomForPieces()


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderNotWritable(path=str(path), problem=error.strerror or "") from error
    write_atomically(path, data, private=True)


def _join(parts: list[Path], whole: Path) -> str:
    """Write the parts one after the other; give the hash of all."""
    digest = hashlib.sha256()
    with whole.open("wb") as file:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
