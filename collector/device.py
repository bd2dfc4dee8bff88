"""The identity of this device: its keys, and the id that is derived from them.

The keys lie in `secrets/`, never in the database or the log. The id is the hash of the public signing key, so that
nobody else can claim it.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from collector.database import Database
from collector.folder import DataFolder, write_atomically

_ID_BYTES = 15


def device_id(public_key: bytes) -> str:
    """Derive the device's id from its raw Ed25519 public key: 24 characters of base 32."""
    return base64.b32encode(hashlib.sha256(public_key).digest()[:_ID_BYTES]).decode().lower()


def ensure_device(folder: DataFolder) -> str:
    """Make the device's signing and encryption keys if it has none; return its id."""
    signing = _ensure_key(folder.secrets / "device-ed25519.key", Ed25519PrivateKey.generate)
    _ensure_key(folder.secrets / "device-x25519.key", X25519PrivateKey.generate)
    key = Ed25519PrivateKey.from_private_bytes(signing)
    return device_id(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _ensure_key(path: Path, generate: Callable[[], Ed25519PrivateKey | X25519PrivateKey]) -> bytes:
    if not path.exists():
        write_atomically(path, generate().private_bytes_raw(), private=True)
    return path.read_bytes()


def ensure_epoch(database: Database, folder: DataFolder, reason: str = "new") -> None:
    """Open this device's first epoch if the log has none."""
    device = ensure_device(folder)
    with database.storage.writing() as connection:
        if connection.value("SELECT 1 FROM lane_writer") is None:
            database.log.open_epoch(connection, device, reason)
