"""Files on USB sticks: bundles, receipts and other signed papers, from any number of villages, in any order.

A file appears under its name only when all its bytes are on the stick and were read back. A stick that is pulled out
leaves a whole file or none, beside a remnant that the next writing removes. What is on a stick is believed by nobody:
opening checks it. Files lie in one folder, so that one can see what to copy.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.bundle import CAPS
from sync.errors import (
    BundleError,
    NotABundle,
    StickError,
    StickFull,
    StickGone,
    StickReadOnly,
    StickUnreliable,
    SyncError,
)
from sync.headers import MAX_HEADER_BYTES, Header, read_header, split_frame
from sync.statements import MAX_STATEMENT_BYTES, is_statement

FOLDER: Final = "Collector"
BUNDLE: Final = ".bundle"
STATEMENT: Final = ".signed"
MAX_FILES: Final = 100_000
_REMNANT: Final = ".part"
_MAX_DEPTH: Final = 4
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY: Final = {errno.EROFS, errno.EACCES, errno.EPERM}


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
        folder.mkdir(exist_ok=True)
        if target.exists() and _read_back(target) == data:
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
    Links are not followed. Only beginnings of files are read.

    :raises StickGone: if the stick is no longer there.
    """
    with _named_errors(stick):
        if not stick.is_dir():
            raise StickGone(path=str(stick))
        found = [_look_at(path) for path in _walk(stick)]
    return sorted(found, key=_reading_order)


def _walk(stick: Path) -> Iterator[Path]:
    count = 0
    for root, folders, names in os.walk(stick, onerror=_pass_over):
        here = Path(root)
        if len(here.relative_to(stick).parts) >= _MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            path = here / name
            if path.suffix in (BUNDLE, STATEMENT) and not path.is_symlink() and path.is_file():
                yield path
                count += 1
                if count >= MAX_FILES:
                    return


def _pass_over(error: OSError) -> None:
    # System folders on sticks may not be read by everybody; a stick that is gone is an error.
    if error.errno not in (errno.EACCES, errno.EPERM):
        raise error


def _look_at(path: Path) -> StickFile:
    size = 0
    try:
        with _named_errors(path), path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            beginning = file.read(MAX_HEADER_BYTES + 64)
        if path.suffix == STATEMENT:
            return StickFile(path, size, problem=_problem_of_statement(beginning, size))
        return StickFile(path, size, read_header(beginning))
    except (BundleError, StickReadOnly, StickGone) as error:
        return StickFile(path, size, problem=error)


def _problem_of_statement(beginning: bytes, size: int) -> SyncError | None:
    return None if is_statement(beginning) and size <= MAX_STATEMENT_BYTES else NotABundle()


def _reading_order(found: StickFile) -> tuple[bool, str, str, int, str]:
    header = found.header
    if header is None:
        return (True, "", "", 0, str(found.path))
    return (False, header.device, header.epoch, header.first, str(found.path))


def read_file(found: StickFile) -> bytes:
    """Read a file that was listed; never more of it than anything of ours can have.

    :raises BundleError: if it is not what it was, cut short or too large.
    :raises StickGone: if the stick was pulled out.
    """
    limit = CAPS.sealed_bytes if found.path.suffix == BUNDLE else MAX_STATEMENT_BYTES
    with _named_errors(found.path), found.path.open("rb") as file:
        data = file.read(limit + 1)
    if found.path.suffix == BUNDLE:
        split_frame(data, CAPS.sealed_bytes)
    elif not is_statement(data) or len(data) > MAX_STATEMENT_BYTES:
        raise NotABundle()
    return data


def remove_received(stick: Path, is_received: Callable[[Header], bool]) -> list[Path]:
    """Remove the bundles that need not travel any more, so that sticks do not fill up; name them.

    `is_received` says, from receipts that were checked and the log, whether the server holds all that a header names.
    """
    removed: list[Path] = []
    for found in list_files(stick):
        if found.header is not None and is_received(found.header):
            with _named_errors(found.path):
                found.path.unlink(missing_ok=True)
            removed.append(found.path)
    return removed


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
