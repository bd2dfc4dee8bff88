"""Bundles and the log's table beside bare lower bounds: bytes, sealing, opening, inserting, on both engines."""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zstandard

from benchmarks.documents import read_documents, to_bodies
from benchmarks.table import Figure
from sync.bundle import ReaderKeys, Recipients, open_bundle, seal, split_batches
from sync.headers import Header
from sync.keys import Keys, make_keys
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.revisions import decode_body, extend_chain, hash_body, start_chain
from sync.sqlite import SqliteStorage
from sync.storage import Storage

if TYPE_CHECKING:
    from postgres_server import Server

TCP_SHARE: Final = 40 / 1460
"""Headers of IP and TCP per byte on a network of usual packets."""
REQUEST_BYTES: Final = 700
"""The head of a signed request, counted generously."""
_INSERT: Final = (
    "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain)"
    " VALUES ('a', 'e', :sequence, :record, :kind, :unit, :stamp, :body, :hash, :chain)"
)
_BARE: Final = (
    "CREATE TABLE bare (position {serial}, device TEXT NOT NULL, epoch TEXT NOT NULL, sequence {integer} NOT NULL,"
    " record TEXT NOT NULL, body {bytes} NOT NULL, UNIQUE (device, epoch, sequence))"
)


def measure_bundles(folder: Path, documents: Path | None) -> Iterator[Figure]:
    """Measure 10,000 documents, each carried as one answer sheet."""
    bodies = to_bodies(read_documents(documents))
    count = len(bodies)
    plain = sum(map(len, bodies)) / count
    author, server, escrow = make_keys(), make_keys(), make_keys()
    recipients = Recipients(server.public_encryption, escrow.public_encryption)
    bundles, sealing = _timed(lambda: list(_seal_all(bodies, author, server.id, recipients)))
    sizes = [len(bundle) for bundle in bundles]
    on_the_wire = sum(size * (1 + TCP_SHARE) + REQUEST_BYTES for size in sizes)
    packed, packing = _timed(lambda: [_compress(batch) for batch in split_batches(bodies)])
    keys = ReaderKeys((server.encryption,), frozenset({server.id}))
    _, opening = _timed(lambda: [open_bundle(bundle, keys) for bundle in bundles])
    _, inflating = _timed(lambda: [zstandard.ZstdDecompressor().decompress(each) for each in packed])
    _, reading = _timed(lambda: [decode_body(body) for body in bodies])
    yield Figure(f"bytes per document of {plain:,.0f} in a bundle", sum(sizes) / count, None, 330, "B")
    yield Figure("  zstd level 3 of the same lines alone", sum(map(len, packed)) / count, None, 400, "B")
    yield Figure("bytes per document with request, TCP, IP", on_the_wire / count, None, 335, "B")
    # How many times the bare work is allowed is what the targets of the whole stack leave for this part of it.
    yield Figure("seal, beside zstd level 3 of the same", sealing / count * 1e6, packing / count * 1e6, 12, "us/doc")
    yield Figure("open, beside inflating the same", opening / count * 1e6, inflating / count * 1e6, 12, "us/doc")
    yield Figure("read bodies strictly", reading / count * 1e6, None, 40, "us/doc")
    yield from _measure_engines(folder, bodies)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """Do something that only computes; give what it gave and the time of the processor."""
    start = time.process_time()
    found = act()
    return found, time.process_time() - start


def _compress(batch: Sequence[Any]) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(b"\n".join(batch))


def _seal_all(bodies: Sequence[bytes], author: Keys, server: str, recipients: Recipients) -> Iterator[bytes]:
    first, chain = 1, start_chain(author.id, "epoch")
    for batch in split_batches(bodies):
        before = chain
        for body in batch:
            chain = extend_chain(chain, hash_body(body))  # type: ignore[arg-type]
        last = first + len(batch) - 1
        header = Header(
            device=author.id,
            epoch="epoch",
            lane="sheets",
            first=first,
            last=last,
            before=before,
            after=chain,
            server=server,
        )
        yield seal(header, batch, author, recipients)
        first = last + 1


