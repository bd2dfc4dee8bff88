"""Freezes a small database as text, so that later versions can be tried on data of this one.

    PYTHONPATH=.:tests python tests/contracts/freezing.py NAME        (once per release, never again for the same one)

writes `data/NAME.sql`, the whole database as statements, and `data/NAME.ndjson`, the canonical lines of its records.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from factories import log_in, make_village, services_of
from meetings.scenes import add_households, end, hold_meeting, say, tick, vote

from collector import create_app
from collector.exchange.lines import write_lines
from collector.folder import DataFolder

DATA: Final = Path(__file__).parent / "data"


def fill_village(folder: DataFolder) -> None:
    """Record an invented village: a finalised meeting with an amendment, one in session, follow-up, things removed."""
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    village = make_village(app)
    client = log_in(app.test_client(), "head")
    households = add_households(app, village, 5, clusters=("Tổ 1", "Tổ 2"))
    signed = hold_meeting(app, village, starts_at="2026-02-05T12:30:00Z")
    tick(app, signed, households[:4])
    vote(app, signed, 3, 1, 0)
    opinion = say(app, signed, "Ống nước bể, đề nghị thay.", speaker="Bríu Thị Ngăm", agency="UBND xã La Dêê")
    say(app, signed, "Có người chặt cây ở đầu nguồn.", speaker="Hôih Văn Dụ", anonymous=True)
    end(app, signed)
    assert client.post(f"/meetings/{signed}/finalise").status_code == 303
    amendment = {"reason": "Ghi sót", "text": "Thêm một vòi nước ở gươl.", "made_on": "2026-02-09"}
    assert client.post(f"/meetings/{signed}/amend", data=amendment).status_code == 303
    running = hold_meeting(app, village)
    tick(app, running, households[:2])
    by_hand = say(app, running, "Ghi nhầm.")
    with services_of(app).database.recording(author=village.secretary) as recorder:
        follow_up = {"opinion": opinion, "agency": "UBND xã La Dêê", "state": "forwarded", "forwarded_on": "2026-02-06"}
        recorder.add("follow_up", village.unit, follow_up)
        recorder.remove("opinion", by_hand)
        programme = recorder.add("programme", village.unit, {"name": "Nước tự chảy", "budget": 480_000_000})
        recorder.update("programme", programme, {"budget": 500_000_000, "sector": "water"})
        posting = {"programme": programme, "item": "3", "form": "posting", "starts_on": "2026-02-01", "place": "Gươl"}
        recorder.add("disclosure", village.unit, posting)
        recorder.add("holiday", village.unit, {"day": "2026-04-30", "name": "Ngày Giải phóng"})
    services_of(app).database.storage.close()


def list_statements(path: Path) -> Iterator[str]:
    """Write a database as statements: tables, indexes, rows; the hidden tables of a search index make themselves."""
    with closing(sqlite3.connect(path)) as connection:
        entries = list(connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        virtual = [name for _, name, sql in entries if sql.startswith("CREATE VIRTUAL")]
        for kind, name, sql in sorted(entries, key=lambda entry: entry[0] != "table"):
            is_hidden = any(name.startswith(f"{table}_") for table in virtual) or name.startswith("sqlite_")
            if is_hidden:
                continue
            yield f"{sql};"
            if kind == "table":
                yield from _list_rows(connection, name, with_rowid=name in virtual)
        yield "DELETE FROM sqlite_sequence;"
        yield from _list_rows(connection, "sqlite_sequence", with_rowid=False)


def _list_rows(connection: sqlite3.Connection, table: str, *, with_rowid: bool) -> Iterator[str]:
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    names = [*(["rowid"] if with_rowid else []), *columns]
    quoted = " || ', ' || ".join(f'quote("{name}")' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    for (values,) in connection.execute(f'SELECT {quoted} FROM "{table}" ORDER BY rowid'):
        yield f'INSERT INTO "{table}" ({listed}) VALUES ({values});'


def load(name: str, folder: DataFolder) -> None:
    """Make the database of a folder from frozen statements."""
    folder.prepare()
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.executescript((DATA / f"{name}.sql").read_text(encoding="utf-8"))


def freeze(name: str) -> None:
    """Write the frozen database and its lines."""
    with tempfile.TemporaryDirectory() as place:
        folder = DataFolder(Path(place) / "data")
        folder.prepare()
        fill_village(folder)
        DATA.mkdir(exist_ok=True)
        text = "\n".join(list_statements(folder.database)) + "\n"
        (DATA / f"{name}.sql").write_text(text, encoding="utf-8")
        app = create_app(folder)
        with services_of(app).database.reading() as connection:
            (DATA / f"{name}.ndjson").write_bytes(b"".join(write_lines(connection, village_only=True)))
        services_of(app).database.storage.close()


if __name__ == "__main__":
    freeze(sys.argv[1])
