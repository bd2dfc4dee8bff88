"""What a laptop carries to the centre for others beside bundles: sealed pieces of photos, and what others hold of them.

The centre answers the latter with receipts, which go back on sticks. Neither side opens anything for this.
"""

import hashlib
from contextlib import suppress

from collector.attachments.pieces import CarriedPiece, CarriedPieces
from collector.replication.laptop import Laptop, Way
from collector.replication.progress import Progress
from collector.replication.watching import WatchedShelf
from sync.attachments import send_attachments
from sync.contents import carry_received, list_held, list_received, read_received, split_tokens
from sync.errors import PathUnknown
from sync.lives import current_life
from sync.storage import Connection


class SealedSource:
    """The pieces that are carried, by the hash of their bytes: a `Source` of what is sent."""

    def __init__(self, carried: CarriedPieces) -> None:
        self._carried = carried
        self._by_name = {hashlib.sha256(carried.read(each)).hexdigest(): each for each in carried.list()}

    def list(self) -> dict[str, CarriedPiece]:
        """Give what is carried, by name."""
        return self._by_name

    def size(self, name: str) -> int | None:
        """Give the size of a piece."""
        found = self._by_name.get(name)
        return None if found is None else found.size_bytes

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a piece."""
        with self._by_name[name].path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


def deliver_pieces(laptop: Laptop, way: Way, progress: Progress) -> int:
    """Bring the centre the pieces that are carried; give how many went over. A centre that is too old takes none."""
    if way.sealed is None:
        return 0
    source = SealedSource(CarriedPieces(laptop.folder.attachments))
    if not source.list():
        return 0
    progress.begin("files", sum(each.size_bytes for each in source.list().values()))
    shelf = WatchedShelf(way.sealed, progress)
    try:
        with suppress(PathUnknown):
            send_attachments(source, shelf, source.list())
    finally:
        for name in shelf.sent:
            source.list()[name].path.unlink(missing_ok=True)
    return len(shelf.sent)


def fetch_receipts(laptop: Laptop, way: Way) -> int:
    """Ask the centre which of the contents it has that others said on sticks they hold; give how many answers came."""
    if way.confirm is None:
        return 0
    with laptop.storage.reading() as connection:
        held = list_held(connection)
        asking = [paper.data for paper, said in held if not _is_answered(connection, said.signer, said.tokens)]
    came = 0
    for data in asking:
        with suppress(PathUnknown):
            answer = way.confirm(data)
            came += bool(answer) and _keep(laptop, way, answer)
    return came


def _is_answered(connection: Connection, device: str, tokens: bytes) -> bool:
    life = current_life(connection)
    known = [split_tokens(said.tokens) for _, said in list_received(connection, device) if said.incarnation == life]
    return split_tokens(tokens) <= set().union(*known)


def _keep(laptop: Laptop, way: Way, answer: bytes) -> bool:
    said = read_received(answer, frozenset({way.centre}))
    with laptop.storage.writing() as connection:
        CarriedPieces(laptop.folder.attachments).remove(split_tokens(said.tokens))
        return carry_received(connection, said, answer)
