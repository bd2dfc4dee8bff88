"""Keys of devices, servers and the escrow: Ed25519 to sign, X25519 for age to encrypt.

An id is the hash of a public signing key, so that nobody else can claim it and a signature can be checked without
asking anybody. Raw keys are 32 bytes. Nothing here reads or writes files.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.bech32 import encode_bech32

if TYPE_CHECKING:
    import pyrage

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_ID_BYTES: Final = 15
_RECIPIENT_ID_BYTES: Final = 10


def device_id(public_key: bytes) -> str:
    """Derive the id of a device or server from its raw Ed25519 public key: 24 characters of base 32."""
    return base64.b32encode(hashlib.sha256(public_key).digest()[:_ID_BYTES]).decode().lower()


def recipient_id(public_key: bytes) -> str:
    """Derive the short id under which a header names an X25519 recipient: 16 characters of base 32."""
    return base64.b32encode(hashlib.sha256(public_key).digest()[:_RECIPIENT_ID_BYTES]).decode().lower()


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The private keys of one device or server, raw. They never appear in a message or a log."""

    signing: bytes
    encryption: bytes

    @property
    def id(self) -> str:
        """The id that follows from the signing key."""
        return device_id(self.public_signing)

    @property
    def public_signing(self) -> bytes:
        """The raw Ed25519 public key."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).public_key().public_bytes_raw()

    @property
    def public_encryption(self) -> bytes:
        """The raw X25519 public key, to be named as a recipient."""
        return public_encryption(self.encryption)

    def sign(self, message: bytes) -> bytes:
        """Sign a message; 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).sign(message)


def make_keys() -> Keys:
    """Make new keys at random."""
    return Keys(Ed25519PrivateKey.generate().private_bytes_raw(), X25519PrivateKey.generate().private_bytes_raw())


def public_encryption(private_key: bytes) -> bytes:
    """Give the raw X25519 public key of a raw private one."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def is_signed_by(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the holder of this key signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def age_identity(private_key: bytes) -> "pyrage.x25519.Identity":
    """Give a raw X25519 private key as age wants it."""
    import pyrage

    return pyrage.x25519.Identity.from_str(encode_bech32("age-secret-key-", private_key).upper())


def age_recipient(public_key: bytes) -> "pyrage.x25519.Recipient":
    """Give a raw X25519 public key as age wants it."""
    import pyrage

    return pyrage.x25519.Recipient.from_str(encode_bech32("age", public_key))
