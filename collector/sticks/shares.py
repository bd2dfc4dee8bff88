"""How much is carried of whom, so that no enemy fills the disk or the place of others.

Anybody can make up laptops, and name a known one as the author of what no reader here can open. So it counts who signed
a bundle: each laptop for which the centre vouches has a share of its own, all others have one together. A share that is
full gets rid of what the centre got already; a centre that comes back from a backup has that from its authors.
"""

from pathlib import Path
from typing import Final

from collector.attachments.files import Files
from collector.attachments.store import FREE_BYTES_KEPT
from collector.sticks.errors import CarriedFull
from sync.relaying import forget_delivered, sum_carried
from sync.storage import Connection

MAX_KNOWN_BYTES: Final = 256 * 1024 * 1024
"""How much is carried that one laptop signed for which the centre vouches."""
MAX_STRANGE_BYTES: Final = 512 * 1024 * 1024
"""How much is carried of all others together."""


class Shares:
    """The room for bundles in one folder, during one reading; `root` is the folder of attachments, on the same disk."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._taken: dict[str, int] = {}

    def make_room(self, connection: Connection, signer: str, size_bytes: int) -> None:
        """See to it that a bundle of this signer has room ("": the centre does not vouch for it), and count it.

        :raises CarriedFull: if there is none.
        """
        if not signer and self._root is not None and Files(self._root).free_bytes() - size_bytes < FREE_BYTES_KEPT:
            raise CarriedFull()
        limit = MAX_KNOWN_BYTES if signer else MAX_STRANGE_BYTES
        if signer not in self._taken:
            self._taken[signer] = sum_carried(connection, signer)
        if self._taken[signer] + size_bytes > limit:
            forget_delivered(connection, signer)
            self._taken[signer] = sum_carried(connection, signer)
        if self._taken[signer] + size_bytes > limit:
            raise CarriedFull()
        self._taken[signer] += size_bytes
