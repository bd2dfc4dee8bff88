"""Many answer sheets in one folder: bodies, chains and tables as the program writes them, but in large batches.

Half of the sheets are in one round, the others in rounds of a village's usual size. The chains verify and the tables
equal what the log says; the recorder would need ten times as long.
"""

import base64
import json
import random
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from collector.cache import make_row
from collector.database import Database, open_database
from collector.demo.village import make_demo
from collector.folder import DataFolder
from collector.questionnaires.built_in import ensure_built_in
from collector.recorder import SHEETS
from collector.registry import KINDS
from sync.merge import merge
from sync.revisions import Body, Reference, Revision, encode_body, extend_chain, hash_body
from sync.sqlite import SqliteConnection

BATCH = 50_000
CACHE_KIB = 600_000
"""Ids are random, so every batch touches indexes everywhere: they have to stay in memory meanwhile."""
USUAL = 75
"""Sheets of a round of the usual size."""
_KIND = KINDS["answer_sheet"]


def make_folder(root: Path, sheets: int) -> tuple[DataFolder, dict[str, str]]:
    """Make an invented village with so many sheets; give with it the ids of a large, a usual and an open round."""
    folder, known = DataFolder(root), root / "rounds.json"
    if known.exists():
        found: dict[str, str] = json.loads(known.read_text())
        return folder, found
    make_demo(folder)
    database = open_database(folder.database)
    try:
        found = _fill(database, folder.read_settings()["unit"], sheets)
    finally:
        database.storage.close()
    known.write_text(json.dumps(found))
    return folder, found


def _fill(database: Database, unit: str, sheets: int) -> dict[str, str]:
    with database.recording() as recorder:
        questionnaire = ensure_built_in(recorder, unit, "participation_household")
        sizes = [sheets // 2, *[USUAL] * (sheets // 2 // USUAL)]
        rounds = [_add_round(recorder, unit, questionnaire, place, size) for place, size in enumerate(sizes)]
        opened = _add_round(recorder, unit, questionnaire, len(sizes), USUAL, state="open")
        lone = recorder.add("answer_sheet", unit, _invent(unit, rounds[0], questionnaire, random.Random(0)))
    chance, done, begun = random.Random(sheets), 0, time.monotonic()
    work = _list_work(rounds, sizes)
    while batch := [round_id for _, round_id in zip(range(BATCH), work, strict=False)]:
        with database.storage.writing() as connection:
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            _write(connection, unit, [_invent(unit, round_id, questionnaire, chance) for round_id in batch])
        done += len(batch)
        rate = done / (time.monotonic() - begun)
        print(f"\r{done:,} of {sheets:,} sheets, {rate:,.0f} sheets/s ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    with database.recording() as recorder:
        recorder.erase("answer_sheet", lone)
    return {"large": rounds[0], "usual": rounds[-1], "open": opened}


def _list_work(rounds: list[str], sizes: list[int]) -> Iterator[str]:
    for round_id, size in zip(rounds, sizes, strict=True):
        yield from [round_id] * size


def _add_round(
    recorder: Any, unit: str, questionnaire: str, place: int, size: int, *, state: str = "closed"
) -> str:
    values = {
        "title": f"Đợt khảo sát {place}",
        "questionnaire": questionnaire,
        "counted": "households",
        "chosen": "everyone",
        "dimensions": "know,discuss,do,inspect",
        "target_percent": 90,
        "state": state,
        "closed_at": "2026-03-31T10:00:00Z" if state == "closed" else None,
    }
    made: str = recorder.add("round", unit, values)
    population = {"households": min(size + 20, 100_000), "as_of": "2026-01-01"}
    recorder.add("round_village", unit, {"round": made, "village": unit, **population})
    return made


def _invent(unit: str, round_id: str, questionnaire: str, chance: random.Random) -> dict[str, Any]:
    codes = chance.choices(("yes", "no", "dont_know", "refused"), (88, 7, 4, 1), k=4)
    answers = {f"/data/q{place}": code for place, code in enumerate(codes)}
    return {
        "round": round_id,
        "village": unit,
        "questionnaire": questionnaire,
        "day": f"2026-03-{chance.randint(1, 28):02d}",
        "source": "screen",
        "consent_version": "1",
        "withdrawal_hash": f"{chance.getrandbits(256):064x}",
        **dict(zip(("know", "discuss", "do", "inspect"), codes, strict=True)),
        "sex": chance.choice(("female", "male")),
        "ethnic_group": chance.choices(("co_tu", "kinh", "xo_dang"), (80, 10, 10))[0],
        "adults": chance.randint(1, 6),
        "answers": json.dumps(answers, separators=(",", ":")),
    }


def _write(connection: SqliteConnection, unit: str, sheets: list[dict[str, Any]]) -> None:
    """Append sheets to the log's epoch of sheets and to their table, as the log and the cache do."""
    head = connection.row(
        "SELECT device, epoch, head_sequence, head_chain FROM lane_writer JOIN epoch USING (device, epoch)"
        " WHERE lane_writer.lane = :lane", {"lane": SHEETS},
    )  # fmt: skip
    assert head is not None
    where = {"device": head["device"], "epoch": head["epoch"]}
    sequence, chain = head["head_sequence"], bytes(head["head_chain"])
    stamp = int(time.time() * 1000) << 16
    revisions, rows = [], []
    for place, values in enumerate(sheets):
        sequence += 1
        salt = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        body = Body(record=str(uuid4()), kind=_KIND.name, unit=unit, stamp=stamp + place, salt=salt, set=values)
        data = encode_body(body)
        body_hash = hash_body(data)
        chain = extend_chain(chain, body_hash)
        named = {**where, "sequence": sequence, "record": body.record, "kind": body.kind, "unit": unit}
        revisions.append({**named, "stamp": body.stamp, "body": data, "hash": body_hash, "chain": chain})
        rows.append(make_row(_KIND, merge([Revision(Reference(*where.values(), sequence), body, 0)])))
    connection.execute_many(
        "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain)"
        " VALUES (:device, :epoch, :sequence, :record, :kind, :unit, :stamp, :body, :hash, :chain)",
        revisions,
    )
    names = ", ".join(f'"{name}"' for name in rows[0])
    places = ", ".join(f":{name}" for name in rows[0])
    connection.execute_many(f"INSERT INTO answer_sheet ({names}) VALUES ({places})", rows)
    connection.execute(
        "UPDATE epoch SET head_sequence = :sequence, head_chain = :chain WHERE device = :device AND epoch = :epoch",
        {**where, "sequence": sequence, "chain": chain},
    )
