"""Runs commands as people do, in this process or as one of their own, on copies of an invented village."""

import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner, Result
from factories import CHEAP

from collector.cli import main
from collector.demo.village import PASSWORD, make_demo
from collector.folder import DataFolder

CHECKOUT = Path(__file__).parents[2]


@functools.cache
def _demo_template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="collector-demo-")) / "data"
    make_demo(DataFolder(root))
    return root


def copy_demo(target: Path) -> DataFolder:
    """Give a fresh copy of the invented village."""
    shutil.copytree(_demo_template(), target)
    return DataFolder(target)


def run_command(*args: Any, stdin: str | bytes | None = None, **env: str) -> Result:
    """Run a command in this process, where passwords are hashed cheaply; unexpected exceptions are raised."""
    environment = {"COLLECTOR_LANG": "en", **env}
    with patch("argon2.PasswordHasher", lambda: CHEAP):
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def read_json(*args: Any, **env: str) -> Any:
    """Run a command with `--format json` and read what it printed."""
    result = run_command(*args, "--format", "json", **env)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def init_village(target: Path, name: str = "Thôn Thử (giả định)") -> DataFolder:
    """Set up an empty village."""
    read_json(
        "init",
        "--data",
        target,
        "--role",
        "village",
        "--unit",
        "20455",
        "--village",
        name,
        COLLECTOR_PASSWORD="mat khau dai",
    )
    return DataFolder(target)


def export_records(data: Path, *more: str) -> bytes:
    """Give the canonical lines of a folder."""
    result = run_command("export", "records", "--data", data, *more)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def import_lines(data: Path, text: str | bytes, *more: str) -> Result:
    """Import lines of records from standard input."""
    return run_command("import", "records", "-", "--data", data, *more, stdin=text)


class Served:
    """A `collector serve` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.address.rstrip("/").rpartition(":")[2])

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Ask for a page; give its status and text."""
        request = urllib.request.Request(self.address.rstrip("/") + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def log_in(self) -> "Browser":
        """Log in as the first account of the invented village."""
        browser = Browser(self.address)
        account = re.search(r'name="account"[^>]*value="([^"]+)"', browser.get("/login"))
        assert account is not None
        browser.post("/login", urllib.parse.urlencode({"account": account[1], "password": PASSWORD, "next": "/"}))
        browser.get("/")
        return browser

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it and give its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)


class Browser:
    """Somebody at the laptop, with cookies and the token of the last page."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._token = ""

    def get(self, path: str) -> str:
        """Ask for a page."""
        with self._opener.open(self._address + path, timeout=60) as answer:
            text: str = answer.read().decode()
        found = re.search(r'name="csrf-token" content="([^"]+)"', text)
        self._token = found[1] if found else self._token
        return text

    def post(self, path: str, body: str, media_type: str = "application/x-www-form-urlencoded") -> int:
        """Send something and give the status."""
        headers = {"Content-Type": media_type, "X-CSRFToken": self._token}
        request = urllib.request.Request(self._address + path, body.encode(), headers)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def save_keystrokes(self, form: str, words: str) -> int:
        """Send what was typed as the pages' scripts do; give the status."""
        return self.post("/drafts", json.dumps({"form": form, "fields": {"text": words}}), "application/json")


def start_process(*args: Any, **env: str) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "collector", *(str(arg) for arg in args)],
        cwd=CHECKOUT,
        env={**os.environ, "COLLECTOR_LANG": "en", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@contextmanager
def serve(data: Path, *more: Any, command: str = "serve", **env: str) -> Iterator[Served]:
    """Serve a folder on a free port until the block ends."""
    process = start_process(command, "--data", data, "--port", 0, "--format", "json", *more, **env)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, process.stderr.read() if process.stderr else ""
        yield Served(process, json.loads(said)["address"])
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def wait_until(check: Any, seconds: float = 60.0) -> bool:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


def connect(port: int) -> socket.socket:
    """Open a connection to a served folder."""
    return socket.create_connection(("127.0.0.1", port), timeout=60)
