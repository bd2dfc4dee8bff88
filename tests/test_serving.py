"""Serving a folder: alone, on loopback, against slow and foreign clients, and through crashes."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from commands.runs import connect, copy_demo, export_records, read_json, serve, start_process, wait_until

from collector.backups.caretaker import Caretaker
from collector.backups.rotation import list_archives
from collector.checks import EARLIEST_DAY, find_low_space, find_wrong_date
from collector.clock import ZONE, now
from collector.database import open_database
from collector.folder import DataFolder
from collector.serving import MAX_BODY_BYTES, THREADS, LaptopServer, Serving
from sync.sqlite import SqliteStorage


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "data")


@pytest.fixture
def serving(folder: DataFolder) -> Iterator[Serving]:
    made = Serving(folder, 0)
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with 4 MB; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def damage(folder: DataFolder) -> bytes:
    data = bytearray(folder.database.read_bytes())
    data[:4096] = os.urandom(4096)
    folder.database.write_bytes(data)
    return bytes(data)


def test_page_comes_and_signals_stop_it_cleanly(folder: DataFolder) -> None:
    for how in (signal.SIGTERM, signal.SIGINT):
        with serve(folder.root) as served:
            assert json.loads(served.get("/healthz")[1])["status"] == "ok"
            assert served.stop(how) == 0
            assert served.process.stderr is not None
            assert served.process.stderr.read() == ""


def test_second_serve_on_one_folder_is_refused(folder: DataFolder) -> None:
    with serve(folder.root) as served:
        second = start_process("serve", "--data", folder.root, "--port", 0)
        _, told = second.communicate(timeout=60)
        assert second.returncode == 1
        assert "already running" in told
        assert served.get("/healthz")[0] == 200


def test_other_commands_run_beside_serve(folder: DataFolder) -> None:
    with serve(folder.root):
        assert read_json("check", "--data", folder.root)["sound"]


def test_taken_port_is_refused_and_the_folder_is_free_again(folder: DataFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        second = start_process("serve", "--data", folder.root, "--port", port)
        _, told = second.communicate(timeout=60)
        assert second.returncode == 1
        assert str(port) in told
        assert "--port" in told
    folder.lock()
    folder.unlock()


def test_other_role_is_refused(folder: DataFolder) -> None:
    refused = start_process("serve", "--data", folder.root, "--role", "commune", "--port", 0)
    _, told = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "village" in told


def test_folder_served_by_a_killed_process_is_served_again_with_everything(folder: DataFolder) -> None:
    before = export_records(folder.root)
    with serve(folder.root) as served:
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    with serve(folder.root) as served:
        assert served.get("/healthz")[0] == 200
    assert export_records(folder.root) == before


def kill_after(process: "subprocess.Popen[str]", acknowledged: list[int], count: int) -> None:
    """Kill a process as soon as so much was acknowledged, while more is being saved."""
    wait_until(lambda: len(acknowledged) >= count)
    process.kill()


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(folder: DataFolder) -> None:
    acknowledged: list[int] = []
    with serve(folder.root) as served:
        browser = served.log_in()
        killer = threading.Thread(target=kill_after, args=(served.process, acknowledged, 20))
        killer.start()
        with contextlib.suppress(OSError, http.client.HTTPException):
            for number in range(10_000):
                if browser.save_keystrokes(f"form {number}", f"chữ {number}") == 200:
                    acknowledged.append(number)
        killer.join()
        assert served.process.wait(60) == -signal.SIGKILL
    assert len(acknowledged) >= 20
    with serve(folder.root) as served:
        assert served.get("/healthz")[0] == 200
    database = open_database(folder.place)
    with database.reading() as connection:
        kept = {row["value"] for row in connection.rows("SELECT value FROM draft")}
    assert database.storage.integrity_errors() == []
    database.storage.close()
    assert {f"chữ {number}" for number in acknowledged} <= kept


def test_full_disk_refuses_what_is_typed_and_takes_it_once_there_is_space(small_disk: Path) -> None:
    folder = copy_demo(small_disk / "data")
    filler = small_disk / "filler"
    with serve(folder.root) as served:
        browser = served.log_in()
        assert browser.save_keystrokes("form", "trước") == 200
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        assert {browser.save_keystrokes(f"form {number}", "x" * 30_000) for number in range(20)} >= {507}
        assert "Invented village" in browser.get("/meetings") or "giả định" in browser.get("/meetings")
        filler.unlink()
        assert browser.save_keystrokes("form", "sau") == 200
    assert read_json("check", "--data", folder.root)["sound"]


def test_damaged_database_is_refused_with_advice_and_left_as_it_is(folder: DataFolder) -> None:
    data = damage(folder)
    refused = start_process("serve", "--data", folder.root, "--port", 0)
    _, told = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "missing or damaged" in told
    assert "collector restore" in told
    assert "Traceback" not in told
    assert folder.database.read_bytes() == data


@pytest.mark.parametrize("lost", ["missing", "empty"])
def test_lost_database_is_not_replaced_by_an_empty_one(folder: DataFolder, lost: str) -> None:
    folder.database.unlink()
    if lost == "empty":
        folder.database.touch()
    refused = start_process("serve", "--data", folder.root, "--port", 0)
    _, told = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "missing or damaged" in told
    assert not folder.database.exists() or folder.database.stat().st_size == 0


def test_damage_inside_the_file_is_found_in_the_background(serving: Serving) -> None:
    caretaker = serving.ensure_caretaker()
    storage = SqliteStorage(serving.folder.database)
    with storage.reading() as connection:
        pages = connection.value("PRAGMA page_count")
    storage.close()
    with serving.folder.database.open("r+b") as file:
        file.seek(4096 * (pages // 2))
        file.write(os.urandom(4096 * 8))
    caretaker.check_storage()
    assert "storage_damaged" in serving.services.warnings


def test_sound_folder_has_no_warnings(serving: Serving) -> None:
    serving.ensure_caretaker().check_storage()
    serving.ensure_caretaker().check_surroundings()
    assert serving.services.warnings == {}


def test_it_listens_on_loopback_only(serving: Serving) -> None:
    assert serving.server.socket.getsockname()[0] == "127.0.0.1"


def test_foreign_host_name_is_refused(folder: DataFolder) -> None:
    with serve(folder.root) as served:
        assert served.get("/healthz", Host="evil.example")[0] in (400, 403, 421)
        assert served.get("/healthz", Host=f"localhost:{served.port}")[0] == 200


def test_body_beyond_the_limit_is_refused_before_it_is_read(folder: DataFolder) -> None:
    with serve(folder.root) as served, connect(served.port) as client:
        client.sendall(
            f"POST /drafts HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()
        )
        assert b" 413 " in client.recv(200)


def hello(environ: dict[str, object], start: object) -> list[bytes]:
    length = int(str(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"].read(length)  # type: ignore[attr-defined]
    start("200 OK", [("Content-Length", "2")])  # type: ignore[operator]
    return [b"ok"]


@pytest.fixture
def small_server() -> Iterator[LaptopServer]:
    server = LaptopServer(hello, 0)
    server.header_seconds = 1.0
    server.prepare()
    threads = [threading.Thread(target=server.serve, daemon=True)]
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(0.1):
            server.cut_slow_clients()

    threads.append(threading.Thread(target=watch, daemon=True))
    for thread in threads:
        thread.start()
    yield server
    stopping.set()
    server.stop()
    for thread in threads:
        thread.join(10)


def ask(port: int) -> bytes:
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(1000)


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"]
)
def test_slow_clients_cannot_hold_every_thread(small_server: LaptopServer, head: bytes) -> None:
    port = small_server.bind_addr[1]
    slow = [connect(port) for _ in range(30)]
    stopping = threading.Event()

    def drip() -> None:
        while not stopping.wait(0.2):
            for client in slow:
                try:
                    client.sendall(b"x")
                except OSError:
                    continue

    for client in slow:
        client.sendall(head)
    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    try:
        assert b"200 OK" in ask(port)
    finally:
        stopping.set()
        dripping.join(5)
        for client in slow:
            client.close()


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Content-Length: 0"],
        ["content-length: 5", "Content-Length: 5"],
        ["Content-Length: -1"],
        ["Content-Length: +5"],
        ["Content-Length: 0_5"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Host: elsewhere"],
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_ends_the_connection(
    small_server: LaptopServer, lines: list[str]
) -> None:
    second = "GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(small_server.bind_addr[1]) as client:
        head = "\r\n".join(["POST / HTTP/1.1", "Host: localhost", *lines])
        client.sendall(f"{head}\r\n\r\n{second}".encode())
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(1000):
                answer += part
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("address", ["127.0.0.2", "127.0.0.1"])
def test_one_address_holds_half_of_the_threads_at_most_unless_a_proxy_speaks_there(
    small_server: LaptopServer, address: str
) -> None:
    small_server.header_seconds = 60.0
    port = small_server.bind_addr[1]
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\nx"
    with ExitStack() as kept:
        for _ in range(THREADS - 1):
            client = kept.enter_context(socket.create_connection(("127.0.0.1", port), 10, (address, 0)))
            client.sendall(head)
        held = THREADS // 2 if address == "127.0.0.2" else THREADS - 1
        assert wait_until(lambda: count_arriving(small_server) == held)
        assert b"200 OK" in ask(port)
        last = kept.enter_context(socket.create_connection(("127.0.0.1", port), 10, (address, 0)))
        last.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (b" 503 " in last.recv(200)) == (address == "127.0.0.2")


def count_arriving(server: LaptopServer) -> int:
    return sum(each.is_arriving for each in list(server._deadlines))


def test_wrong_date_is_told_before_the_program_existed_and_before_the_newest_record(folder: DataFolder) -> None:
    database = open_database(folder.place)
    with database.reading() as connection:
        assert find_wrong_date(connection, now()) == ""
        assert find_wrong_date(connection, now() - timedelta(days=3)) != ""
        early = now().replace(year=EARLIEST_DAY.year - 5).astimezone(ZONE)
        assert find_wrong_date(connection, early) == early.strftime("%d/%m/%Y")
    database.storage.close()


def test_little_space_is_told(tmp_path: Path) -> None:
    assert find_low_space(tmp_path, shutil.disk_usage(tmp_path).total * 2).endswith(" MB")
    assert find_low_space(tmp_path, 1) == ""


class Quick(Caretaker):
    """Counts how often it looked whether a backup is due."""

    rounds = 0

    def back_up_when_due(self) -> None:
        super().back_up_when_due()
        self.rounds += 1


def test_backup_is_made_while_serving_without_anybody_asking(folder: DataFolder) -> None:
    serving = Serving(folder, 0)
    serving.caretaker = caretaker = Quick(serving.services, quiet_seconds=0.05, round_seconds=0.05)
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        assert wait_until(lambda: caretaker.rounds >= 5)
        assert len(list_archives(folder.backups)) == 1
        assert serving.services.warnings == {}
    finally:
        serving.close()
        thread.join(60)


def test_failed_backup_is_shown_and_forgotten_once_it_works(serving: Serving) -> None:
    backups = serving.folder.backups
    backups.rmdir()
    backups.write_text("in the way")
    serving.ensure_caretaker().back_up_when_due()
    assert "backup_failed" in serving.services.warnings
    backups.unlink()
    backups.mkdir()
    serving.ensure_caretaker().back_up_when_due()
    assert serving.services.warnings == {}
    assert len(list_archives(backups)) == 1
