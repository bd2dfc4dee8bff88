"""The database file opens in Datasette with views that have plain names and hold no sheet, speaker or telephone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from answer_scenes import answer, make_round
from contracts.scenes import make_scene
from factories import Village, services_of
from flask import Flask

from collector import cache, readable
from collector.registry import KINDS
from collector.rounds.closing import close_round

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"
pytestmark = pytest.mark.in_file
SECRET_TABLES = ("answer_sheet", "urn", "drawn_household", "speaker_contact", "household", "person", "draft")


def ask(path: Path, view: str) -> list[dict[str, Any]]:
    """Have Datasette itself open the file and give the rows of a view."""
    address = f"/{path.stem}/{view}.json?_shape=array&_size=max"
    command = [sys.executable, "-m", "datasette", str(path), "--get", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    rows: list[dict[str, Any]] = json.loads(said.stdout)
    return rows


def test_datasette_shows_results_rounds_and_meetings(app: Flask, village: Village) -> None:
    make_scene(app, village)
    path = services_of(app).folder.database
    rounds = ask(path, "readable_rounds")
    assert {row["village"] for row in rounds} == {"Thôn A Rớt"}
    results = ask(path, "readable_results")
    shown = [row for row in results if row["dimension"] == "know" and row["grouped_by"] == "all"]
    assert shown
    assert all(isinstance(row["share"], float) for row in shown)
    meetings = ask(path, "readable_meetings")
    assert {row["households_represented"] for row in meetings} == {3, 2}


def test_every_view_can_be_read_and_none_looks_at_sheets_or_people(app: Flask, village: Village) -> None:
    make_scene(app, village)
    with services_of(app).database.reading() as connection:
        for name, sql in readable.VIEWS.items():
            assert name.startswith(readable.PREFIX)
            assert list(connection.rows(f'SELECT * FROM "{name}"')), name
            words = set(sql.replace("(", " ").replace(")", " ").split())
            assert not words & {*SECRET_TABLES, "o.speaker", "m.contact"}, name


def test_suppressed_results_have_no_figures_in_the_view(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=40, sex="female")
    answer(app, village, made, count=3, sex="male", know="no")
    with services_of(app).database.recording() as recorder:
        close_round(recorder, made)
    with services_of(app).database.reading() as connection:
        rows = list(connection.rows("SELECT * FROM readable_results WHERE is_hidden = 1"))
    assert rows
    assert all(row[name] is None for row in rows for name in ("asked", "sheets", "yes", "share", "verdict"))


def test_views_are_made_anew_when_they_or_a_table_changed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with services_of(app).database.storage.writing() as connection:
        assert not readable.prepare(connection, KINDS)
        changed = {**readable.VIEWS, "readable_villages": "\nSELECT id FROM unit"}
        monkeypatch.setattr(readable, "VIEWS", changed)
        assert readable.prepare(connection, KINDS)
        assert not readable.prepare(connection, KINDS)
        cache.rebuild(connection, KINDS)
        assert list(connection.rows("SELECT * FROM readable_villages")) == []
