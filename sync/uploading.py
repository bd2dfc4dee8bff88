"""A bundle while it arrives: kept piece by piece, so that after a cut its sender goes on from there."""

import contextlib
from collections.abc import Iterator

from sync.centre import Centre
from sync.errors import RequestRefused, RequestTooLarge, SyncError
from sync.messages import Claim
from sync.signing import hash_content
from sync.wire import MAX_UPLOAD_BYTES, PART_BYTES, split_upload


class Upload:
    """A bundle that is arriving. Of what was kept already only the length is here."""

    def __init__(self, centre: Centre, device: str, name: str, offset: int, length: int) -> None:
        """Take in the bundle of this name from `offset` on; its sender announced so many bytes (0: it did not)."""
        self._centre = centre
        self._device = device
        self._name = name
        self._offset = offset
        self._length = length
        self._received = bytearray()
        self._begin: int | None = None
        self._kept = 0
        self._claim = Claim()

    def add(self, part: bytes) -> None:
        """Take more of the body; keep what is a whole piece."""
        self._received += part
        if len(self._received) > MAX_UPLOAD_BYTES:
            raise RequestTooLarge(limit_bytes=MAX_UPLOAD_BYTES)
        self._find_claim()
        if self._begin is not None and len(self._received) - self._begin - self._kept + len(part) > PART_BYTES:
            self._keep(PART_BYTES)

    def _find_claim(self) -> None:
        if self._begin is None and (found := split_upload(bytes(self._received))) is not None:
            self._claim = found[0]
            self._begin = len(self._received) - len(found[1])

    def _keep(self, length: int) -> None:
        assert self._begin is not None
        start = self._begin + self._kept
        piece = bytes(self._received[start : start + length])
        self._centre.keep_part(self._device, self._name, self._offset + self._kept, piece)
        self._kept += len(piece)

    @contextlib.contextmanager
    def kept_when_cut(self) -> Iterator[None]:
        """Keep all that arrived if the connection breaks."""
        try:
            yield
        except SyncError:
            raise
        except Exception:
            self._keep_rest()
            raise

    def _keep_rest(self) -> None:
        if self._begin is not None and len(self._received) > self._begin + self._kept:
            self._keep(len(self._received))

    def finish(self, digest: bytes) -> bytes:
        """Take in what arrived as a whole; give the signed receipt.

        :raises RequestRefused: if it is not what was announced.
        """
        body = bytes(self._received)
        if hash_content(body) != digest:
            if self._is_short():
                self._keep_rest()
            raise RequestRefused(reason="digest")
        if self._begin is None:
            raise RequestRefused(reason="claim")
        data = body[self._begin + self._kept :]
        offset = self._offset + self._kept
        return self._centre.take(self._device, self._name, offset, data, self._claim).signed

    def _is_short(self) -> bool:
        return len(self._received) < self._length
