"""The append-only log on a storage: the only code that reads or writes its tables.

Functions take the connection of a transaction that the edge opened; none commits. Sequences are given inside the
writing transaction, so two processes on one folder never give the same one.
"""

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sync.branches import base_of, home_of, root_of
from sync.clock import HybridClock
from sync.erasing import erase_named, list_named
from sync.errors import ChainBroken, RecordUnknown, SequenceGap
from sync.merge import RecordState, merge
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.revisions import (
    ERASES,
    EVERYTHING,
    REMOVED,
    SALT_BYTES,
    Body,
    Named,
    Reference,
    Revision,
    Value,
    decode_body,
    decode_stored,
    encode_body,
    extend_chain,
    hash_body,
    make_mark,
    shorten,
    start_chain,
)
from sync.storage import Connection, Row, Storage

_COLUMNS: Final = "position, device, epoch, sequence, body, body_hash"
_MAX_NAMED: Final = 500
RECORDS: Final = "records"
"""The lane of everything that names its author."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What an author wants to change: new values of fields of one record.

    `groups` lists the record's merge groups: fields that only make sense together and are written together.
    `settles` names the fields whose differing values the author looked at and decided: those are written even if
    the value is the one that was shown. Other fields are written only where their value differs from the shown
    one, so that a form that sends every field settles nothing unseen. `lane` names the epochs it is written to:
    records of different lanes never share one. `erases` makes it a redaction: what all known revisions of the
    record said is erased, here and wherever they are held. `values` is then everything that the record says from
    now on; if that is nothing, it is removed.
    """

    record: str
    kind: str
    unit: str
    values: Mapping[str, Value]
    author: str | None = None
    source: str | None = None
    groups: tuple[tuple[str, ...], ...] = ()
    settles: frozenset[str] = frozenset()
    lane: str = RECORDS
    erases: bool = False


