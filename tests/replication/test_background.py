"""Exchanges in the background: one at a time, when asked or by themselves, ended with the server."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import Village, services_of
from flask import Flask

from collector.folder import DataFolder
from collector.replication import automatic
from collector.replication.automatic import Attempts
from collector.replication.background import Exchanger, Wish
from collector.replication.connecting import find_address
from collector.replication.errors import SyncRunning, SyncStopped
from collector.replication.journal import find_failure, find_success
from collector.replication.lock import exchange_lock, is_running
from collector.replication.network import has_route
from collector.replication.progress import Progress
from replication.scenes import CentreHere, Machine, make_way


class Watched(Exchanger):
    """Counts how often it looked whether it is time."""

    looks = 0

    def _is_due(self) -> bool:
        found = super()._is_due()
        self.looks += 1
        return found


class Served:
    """A served folder with a way to a centre in this process."""

    def __init__(self, app: Flask, village: Village, root: Path) -> None:
        self.services = services_of(app)
        self.machine = Machine.of(
            CentreHere(root / "centre"), self.services.folder, self.services.database, village.unit
        )
        self.tries = 0
        self.is_broken = False
        self.gate = threading.Event()
        self.gate.set()
        self.sees_network = True
        self.exchanger = Watched(
            self.services, self.connect, find_address, tick_seconds=0.02, sees_network=lambda _: self.sees_network
        )

    def connect(self, *_: Any) -> Any:
        self.tries += 1

        def breaks(name: str, number: int) -> str:
            assert self.gate.wait(60)
            return "before" if self.is_broken else ""

        return self.machine.laptop, make_way(self.machine.cutting(breaks))

    def let_it_look(self) -> None:
        """Wait until the exchanger looked a few times whether it is time."""
        enough = self.exchanger.looks + 3
        assert wait_until(lambda: self.exchanger.looks >= enough)


@pytest.fixture
def served(app: Flask, village: Village, tmp_path: Path) -> Iterator[Served]:
    made = Served(app, village, tmp_path)
    yield made
    made.gate.set()
    made.exchanger.stop()


def wait_until(check: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.01)
    return False


def test_nothing_begins_by_itself_before_somebody_allows_it(served: Served) -> None:
    served.exchanger.start_automatic()
    served.let_it_look()
    assert served.tries == 0
    automatic.allow(served.services.folder, allowed=True)
    assert wait_until(lambda: served.tries == 1)
    assert served.exchanger.wait()
    with served.services.database.reading() as connection:
        success = find_success(connection)
    assert success is not None
    assert success.author is None


def test_nothing_begins_without_a_network_or_a_centre(served: Served) -> None:
    automatic.allow(served.services.folder, allowed=True)
    served.sees_network = False
    served.exchanger.start_automatic()
    served.let_it_look()
    assert served.tries == 0
    (served.services.folder.root / "membership.json").unlink()
    served.sees_network = True
    served.let_it_look()
    assert served.tries == 0


def test_a_failure_is_not_tried_again_at_once_and_is_no_banner(served: Served) -> None:
    automatic.allow(served.services.folder, allowed=True)
    served.is_broken = True
    served.exchanger.start_automatic()
    assert wait_until(lambda: served.tries == 1)
    served.let_it_look()
    assert served.tries == 1
    assert served.services.warnings == {}
    served.sees_network = False
    served.let_it_look()
    served.is_broken, served.sees_network = False, True
    assert wait_until(lambda: served.tries == 2)


def test_two_exchanges_of_a_folder_never_run_at_once(served: Served) -> None:
    served.gate.clear()
    served.exchanger.ask(Wish("an"))
    with pytest.raises(SyncRunning):
        served.exchanger.ask(Wish("binh"))
    assert wait_until(lambda: is_running(served.services.folder))
    with pytest.raises(SyncRunning), exchange_lock(served.services.folder):
        pass
    served.gate.set()
    assert served.exchanger.wait()
    assert not is_running(served.services.folder)
    assert served.tries == 1


def test_while_a_command_exchanges_the_button_says_so(served: Served) -> None:
    with exchange_lock(served.services.folder), pytest.raises(SyncRunning):
        served.exchanger.ask(Wish("an"))


def is_stopped(progress: Progress) -> bool:
    try:
        progress.check()
    except SyncStopped:
        return True
    return False


def test_stopping_ends_an_exchange_at_its_next_step(served: Served) -> None:
    served.gate.clear()
    served.exchanger.ask(Wish("an"))
    assert wait_until(lambda: served.exchanger.progress is not None)
    progress = served.exchanger.progress
    assert progress is not None
    stopper = threading.Thread(target=served.exchanger.stop)
    stopper.start()
    assert wait_until(lambda: is_stopped(progress))
    served.gate.set()
    assert served.exchanger.wait()
    stopper.join(60)
    assert not stopper.is_alive()
    with served.services.database.reading() as connection:
        failure = find_failure(connection)
    assert failure is not None
    assert [each.code for each in failure.report.problems] == ["sync_stopped"]
    assert served.machine.sync().is_done


def test_a_mistake_of_the_program_ends_one_exchange_and_not_the_thread(served: Served) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    served.exchanger.connect, connect = fail, served.exchanger.connect
    served.exchanger.ask(Wish("an"))
    assert served.exchanger.wait()
    with served.services.database.reading() as connection:
        assert find_failure(connection) is not None
    served.exchanger.connect = connect
    served.exchanger.ask(Wish("an"))
    assert served.exchanger.wait()
    with served.services.database.reading() as connection:
        assert find_failure(connection) is None


def test_attempts_come_more_rarely_the_more_of_them_fail() -> None:
    attempts = Attempts()
    assert attempts.is_due(0.0, has_news=False)
    waits = []
    for _ in range(12):
        attempts.note(0.0, is_done=False)
        waits.append(next(second for second in range(0, 10_000, 10) if attempts.is_due(second, has_news=True)))
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-1] == 3_600
    attempts.note(0.0, is_done=True)
    assert not attempts.is_due(100.0, has_news=True)
    assert attempts.is_due(120.0, has_news=True)
    assert not attempts.is_due(120.0, has_news=False)
    assert attempts.is_due(1_800.0, has_news=False)


def test_the_lock_ends_with_the_process_that_held_it(folder: DataFolder) -> None:
    program = (
        "import sys, time; from pathlib import Path; from collector.folder import DataFolder;"
        "from collector.replication.lock import exchange_lock\n"
        "with exchange_lock(DataFolder(Path(sys.argv[1]))): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder.root)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_running(folder)
        holder.kill()
        holder.wait(60)
    assert not is_running(folder)


def test_a_route_is_found_without_sending_anything() -> None:
    assert has_route("http://127.0.0.1:8400")
    assert has_route("http://localhost:8400/x")
    assert not has_route("http://[::ffff:0:0:1%nowhere]")
    assert isinstance(has_route("https://centre.example"), bool)
