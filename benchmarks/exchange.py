"""Exchanging records with a centre, beside bare lower bounds: the whole way over HTTP, on both engines.

The centre is a process of its own on the loopback interface, with the log, the registry, the tables of current records
and the search index; the laptop is this process, with a log in a file. Documents travel as real bundles. The slow link
is computed from measured bytes and requests.
"""

import json
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import zstandard

from benchmarks.bundles import insert_bare_postgresql, insert_bare_sqlite, running_postgresql
from benchmarks.centre import enrol, make_centre
from benchmarks.documents import read_documents, to_bodies
from benchmarks.growing import measure_growth
from benchmarks.laptops import Cost, Laptop, Party, read_peak_mb
from benchmarks.processes import centre
from benchmarks.table import Figure
from collector.database import open_database
from sync.keys import Keys, make_keys
from sync.registry import StoredRegistry
from sync.revisions import decode_body


def measure_exchange(folder: Path, documents: Path | None, revisions: int) -> Iterator[Figure]:
    """Measure 10,000 documents on both engines, then 100 changes on logs of growing length up to `revisions`."""
    bodies = to_bodies(read_documents(documents))
    packed = len(zstandard.ZstdCompressor(level=3).compress(b"\n".join(bodies))) / len(bodies)
    yield Figure("zstd level 3 of all lines in one piece", packed, None, 400, "B/doc")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        bare = insert_bare_sqlite(Path(place) / "bare.sqlite", bodies)
        yield from _measure_engine("SQLite", Path(place), str(Path(place) / "centre.sqlite"), (), bodies, (bare, 250))
        yield from _measure_growth("SQLite", Path(place), str(Path(place) / "grown.sqlite"), (), revisions)
    with running_postgresql() as server, tempfile.TemporaryDirectory(dir=folder) as place:
        if server is not None:
            bare = insert_bare_postgresql(server.make_database(), bodies)
            url, pids = server.make_database(), (server.process.pid,)
            yield from _measure_engine("PostgreSQL", Path(place), url, pids, bodies, (bare, 400))
            yield from _measure_growth("PostgreSQL", Path(place), server.make_database(), pids, revisions)


@contextmanager
def _served(folder: Path, place: str, pids: tuple[int, ...], unit: str) -> Iterator[tuple[Party, Keys, Keys]]:
    """Serve a centre to which two laptops of one village belong."""
    party = Party(make_keys(), make_keys(), unit)
    laptops = make_keys(), make_keys()
    database = open_database(place if "://" in place else Path(place))
    registry = StoredRegistry(database.storage, party.keys)
    make_centre(database, registry, party.escrow.public_encryption)
    for keys in laptops:
        enrol(registry, keys, unit)
    database.storage.close()
    raw = {"signing": party.keys.signing.hex(), "encryption": party.keys.encryption.hex()}
    keys_file = folder / "keys.json"
    keys_file.write_text(json.dumps({**raw, "escrow": party.escrow.public_encryption.hex()}), encoding="utf-8")
    with centre(place, keys_file) as (port, process):
        party.port, party.pids = port, (process.pid, *pids)
        yield party, *laptops


def _measure_engine(
    name: str, folder: Path, place: str, pids: tuple[int, ...], bodies: Sequence[bytes], limits: tuple[float, float]
) -> Iterator[Figure]:
    bare, budget_us = limits
    count = len(bodies)
    unit = decode_body(bodies[0]).unit
    with _served(folder, place, pids, unit) as (party, author, reader):
        laptop = Laptop(folder / "author.sqlite", party, author)
        laptop.sync()
        laptop.write(bodies)
        pushed = laptop.measure(laptop.sync)
        idle = laptop.measure(laptop.sync)
        laptop.close()
        fresh = Laptop(folder / "reader.sqlite", party, reader)
        pulled = fresh.measure(fresh.sync)
        fresh.close()
        peak = read_peak_mb(party.pids[0])
    yield from _tell_push(name, pushed, count, (bare, budget_us))
    yield Figure(f"pull to a fresh laptop, {name}", pulled.seconds / count * 1e6, None, 200, "us/doc")
    yield Figure("  bytes down per document", pulled.down / count, None, 335, "B")
    yield Figure("idle exchange, HTTP both ways", idle.sent + idle.received, None, 600, "B")
    yield Figure("most memory of the centre's process", peak, None, 150, "MB")


def _tell_push(name: str, pushed: Cost, count: int, limits: tuple[float, float]) -> Iterator[Figure]:
    bare, budget_us = limits
    took = pushed.seconds / count * 1e6
    yield Figure(f"push, {name} ({1e6 / took:,.0f} documents/s)", took, None, budget_us, "us/doc")
    yield Figure(f"  beside bare inserts into {name}", took, bare / count * 1e6, 30, "us/doc")
    yield Figure("  bytes up per document", pushed.up / count, None, 335, "B")
    yield Figure("  bytes down per document", pushed.down / count, None, 5, "B")
    yield Figure("  processor of the centre", pushed.processor / count * 1e6, None, 250, "us/doc")
    both = (pushed.processor + pushed.own_processor) / count * 1e6
    yield Figure("  processor of both: the least time it can take", both, None, budget_us, "us/doc")
    yield Figure("  over 256 kbit/s and 300 ms, computed", pushed.slow_seconds / 60, None, 2.2, "min")


def _measure_growth(name: str, folder: Path, place: str, pids: tuple[int, ...], revisions: int) -> Iterator[Figure]:
    with _served(folder, place, pids, str(uuid.UUID(int=7))) as (party, author, _):
        laptop = Laptop(folder / "growing.sqlite", party, author)
        database = open_database(place if "://" in place else Path(place))
        laptop.sync()
        yield from measure_growth(name, laptop, database, revisions)
        database.storage.close()
        laptop.close()
