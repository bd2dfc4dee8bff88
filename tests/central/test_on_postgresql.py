"""A centre on PostgreSQL: moved there when it is first served with it, and served by several processes."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands.runs import CHECKOUT, read_json, run_command
from factories import services_of
from ports import find_port
from postgres_server import Server, running_server

from central.laptops import RealLaptop
from central.scenes import open_centre, running_in, set_up_centre
from collector.central.errors import DatabaseOfAnother
from collector.central.moving import CARRIED, adopt_database
from collector.central.preparing import note_database, prepare_centre
from collector.checks import check_folder
from collector.damage import DatabaseDamaged
from collector.folder import DATABASE_VARIABLE, DataFolder
from collector.joining.sending import send_request
from collector.joining.store import join, read_typed
from sync.errors import StorageAddressInvalid, StorageUnreachable


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that ends with this module."""
    with running_server() as running:
        yield running


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """An empty database."""
    made = server.make_database()
    yield made
    server.remove_database(made)


@contextmanager
def gunicorn(folder: DataFolder, url: str, workers: int) -> Iterator[str]:
    """Serve the centre with several processes; give its address."""
    port = find_port()
    environment = os.environ | {
        "COLLECTOR_DATA": str(folder.root), DATABASE_VARIABLE: url, "PYTHONPATH": str(CHECKOUT),
    }  # fmt: skip
    command = [
        "setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}",
        "-w", str(workers), "--threads", "2", "--timeout", "60", "collector.central.wsgi:make_app()",
    ]  # fmt: skip
    log = folder.root / "gunicorn.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, cwd=folder.root)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                assert b'"central"' in answer.read()
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(errors="replace")) from None
            time.sleep(0.2)


def test_a_centre_moves_to_the_database_that_it_is_served_with(tmp_path: Path, url: str) -> None:
    folder = set_up_centre(tmp_path / "centre")
    read_json("device", "issue", "--unit", "20704", "--data", folder.root)
    note_database(folder, url)
    assert adopt_database(folder) > 0
    assert adopt_database(folder) == 0
    assert not folder.database.exists()
    assert folder.database.with_name(f"{folder.database.name}{CARRIED}").exists()
    with open_centre(folder) as app:
        found = check_folder(services_of(app).database, services_of(app).files)
        assert found["sound"] and found["revisions"] == 1
        with services_of(app).database.reading() as connection:
            counted = connection.value("SELECT reltuples FROM pg_class WHERE relname = 'revision'")
        assert counted == 1, "the server has not counted what was carried over"
        assert len(running_in(app).office.enrolling.list_codes()) == 1


def test_the_database_of_another_is_refused(tmp_path: Path, url: str) -> None:
    first, second = set_up_centre(tmp_path / "first"), set_up_centre(tmp_path / "second")
    note_database(first, url)
    adopt_database(first)
    note_database(second, url)
    with pytest.raises(DatabaseOfAnother):
        adopt_database(second)
    assert second.database.exists()


def test_a_database_that_is_refused_is_not_noted(tmp_path: Path) -> None:
    first, second = set_up_centre(tmp_path / "first"), set_up_centre(tmp_path / "second")
    with pytest.raises(DatabaseOfAnother):
        prepare(second, f"sqlite:///{first.database}")
    assert second.place == second.database
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    prepare(first, elsewhere)
    assert not first.database.exists()
    with pytest.raises(DatabaseDamaged):
        prepare(first, f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert first.place == elsewhere


def prepare(folder: DataFolder, database: str) -> None:
    prepare_centre(folder, database=database, host=None, address=None, proxied=False)


def test_addresses_that_are_none_are_named_without_their_password(tmp_path: Path) -> None:
    folder = set_up_centre(tmp_path / "centre")
    for wrong in ("mysql://user:geheim@host/x", "sqlite:///", "x"):
        with pytest.raises(StorageAddressInvalid):
            note_database(folder, wrong)
        refused = run_command("serve", "--database", wrong, "--port", "0", "--data", folder.root)
        assert refused.exit_code == 1 and "geheim" not in refused.stderr
    unreachable = "postgresql://user:geheim@127.0.0.1:1/none"
    refused = run_command("serve", "--database", unreachable, "--port", "0", "--data", folder.root)
    assert refused.exit_code == 1 and "geheim" not in refused.stderr
    assert folder.place == folder.database
    note_database(folder, unreachable)
    with pytest.raises(StorageUnreachable):
        adopt_database(folder)
    assert folder.database.exists()


def test_several_processes_serve_one_centre(tmp_path: Path, url: str) -> None:
    folder = set_up_centre(tmp_path / "centre")
    village, other = RealLaptop(tmp_path / "village"), RealLaptop(tmp_path / "other")
    with gunicorn(folder, url, workers=3) as address:
        environment = {DATABASE_VARIABLE: url}
        for laptop in (village, other):
            issued = read_json("device", "issue", "--unit", "20704", "--data", folder.root, **environment)
            join(laptop.folder, laptop.database, read_typed(issued["code"], address), send_request)
        for number in range(4):
            village.add_programme(f"Đường {number}")
            assert village.exchange().is_done
        assert other.exchange().is_done
        read_json("device", "revoke", village.device, "--data", folder.root, **environment)
        village.add_programme("Sau khi khóa")
        for _ in range(3):
            assert not village.exchange().is_done
        listed = read_json("device", "list", "--data", folder.root, **environment)["devices"]
        assert {each["id"] for each in listed} == {village.device, other.device}
        assert all(each["last_contact"] for each in listed)
        lines = run_command("export", "records", "--data", folder.root, **environment).stdout
    assert lines.count('"kind":"programme"') == 4
    assert "Sau khi khóa" not in lines
