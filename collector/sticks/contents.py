"""Which contents of attachments a stick is to carry, and for whom; and which are where, as far as it was told.

For the centre goes what it is not known to have. For a reader goes what it may read and did not say that it holds; who
recorded an attachment itself has it. A village's laptop writes for readers that never said anything too; a commune and
the centre, which have many, write only for those that exchange by stick.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from collector.attachments.files import Files
from collector.attachments.naming import Naming, list_naming
from collector.replication.journal import list_unshelved
from collector.sticks.party import Party
from sync.contents import find_held, list_telling
from sync.heads import list_branches
from sync.holdings import has_spoken
from sync.log import RECORDS
from sync.pieces import make_token
from sync.stocking import Reader, list_copied
from sync.storage import Connection
from sync.visibility import find_places

_MANY = 200


class Wanted(NamedTuple):
    """A content that somebody lacks: `lacking` are the readers that do, `readers` all that may read it."""

    size: int
    name: str
    token: str
    readers: tuple[Reader, ...]
    lacking: tuple[Reader, ...]


def list_wanted(connection: Connection, party: Party, root: Path) -> list[Wanted]:
    """List what somebody lacks, small contents first."""
    readers = _list_served(connection, party)
    units = {grant.unit for reader in readers for grant in reader.scope.grants} if party.is_centre else None
    naming = list_naming(connection, units)
    unshelved = {} if party.is_centre else list_unshelved(connection)
    lacking = _list_lacking(connection, naming, readers)
    may_read = _list_readers(connection, naming, party.list_readers())
    files, found = Files(root), []
    for name, records in _group(naming).items():
        if not lacking[name] and name not in unshelved:
            continue
        if size := files.size(name):
            token = make_token(min(records), name)
            found.append(Wanted(size, name, token, tuple(may_read[name]), tuple(lacking[name])))
    return sorted(found)


def _list_served(connection: Connection, party: Party) -> list[Reader]:
    telling = list_telling(connection)
    return [
        reader
        for reader in party.list_readers()
        if party.role == "village" or reader.device in telling or has_spoken(connection, reader.device)
    ]


def _group(naming: Iterable[Naming]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record, name in naming:
        found.setdefault(name, []).append(record)
    return found


def _list_readers(
    connection: Connection, naming: Iterable[Naming], readers: Iterable[Reader]
) -> dict[str, list[Reader]]:
    """Give, per content, who may read one of the records that name it."""
    grouped = _group(naming)
    places = find_places(connection, (record for records in grouped.values() for record in records))
    found: dict[str, list[Reader]] = {name: [] for name in grouped}
    for reader in readers:
        for name, records in grouped.items():
            if any(reader.scope.reads_any(places.get(record, ()), RECORDS) for record in records):
                found[name].append(reader)
    return found


def _list_lacking(
    connection: Connection, naming: list[Naming], readers: list[Reader]
) -> dict[str, list[Reader]]:
    """Give, per content, who may read it and did not say that it holds it."""
    copied = list_copied(list_branches(connection))
    told = {
        reader.device: find_held(connection, reader.device) for reader in readers if reader.device not in copied
    }
    wrote = _list_writers(connection, [each.record for each in naming])
    grouped = _group(naming)
    found = _list_readers(connection, naming, readers)
    for name, among in found.items():
        tokens = {make_token(record, name) for record in grouped[name]}
        authors = {device for record in grouped[name] for device in wrote.get(record, ())}
        found[name] = [each for each in among if not _has(each.device, told.get(each.device), tokens, authors)]
    return found


def _has(device: str, told: set[str] | None, tokens: set[str], authors: set[str]) -> bool:
    return bool(told & tokens) if told is not None else device in authors


def _list_writers(connection: Connection, records: list[str]) -> dict[str, set[str]]:
    """Give, per record, the devices that wrote it."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(records), _MANY):
        named = {f"r{number}": record for number, record in enumerate(records[start : start + _MANY])}
        rows = connection.rows(
            f"SELECT DISTINCT record, device FROM revision WHERE record IN ({', '.join(f':{each}' for each in named)})",
            named,
        )
        for row in rows:
            found.setdefault(row["record"], set()).add(row["device"])
    return found


def list_tokens(connection: Connection, root: Path, units: Iterable[str] | None = None) -> dict[str, str]:
    """Give, by token, the contents that are here, of all units or of these."""
    files = Files(root)
    naming = list_naming(connection, units)
    here = {name for name in {each.name for each in naming} if files.size(name)}
    return {make_token(record, name): name for record, name in naming if name in here}


def list_removed_tokens(connection: Connection) -> set[str]:
    """Give the tokens of contents whose records were removed and can be brought back."""
    rows = connection.rows("SELECT id, sha256 FROM attachment WHERE removed = 1 AND sha256 IS NOT NULL")
    return {make_token(row["id"], row["sha256"]) for row in rows}


def list_erased_tokens(connection: Connection, names: Iterable[str]) -> set[str]:
    """Give the tokens that contents had under records of which something was erased."""
    rows = list(connection.rows("SELECT DISTINCT record FROM erasure"))
    return {make_token(row["record"], name) for name in names for row in rows}
