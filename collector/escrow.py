"""The escrow of a centre: a key that opens every bundle and exists as words on paper only.

Every bundle is sealed for it as well, so that what is on sticks can still be read when the centre's keys are lost. The
folder holds the public key alone; the words are shown once, when the centre is set up, and belong into a safe.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from collector.errors import CollectorError, FolderDamaged
from collector.folder import DataFolder, write_atomically
from collector.phrase import make_phrase, normalise
from sync.keys import KEY_BYTES, public_encryption

FILE: Final = "escrow.public"
SALT: Final = b"collector escrow, version 1"
_COST, _BLOCK_SIZE, _PARALLEL = 2**15, 8, 1
_MEMORY_BYTES: Final = 2 * 128 * _COST * _BLOCK_SIZE


class EscrowMade(CollectorError):
    """The centre has an escrow key already; bundles on sticks are sealed for it."""

    code = "escrow_made"
    status = 409


class EscrowMissing(CollectorError):
    """The centre has no escrow key, so no laptop can be enrolled."""

    code = "escrow_missing"
    status = 409


def escrow_identity(words: str) -> bytes:
    """Derive the raw private key (X25519) from the words on paper; takes a moment."""
    return hashlib.scrypt(
        normalise(words).encode(),
        salt=SALT, n=_COST, r=_BLOCK_SIZE, p=_PARALLEL, maxmem=_MEMORY_BYTES, dklen=KEY_BYTES,
    )  # fmt: skip


def make_escrow(folder: DataFolder, random_bytes: Callable[[int], bytes]) -> str:
    """Make the escrow key of a centre and give its words, which are kept nowhere; pass `secrets.token_bytes`.

    :raises EscrowMade: if it has one.
    """
    path = folder.secrets / FILE
    if path.exists():
        raise EscrowMade()
    words = make_phrase(random_bytes)
    public = public_encryption(escrow_identity(words))
    write_atomically(path, base64.b64encode(public), private=True)
    return words


def get_escrow(folder: DataFolder) -> bytes:
    """Give the public key of the escrow.

    :raises EscrowMissing: if there is none.
    :raises FolderDamaged: if the file does not hold a key.
    """
    path = folder.secrets / FILE
    try:
        key = base64.b64decode(path.read_bytes(), validate=True)
    except FileNotFoundError as error:
        raise EscrowMissing() from error
    except ValueError as error:
        raise FolderDamaged(path=str(path)) from error
    if len(key) != KEY_BYTES:
        raise FolderDamaged(path=str(path))
    return key
