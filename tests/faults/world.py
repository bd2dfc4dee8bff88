"""A centre served by a process of its own, laptops with real data folders, and what must hold whatever happened."""

import hashlib
import json
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commands.runs import export_records, read_json, run_command, start_process
from ports import find_port

from collector.attachments.files import Files
from collector.attachments.store import NewFile, add_attachment
from collector.database import Database, open_database
from collector.folder import DataFolder
from collector.query import list_records
from collector.recorder import Recorder
from sync.heads import find_branch, list_branches
from sync.storage import Connection

COMMUNE = "20455"
CUT_BYTES = 64 * 1024
REQUEST_BYTES = 2_000
"""What asking again costs at most, besides the bytes of a bundle."""
PASSWORD = {"COLLECTOR_PASSWORD": "mat khau dai"}


@dataclass
class Machine:
    """One data folder."""

    root: Path

    @property
    def folder(self) -> DataFolder:
        """The data folder."""
        return DataFolder(self.root)

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open the database for a moment."""
        database = open_database(self.folder.read_settings().get("database") or self.folder.database)
        try:
            yield database
        finally:
            database.storage.close()

    def export(self) -> bytes:
        """Give all records as `collector export records --format ndjson` prints them."""
        return export_records(self.root, "--format", "ndjson")

    def assert_sound(self) -> None:
        """Let `collector check` look at everything."""
        result = run_command("check", "--data", self.root, "--format", "json")
        assert result.exit_code == 0, result.output

    def copy(self, target: Path) -> "Machine":
        """Copy the whole folder, as somebody does with a disk."""
        shutil.copytree(self.root, target)
        return type(self)(target)


@dataclass
class Laptop(Machine):
    """A laptop of a village."""

    @property
    def unit(self) -> str:
        """The unit of its village."""
        return str(self.folder.read_settings()["unit"])

    @contextmanager
    def recording(self) -> Iterator[Recorder]:
        """Record something."""
        with self.opened() as database, database.recording() as recorder:
            yield recorder

    def write(self, count: int = 5, size: int = 200) -> list[str]:
        """Record programmes, each with a description that does not compress to less than half."""
        with self.recording() as recorder:
            return [
                recorder.add(
                    "programme", self.unit, {"name": f"Dự án {secrets.token_hex(4)}", "description": make_text(size)}
                )
                for _ in range(count)
            ]

    def photograph(self, size: int, owner: str) -> str:
        """Add a file of random bytes to a programme; give its name."""
        data = b"\xff\xd8\xff" + secrets.token_bytes(size)
        files = Files(self.folder.attachments)
        new = NewFile("programme", owner, "photo", "ảnh.jpg", data, "image/jpeg")
        with self.recording() as recorder:
            add_attachment(recorder, files, self.unit, new)
        return hashlib.sha256(data).hexdigest()

    def sync(self, address: str, *more: str, must: bool = True) -> Any:
        """Run `collector sync` in this process; give its report."""
        result = run_command("sync", "--data", self.root, "--server", address, "--format", "json", *more)
        report = json.loads(result.stdout) if result.stdout else {}
        assert not must or (result.exit_code == 0 and report["remaining"] == 0), result.output
        return report

    def start_sync(self, address: str, **env: str) -> "subprocess.Popen[str]":
        """Run `collector sync` as a process of its own."""
        return start_process("sync", "--data", self.root, "--server", address, "--format", "json", **env)


def make_text(size: int) -> str:
    """Make a text that hardly compresses."""
    return secrets.token_hex(size // 2)


@dataclass
class Centre(Machine):
    """A centre; while it is served, `port` is where."""

    port: int = 0
    more: tuple[str, ...] = ()
    process: "subprocess.Popen[str] | None" = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, **env: str) -> None:
        """Serve it, at the same port as before."""
        self.port = self.port or find_port()
        self.process = start_process(
            *("serve", "--role", "central", "--data", self.root, "--port", self.port, "--format", "json", *self.more),
            **env,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, self.process.stderr.read() if self.process.stderr else ""

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it, without warning if `how` is SIGKILL."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.communicate(timeout=60)
            self.process = None

    def kill(self) -> None:
        """End it without warning."""
        self.stop(signal.SIGKILL)

    @contextmanager
    def served(self, **env: str) -> Iterator[str]:
        """Serve it until the block ends; give its address."""
        self.start(**env)
        try:
            yield self.address
        finally:
            self.stop()

    def let_in(self, laptop: Laptop, village: str = "") -> None:
        """Let a laptop in by files, as a stick carries them."""
        asked, answer = laptop.root.with_suffix(".request"), laptop.root.with_suffix(".answer")
        read_json("device", "request", "-o", asked, "--data", laptop.root)
        named = ("--village", village) if village else ()
        given = read_json(
            "device", "issue", "--unit", COMMUNE, *named, "--request", asked, "-o", answer, "--data", self.root
        )
        read_json("device", "accept", answer, "--centre", given["centre"], "--data", laptop.root)


def make_centre(root: Path) -> Centre:
    """Set a centre up."""
    read_json("init", "--data", root, "--role", "central", "--name", "Quản trị", **PASSWORD)
    return Centre(root)


def make_laptop(root: Path, village: str) -> Laptop:
    """Set the laptop of a village up."""
    read_json("init", "--data", root, "--role", "village", "--unit", COMMUNE, "--village", village, **PASSWORD)
    return Laptop(root)


def _read_log(connection: Connection) -> list[dict[str, Any]]:
    return list(
        connection.rows(
            "SELECT device, root, epoch, sequence, own, received, chain, body_hash, body IS NOT NULL AS has_body"
            " FROM revision JOIN epoch USING (device, epoch)"
        )
    )


def assert_acknowledged_is_there(centre: Centre, laptops: Sequence[Laptop]) -> int:
    """Check that the centre holds, once, everything that a laptop was told it has; give how much that is.

    :raises AssertionError: if something is not there, or there twice.
    """
    acknowledged = 0
    with centre.opened() as there, there.reading() as central:
        _assert_once(central)
        for laptop in laptops:
            with laptop.opened() as here, here.reading() as connection:
                for row in _read_log(connection):
                    if row["sequence"] <= row["received"]:
                        acknowledged += 1
                        assert _is_held(central, row), f"acknowledged and not there: {row}"
    return acknowledged


def assert_nothing_is_lost(centre: Centre, laptops: Sequence[Laptop]) -> None:
    """Check that everything that these laptops hold is at the centre, once."""
    with centre.opened() as there, there.reading() as central:
        _assert_once(central)
        for laptop in laptops:
            with laptop.opened() as here, here.reading() as connection:
                for row in _read_log(connection):
                    assert _is_held(central, row), f"{laptop.root.name} has what the centre lacks: {row}"


def _is_held(central: Connection, row: dict[str, Any]) -> bool:
    found = central.value(
        "SELECT count(*) FROM epoch JOIN revision USING (device, epoch) WHERE epoch.device = :device"
        " AND root = :root AND sequence = :sequence AND body_hash = :hash AND (:body = 0 OR body IS NOT NULL)",
        {
            "device": row["device"],
            "root": row["root"],
            "sequence": row["sequence"],
            "hash": bytes(row["body_hash"]),
            "body": int(row["has_body"]),
        },
    )
    return bool(found == 1)


def _assert_once(central: Connection) -> None:
    rows = central.rows("SELECT body_hash FROM revision GROUP BY body_hash HAVING count(*) > 1")
    assert not list(rows), "something is there twice"


def sync_all(laptops: Sequence[Laptop], address: str, rounds: int = 3) -> None:
    """Let laptops sync until all have heard of all."""
    for _ in range(rounds):
        for laptop in laptops:
            laptop.sync(address)


def assert_same(*laptops: Machine) -> None:
    """Check that these folders show the same records, byte for byte."""
    first = laptops[0].export()
    for other in laptops[1:]:
        assert other.export() == first, f"{other.root.name} shows something else than {laptops[0].root.name}"


def count_programmes(machine: Machine) -> int:
    """Count the programmes of a folder."""
    with machine.opened() as database, database.reading() as connection:
        return len(list_records(connection, "programme"))


def wait_for(check: Any, seconds: float = 60.0) -> None:
    """Wait until something is so.

    :raises AssertionError: if it never is.
    """
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


__all__ = [
    "CUT_BYTES", "REQUEST_BYTES", "Centre", "Laptop", "Machine", "assert_acknowledged_is_there",
    "assert_nothing_is_lost", "assert_same", "count_programmes", "find_branch", "list_branches", "make_centre",
    "make_laptop", "sync_all", "wait_for",
]  # fmt: skip
