"""Whoever holds the laptop tries to find out which household answered what, with everything that lies on it.

A whole round is held: drawn, asked on a screen and on paper in an order that the attacker remembers, ticked, closed.
Every household answers in its own way, so that a single sheet found out would be seen. Then the attacker sets every
order that the laptop keeps against the remembered one, looks for whatever two records have in common, and reads the
bytes of the files with what was deleted in them.
"""

import json
import logging
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from answer_scenes import Resident, hand_over, rows_of
from factories import CHEAP, Village, log_in, make_village, services_of
from flask import Flask
from meetings.scenes import add_households

from collector import create_app
from collector.accounts.store import Accounts
from collector.answers.urn import BATCH
from collector.device import ensure_keys
from collector.exchange.lines import write_lines
from collector.folder import DataFolder
from collector.recorder import SHEETS
from collector.registry import KINDS
from sync.bundle import ReaderKeys, Recipients, open_bundle, seal, split_batches
from sync.errors import BundleForOthers
from sync.headers import Header
from sync.keys import Keys, make_keys
from sync.revisions import decode_body, extend_chain, hash_body, start_chain

HOUSEHOLDS = 44
SERVER = "centre"
SERVER_KEYS, ESCROW_KEYS = make_keys(), make_keys()
QUESTIONS = ("know", "discuss", "do", "inspect")
CODES = ("yes", "no", "dont_know", "refused")
SURE = 0.75
"""Two orders of 44 that have nothing to do with each other correlate more than this once in a hundred million times."""


