"""The journal of the registry: every laptop that was let in or locked out, in the centre's own signed words.

It lies beside the database as `registry.journal`, one line per paper, and is only ever added to. A database that comes
back from a backup lacks the latest decisions; when the centre then begins a new life, it reads them here. Copied off
the machine, it outlives the machine. Lines that are damaged, or that another centre signed, count for nothing.
"""

import base64
import binascii
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from collector.folder import DataFolder, write_atomically

FILE: Final = "registry.journal"
MAX_LINE_BYTES: Final = 512 * 1024
_log = logging.getLogger(__name__)


def note_paper(folder: DataFolder, paper: bytes) -> None:
    """Add a paper. The decision stands already: where it cannot be written down, that is logged and nothing else."""
    line = base64.b64encode(paper) + b"\n"
    try:
        descriptor = os.open(folder.root / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        _log.exception("the journal of the registry could not be written")


def read_papers(path: Path) -> list[bytes]:
    """List the papers of a journal, the oldest first; none where there is no journal."""
    if not path.is_file():
        return []
    found = []
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            with suppress(binascii.Error):
                found.append(base64.b64decode(line.strip(), validate=True))
    return found


def adopt_journal(folder: DataFolder, path: Path) -> int:
    """Put a journal that was kept elsewhere into a folder that was just restored; tell how many papers it has."""
    papers = read_papers(path)
    if papers:
        lines = b"".join(base64.b64encode(paper) + b"\n" for paper in papers)
        write_atomically(folder.root / FILE, lines, private=True)
    return len(papers)
