"""The recovery phrase: what opens backups on a new computer and resets a lost password.

From the phrase alone follows an age identity, so a backup needs nothing else. The folder keeps only the public
recipient, with which backups are written unattended. The phrase itself is never stored.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from collector.folder import DataFolder, write_atomically
from collector.phrase import normalise

if TYPE_CHECKING:
    import pyrage

SALT: Final = b"collector recovery phrase, version 1"
"""The same everywhere on purpose: a new computer knows nothing but the phrase."""
COST, BLOCK_SIZE, PARALLEL, KEY_BYTES = 2**15, 8, 1, 32
MEMORY_BYTES: Final = 2 * 128 * COST * BLOCK_SIZE
_PREFIX: Final = "age-secret-key-"
_CHARACTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def identity_of(phrase: str) -> "pyrage.x25519.Identity":
    """Derive the age identity of a phrase with scrypt (RFC 7914); spelling that `normalise` evens out is one phrase."""
    import pyrage

    key = hashlib.scrypt(
        normalise(phrase).encode(),
        salt=SALT, n=COST, r=BLOCK_SIZE, p=PARALLEL, maxmem=MEMORY_BYTES, dklen=KEY_BYTES,
    )
    return pyrage.x25519.Identity.from_str(encode_bech32(_PREFIX, key).upper())


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


def encode_bech32(prefix: str, data: bytes) -> str:
    """Write bytes as Bech32 (BIP 173) with a prefix in small letters."""
    values = _five_bits(data)
    expanded = [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_CHARACTERS[value] for value in values)}"


def _five_bits(data: bytes) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[start : start + 5], 2) for start in range(0, len(bits), 5)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if (top >> place) & 1 else 0
    return check
