"""Processes that are measured, and a client that keeps its connection and its session as a browser does."""

import http.client
import json
import re
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.demo.village import PASSWORD

CHECKOUT = Path(__file__).parents[1]


@contextmanager
def laptop(data: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve a folder with `collector serve`; give its port and its process."""
    command = [sys.executable, "-m", "collector", "serve", "--data", str(data), "--port", "0", "--format", "json"]
    with _started(command) as process:
        yield int(json.loads(_first_line(process))["address"].rstrip("/").rpartition(":")[2]), process


@contextmanager
def baseline(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve the one-route app; give its port and its process."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.baseline", str(folder / "baseline.sqlite")]
    with _started(command) as process:
        yield int(_first_line(process)), process


@contextmanager
def centre(place: str, keys_file: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve a centre on a database; give its port and its process."""
    command = [sys.executable, "-m", "benchmarks.centre", place, str(keys_file)]
    with _started(command) as process:
        yield int(json.loads(_first_line(process))["port"]), process


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


class Client:
    """One phone or browser."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = ""
        self.token = ""

    def get(self, path: str) -> str:
        """Ask for a page, following redirects; remember its token."""
        status, text, headers = self._ask("GET", path)
        while status in (302, 303):
            status, text, headers = self._ask("GET", headers["Location"])
        if status != 200:
            raise RuntimeError(f"GET {path}: {status}")
        found = re.search(r'name="csrf-token" content="([^"]+)"', text)
        self.token = found[1] if found else self.token
        return text

    def post(self, path: str, fields: dict[str, str]) -> int:
        """Send a form; give the status."""
        body = urllib.parse.urlencode({**fields, "csrf_token": self.token})
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})[0]

    def post_json(self, path: str, values: dict[str, Any]) -> int:
        """Send JSON as the pages' scripts do; give the status."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        return self._ask("POST", path, json.dumps(values), headers)[0]

    def log_in(self) -> "Client":
        """Log in as the first account of the invented village."""
        page = self.get("/login")
        account = re.search(r'name="account"[^>]*value="([^"]+)"', page)
        if account is None or self.post("/login", {"account": account[1], "password": PASSWORD, "next": "/"}) >= 400:
            raise RuntimeError("could not log in")
        self.get("/")
        return self

    def _ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str, Any]:
        sent = {**(headers or {}), **({"Cookie": self._cookie} if self._cookie else {})}
        try:
            self._connection.request(method, path, body or None, sent)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closed an idle connection: browsers ask again on a new one.
            self._connection.close()
            self._connection.request(method, path, body or None, sent)
            answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self._cookie = cookie.partition(";")[0]
        return answer.status, text, answer.headers


def milliseconds(work: Any, *args: Any) -> float:
    """Give how long a call took."""
    start = time.perf_counter()
    work(*args)
    return (time.perf_counter() - start) * 1000