def _measure_engines(folder: Path, bodies: Sequence[bytes]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place)
        storage = SqliteStorage(path / "log.sqlite")
        stored = _store_all(storage, bodies)
        storage.close()
        bare = insert_bare_sqlite(path / "bare.sqlite", bodies)
        yield Figure("read and insert, SQLite, beside bare inserts", *_per(bodies, stored, bare), 6, "us/doc")
    with running_postgresql() as server:
        if server is not None:
            url = server.make_database()
            from sync.postgres import PostgresStorage

            storing = PostgresStorage(url)
            stored = _store_all(storing, bodies)
            storing.close()
            bare = insert_bare_postgresql(url, bodies)
            yield Figure("read and insert, PostgreSQL, beside bare inserts", *_per(bodies, stored, bare), 6, "us/doc")


def _per(bodies: Sequence[bytes], stored: float, bare: float) -> tuple[float, float]:
    return stored / len(bodies) * 1e6, bare / len(bodies) * 1e6


@contextmanager
def running_postgresql() -> Iterator["Server | None"]:
    """Start a server that ends with this; None where none is installed, which is said."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    try:
        from postgres_server import find_programs, running_server

        find_programs()
    except (ImportError, FileNotFoundError) as error:
        print(f"not measured on PostgreSQL: {error}", file=sys.stderr)
        yield None
        return
    with running_server() as server:
        yield server


def _store_all(storage: Storage, bodies: Sequence[bytes]) -> float:
    storage.migrate(NAMESPACE, MIGRATIONS)
    chain = start_chain("a", "e")
    with storage.writing() as connection:
        connection.execute(
            "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain)"
            " VALUES ('a', 'e', 0, 'received', 0, :chain)",
            {"chain": chain},
        )
    start, sequence = time.perf_counter(), 0
    for batch in split_batches(bodies):
        with storage.merging() as connection:
            rows = []
            for data in batch:
                body, body_hash = decode_body(data), hash_body(data)  # type: ignore[arg-type]
                sequence, chain = sequence + 1, extend_chain(chain, body_hash)
                named = {"record": body.record, "kind": body.kind, "unit": body.unit, "stamp": body.stamp}
                rows.append({"sequence": sequence, "body": data, "hash": body_hash, "chain": chain, **named})
            connection.execute_many(_INSERT, rows)
            connection.execute("UPDATE epoch SET head_sequence = :last", {"last": sequence})
    return time.perf_counter() - start


def _bare_rows(batch: Sequence[Any], first: int) -> list[tuple[str, str, int, str, bytes]]:
    return [("a", "e", number, f"r{number}", body) for number, body in enumerate(batch, first)]


def insert_bare_sqlite(path: Path, bodies: Sequence[bytes]) -> float:
    """Insert the same bodies into one table; give the seconds."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute(_BARE.format(serial="INTEGER PRIMARY KEY AUTOINCREMENT", integer="INTEGER", bytes="BLOB"))
    start, first = time.perf_counter(), 1
    for batch in split_batches(bodies):
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(
            "INSERT INTO bare (device, epoch, sequence, record, body) VALUES (?, ?, ?, ?, ?)", _bare_rows(batch, first)
        )
        raw.execute("COMMIT")
        first += len(batch)
    took = time.perf_counter() - start
    raw.close()
    return took


def insert_bare_postgresql(url: str, bodies: Sequence[bytes]) -> float:
    """Insert the same bodies into one table; give the seconds."""
    import psycopg

    with psycopg.connect(url) as raw:
        serial = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
        raw.execute(_BARE.format(serial=serial, integer="BIGINT", bytes="BYTEA"))
        raw.commit()
        start, first = time.perf_counter(), 1
        for batch in split_batches(bodies):
            with raw.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO bare (device, epoch, sequence, record, body) VALUES (%s, %s, %s, %s, %s)",
                    _bare_rows(batch, first),
                )
            raw.commit()
            first += len(batch)
        return time.perf_counter() - start
