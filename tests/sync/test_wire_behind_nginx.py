"""The configuration of nginx that the operator guide shows, run by a real nginx whose certificate is wrong."""

import datetime
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sync_scenes import Laptop, ServedCentre, list_bodies, make_centre, serving

from sync.errors import CaptivePortal, CentreUnreachable, ConnectionLost
from sync.wire import PART_BYTES

CONFIGURATION = Path(__file__).parents[2] / "docs" / "serving" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    made = make_centre(tmp_path)
    yield made
    made.close()


def find_ports() -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def write_certificate(folder: Path) -> None:
    """A certificate of another name that ended long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody.example")])
    day = datetime.datetime(2001, 1, 1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(days=1))
    signed = made.sign(key, hashes.SHA256())
    (folder / "centre.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "centre.key").write_bytes(private)


class Nginx:
    """A running nginx with the configuration of the guide, on other ports."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.secure, self.plain = find_ports()
        write_certificate(folder)
        text = CONFIGURATION.read_text(encoding="utf-8")
        for old, new in {
            "listen 443 ssl": f"listen 127.0.0.1:{self.secure} ssl",
            "listen 80": f"listen 127.0.0.1:{self.plain}",
            "127.0.0.1:8350": backend.removeprefix("http://"),
            "/etc/ssl/centre.pem": str(folder / "centre.pem"),
            "/etc/ssl/private/centre.key": str(folder / "centre.key"),
        }.items():
            assert old in text
            text = text.replace(old, new)
        temporary = "".join(
            f"{each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{temporary}{text}\n}}\n",
            encoding="utf-8",
        )
        command = [str(NGINX), "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        self.process = subprocess.Popen([*command, "-g", "daemon off; master_process off;"])
        self._wait()

    def _wait(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.secure), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("nginx does not listen")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def nginx(centre: ServedCentre, tmp_path: Path) -> Iterator[Nginx]:
    with serving(centre.make_app()) as backend:
        found = Nginx(tmp_path, backend)
        try:
            yield found
        finally:
            found.close()


def test_laptops_exchange_records_through_nginx(centre: ServedCentre, nginx: Nginx) -> None:
    first, second = Laptop(centre, "u1"), Laptop(centre, "u1")
    for number in range(600):
        first.write(f"a{number}")
    url = f"https://127.0.0.1:{nginx.secure}"
    first.sync(first.transport(url))
    second.sync(second.transport(url))
    assert first.bodies() == second.bodies() == list_bodies(centre.storage)


def test_an_idle_sync_stays_small_behind_nginx(centre: ServedCentre, nginx: Nginx) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(f"https://127.0.0.1:{nginx.secure}")
    laptop.sync(transport)
    laptop.sync(transport, "d1")
    before = transport.line.sent + transport.line.received
    laptop.sync(transport, "d1")
    assert transport.line.sent + transport.line.received - before <= 600


def test_parts_reach_the_centre_before_a_cut(centre: ServedCentre, nginx: Nginx) -> None:
    laptop = Laptop(centre, "u1")
    for number in range(300):
        laptop.write(f"a{number}", title=secrets.token_urlsafe(720))
    url = f"https://127.0.0.1:{nginx.secure}"
    sent: list[int] = []

    def cut(up: int, down: int) -> None:
        if up > 2 * PART_BYTES and not sent:
            sent.append(up)
            time.sleep(0.5)
            raise ConnectionLost(reason="pulled out")

    with pytest.raises(ConnectionLost):
        laptop.sync(laptop.transport(url, watch=cut))
    transport = laptop.transport(url)
    with laptop.storage.reading() as connection:
        length = len(connection.value("SELECT data FROM outbox"))
    laptop.sync(transport)
    assert list_bodies(centre.storage) == laptop.bodies()
    assert transport.line.sent < length - sent[0] + PART_BYTES + 8_000


def test_without_its_centre_or_over_http_nginx_is_not_taken_for_it(centre: ServedCentre, nginx: Nginx) -> None:
    laptop = Laptop(centre, "u1")
    with pytest.raises(CaptivePortal):
        laptop.sync(laptop.transport(f"http://127.0.0.1:{nginx.plain}"))


def test_a_centre_that_is_down_is_said(centre: ServedCentre, tmp_path: Path) -> None:
    nowhere, _ = find_ports()
    proxy = Nginx(tmp_path, f"http://127.0.0.1:{nowhere}")
    laptop = Laptop(centre, "u1")
    try:
        with pytest.raises(CentreUnreachable):
            laptop.sync(laptop.transport(f"https://127.0.0.1:{proxy.secure}"))
    finally:
        proxy.close()
