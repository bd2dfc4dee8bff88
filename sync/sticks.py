"""Files on USB sticks: bundles, receipts and other signed papers, pieces of photos, of any villages, in any order.

A file appears under its name only when all its bytes are on the stick and were read back. A stick that is pulled out
leaves a whole file or none, beside a remnant that the next writing removes. What is on a stick is believed by nobody:
opening checks it. Files lie in one folder, so that one can see what to copy.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.bundle import CAPS
from sync.errors import (
    BundleError,
    NotABundle,
    NotAFile,
    StickError,
    StickFull,
    StickGone,
    StickReadOnly,
    StickUnreliable,
    SyncError,
)
from sync.headers import MAX_HEADER_BYTES, Header, read_header, split_frame
from sync.pieces import MAX_SEALED_BYTES, PieceHeader, read_piece_header, verify_piece
from sync.statements import MAX_STATEMENT_BYTES, is_statement

FOLDER: Final = "Collector"
BUNDLE: Final = ".bundle"
STATEMENT: Final = ".signed"
PIECE: Final = ".piece"
MAX_FILES: Final = 100_000
"""How many files are looked at, of pieces as many again, so that these hide nothing else."""
_REMNANT: Final = ".part"
_MAX_DEPTH: Final = 4
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LIMITS: Final = {BUNDLE: CAPS.sealed_bytes, STATEMENT: MAX_STATEMENT_BYTES, PIECE: MAX_SEALED_BYTES}
_OURS: Final = (BUNDLE, STATEMENT, PIECE)
_READ_ONLY: Final = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY}


@dataclass(frozen=True, slots=True)
class StickFile:
    """A file that was found. Its header may be forged; `problem` says why it is of no use, if that is known."""

    path: Path
    size_bytes: int
    header: Header | None = None
    problem: SyncError | None = None

    @property
    def is_bundle(self) -> bool:
        """Whether it begins as a bundle that this version can read."""
        return self.header is not None

    @property
    def is_piece(self) -> bool:
        """Whether it is named as a piece of an attachment. Its header is read with it: there may be very many."""
        return self.path.suffix == PIECE


def write_bundle(stick: Path, data: bytes) -> Path:
    """Put a bundle into the stick's folder; give where it lies. The same bundle is not written twice.

    :raises StickError: one of its classes; then nothing was there before that is not there now.
    """
    header = read_header(data)
    digest = hashlib.sha256(data).hexdigest()[:8]
    name = f"{header.device[:8]}-{header.epoch[:8]}-{header.first:09d}-{header.last:09d}-{digest}{BUNDLE}"
    return write_file(stick, name, data)


def write_statement(stick: Path, label: str, data: bytes) -> Path:
    """Put a receipt, certificate or other signed paper into the stick's folder; `label` begins its name."""
    digest = hashlib.sha256(data).hexdigest()[:8]
    return write_file(stick, f"{label}-{digest}{STATEMENT}", data)


def name_piece(header: PieceHeader) -> str:
    """Give the name of a piece on a stick: it stays the same when the piece is sealed again."""
    return f"{header.signer[:8]}-{header.token}-{header.place:02d}-{header.count:02d}{PIECE}"


def write_piece(stick: Path, data: bytes) -> Path:
    """Put a piece of an attachment into the stick's folder, in the place of an earlier one of the same name.

    :raises StickError: one of its classes; then nothing was there before that is not there now.
    """
    return write_file(stick, name_piece(read_piece_header(data)), data)


def write_file(stick: Path, name: str, data: bytes) -> Path:
    """Write a file as a whole or not at all: temporary name, fsync, read back, rename, fsync of the folder.

    :raises StickFull: if there is no room.
    :raises StickReadOnly: if nothing can be written there.
    :raises StickGone: if the stick is no longer there.
    :raises StickUnreliable: if other bytes are read than were written.
    """
    folder = stick / FOLDER
    target = folder / name
    with _named_errors(stick):
        if not stick.is_dir():
            raise StickGone(path=str(stick))
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise StickReadOnly(path=str(folder))  # a link would lead out of the stick
        folder.mkdir(exist_ok=True)
        if _holds(target, data):
            return target
        _remove_remnants(folder)
        remnant = folder / f"{secrets.token_hex(8)}{_REMNANT}"
        try:
            _write_through(remnant, data)
            if _read_back(remnant) != data:
                raise StickUnreliable(path=str(target))
            remnant.replace(target)
            _sync_folder(folder)
        except BaseException:
            with suppress(OSError):
                remnant.unlink(missing_ok=True)
            raise
    return target


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())
        # Only what is no longer in memory is read back from the stick itself.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _holds(path: Path, data: bytes) -> bool:
    """Tell whether a file holds just these bytes; whatever else lies there is not read."""
    is_file = path.is_file() and not path.is_symlink()
    return is_file and path.stat().st_size == len(data) and _read_back(path) == data


