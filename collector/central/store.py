"""What the centre set aside, as people are shown it: whose it is, why it was not applied, what it says.

Answer sheets are never opened for this, nor is what never leaves a village: then only the kind is told.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from collector.kinds import Kind, Scope
from collector.registry import KINDS
from sync.errors import BodyRefused, RecordUnknown
from sync.log import RECORDS
from sync.revisions import Body, Reference, decode_body
from sync.storage import Connection, Row

SHOWN: Final = 100
SHOWN_BYTES: Final = 2_000
_COLUMNS: Final = (
    "SELECT quarantine.device AS device, quarantine.epoch AS epoch, quarantine.sequence AS sequence,"
    " quarantine.reason AS reason, quarantine.body AS body, lane,"
    " device.name AS device_name, member_village.name AS village_name, device.revoked_at AS revoked_at FROM quarantine"
    " JOIN epoch ON epoch.device = quarantine.device AND epoch.epoch = quarantine.epoch"
    " LEFT JOIN device ON device.device = quarantine.device"
    " LEFT JOIN member_village ON member_village.unit = device.unit"
)


class SetAside(NamedTuple):
    """One revision that was set aside. `body` is None if it cannot be read, `kind` if this version does not know it.

    `is_open` says whether its content may be shown.
    """

    reference: Reference
    reason: str
    device_name: str
    village_name: str
    body: Body | None
    kind: Kind | None
    is_open: bool
    raw: str

    def values(self) -> Iterator[tuple[str, Any]]:
        """List the fields that it sets."""
        return iter(self.body.set.items() if self.body and self.is_open else ())


def count_set_aside(connection: Connection) -> int:
    """Count what was set aside."""
    return int(connection.value("SELECT count(*) FROM quarantine"))


def list_set_aside(connection: Connection, limit: int = SHOWN) -> list[SetAside]:
    """List what was set aside, by device and in the order in which it was written."""
    rows = connection.rows(
        f"{_COLUMNS} ORDER BY quarantine.device, quarantine.epoch, quarantine.sequence LIMIT :limit",
        {"limit": limit},
    )
    return [_read(row) for row in rows]


def list_writing(connection: Connection) -> set[str]:
    """Name the devices of which something has arrived, by whatever way."""
    return {row["device"] for row in connection.rows("SELECT DISTINCT device FROM epoch WHERE head_sequence > 0")}


def get_set_aside(connection: Connection, reference: Reference) -> SetAside:
    """Give one revision that was set aside.

    :raises RecordUnknown: if nothing is set aside under this name.
    """
    row = connection.row(
        f"{_COLUMNS} WHERE quarantine.device = :device AND quarantine.epoch = :epoch"
        " AND quarantine.sequence = :sequence",
        reference._asdict(),
    )
    if row is None:
        raise RecordUnknown(**reference._asdict())
    return _read(row)


def _read(row: Row) -> SetAside:
    data = bytes(row["body"])
    try:
        body: Body | None = decode_body(data)
    except BodyRefused:
        body = None
    kind = KINDS.get(body.kind) if body else None
    is_sheet = row["lane"] != RECORDS or (kind is not None and kind.anonymous)
    is_open = not is_sheet and (kind is None or kind.scope is Scope.ALL)
    raw = data[:SHOWN_BYTES].decode("utf-8", "replace") if is_open and kind is None else ""
    return SetAside(
        Reference(row["device"], row["epoch"], row["sequence"]),
        row["reason"].partition(":")[0],
        row["device_name"] or "",
        row["village_name"] or "",
        body,
        kind,
        is_open,
        raw,
    )


def find_names(connection: Connection, found: list[SetAside]) -> Mapping[str, str]:
    """Give the names of the authors, as far as they are known here."""
    authors = {each.body.author for each in found if each.body and each.body.author}
    named = (connection.row("SELECT id, name FROM person WHERE id = :id", {"id": author}) for author in authors)
    return {row["id"]: row["name"] for row in named if row}
