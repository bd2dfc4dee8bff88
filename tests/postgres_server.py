"""A real PostgreSQL server for tests: started from the installed programs in a temporary folder, on a free port.

It ends with the process that started it, whatever happens to that. Its texts are sorted as in Vietnamese unless a
column says otherwise, so that a forgotten order shows.
"""

import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from ports import find_port

from collector.database import open_database

QUICK: Final = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
"""Settings for a server that is thrown away anyway."""
_PASSWORD: Final = secrets.token_hex(8)
_numbers = itertools.count(1)


@dataclass
class Server:
    """A running server; `folder` holds its data, `command` starts it."""

    port: int
    folder: Path
    command: list[str]
    process: subprocess.Popen[bytes] = field(init=False)
    prepared: str = ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=30).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")) from None
                time.sleep(0.05)

    def kill(self) -> None:
        """End it without warning, all its processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        self.process.wait()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        while any(Path(f"/proc/{child}").exists() for child in children):
            time.sleep(0.01)

    def stop(self) -> None:
        """End it in order."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def url(self, database: str) -> str:
        """Give the address of a database."""
        return f"postgresql://tester:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def make_database(self, template: str = "") -> str:
        """Make an empty database, or a copy of another one that nobody is connected to; give its address."""
        name = f"test_{next(_numbers)}"
        copied = f" TEMPLATE {template.rpartition('/')[2]}" if template else ""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{copied}")  # type: ignore[arg-type]
        return self.url(name)

    def make_prepared_database(self) -> str:
        """Make a database as an opened empty folder has it, quickly after the first one; give its address."""
        if not self.prepared:
            self.prepared = self.make_database()
            open_database(self.prepared).storage.close()
        return self.make_database(self.prepared)

    def remove_database(self, url: str) -> None:
        """Remove a database and end whoever is connected to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")  # type: ignore[arg-type]


def find_programs() -> Path:
    """Give the folder of the installed server.

    :raises FileNotFoundError: if there is none.
    """
    found = shutil.which("postgres")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found is None and not folders:
        raise FileNotFoundError("PostgreSQL is not installed: sh tools/system-packages.sh test")
    return Path(found).resolve().parent if found else folders[-1].parent


def _as_whom() -> list[str]:
    """PostgreSQL refuses to run as root; begin commands with what takes another user's place."""
    end = ["--pdeathsig", "QUIT"]
    if os.getuid() != 0:
        return ["setpriv", *end]
    user = pwd.getpwnam("postgres")
    return ["setpriv", *end, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextmanager
def running_server(**changes: object) -> Iterator[Server]:
    """Start a server and stop it in the end; `changes` are settings beside the usual ones."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="collector-postgres-"))
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        _make_cluster(programs, folder)
        port = find_port()
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, **changes}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [*_as_whom(), str(programs / "postgres"), "-D", str(folder / "data"), *arguments]
        server = Server(port, folder, command)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(programs: Path, folder: Path) -> None:
    password = folder / "password"
    password.write_text(_PASSWORD)
    password.chmod(0o644)
    subprocess.run(
        [
            *_as_whom(), str(programs / "initdb"), "-D", str(folder / "data"), "-U", "tester", "-A", "scram-sha-256",
            "--pwfile", str(password), "-E", "UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=vi",
            "--no-sync",
        ],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
