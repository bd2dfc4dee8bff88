"""`collector sync` against a centre that is served over HTTP, and against everything that is not that centre."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from commands.runs import init_village, read_json, run_command, start_process
from faults.proxy import Proxy
from flask import Flask
from sync_scenes import serving

from collector.commands.language import choose_language
from collector.commands.syncing import Bar
from collector.replication.lock import exchange_lock
from collector.replication.progress import Progress
from collector.replication.states import count_totals
from replication.scenes import CentreHere, Machine
from sync.server import make_blueprint


@pytest.fixture
def address(centre: CentreHere) -> Iterator[str]:
    """The address of the centre, being served."""
    app = Flask("centre")
    app.register_blueprint(make_blueprint(centre.site))
    with serving(app) as found:
        yield found


@pytest.fixture
def laptop(one: Machine, address: str) -> Machine:
    """A laptop that keeps the address of the served centre."""
    one.centre.enrol(one.folder, one.unit, address)
    return one


def sync(machine: Machine, *more: str, code: int = 0) -> Any:
    """Run the command; give what it printed as JSON, and what it said beside."""
    result = run_command("sync", "--data", machine.folder.root, "--format", "json", *more)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout), result.stderr


def begin_both(laptop: Machine, two: Machine, address: str) -> None:
    """Have both laptops hold the village and know the served centre."""
    laptop.sync()
    two.sync()
    two.centre.enrol(two.folder, two.unit, address)


def test_everything_arrives_and_a_second_run_costs_one_small_request(
    laptop: Machine, two: Machine, address: str
) -> None:
    begin_both(laptop, two, address)
    programme = laptop.add_programme()
    laptop.attach(programme, b"\xff\xd8\xff" + b"photo" * 30_000)
    report, _ = sync(laptop)
    assert report["done"]
    assert report["sent"] > 0
    assert report["files_sent"] == 1
    assert report["remaining"] == 0
    report, _ = sync(two)
    assert report["received"] > 0
    assert report["files_received"] == 1
    assert laptop.export() == two.export()
    sync(laptop)
    report, _ = sync(laptop)
    assert (report["sent"], report["received"]) == (0, 0)
    assert report["bytes_sent"] + report["bytes_received"] <= 600
    assert abs(report["clock_error_seconds"]) < 5


def test_the_sentences_say_what_was_done_and_what_is_left(laptop: Machine) -> None:
    laptop.add_programme()
    result = run_command("sync", "--data", laptop.folder.root)
    assert result.exit_code == 0, result.output
    assert "Everything of this laptop is at the centre." in result.stdout
    assert "Sent: " in result.stdout


def test_an_address_may_be_given(laptop: Machine, address: str) -> None:
    laptop.centre.enrol(laptop.folder, laptop.unit, "http://127.0.0.1:9")
    _, said = sync(laptop, code=1)
    assert "cannot be reached" in said
    report, _ = sync(laptop, "--server", address + "/")
    assert report["done"]


@pytest.mark.parametrize("wrong", ["centre", "ftp://x", "http://", "http://[::1", "http://host:99999"])
def test_what_is_no_address_is_refused(laptop: Machine, wrong: str) -> None:
    result = run_command("sync", "--data", laptop.folder.root, "--server", wrong)
    assert result.exit_code == 1
    assert "not the address of a centre" in result.stderr


def test_a_folder_that_is_not_enrolled_says_what_to_do(tmp_path: Path) -> None:
    folder = init_village(tmp_path / "alone")
    result = run_command("sync", "--data", folder.root)
    assert result.exit_code == 1
    assert "does not belong to a centre yet" in result.stderr
    assert "collector device enrol" in result.stderr
    empty = run_command("sync", "--data", tmp_path / "empty")
    assert empty.exit_code == 1
    assert "no village in this data folder" in empty.stderr
    assert run_command("sync", "--nothing").exit_code == 2


class Portal(BaseHTTPRequestHandler):
    """Asks everybody to log in, as networks of guest houses do."""

    def do_POST(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://login.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_network_that_asks_to_log_in_is_recognised(laptop: Machine) -> None:
    portal = HTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    try:
        report, said = sync(laptop, "--server", f"http://127.0.0.1:{portal.server_port}", code=1)
    finally:
        portal.shutdown()
        portal.server_close()
    assert [each["code"] for each in report["problems"]] == ["captive_portal"]
    assert "The network asks to log in." in said
    assert report["remaining"] > 0


def test_another_centre_gets_nothing(laptop: Machine, tmp_path: Path) -> None:
    other = CentreHere(tmp_path / "other")
    app = Flask("other")
    app.register_blueprint(make_blueprint(other.site))
    with serving(app) as address:
        report, said = sync(laptop, "--server", address, code=1)
    assert [each["code"] for each in report["problems"]] == ["answer_forged"]
    assert "Somebody else answers" in said
    with other.database.reading() as connection:
        assert connection.value("SELECT count(*) FROM revision") == 0


def test_a_revoked_laptop_is_told_so(laptop: Machine) -> None:
    laptop.centre.registry.revoke(laptop.device)
    report, said = sync(laptop, code=1)
    assert [each["code"] for each in report["problems"]] == ["device_refused"]
    assert "does not accept this laptop any more" in said


def test_a_wrong_clock_is_told_and_stops_nothing(laptop: Machine) -> None:
    app = Flask("centre")
    ahead_ms = 90 * 60 * 1_000
    site = replace(laptop.centre.site, now_ms=lambda: time.time_ns() // 1_000_000 + ahead_ms)
    app.register_blueprint(make_blueprint(site))
    with serving(app) as address:
        result = run_command("sync", "--data", laptop.folder.root, "--server", address)
    assert result.exit_code == 0, result.output
    assert "is 90 minutes slow" in result.stdout


def test_only_one_exchange_at_a_time(laptop: Machine) -> None:
    with exchange_lock(laptop.folder):
        result = run_command("sync", "--data", laptop.folder.root)
    assert result.exit_code == 1
    assert "already going on" in result.stderr


def test_an_old_copy_of_the_centre_needs_a_word(laptop: Machine, address: str, tmp_path: Path) -> None:
    centre = laptop.centre
    sync(laptop)
    centre.image(tmp_path / "image")
    centre.centre.begin_life()
    laptop.add_programme()
    sync(laptop)
    centre.take_image(tmp_path / "image")
    app = Flask("restored")
    app.register_blueprint(make_blueprint(centre.site))
    with serving(app) as restored:
        _, said = sync(laptop, "--server", restored, code=1)
        assert "--accept-life" in said
        report, _ = sync(laptop, "--server", restored, "--accept-life")
    assert report["done"]
    assert report["sent"] > 0


def kill_sync(machine: Machine, address: str, after_bytes: int) -> None:
    """Begin to sync in a process, and kill it when so many bytes passed."""
    proxy = Proxy(int(address.rpartition(":")[2]))
    process = start_process("sync", "--data", machine.folder.root, "--server", proxy.address)
    proxy.kill(process, after_bytes)
    process.communicate(timeout=60)
    proxy.close()
    assert process.returncode == -signal.SIGKILL


def test_killed_at_any_moment_the_next_run_completes_it(laptop: Machine, two: Machine, address: str) -> None:
    begin_both(laptop, two, address)
    with laptop.database.recording() as recorder:
        for number in range(3_000):
            recorder.add("household", laptop.unit, {"number": number + 100, "head_name": f"Bríu Văn {number}"})
    for after_bytes in (1, 2_000, 20_000, 60_000):
        kill_sync(laptop, address, after_bytes)
    report, _ = sync(laptop)
    assert report["done"]
    sync(two)
    assert laptop.export() == two.export()
    with laptop.centre.database.reading() as there, laptop.database.reading() as here:
        assert there.value("SELECT count(*) FROM revision") == here.value("SELECT count(*) FROM revision")
        assert count_totals(here).only_here == 0


def test_the_report_is_one_line_of_json(laptop: Machine) -> None:
    assert read_json("sync", "--data", laptop.folder.root)["done"] is True


def test_the_progress_is_shown_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    choose_language("en")
    bar = Bar()
    progress = Progress(bar.show)
    for phase, total, steps in (("sending", 4, (1, 4)), ("relaying", 0, ()), ("receiving", 0, (500, 731))):
        progress.begin(phase, total)
        for step in steps:
            progress.reach(step)
    progress.begin("files", 100)
    progress.add(done=40)
    progress.begin("done")
    bar.finish()
    shown = capsys.readouterr().err
    assert "Delivering what was carried for others\n" in shown
    assert "\rReceiving: 731\n" in shown
    assert "Finished" not in shown