class Log:
    """Writes revisions of this folder's device and reads everybody's."""

    def __init__(
        self,
        storage: Storage,
        clock: HybridClock,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        storage.migrate(NAMESPACE, MIGRATIONS)
        with storage.reading() as connection:
            self._clock.observe(connection.value("SELECT max(stamp) FROM revision") or 0)

    def open_epoch(self, connection: Connection, device: str, reason: str, lane: str = RECORDS) -> str:
        """Start a new epoch of this device in a lane and write there from now on; return its name.

        A new epoch of the lane of records ends those of all other lanes: they are opened anew when needed.
        """
        epoch = base64.b32encode(self._random_bytes(10)).decode().lower()
        named = {"device": device, "epoch": epoch}
        connection.execute(
            "INSERT INTO epoch (device, epoch, root, own, reason, head_sequence, head_chain, lane)"
            " VALUES (:device, :epoch, :epoch, 1, :reason, 0, :chain, :lane)",
            {**named, "reason": reason, "chain": start_chain(device, epoch), "lane": lane},
        )
        connection.execute("DELETE FROM lane_writer WHERE lane = :lane OR :lane = 'records'", {"lane": lane})
        connection.execute(
            "INSERT INTO lane_writer (lane, device, epoch) VALUES (:lane, :device, :epoch)", {**named, "lane": lane}
        )
        return epoch

    def _head(self, connection: Connection, lane: str) -> Row:
        """Give the end of the epoch that a lane writes now, opening one for a lane that has none yet.

        :raises SequenceGap: if this folder has no epoch at all.
        """
        sql = (
            "SELECT device, epoch, head_sequence, head_chain FROM lane_writer JOIN epoch USING (device, epoch)"
            " WHERE lane_writer.lane = :lane"
        )
        head = connection.row(sql, {"lane": lane})
        if head is not None:
            return head
        device = connection.value("SELECT device FROM lane_writer WHERE lane = :lane", {"lane": RECORDS})
        if device is None:
            raise SequenceGap(reason="no_epoch")
        self.open_epoch(connection, device, "lane", lane)
        return self._head(connection, lane)

    def append(
        self,
        connection: Connection,
        edit: Edit,
        known: list[Revision] | None = None,
        state: RecordState | None = None,
    ) -> RecordState:
        """Write the edit as one revision and return the record as it is afterwards.

        Fields that already have the wanted value as their only one are left out; when nothing is left, nothing
        is written. `known` are the record's revisions if they were read already in this transaction, `state` is
        what they make.
        """
        known = read_revisions(connection, edit.record) if known is None else known
        if state is None and known:
            state = merge(known)
        changes = (dict(edit.values) or {REMOVED: True}) if edit.erases else _changes(edit, state)
        if not changes and state is not None:
            return state
        erased = list_named(connection, known) if edit.erases else []
        written = self._write(connection, edit, changes, state, erased)
        return merge([*known, written])

    def _write(
        self,
        connection: Connection,
        edit: Edit,
        changes: dict[str, Value],
        state: RecordState | None,
        erased: list[Named],
    ) -> Revision:
        head = self._head(connection, edit.lane)
        replaces = _replaces(changes, state, head)
        if erased:
            replaces[ERASES] = [_shorten(named.reference, named.mark, head) for named in erased]
        if state is not None:
            self._clock.observe(state.last.stamp)
        body = Body(
            record=edit.record,
            kind=edit.kind,
            unit=edit.unit,
            stamp=self._clock.tick(),
            salt=base64.urlsafe_b64encode(self._random_bytes(SALT_BYTES)).decode().rstrip("="),
            set=changes,
            replaces=replaces,
            author=edit.author,
            source=edit.source,
        )
        reference = Reference(head["device"], head["epoch"], head["head_sequence"] + 1)
        return store(connection, reference, encode_body(body), bytes(head["head_chain"]))


def _changes(edit: Edit, state: RecordState | None) -> dict[str, Value]:
    if state is None:
        return _first_values(edit)
    decided = edit.settles.intersection(state.conflicts)
    changed = {
        name for name, value in edit.values.items() if name in decided or _differs(state.values.get(name), value)
    }
    for group in edit.groups:
        if changed.intersection(group):
            changed.update(group)
    return {name: edit.values.get(name, state.values.get(name)) for name in sorted(changed)}


def _first_values(edit: Edit) -> dict[str, Value]:
    """Leave out what is empty, but not of a group: it is written whole, so that it conflicts as a whole."""
    values: dict[str, Value] = {name: value for name, value in edit.values.items() if value is not None}
    for group in edit.groups:
        if not values.keys().isdisjoint(group):
            values |= {name: edit.values.get(name) for name in group}
    return values


def _differs(old: Value, new: Value) -> bool:
    return type(old) is not type(new) or old != new


def _replaces(changes: Mapping[str, Value], state: RecordState | None, head: Row) -> dict[str, list[str]]:
    if state is None:
        return {}
    replaces = {
        name: [_shorten(sibling.reference, sibling.mark, head) for sibling in state.siblings[name]]
        for name in changes
        if state.siblings.get(name)
    }
    if changes.get(REMOVED) is True:
        replaces[EVERYTHING] = [_shorten(reference, mark, head) for reference, mark in sorted(state.marks.items())]
    return replaces


def _shorten(reference: Reference, mark: str, head: Row) -> str:
    return shorten(reference, device=head["device"], epoch=head["epoch"], mark=mark)


def store(connection: Connection, reference: Reference, data: bytes, chain_before: bytes) -> Revision:
    """Put a revision's exact bytes at the end of its epoch.

    :raises BodyRefused: if the bytes are no body of this format.
    :raises SequenceGap: if it does not follow the last revision held of its epoch.
    """
    body = decode_body(data)
    body_hash = hash_body(data)
    chain = extend_chain(chain_before, body_hash)
    named = {"device": reference.device, "epoch": reference.epoch, "sequence": reference.sequence}
    touched = connection.execute(
        "UPDATE epoch SET head_sequence = :sequence, head_chain = :chain"
        " WHERE device = :device AND epoch = :epoch AND head_sequence = :sequence - 1"
        " AND head_chain = :before",
        {**named, "chain": chain, "before": chain_before},
    )
    if touched != 1:
        raise SequenceGap(**named)
    position = connection.value(
        "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain)"
        " VALUES (:device, :epoch, :sequence, :record, :kind, :unit, :stamp, :body, :body_hash, :chain)"
        " RETURNING position",
        {
            **named,
            "record": body.record,
            "kind": body.kind,
            "unit": body.unit,
            "stamp": body.stamp,
            "body": data,
            "body_hash": body_hash,
            "chain": chain,
        },
    )
    written = Revision(reference, body, position, make_mark(body_hash))
    erase_named(connection, written)
    return written


def _revision(row: Row) -> Revision:
    reference = Reference(row["device"], row["epoch"], row["sequence"])
    return Revision(reference, decode_stored(bytes(row["body"])), row["position"], make_mark(row["body_hash"]))


def read_revisions(connection: Connection, record: str) -> list[Revision]:
    """List the revisions of one record whose body is still held, in order of arrival."""
    rows = connection.rows(
        f"SELECT {_COLUMNS} FROM revision WHERE record = :record AND body IS NOT NULL ORDER BY position",
        {"record": record},
    )
    return [_revision(row) for row in rows]


def get_state(connection: Connection, record: str) -> RecordState:
    """Compute the current state of one record.

    :raises RecordUnknown: if no revision of it is held.
    """
    try:
        return merge(read_revisions(connection, record))
    except RecordUnknown as error:
        raise RecordUnknown(record=record) from error


def read_states(connection: Connection, records: Iterable[str]) -> dict[str, RecordState]:
    """Compute the states of these records; one of which no body is held is left out."""
    wanted = sorted(set(records))
    found: dict[str, list[Revision]] = {}
    for start in range(0, len(wanted), _MAX_NAMED):
        names = {f"r{number}": record for number, record in enumerate(wanted[start : start + _MAX_NAMED])}
        listed = ", ".join(f":{name}" for name in names)
        rows = connection.rows(
            f"SELECT {_COLUMNS} FROM revision WHERE record IN ({listed}) AND body IS NOT NULL ORDER BY position",
            names,
        )
        for row in rows:
            revision = _revision(row)
            found.setdefault(revision.body.record, []).append(revision)
    states = {}
    for record, known in found.items():
        with suppress(RecordUnknown):  # a redaction may name every revision, itself among them
            states[record] = merge(known)
    return states


def list_states(connection: Connection, kind: str | None = None) -> Iterator[RecordState]:
    """Compute the state of every record (of one kind), in the order of record ids.

    Only a faulty or hostile program gives one record several kinds; it has that of its first revision then.
    """
    of_kind = "AND record IN (SELECT record FROM revision WHERE kind = :kind AND body IS NOT NULL)"
    where = "" if kind is None else of_kind
    rows = connection.rows(
        f"SELECT {_COLUMNS} FROM revision WHERE body IS NOT NULL {where} ORDER BY record, position",
        {} if kind is None else {"kind": kind},
    )
    pending: list[Revision] = []
    for row in rows:
        revision = _revision(row)
        if pending and pending[0].body.record != revision.body.record:
            yield from _merge_of_kind(pending, kind)
            pending = []
        pending.append(revision)
    if pending:
        yield from _merge_of_kind(pending, kind)


def _merge_of_kind(revisions: list[Revision], kind: str | None) -> Iterator[RecordState]:
    state = merge(revisions)
    if kind is None or state.kind == kind:
        yield state


def list_heads(connection: Connection, lane: str) -> tuple[tuple[str, bytes], ...]:
    """Give the end of the chain of every epoch of a lane: equal ends mean equal revisions."""
    sql = "SELECT epoch, head_chain FROM epoch WHERE lane = :lane ORDER BY device, epoch"
    return tuple((row["epoch"], bytes(row["head_chain"])) for row in connection.rows(sql, {"lane": lane}))


def verify_chains(connection: Connection) -> int:
    """Recompute every epoch's chain from the stored bytes; return the number of revisions checked.

    :raises ChainBroken: at the first revision whose bytes, number or chain do not fit.
    """
    checked = 0
    heads = list(connection.rows("SELECT device, epoch, root, head_sequence, head_chain FROM epoch"))
    for head in heads:
        expected = base_of(head["epoch"])
        chain = chain_at(connection, head["device"], head["epoch"], expected - 1)
        for row in _epoch_rows(connection, head):
            body_hash = bytes(row["body_hash"]) if row["body"] is None else hash_body(bytes(row["body"]))
            chain = extend_chain(chain or b"", body_hash)
            if row["sequence"] != expected or chain != bytes(row["chain"]):
                raise ChainBroken(device=head["device"], epoch=head["epoch"], sequence=row["sequence"])
            expected += 1
            checked += 1
        if (expected - 1, chain) != (head["head_sequence"], bytes(head["head_chain"])):
            raise ChainBroken(device=head["device"], epoch=head["epoch"], sequence=expected)
    return checked


def chain_at(connection: Connection, device: str, epoch: str, sequence: int) -> bytes | None:
    """Give the chain of an epoch or branch after a number, None if that is not held."""
    if sequence == 0:
        return start_chain(device, root_of(epoch))
    found = connection.value(
        "SELECT chain FROM revision WHERE device = :device AND epoch = :epoch AND sequence = :sequence",
        {"device": device, "epoch": home_of(epoch, sequence), "sequence": sequence},
    )
    return None if found is None else bytes(found)


def _epoch_rows(connection: Connection, head: Row) -> Iterable[Row]:
    return connection.rows(
        "SELECT sequence, body, body_hash, chain FROM revision"
        " WHERE device = :device AND epoch = :epoch ORDER BY sequence",
        {"device": head["device"], "epoch": head["epoch"]},
    )
