"""Laptops that were given more by this centre than it has: whoever runs it should know that it is an old copy.

What a laptop says of this is its own word alone. So nothing follows from it but that a person is asked, once, here at
the centre; its laptops then go on by themselves.
"""

from typing import Any

from sync.feed import Cursor
from sync.storage import Connection, Storage


def note_doubt(storage: Storage, device: str, cursor: Cursor, now_ms: int) -> None:
    """Note where a laptop was that this centre never led there."""
    with storage.writing() as connection:
        connection.execute(
            "INSERT INTO doubt (device, life, position, noted_at) VALUES (:device, :life, :position, :now)"
            " ON CONFLICT (device) DO UPDATE SET life = excluded.life, position = excluded.position,"
            " noted_at = excluded.noted_at",
            {"device": device, "life": cursor.incarnation, "position": cursor.furthest, "now": now_ms},
        )


def is_doubtful(connection: Connection, cursor: Cursor, life: str) -> bool:
    """Tell whether a cursor that does not verify comes from a later centre: this life or one that it never lived."""
    if cursor.incarnation == life:
        return True
    lived = connection.value("SELECT 1 FROM incarnation WHERE name = :name", {"name": cursor.incarnation})
    return lived is None


def forget_doubt(storage: Storage, device: str = "") -> None:
    """Forget the doubt of a laptop that goes on with this centre, or of all."""
    with storage.reading() as connection:
        if connection.value("SELECT 1 FROM doubt WHERE :device = '' OR device = :device", {"device": device}) is None:
            return
    with storage.writing() as connection:
        connection.execute("DELETE FROM doubt WHERE :device = '' OR device = :device", {"device": device})


def list_doubts(connection: Connection) -> list[dict[str, Any]]:
    """List the laptops that know more of this centre: `device`, `place` and `noted_at`."""
    return list(
        connection.rows(
            "SELECT doubt.device AS device, coalesce(member_village.name, device.name, doubt.device) AS place, noted_at"
            " FROM doubt LEFT JOIN device ON device.device = doubt.device"
            " LEFT JOIN member_village ON member_village.unit = device.unit ORDER BY noted_at, doubt.device"
        )
    )
