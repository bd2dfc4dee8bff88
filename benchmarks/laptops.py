"""Laptops that exchange with a centre, and what that costs both sides: time, bytes, packets, processor, memory."""

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from collector.database import Database, open_database
from sync.arriving import Arriving
from sync.bundle import ReaderKeys, Recipients
from sync.client import HttpTransport
from sync.clock import wall_clock_ms
from sync.evicting import LaptopAdmission
from sync.keys import Keys
from sync.log import store
from sync.packing import BundlePacker
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.receiving import Receiver
from sync.revisions import Reference, extend_chain, hash_body
from sync.storage import Connection
from sync.talking import Talk
from sync.wire import About

LINK_BITS_PER_SECOND: Final = 256_000
LINK_ROUND_TRIP_SECONDS: Final = 0.3
TCP_SHARE: Final = 40 / 1460
HEADER_BYTES: Final = 52
"""Of IP and TCP with their usual options, per packet."""
SHEETS: Final = "sheets"
_TICK: Final = os.sysconf("SC_CLK_TCK")
_SEGMENTS: Final = 136
"""Where Linux tells, in `TCP_INFO`, how many segments a connection sent and received."""


class Cost(NamedTuple):
    """What an exchange took: time, bytes of HTTP, packets, requests, processor time of the centre and of the laptop."""

    seconds: float
    sent: int
    received: int
    packets_out: int
    packets_in: int
    requests: int
    processor: float
    own_processor: float

    @property
    def up(self) -> float:
        """Bytes up, with the headers of the packets as they went over the loopback interface."""
        return self.sent + self.packets_out * HEADER_BYTES

    @property
    def down(self) -> float:
        """Bytes down, in the same way."""
        return self.received + self.packets_in * HEADER_BYTES

    @property
    def slow_seconds(self) -> float:
        """How long it takes over 256 kbit/s and 300 ms, computed: packets of usual size, a round trip per request."""
        bits = (self.sent + self.received) * (1 + TCP_SHARE) * 8
        return self.seconds + bits / LINK_BITS_PER_SECOND + (self.requests + 1) * LINK_ROUND_TRIP_SECONDS


@dataclass
class Party:
    """Who exchanges: the keys of the centre and of the escrow, and where the centre listens."""

    keys: Keys
    escrow: Keys
    unit: str
    port: int = 0
    pids: tuple[int, ...] = ()


class Laptop:
    """A laptop with a log in a file, and the way to the centre."""

    def __init__(self, folder: Path, party: Party, keys: Keys) -> None:
        self.database: Database = open_database(folder)
        self.keys = keys
        self.party = party
        self.receiver = Receiver(self.database.log, keys.id, LaptopAdmission())
        server, servers = party.keys, frozenset({party.keys.id})
        recipients = Recipients(server.public_encryption, party.escrow.public_encryption)
        self.packer = BundlePacker(
            keys, server.id, lambda segment: recipients, ReaderKeys((keys.encryption,), servers, trusted=servers)
        )
        url = f"http://127.0.0.1:{party.port}"
        self.directory = ""
        self.transport = HttpTransport(url, keys, server.public_signing, self.packer)
        self.transport.arriving = Arriving(folder.with_suffix(".answer"))

    def write(self, bodies: Sequence[bytes]) -> None:
        """Put answer sheets into the log, as they leave the urn."""
        storage = self.database.storage
        with storage.writing() as connection:
            if connection.value("SELECT 1 FROM lane_writer") is None:
                self.database.log.open_epoch(connection, self.keys.id, "new")
                self.database.log.open_epoch(connection, self.keys.id, "lane", SHEETS)
            head = connection.row(
                "SELECT device, epoch, head_sequence, head_chain FROM lane_writer JOIN epoch USING (device, epoch)"
                " WHERE lane_writer.lane = :lane",
                {"lane": SHEETS},
            )
            assert head is not None
            chain = bytes(head["head_chain"])
            for number, data in enumerate(bodies, head["head_sequence"] + 1):
                store(connection, Reference(head["device"], head["epoch"], number), data, chain)
                chain = extend_chain(chain, hash_body(data))

    def sync(self) -> None:
        """Push and pull everything."""
        talk = Talk(self.transport, self.keys.id)
        storage = self.database.storage
        pusher = Pusher(storage, self.receiver, talk, self.packer, forget)
        puller = Puller(storage, self.receiver, talk, forget)
        talk.begin(storage, pusher, puller, self.directory, About("0.1.0", 0, 0, wall_clock_ms() // 1_000))
        self.directory = talk.directory.version if talk.directory else self.directory
        pusher.push()
        puller.pull()

    def measure(self, act: Callable[[], None]) -> Cost:
        """Do something and tell what it cost."""
        before, start = self._count(), time.perf_counter()
        act()
        took = time.perf_counter() - start
        after = self._count()
        sent, received, requests, out, into, used, own = (b - a for a, b in zip(before, after, strict=True))
        return Cost(took, int(sent), int(received), int(out), int(into), int(requests), used, own)

    def _count(self) -> tuple[float, ...]:
        line = self.transport.line
        used = (read_processor(self.party.pids), time.process_time())
        return (line.sent, line.received, line.requests, *self._packets(), *used)

    def _packets(self) -> tuple[int, int]:
        raw = self.transport.line.socket
        if raw is None:
            return 0, 0
        told = raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        out, into = struct.unpack_from("II", told, _SEGMENTS)
        return out, into

    def close(self) -> None:
        """Close the log and the connection."""
        self.transport.close()
        self.database.storage.close()


def forget(connection: Connection, records: set[str]) -> None:
    """Only the centre keeps tables of current records here; a laptop's are measured elsewhere."""


def read_processor(pids: Iterable[int]) -> float:
    """Give the seconds of processor time that processes and all their children used."""
    used: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        used[int(path.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    counted = set(pids)
    while more := {pid for pid, (parent, _) in used.items() if parent in counted} - counted:
        counted |= more
    return sum(used[pid][1] for pid in counted if pid in used) / _TICK


def read_peak_mb(pid: int) -> float:
    """Give the most memory that a process ever had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
