"""Real proxies with the configurations that the operator guide shows, on other ports of the loopback interface.

Neither has a certificate that anybody should believe: nginx one of another name that ended long ago, Caddy one that it
signed itself.
"""

import datetime
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ports import find_port

CONFIGURATIONS = Path(__file__).parents[1] / "docs" / "serving"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")


class Proxy:
    """A running proxy: `secure` is its port with TLS, `plain` the one without."""

    def __init__(self, secure: int, plain: int, command: list[str], log: Path, **environment: str) -> None:
        self.secure = secure
        self.plain = plain
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=output, stderr=output
            )
        self._wait(log)

    def _wait(self, log: Path) -> None:
        for _ in range(1_200):
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.secure), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.close()
        raise AssertionError(log.read_text(errors="replace"))

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(60)


def run_nginx(folder: Path, backend: str) -> Proxy:
    """Run nginx in front of what listens at an address."""
    secure, plain = find_port(), find_port()
    _write_certificate(folder)
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "127.0.0.1:8350": backend.removeprefix("http://"),
        "/etc/ssl/centre.pem": str(folder / "centre.pem"),
        "/etc/ssl/private/centre.key": str(folder / "centre.key"),
    }
    temporary = "".join(
        f"{each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{_read('nginx.conf', changes)}\n}}\n",
        encoding="utf-8",
    )
    command = [str(NGINX), "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
    return Proxy(secure, plain, [*command, "-g", "daemon off; master_process off;"], folder / "error.log")


def run_caddy(folder: Path, backend: str) -> Proxy:
    """Run Caddy in front of what listens at an address."""
    secure, plain = find_port(), find_port()
    changes = {
        "centre.example {": f"https://127.0.0.1:{secure} {{\n\ttls internal",
        "127.0.0.1:8350": backend.removeprefix("http://"),
    }
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\thttp_port {plain}\n"
        f"\thttps_port {secure}\n}}\n{_read('Caddyfile', changes)}",
        encoding="utf-8",
    )
    command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    home = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    return Proxy(secure, plain, command, folder / "caddy.log", **home)


def _read(name: str, changes: Mapping[str, str]) -> str:
    """Read a configuration of the guide and change what is different here."""
    text = (CONFIGURATIONS / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _write_certificate(folder: Path) -> None:
    """Write a certificate of another name that ended long ago."""
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
