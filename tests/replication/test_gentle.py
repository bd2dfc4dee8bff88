"""Somebody who records while the laptop receives hardly waits, and a stick on its way counts as only here."""

import threading
import time

from factories import log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from sync_scenes import serving

from collector.membership import read_membership
from collector.replication.connecting import GENTLE_ROOM, connect, make_member
from collector.replication.progress import Progress
from collector.replication.running import synchronise
from replication.scenes import CentreHere, Machine, make_way
from sync.server import make_blueprint


def test_nobody_who_saves_waits_for_more_than_one_page(one: Machine, two: Machine) -> None:
    one.sync()
    two.sync()
    with one.database.recording() as recorder:
        for number in range(2_000):
            recorder.add("household", one.unit, {"number": number + 1, "head_name": f"Bríu Văn {number}"})
    one.sync()
    programme = two.add_programme()
    membership = read_membership(two.folder)
    assert membership is not None
    gentle = make_member(two.folder, two.database, membership, is_gentle=True)
    stopping, waits = threading.Event(), []

    def save() -> None:
        number = 0
        while not stopping.is_set():
            began = time.monotonic()
            two.rename(programme, f"Tên {number}")
            waits.append(time.monotonic() - began)
            number += 1
            time.sleep(0.02)

    saver = threading.Thread(target=save)
    saver.start()
    began = time.monotonic()
    report = synchronise(gentle, make_way(two.cutting()))
    took = time.monotonic() - began
    stopping.set()
    saver.join(20)
    assert report.is_done
    assert report.received == 2_000
    assert max(waits) < took / 2
    assert len(waits) >= 4


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
