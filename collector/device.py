"""The identity of this device: its keys, and the id that is derived from them.

The keys lie in `secrets/`, never in the database or the log. The id is the hash of the public signing key, so that
nobody else can claim it.
"""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.database import Database
from collector.folder import DataFolder, write_atomically
from sync.keys import Keys


def ensure_keys(folder: DataFolder) -> Keys:
    """Give the device's signing and encryption keys, made when they are first asked for."""
    return Keys(
        signing=_ensure_key(folder.secrets / "device-ed25519.key", Ed25519PrivateKey.generate),
        encryption=_ensure_key(folder.secrets / "device-x25519.key", X25519PrivateKey.generate),
    )


def ensure_device(folder: DataFolder) -> str:
    """Make the device's keys if it has none; return its id."""
    return ensure_keys(folder).id


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
