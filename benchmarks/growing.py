"""What exchanging 100 changes costs as the log grows: filled on both sides at once, without exchanging all of it."""

import base64
import random
import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from benchmarks.laptops import SHEETS, Laptop
from benchmarks.table import Figure
from collector.database import Database
from sync.feed import Feed
from sync.revisions import Body, encode_body, extend_chain, hash_body
from sync.storage import POSTGRESQL, Connection, Row

CHANGES: Final = 100
TURNS: Final = 10
BATCH: Final = 10_000
SMALLEST: Final = 10_000
_REVISION: Final = (
    "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain)"
    " VALUES (:device, :epoch, :sequence, :record, :kind, :unit, :stamp, :body, :body_hash, :chain)"
)
_CACHED: Final = (
    "INSERT INTO answer_sheet (id, unit, removed, conflicts, first_stamp, last_stamp, revision_count)"
    " VALUES (:record, :unit, 0, 0, :stamp, :stamp, 1)"
)
_HEAD: Final = (
    "UPDATE epoch SET head_sequence = :sequence, head_chain = :chain, received = :received"
    " WHERE device = :device AND epoch = :epoch"
)


def measure_growth(name: str, laptop: Laptop, centre: Database, revisions: int) -> Iterator[Figure]:
    """Measure the processor time, of both sides, of 100 changes on a log of 10,000 revisions and on longer ones."""
    laptop.write(make_sheets(laptop.party.unit, 0, CHANGES))
    laptop.sync()
    base, size, made = 0.0, SMALLEST, CHANGES
    while size <= revisions:
        while made < size:
            step = min(size - made, BATCH)
            _fill(laptop, centre, made, step)
            made += step
        _count_rows(centre)
        laptop.sync()
        used = 0.0
        for _ in range(TURNS):
            laptop.write(make_sheets(laptop.party.unit, made, CHANGES))
            cost = laptop.measure(laptop.sync)
            used += cost.processor + cost.own_processor
            made += CHANGES
        base = base or used
        figures = (used / TURNS * 1e3, base / TURNS * 1e3)
        yield Figure(f"{CHANGES} changes on {size:,} revisions, {name}", *figures, 1.5, "ms")
        size *= 10


def _fill(laptop: Laptop, centre: Database, first: int, count: int) -> None:
    """Put the same revisions into both logs, as if they had been exchanged."""
    with laptop.database.storage.writing() as connection:
        head = _find_head(connection, laptop.keys.id)
        rows = _make_rows(head, _make_bodies(laptop.party.unit, first, count))
        connection.execute_many(_REVISION, rows)
        connection.execute(_HEAD, {**rows[-1], "received": rows[-1]["sequence"]})
    with centre.storage.writing() as connection:
        connection.execute_many(_REVISION, rows)
        connection.execute_many(_CACHED, rows)
        connection.execute(_HEAD, {**rows[-1], "received": 0})
        Feed().extend(connection)


def _count_rows(centre: Database) -> None:
    """Have a server count what was put in at once, as it does by itself within a minute."""
    with centre.storage.writing() as connection:
        if connection.engine == POSTGRESQL:
            connection.execute("ANALYZE")


def _find_head(connection: Connection, device: str) -> Row:
    sql = "SELECT epoch, head_sequence, head_chain FROM epoch WHERE device = :device AND lane = :lane"
    head = connection.row(sql, {"device": device, "lane": SHEETS})
    assert head is not None
    return {**head, "device": device}


def _make_rows(head: Row, bodies: Iterable[Body]) -> list[Row]:
    rows, chain = [], bytes(head["head_chain"])
    for sequence, body in enumerate(bodies, head["head_sequence"] + 1):
        data = encode_body(body)
        body_hash = hash_body(data)
        chain = extend_chain(chain, body_hash)
        told = {"record": body.record, "kind": body.kind, "unit": body.unit, "stamp": body.stamp}
        place = {"device": head["device"], "epoch": head["epoch"], "sequence": sequence}
        rows.append({**place, **told, "body": data, "body_hash": body_hash, "chain": chain})
    return rows


def make_sheets(unit: str, first: int, count: int) -> list[bytes]:
    """Make short answer sheets, each a record of its own."""
    return [encode_body(body) for body in _make_bodies(unit, first, count)]


def _make_bodies(unit: str, first: int, count: int) -> Iterator[Body]:
    chance = random.Random(first)
    for number in range(first, first + count):
        salt = base64.urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("=")
        record = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        values = {"form": "household_2026", "note": f"sheet {number}"}
        stamp = (1_790_000_000_000 + number) << 16
        yield Body(record=record, kind="answer_sheet", unit=unit, stamp=stamp, salt=salt, set=values)
