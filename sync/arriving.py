"""A long answer of the centre while it arrives piece by piece: kept on the disk, so that a cut costs one piece.

Here lie the bytes as they came, with what the centre was asked and the signature under that. An answer begins with
the centre's signature over all of it; that names it when the next piece is asked for, and proves the whole in the
end. Until then nothing of it is believed.
"""

import contextlib
import os
import struct
import time
from pathlib import Path
from typing import Final

import msgspec

from sync.keeping import KEPT_SECONDS
from sync.keys import SIGNATURE_BYTES
from sync.signing import name_answer
from sync.wire import MAX_ANSWER_BYTES, TalkRequest

_LENGTH: Final = struct.Struct(">I")
_MAX_HEAD_BYTES: Final = 1024 * 1024


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """What was asked, the signature under that, and how long the answer is."""

    question: TalkRequest
    signature: bytes
    length: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Begun)


class Arriving:
    """The last long answer, as far as it came: in a file if there is one, so that it outlives this process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._begun: _Begun | None = None
        self._data = bytearray()
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError, RecursionError, UnicodeError, struct.error):
                self._read(path)

    def _read(self, path: Path) -> None:
        is_old = abs(time.time() - path.stat().st_mtime) > KEPT_SECONDS
        if is_old or path.stat().st_size > MAX_ANSWER_BYTES + _MAX_HEAD_BYTES:
            return
        raw = path.read_bytes()
        (length,) = _LENGTH.unpack_from(raw)
        start = _LENGTH.size + length
        begun = _decoder.decode(raw[_LENGTH.size : start])
        self._begun, self._data = begun, bytearray(raw[start : start + begun.length])

    @property
    def question(self) -> TalkRequest | None:
        """What was asked; None if nothing is arriving that could be gone on with."""
        return self._begun.question if self._begun and len(self._data) >= SIGNATURE_BYTES else None

    @property
    def name(self) -> str:
        """Under which name the centre keeps it."""
        return name_answer(bytes(self._data[:SIGNATURE_BYTES]))

    @property
    def signature(self) -> bytes:
        """The signature under the request that it answers."""
        return self._begun.signature if self._begun else b""

    @property
    def data(self) -> bytes:
        """What came of it."""
        return bytes(self._data)

    @property
    def size(self) -> int:
        """How many bytes of it came."""
        return len(self._data)

    @property
    def is_whole(self) -> bool:
        """Tell whether all of it came."""
        return self._begun is not None and len(self._data) == self._begun.length

    def begin(self, question: TalkRequest, signature: bytes, length: int, piece: bytes) -> None:
        """Keep the first piece of an answer that has so many bytes, instead of the last answer."""
        self._begun, self._data = _Begun(question, signature, length), bytearray(piece[:length])
        head = _encoder.encode(self._begun)
        self._write(_LENGTH.pack(len(head)) + head + self._data, os.O_TRUNC)

    def add(self, piece: bytes) -> None:
        """Keep the next piece."""
        if self._begun is not None:
            more = piece[: self._begun.length - len(self._data)]
            self._data += more
            self._write(more, os.O_APPEND)

    def forget(self) -> None:
        """Throw it away."""
        self._begun, self._data = None, bytearray()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _write(self, data: bytes, how: int) -> None:
        """Write to the file; where that cannot be, it is kept in memory alone from then on."""
        if self._path is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | how | getattr(os, "O_BINARY", 0)
        try:
            with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
                file.write(data)
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._path = None