def correlate(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the correlation of two orders."""
    ones, others = _ranks(one), _ranks(other)
    mean = (len(ones) - 1) / 2
    below = sum((each - mean) ** 2 for each in ones)
    return sum((a - mean) * (b - mean) for a, b in zip(ones, others, strict=True)) / below


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=values.__getitem__)
    return [order.index(place) for place in range(len(values))]


@dataclass
class Held:
    """A round that was held, and what the attacker remembers of it."""

    app: Flask
    survey: str
    asked: list[str]
    """The drawn households in the order in which they were asked."""
    said: list[tuple[str, ...]]
    """What they answered, in that order: each in a way of its own."""
    log: str


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """Hold a whole round through its pages, once for all attacks."""
    folder = DataFolder(tmp_path_factory.mktemp("attacked") / "data")
    folder.prepare()
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    listener = Listener()
    logging.getLogger().addHandler(listener)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        yield hold_round(app, make_village(app), listener)
    finally:
        logging.getLogger().removeHandler(listener)
        logging.getLogger().setLevel(level)
        services_of(app).database.storage.close()


class Listener(logging.Handler):
    """Keeps every line that anything logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


def hold_round(app: Flask, village: Village, listener: Listener) -> Held:
    """Draw, ask, tick and close a round."""
    survey = draw_round(app, village)
    drawn = [row["id"] for row in rows_of(app, "drawn_household")]
    random.Random(4).shuffle(drawn)
    said = random.Random(5).sample(list(product(CODES, repeat=len(QUESTIONS))), HOUSEHOLDS)
    writer = log_in(app.test_client(), "member")
    resident = hand_over(app, survey)
    for place, answers in enumerate(said):
        if place % 2:
            typed = {f"q{rank}": code for rank, code in enumerate(answers)}
            writer.post("/drafts", json={"form": f"papers:{survey}", "fields": typed})
            more = {"number": str(place), **{f"q{rank}": "(blank)" for rank in range(4, 8)}}
            assert writer.post(f"/rounds/{survey}/papers", data=typed | more).status_code == 303
        else:
            answer_on_screen(resident, answers)
    log_in(app.test_client(), "member").post(f"/rounds/{survey}/ticks", data={"asked": drawn})
    closed = log_in(app.test_client(), "head").post(f"/rounds/{survey}/close")
    assert closed.status_code == 303, closed.text
    return Held(app, survey, drawn, said, "\n".join(listener.lines))


def draw_round(app: Flask, village: Village) -> str:
    """Prepare a round in which every household is asked, and begin it."""
    add_households(app, village, HOUSEHOLDS)
    head = log_in(app.test_client(), "head")
    plan = {"title": "Đường vào bản", "questionnaire": "built-in:participation_household", "counted": "households",
            "chosen": "everyone", "villages": [village.unit], "askers": [village.member]}  # fmt: skip
    head.post("/rounds/new", data=plan)
    survey = str(rows_of(app, "round")[0]["id"])
    head.post(f"/rounds/{survey}/draw")
    return survey


def answer_on_screen(resident: Resident, answers: tuple[str, ...]) -> None:
    """Answer a whole sheet and make room for the next person."""
    resident.consent()
    resident.answer_all(**dict(zip(QUESTIONS, answers, strict=True)))
    resident.press("send")
    resident.press("return")
    resident.press("next_person")


def sheets_by_household(held: Held) -> list[dict[str, Any]]:
    """Give the sheets in the order of asking: only a test knows that."""
    found = {tuple(row[name] for name in QUESTIONS): dict(row) for row in rows_of(held.app, "answer_sheet")}
    return [found[answers] for answers in held.said]


def list_orders(held: Held) -> Iterator[tuple[str, list[float]]]:
    """Give every order in which the laptop keeps the sheets, as a number for each in the order of asking."""
    sheets = sheets_by_household(held)
    with services_of(held.app).database.reading() as connection:
        written = {row["record"]: row for row in connection.rows("SELECT * FROM revision WHERE kind = 'answer_sheet'")}
        for column in sorted({name for row in written.values() for name in row}):
            values = [written[sheet["id"]][column] for sheet in sheets]
            if len({str(value) for value in values}) > HOUSEHOLDS // 2:
                yield f"revision.{column}", as_numbers(values)
        stored = [row["id"] for row in connection.rows("SELECT id FROM answer_sheet ORDER BY rowid")]
        yield "rowid", as_numbers([stored.index(sheet["id"]) for sheet in sheets])
    for column in ("id", "first_stamp", "last_stamp", "withdrawal_hash"):
        if all(sheet[column] for sheet in sheets):
            yield column, as_numbers([sheet[column] for sheet in sheets])


def as_numbers(values: Sequence[Any]) -> list[float]:
    """Put any values into their order."""
    order = sorted(set(values))
    return [float(order.index(value)) for value in values]


def test_no_order_of_the_sheets_is_that_of_the_asking(held: Held) -> None:
    remembered = list(range(HOUSEHOLDS))
    assert correlate(remembered, remembered) == pytest.approx(1)
    tried = dict(list_orders(held))
    assert {"revision.position", "revision.stamp", "rowid", "id"} <= tried.keys()
    assert {name: round(correlate(remembered, order), 2) for name, order in tried.items()
            if abs(correlate(remembered, order)) > SURE} == {}  # fmt: skip


def test_no_order_of_the_households_is_that_of_the_asking_or_of_the_sheets(held: Held) -> None:
    with services_of(held.app).database.reading() as connection:
        sql = "SELECT record, max(position) AS position FROM revision WHERE kind = 'drawn_household' GROUP BY record"
        last = {row["record"]: row["position"] for row in connection.rows(sql)}
    ticked = as_numbers([last[drawn] for drawn in held.asked])
    assert abs(correlate(list(range(HOUSEHOLDS)), ticked)) < SURE
    for name, order in list_orders(held):
        assert abs(correlate(order, ticked)) < SURE, name


def test_neither_batch_tells_when_its_sheets_came(held: Held) -> None:
    """The first batch left when the fortieth sheet came; it is no better than drawing lots."""
    positions = dict(list_orders(held))["revision.position"]
    first = {place for place, position in enumerate(positions) if position < BATCH}
    assert first != set(range(BATCH))
    assert len(first & set(range(BATCH))) < BATCH - 1


def test_sheets_and_households_have_nothing_in_common(held: Held) -> None:
    with services_of(held.app).database.reading() as connection:
        sheets = list(connection.rows("SELECT * FROM revision WHERE kind = 'answer_sheet'"))
        others = list(connection.rows("SELECT * FROM revision WHERE kind <> 'answer_sheet'"))
    people = {row["id"] for kind in ("person", "household", "drawn_household", "round_asker")
              for row in rows_of(held.app, kind)}  # fmt: skip
    assert len(sheets) == HOUSEHOLDS
    for row in sheets:
        text = json.dumps({name: repr(value) for name, value in row.items()})
        assert not [each for each in people if each in text]
        assert json.loads(row["body"]).get("author") is None
        assert not re.search(r"T\d\d:\d\d", text), "a sheet says the day, never the minute"
        assert "paper_number" not in text
        assert row["record"] not in json.dumps([repr(each) for each in others])
    epochs = {(row["device"], row["epoch"]) for row in sheets}
    assert not epochs & {(row["device"], row["epoch"]) for row in others}


def test_no_other_table_names_a_sheet(held: Held) -> None:
    ids = {row["id"] for row in rows_of(held.app, "answer_sheet")}
    with services_of(held.app).database.reading() as connection:
        tables = [row["name"] for row in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        naming = {
            table
            for table in tables
            for row in connection.rows(f'SELECT * FROM "{table}"')
            if ids & {str(value) for value in row.values()}
        }
        left = {table: connection.value(f"SELECT count(*) FROM {table}")
                for table in ("urn", "open_sheet", "draft", "asked_household")}  # fmt: skip
    assert naming == {"answer_sheet", "revision"}
    assert left == dict.fromkeys(left, 0)


@pytest.mark.in_file
def test_the_bytes_of_the_files_hold_nothing_but_what_the_tables_show(held: Held) -> None:
    """What was deleted from urn, drafts and unfinished sheets is overwritten, in the file and in its journal."""
    services = services_of(held.app)
    path = services.database.storage.path
    raw = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    shown = dump(held.app)
    for answers in held.said:
        said = ",".join(f'"/data/{name}":"{code}"' for name, code in sorted(zip(QUESTIONS, answers, strict=True)))
        for written in (said, said.replace('"', '\\"')):
            assert raw.count(written.encode()) <= shown.count(written.encode()), written
    assert not re.search(rb'papers:[0-9a-f-]{36}', raw), "drafts of sheets are gone"
    for row in rows_of(held.app, "drawn_household"):
        assert raw.count(f'"asked_household":"{row["id"]}"'.encode()) == 0


def dump(app: Flask) -> bytes:
    """Write out everything that the tables show."""
    found = bytearray()
    with services_of(app).database.reading() as connection:
        tables = [row["name"] for row in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.rows(f'SELECT * FROM "{table}"'):
                for value in row.values():
                    found += value if isinstance(value, bytes) else str(value).encode()
                    found += b"\n"
    return bytes(found)


@pytest.mark.in_file
def test_the_bytes_test_would_see_a_sheet_that_was_left_behind(held: Held) -> None:
    services = services_of(held.app)
    answers = ",".join(f'"/data/{name}":"{code}"' for name, code in sorted(zip(QUESTIONS, held.said[0], strict=True)))
    before = services.database.storage.path.read_bytes().count(answers.encode())
    with services.database.recording() as recorder:
        recorder.connection.execute("PRAGMA secure_delete = OFF")
        recorder.connection.execute(
            "INSERT INTO draft VALUES ('a', 'f', 'q', :text, 'now')", {"text": f"{{{answers}}}"}
        )
    with services.database.recording() as recorder:
        recorder.connection.execute("DELETE FROM draft")
    services.database.storage.empty_journal()
    assert services.database.storage.path.read_bytes().count(answers.encode()) > before


def test_no_other_file_and_no_line_of_the_log_speaks_of_an_answer(held: Held) -> None:
    folder = services_of(held.app).folder
    files = [path for path in folder.root.rglob("*") if path.is_file()]
    others = [path for path in files if not path.name.startswith("collector.sqlite")]
    told = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in others) + held.log
    assert "/data/know" not in told
    assert "dont_know" not in told
    for row in rows_of(held.app, "answer_sheet"):
        assert row["id"] not in told


def test_no_export_of_records_leaves_the_village_with_a_sheet(held: Held) -> None:
    with services_of(held.app).database.reading() as connection:
        outside = b"".join(write_lines(connection))
        inside = [json.loads(line) for line in write_lines(connection, village_only=True)]
    assert b'"kind":"answer_sheet"' not in outside
    assert b'"kind":"drawn_household"' not in outside
    assert b"/data/know\":" not in outside.replace(b'"know":"/data/know"', b"")
    households = {line["id"] for line in inside if line["kind"] in ("household", "drawn_household")}
    sheets = [line for line in inside if line["kind"] == "answer_sheet"]
    assert len(sheets) == HOUSEHOLDS
    assert [line["id"] for line in sheets] == sorted(line["id"] for line in sheets)
    assert not [line for line in sheets if any(each in json.dumps(line) for each in households)]


def test_a_sheet_has_no_field_that_could_name_anybody() -> None:
    kind = KINDS["answer_sheet"]
    assert kind.anonymous
    assert {field.refers_to for field in kind.fields if field.refers_to} == {"round", "unit", "questionnaire"}


def list_bundles(held: Held, keys: Keys, commune: Keys) -> dict[str, list[bytes]]:
    """Seal everything that the log holds as bundles, by lane; those of records are for the commune's laptop as well."""
    made: dict[str, list[bytes]] = {}
    with services_of(held.app).database.reading() as connection:
        for epoch in list(connection.rows("SELECT device, epoch, lane, head_sequence, head_chain FROM epoch")):
            rows = connection.rows(
                "SELECT body FROM revision WHERE device = :device AND epoch = :epoch ORDER BY sequence",
                {"device": epoch["device"], "epoch": epoch["epoch"]},
            )
            bodies = [bytes(row["body"]) for row in rows]
            readers = () if epoch["lane"] == SHEETS else (commune.public_encryption,)
            chain, first = start_chain(epoch["device"], epoch["epoch"]), 1
            for batch in split_batches(bodies):
                after = chain
                for body in batch:
                    after = extend_chain(after, hash_body(bytes(body)))  # type: ignore[arg-type]
                header = Header(
                    device=epoch["device"], epoch=epoch["epoch"], lane=epoch["lane"], first=first,
                    last=first + len(batch) - 1, before=chain, after=after, server=SERVER,
                )  # fmt: skip
                recipients = Recipients(SERVER_KEYS.public_encryption, ESCROW_KEYS.public_encryption, readers)
                made.setdefault(epoch["lane"], []).append(seal(header, batch, keys, recipients))
                chain, first = after, first + len(batch)
            assert chain == bytes(epoch["head_chain"])
    return made


def test_no_bundle_that_a_commune_can_open_holds_a_sheet(held: Held) -> None:
    commune = make_keys()
    bundles = list_bundles(held, ensure_keys(services_of(held.app).folder), commune)
    reader = ReaderKeys((commune.encryption,), frozenset({SERVER}))
    assert len(bundles[SHEETS]) >= 1
    for data in bundles[SHEETS]:
        with pytest.raises(BundleForOthers):
            open_bundle(data, reader)
        assert b"answer_sheet" not in data
    for data in bundles["records"]:
        for body in map(bytes, open_bundle(data, reader).bodies):  # type: ignore[arg-type]
            assert decode_body(body).kind != "answer_sheet"
            assert b'"answers"' not in body


def test_whoever_may_open_the_sheets_finds_no_order_and_no_author_in_their_bundles(held: Held) -> None:
    bundles = list_bundles(held, ensure_keys(services_of(held.app).folder), make_keys())
    server = ReaderKeys((SERVER_KEYS.encryption,), frozenset({SERVER}))
    bodies = [decode_body(bytes(each)) for data in bundles[SHEETS] for each in open_bundle(data, server).bodies]  # type: ignore[arg-type]
    assert [{body.kind for body in bodies}, {body.author for body in bodies}] == [{"answer_sheet"}, {None}]
    order = [held.said.index(tuple(str(body.set[name]) for name in QUESTIONS)) for body in bodies]
    assert sorted(order) == list(range(HOUSEHOLDS))
    assert abs(correlate(order, list(range(HOUSEHOLDS)))) < SURE
    drawn = set(held.asked)
    assert not any(value in drawn for body in bodies for value in body.set.values())
