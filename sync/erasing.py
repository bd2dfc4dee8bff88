"""Erasing what was said: a redaction names revisions of its record, and their bodies go wherever it arrives.

The hashes stay, so that the chains still verify. A redaction may arrive before what it erases; the names are kept, and
a body that comes later is not stored.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sync.branches import root_of
from sync.revisions import ERASES, Named, Reference, Revision, decode_stored, make_mark
from sync.storage import Connection


class Erasure(NamedTuple):
    """A revision of some record that a redaction names: by its number, and its mark if that is known."""

    sequence: int
    mark: str
    record: str

    def means(self, sequence: int, mark: str, record: str | None = None) -> bool:
        """Tell whether this revision is meant (of this record, if that is known)."""
        return self.sequence == sequence and self.mark in ("", mark) and record in (None, self.record)


def list_erasures(connection: Connection, device: str, root: str, first: int, last: int) -> list[Erasure]:
    """List what is known to be erased between two numbers of an epoch."""
    rows = connection.rows(
        "SELECT sequence, mark, record FROM erasure WHERE device = :device AND root = :root"
        " AND sequence BETWEEN :first AND :last",
        {"device": device, "root": root, "first": first, "last": last},
    )
    return [Erasure(*row.values()) for row in rows]


def list_named(connection: Connection, known: Iterable[Revision]) -> list[Named]:
    """Name these revisions and all that they replace, also where that has not arrived: what a redaction erases."""
    found: dict[Named, None] = {}
    for revision in known:
        found[Named(revision.reference, revision.mark, False)] = None
        for name in revision.body.replaces:
            for named in revision.names(name):
                mark = _mark_at(connection, named.reference) if named.is_bare else named.mark
                found[Named(named.reference, mark, False)] = None
    return sorted(found)


def _mark_at(connection: Connection, reference: Reference) -> str:
    body_hash = connection.value(
        "SELECT body_hash FROM revision WHERE device = :device AND epoch = :epoch AND sequence = :sequence",
        reference._asdict(),
    )
    return "" if body_hash is None else make_mark(bytes(body_hash))


def erase_named(connection: Connection, redaction: Revision) -> None:
    """Erase what a stored redaction names of its own record, and remember the names; other revisions name nothing."""
    if ERASES not in redaction.body.replaces:
        return
    record = redaction.body.record
    for named in redaction.names(ERASES):
        mark = _mark_at(connection, named.reference) if named.is_bare else named.mark
        _remember(connection, named.reference, mark, record)
        _give_up(connection, named.reference, mark)
    rows = connection.rows(
        "SELECT device, epoch, sequence, body_hash FROM revision WHERE record = :record"
        " AND (body IS NOT NULL OR absent = 'quarantined')",
        {"record": record},
    )
    for row in list(rows):
        reference = Reference(row["device"], row["epoch"], row["sequence"])
        if is_erased(connection, reference, bytes(row["body_hash"]), record):
            _wipe(connection, reference)


def _remember(connection: Connection, reference: Reference, mark: str, record: str) -> None:
    connection.execute(
        "INSERT INTO erasure (device, root, sequence, mark, record)"
        " VALUES (:device, :root, :sequence, :mark, :record) ON CONFLICT DO NOTHING",
        {**reference._asdict(), "root": root_of(reference.epoch), "mark": mark, "record": record},
    )


def _give_up(connection: Connection, reference: Reference, mark: str) -> None:
    """A body that never came, and is erased by now, is not waited for any more."""
    rows = connection.rows(
        "SELECT device, epoch, sequence, body_hash FROM revision JOIN epoch USING (device, epoch)"
        " WHERE epoch.device = :device AND epoch.root = :root AND sequence = :sequence AND absent = 'outside'",
        {"device": reference.device, "root": root_of(reference.epoch), "sequence": reference.sequence},
    )
    for row in list(rows):
        if mark in ("", make_mark(bytes(row["body_hash"]))):
            _wipe(connection, Reference(row["device"], row["epoch"], row["sequence"]))


def _wipe(connection: Connection, reference: Reference) -> None:
    where = "WHERE device = :device AND epoch = :epoch AND sequence = :sequence"
    connection.execute(f"UPDATE revision SET body = NULL, absent = 'erased' {where}", reference._asdict())
    connection.execute(f"DELETE FROM quarantine {where}", reference._asdict())


def restore_named(connection: Connection, redaction: Revision) -> list[Reference]:
    """Undo what a redaction did that does not count any more: what only it named may come again; name that."""
    if ERASES not in redaction.body.replaces:
        return []
    record = redaction.body.record
    connection.execute("DELETE FROM erasure WHERE record = :record", {"record": record})
    rows = connection.rows(
        "SELECT device, epoch, sequence, body, body_hash FROM revision WHERE record = :record AND body IS NOT NULL",
        {"record": record},
    )
    for row in list(rows):
        reference = Reference(row["device"], row["epoch"], row["sequence"])
        mark = make_mark(bytes(row["body_hash"]))
        erase_named(connection, Revision(reference, decode_stored(bytes(row["body"])), 0, mark))
    return [each for named in redaction.names(ERASES) for each in _await_again(connection, named.reference, named.mark)]


def _await_again(connection: Connection, reference: Reference, mark: str) -> Iterator[Reference]:
    """Want a body again that was erased; where it lay stays known, so that whoever may have it can be asked."""
    rows = connection.rows(
        "SELECT device, epoch, sequence, body_hash FROM revision JOIN epoch USING (device, epoch)"
        " WHERE epoch.device = :device AND epoch.root = :root AND sequence = :sequence AND absent = 'erased'",
        {"device": reference.device, "root": root_of(reference.epoch), "sequence": reference.sequence},
    )
    for row in list(rows):
        found = Reference(row["device"], row["epoch"], row["sequence"])
        body_hash = bytes(row["body_hash"])
        if mark in ("", make_mark(body_hash)) and not is_erased(connection, found, body_hash):
            connection.execute(
                "UPDATE revision SET absent = 'outside'"
                " WHERE device = :device AND epoch = :epoch AND sequence = :sequence",
                found._asdict(),
            )
            yield found


def is_erased(connection: Connection, reference: Reference, body_hash: bytes, record: str | None = None) -> bool:
    """Tell whether a known redaction names this revision (of this record, if that is known)."""
    return bool(
        connection.value(
            "SELECT 1 FROM erasure WHERE device = :device AND root = :root AND sequence = :sequence"
            " AND mark IN ('', :mark) AND (:record = '' OR record = :record)",
            {
                "device": reference.device,
                "root": root_of(reference.epoch),
                "sequence": reference.sequence,
                "mark": make_mark(body_hash),
                "record": record or "",
            },
        )
    )
