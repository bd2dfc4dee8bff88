"""The recovery phrase: what opens backups on a new computer and resets a lost password.

From the phrase alone follows an age identity, so a backup needs nothing else. The folder keeps only the public
recipient, with which backups are written unattended. The phrase itself is never stored.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from collector.folder import DataFolder, write_atomically
from collector.phrase import normalise
from sync.bech32 import encode_bech32

if TYPE_CHECKING:
    import pyrage

SALT: Final = b"collector recovery phrase, version 1"
"""The same everywhere on purpose: a new computer knows nothing but the phrase."""
COST, BLOCK_SIZE, PARALLEL, KEY_BYTES = 2**15, 8, 1, 32
MEMORY_BYTES: Final = 2 * 128 * COST * BLOCK_SIZE


def identity_of(phrase: str) -> "pyrage.x25519.Identity":
    """Derive the age identity of a phrase with scrypt (RFC 7914); spelling that `normalise` evens out is one phrase."""
    import pyrage

    key = hashlib.scrypt(
        normalise(phrase).encode(),
        salt=SALT, n=COST, r=BLOCK_SIZE, p=PARALLEL, maxmem=MEMORY_BYTES, dklen=KEY_BYTES,
    )
    return pyrage.x25519.Identity.from_str(encode_bech32("age-secret-key-", key).upper())


def set_recovery_phrase(folder: DataFolder, phrase: str) -> None:
    """Have this phrase, and no earlier one, open the backups that are written from now on."""
    public = str(identity_of(phrase).to_public())
    write_atomically(folder.secrets / "recovery.recipient", public.encode(), private=True)


def recipient(folder: DataFolder) -> "pyrage.x25519.Recipient | None":
    """Give whom backups are encrypted to; None if no phrase was set."""
    import pyrage

    path = folder.secrets / "recovery.recipient"
    if not path.exists():
        return None
    return pyrage.x25519.Recipient.from_str(path.read_text(encoding="ascii").strip())


def matches(folder: DataFolder, phrase: str) -> bool:
    """Tell whether this is the phrase of the folder."""
    known = recipient(folder)
    given = str(identity_of(phrase).to_public())
    return known is not None and hmac.compare_digest(str(known), given)
