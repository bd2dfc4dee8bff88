"""Somebody who records while the laptop receives hardly waits, and a stick on its way counts as only here."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from factories import log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from sync_scenes import serving

from collector.membership import read_membership
from collector.query import get_record
from collector.replication import gentle
from collector.replication.connecting import GENTLE_ROOM, connect, make_member
from collector.replication.gentle import LONGEST_PAUSE, SHORTEST_PAUSE, GentleStorage
from collector.replication.progress import Progress
from collector.replication.running import synchronise
from replication.scenes import CentreHere, Machine, make_way
from sync.errors import StorageFull
from sync.server import make_blueprint


def test_nobody_who_saves_waits_for_more_than_one_page(one: Machine, two: Machine) -> None:
    """In every pause somebody else saves at once."""
    one.sync()
    two.sync()
    with one.database.recording() as recorder:
        for number in range(2_000):
            recorder.add("household", one.unit, {"number": number + 1, "head_name": f"Bríu Văn {number}"})
    one.sync()
    programme = two.add_programme()
    membership = read_membership(two.folder)
    assert membership is not None
    saved: list[str] = []

    def save(_: float) -> None:
        saved.append(f"Tên {len(saved)}")
        saver.submit(two.rename, programme, saved[-1]).result(60)

    storage = GentleStorage(two.database.storage, save)
    member = replace(make_member(two.folder, two.database, membership, is_gentle=True), storage=storage)
    with ThreadPoolExecutor(1) as saver:
        report = synchronise(member, make_way(two.cutting()))
    assert report.is_done
    assert report.received == 2_000
    assert len(saved) >= 4
    with two.database.reading() as connection:
        assert get_record(connection, "programme", programme)["name"] == saved[-1]


def test_a_pause_is_as_long_as_what_was_written_before_within_limits(
    one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the lock looks again within the longest pause."""
    moments = iter((0.0, 0.125, 10.0, 10.001, 20.0, 29.0, 30.0))
    monkeypatch.setattr(gentle, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    pauses: list[float] = []
    storage = GentleStorage(one.database.storage, pauses.append)
    for opening in (storage.writing, storage.merging, storage.writing):
        with opening() as connection:
            connection.execute("UPDATE own_scope SET is_due = 0")
    with storage.reading() as connection:
        assert connection.value("SELECT 1") == 1
    with pytest.raises(StorageFull), storage.writing():
        raise StorageFull()
    assert pauses == [0.125, SHORTEST_PAUSE, LONGEST_PAUSE]


def test_a_served_folder_asks_for_small_pages(one: Machine, centre: CentreHere) -> None:
    app = Flask("centre")
    app.register_blueprint(make_blueprint(centre.site))
    with serving(app) as address:
        centre.enrol(one.folder, one.unit, address)
        for is_gentle in (True, False):
            _, way = connect(one.folder, one.database, Progress(), is_gentle=is_gentle)
            assert (way.link.max_room == GENTLE_ROOM) is is_gentle  # type: ignore[attr-defined]
            way.close()


def test_what_is_on_a_stick_is_told_as_waiting_for_its_receipt(
    app: Flask, client: FlaskClient, village: object
) -> None:
    services = services_of(app)
    services.folder.write_settings(language="en")
    with services.database.storage.writing() as connection:
        (branch,) = connection.rows("SELECT device, epoch, head_sequence FROM epoch WHERE head_sequence > 0")
        connection.execute(
            "INSERT INTO written (device, epoch, sequence, written_at) VALUES (:device, :epoch, :head_sequence, :at)",
            {**branch, "at": "2026-03-01T02:00:00Z"},
        )
    page = log_in(client, "secretary").get("/send-and-receive").get_data(as_text=True)
    assert "waiting for a receipt: 7 entries, last at 09:00, 01/03/2026" in page
    assert "Only on this laptop" in page
