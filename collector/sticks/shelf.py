"""The folder of a stick while it is written: what lies there already, so that nothing is put there twice.

What was written by this folder is known again by its signed header, since the same revisions sealed again give other
bytes; a file that is damaged or says so of itself does not count as being there.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from collector.sticks.stick_pieces import StickPieces
from sync.bundle import CAPS
from sync.errors import StickFull, SyncError
from sync.headers import Header, split_frame, verify_header
from sync.statements import MAX_STATEMENT_BYTES
from sync.sticks import BUNDLE, FOLDER, STATEMENT, StickFile, list_files, read_file, write_bundle, write_statement

_Sealed = tuple[object, ...]


class Shelf:
    """What lies on a stick, and the only way onto it."""

    def __init__(
        self, stick: Path, own: str, list_contents: Callable[[], Iterable[str]] = lambda: ()
    ) -> None:
        """Look at what lies there. `list_contents` names the contents that are here and may make room, by token.

        :raises StickGone: if the stick is not there.
        """
        self.stick = stick
        self._list_contents = list_contents
        self._own = own
        self._paths: set[Path] = set()
        self._sealed: dict[_Sealed, tuple[Path, Header]] = {}
        self._needed: set[_Sealed] = set()
        files = list_files(stick)
        self.pieces = StickPieces(stick, own, files)
        for found in files:
            if found.is_piece:
                continue
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
        path = self._make(lambda: write_bundle(self.stick, data))
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
        return self._put(self._make(lambda: write_bundle(self.stick, data)))

    def put_statement(self, label: str, data: bytes) -> bool:
        """Put a signed paper; tell whether it was not there."""
        return self._put(self._write_statement(label, data))

    def replace_statements(self, label: str, statements: list[bytes]) -> bool:
        """Put papers in the place of all earlier ones under this label; tell whether one was not there."""
        written = [self._write_statement(label, data) for data in statements]
        for old in self.list_statements(label):
            if old not in written:
                self._paths.discard(old)
                with suppress(OSError):
                    old.unlink(missing_ok=True)
        return sum(map(self._put, written)) > 0

    def list_statements(self, label: str) -> list[Path]:
        """List the papers that lie there under a label; nothing that could not be one of ours."""
        found = (self.stick / FOLDER).glob(f"{label}-????????{STATEMENT}")
        return sorted(path for path in found if _may_be_statement(path))

    def count_bundles(self) -> int:
        """Count the bundles that lie there, of whomever."""
        return sum(path.suffix == BUNDLE for path in self._paths)

    def _write_statement(self, label: str, data: bytes) -> Path:
        return self._make(lambda: write_statement(self.stick, label, data))

    def _make(self, write: Callable[[], Path]) -> Path:
        """Write a file; where the stick is full, photos that are still here go from it before records have to wait.

        :raises StickFull: if there is no room even so.
        """
        while True:
            try:
                return write()
            except StickFull:
                if not self.pieces.give_way(self._list_contents()):
                    raise

    def _put(self, path: Path) -> bool:
        is_new = path not in self._paths
        self._paths.add(path)
        return is_new


def _may_be_statement(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and path.stat().st_size <= MAX_STATEMENT_BYTES


def _describe(header: Header) -> _Sealed:
    """Give what two bundles have in common that hold the same for the same readers."""
    where = (header.device, header.epoch, header.lane, header.first, header.last, header.before, header.after)
    return (*where, header.server, frozenset(header.recipients), header.raw_bytes)
