"""The folder of a stick while it is written: what lies there already, so that nothing is put there twice.

What was written by this folder is known again by its signed header, since the same revisions sealed again give other
bytes; a file that is damaged or says so of itself does not count as being there.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sync.bundle import CAPS
from sync.errors import SyncError
from sync.headers import Header, split_frame, verify_header
from sync.sticks import BUNDLE, FOLDER, STATEMENT, StickFile, list_files, read_file, write_bundle, write_statement

_Sealed = tuple[object, ...]


class Shelf:
    """What lies on a stick, and the only way onto it."""

    def __init__(self, stick: Path, own: str) -> None:
        """Look at what lies there.

        :raises StickGone: if the stick is not there.
        """
        self.stick = stick
        self._own = own
        self._paths: set[Path] = set()
        self._sealed: dict[_Sealed, tuple[Path, Header]] = {}
        self._needed: set[_Sealed] = set()
        for found in list_files(stick):
            self._paths.add(found.path)
            if found.header is not None and found.header.signer == own:
                self._note_own(found)

    def _note_own(self, found: StickFile) -> None:
        with suppress(SyncError):
            header = verify_header(split_frame(read_file(found), CAPS.sealed_bytes).signed)
            self._sealed[_describe(header)] = (found.path, header)

    def put_sealed(self, data: bytes) -> bool:
        """Put a bundle that was sealed here, unless its like lies there; tell whether it was put."""
        header = verify_header(split_frame(data, len(data)).signed)
        described = _describe(header)
        self._needed.add(described)
        if described in self._sealed:
            return False
        path = write_bundle(self.stick, data)
        self._paths.add(path)
        self._sealed[described] = (path, header)
        return True

    def remove_unneeded(self, is_held: Callable[[Header], bool]) -> int:
        """Remove what was sealed here and has not been put again: nobody lacks it any more. Give how many files went.

        `is_held` says whether it is held here; what a copy of this disk wrote is left alone.
        """
        removed = 0
        for described, (path, header) in self._sealed.items():
            if described not in self._needed and is_held(header):
                with suppress(OSError):
                    path.unlink()
                    self._paths.discard(path)
                    removed += 1
        return removed

    def put_bundle(self, data: bytes) -> bool:
        """Put a bundle of somebody else as it is; tell whether it was not there."""
        return self._put(write_bundle(self.stick, data))

    def put_statement(self, label: str, data: bytes) -> bool:
        """Put a signed paper; tell whether it was not there."""
        return self._put(write_statement(self.stick, label, data))

    def replace_statements(self, label: str, statements: list[bytes]) -> bool:
        """Put papers in the place of all earlier ones under this label; tell whether one was not there."""
        written = [write_statement(self.stick, label, data) for data in statements]
        for old in self.list_statements(label):
            if old not in written:
                self._paths.discard(old)
                with suppress(OSError):
                    old.unlink(missing_ok=True)
        return sum(map(self._put, written)) > 0

    def list_statements(self, label: str) -> list[Path]:
        """List the papers that lie there under a label."""
        return sorted((self.stick / FOLDER).glob(f"{label}-????????{STATEMENT}"))

    def count_bundles(self) -> int:
        """Count the bundles that lie there, of whomever."""
        return sum(path.suffix == BUNDLE for path in self._paths)

    def _put(self, path: Path) -> bool:
        is_new = path not in self._paths
        self._paths.add(path)
        return is_new


def _describe(header: Header) -> _Sealed:
    """Give what two bundles have in common that hold the same for the same readers."""
    where = (header.device, header.epoch, header.lane, header.first, header.last, header.before, header.after)
    return (*where, header.server, frozenset(header.recipients), header.raw_bytes)
