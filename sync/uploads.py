"""Bundles of which a part arrived: kept, so that the sender goes on where the connection broke."""

from typing import Final

from sync.errors import UploadRefused
from sync.storage import Connection

MAX_UPLOADS: Final = 4
MAX_BYTES: Final = 4 * 1024 * 1024


class Uploads:
    """Keeps the beginnings of bundles; a sender has a few at most."""

    def size(self, connection: Connection, device: str, bundle: str) -> int:
        """Give how many bytes of a bundle are here."""
        return len(self._read(connection, device, bundle))

    def add(self, connection: Connection, device: str, bundle: str, offset: int, data: bytes) -> int:
        """Keep more of a bundle; give how many bytes there are.

        :raises UploadRefused: if it does not go on where the last part ended, or is too long.
        """
        whole = self._join(self._read(connection, device, bundle), offset, data)
        named = {"id": bundle, "device": device, "data": whole}
        self._remove(connection, device, bundle)
        connection.execute("INSERT INTO upload (id, device, data) VALUES (:id, :device, :data)", named)
        self._prune(connection, device, bundle)
        return len(whole)

    def join(self, connection: Connection, device: str, bundle: str, offset: int, data: bytes) -> bytes:
        """Give the whole bundle, of which this is the end; its parts stay until they are forgotten.

        :raises UploadRefused: if it does not go on where the last part ended, or is too long.
        """
        return self._join(self._read(connection, device, bundle) if offset else b"", offset, data)

    def forget(self, connection: Connection, device: str, bundle: str) -> None:
        """Throw away what is here of a bundle."""
        self._remove(connection, device, bundle)

    def _join(self, known: bytes, offset: int, data: bytes) -> bytes:
        if offset > len(known):
            raise UploadRefused(reason="offset", offset=offset, size_bytes=len(known))
        if offset + len(data) > MAX_BYTES:
            raise UploadRefused(reason="too_large", size_bytes=offset + len(data))
        return known[:offset] + data

    def _read(self, connection: Connection, device: str, bundle: str) -> bytes:
        named = {"id": bundle, "device": device}
        return bytes(connection.value("SELECT data FROM upload WHERE id = :id AND device = :device", named) or b"")

    def _remove(self, connection: Connection, device: str, bundle: str) -> None:
        connection.execute(
            "DELETE FROM upload WHERE id = :id AND device = :device", {"id": bundle, "device": device}
        )

    def _prune(self, connection: Connection, device: str, bundle: str) -> None:
        rows = connection.rows(
            "SELECT id FROM upload WHERE device = :device AND id <> :id ORDER BY id", {"device": device, "id": bundle}
        )
        for row in list(rows)[MAX_UPLOADS - 1 :]:
            self._remove(connection, device, row["id"])
