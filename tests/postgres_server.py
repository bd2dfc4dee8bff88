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
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

_PASSWORD: Final = secrets.token_hex(8)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A running server; `folder` holds its data."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """Give the address of a database."""
        return f"postgresql://tester:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def make_database(self) -> str:
        """Make an empty database; give its address."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        return self.url(name)

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
def running_server() -> Iterator[Server]:
    """Start a server and stop it in the end."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="collector-postgres-"))
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        _make_cluster(programs, folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_whom(), str(programs / "postgres"), "-D", str(folder / "data"), *arguments],
                stdout=log, stderr=log, cwd=folder,
            )
        server = Server(port, folder, process)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
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


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((server.folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)