def _read_back(path: Path) -> bytes:
    return path.read_bytes()


def _sync_folder(path: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems of sticks know no fsync of a folder; the rename is on its way then.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _remove_remnants(folder: Path) -> None:
    for remnant in folder.glob(f"*{_REMNANT}"):
        if not remnant.is_symlink() and remnant.is_file():
            remnant.unlink(missing_ok=True)


def list_files(stick: Path) -> list[StickFile]:
    """List bundles and statements on a stick or in a folder, in the order in which they are best read.

    Whatever ends as ours is listed, in every folder down to some depth, also where it is of no use; `problem` says why.
    Links are not followed, and nothing but files is opened. Only beginnings of files are read. Pieces come last.

    :raises StickGone: if the stick is no longer there.
    """
    with _named_errors(stick):
        if not stick.is_dir():
            raise StickGone(path=str(stick))
        found = [_look_at(path) for path in _walk(stick)]
    return sorted(found, key=_reading_order)


def _walk(stick: Path) -> Iterator[Path]:
    counts = {PIECE: 0, "": 0}
    for root, folders, names in os.walk(stick, onerror=_pass_over):
        here = Path(root)
        odd = [name for name in folders if Path(name).suffix in _OURS]
        if len(here.relative_to(stick).parts) >= _MAX_DEPTH:
            folders.clear()
        folders.sort()
        for name in sorted((*names, *odd)):
            path = here / name
            if path.suffix not in _OURS:
                continue
            kind = PIECE if path.suffix == PIECE else ""
            counts[kind] += 1
            if counts[kind] <= MAX_FILES:
                yield path


def _pass_over(error: OSError) -> None:
    # System folders on sticks may not be read by everybody; a stick that is gone is an error.
    if error.errno not in (errno.EACCES, errno.EPERM):
        raise error


def _look_at(path: Path) -> StickFile:
    size = 0
    if path.is_symlink() or not path.is_file():
        return StickFile(path, size, problem=NotAFile())
    try:
        with _named_errors(path), path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            beginning = file.read(MAX_HEADER_BYTES + 64)
        if path.suffix == STATEMENT:
            return StickFile(path, size, problem=_problem_of_statement(beginning, size))
        if path.suffix == PIECE:
            read_piece_header(beginning)
            return StickFile(path, size)
        return StickFile(path, size, read_header(beginning))
    except (BundleError, StickReadOnly, StickGone) as error:
        return StickFile(path, size, problem=error)


def _problem_of_statement(beginning: bytes, size: int) -> SyncError | None:
    return None if is_statement(beginning) and size <= MAX_STATEMENT_BYTES else NotABundle()


def _reading_order(found: StickFile) -> tuple[bool, bool, str, str, int, str]:
    header = found.header
    if header is None:
        return (found.is_piece, True, "", "", 0, str(found.path))
    return (False, False, header.device, header.epoch, header.first, str(found.path))


def read_file(found: StickFile) -> bytes:
    """Read a file that was listed; never more of it than anything of ours can have.

    :raises BundleError: if it is not what it was, cut short or too large.
    :raises StickGone: if the stick was pulled out.
    """
    if isinstance(found.problem, NotAFile):
        raise found.problem
    limit = _LIMITS[found.path.suffix]
    with _named_errors(found.path), found.path.open("rb") as file:
        data = file.read(limit + 1)
    if found.path.suffix == BUNDLE:
        split_frame(data, CAPS.sealed_bytes)
    elif found.is_piece:
        verify_piece(data)
    elif not is_statement(data) or len(data) > MAX_STATEMENT_BYTES:
        raise NotABundle()
    return data


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except StickError:
        raise
    except OSError as error:
        kind: type[StickError] = StickGone
        if error.errno in _FULL:
            kind = StickFull
        elif error.errno in _READ_ONLY:
            kind = StickReadOnly
        raise kind(path=str(path), problem=error.strerror or "") from error
