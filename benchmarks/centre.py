"""A centre as a process of its own, to be measured: the protocol core, the registry and the cache, served over HTTP.

`python -m benchmarks.centre PLACE KEYS` serves the database at PLACE with the keys in KEYS and prints its port.
"""

import json
import os
import sys
import threading
from pathlib import Path

from flask import Flask

from collector import cache
from collector.database import Database, open_database
from collector.memory import share_arenas
from collector.registry import KINDS
from collector.serving import HOST, LaptopServer
from sync.answering import Site
from sync.bundle import ReaderKeys, Recipients
from sync.centre import Centre, CentreAdmission
from sync.devices import Device
from sync.heads import find_branch
from sync.keeping import KeptAnswers
from sync.keys import Keys
from sync.lives import current_life
from sync.messages import Receipt
from sync.packing import BundlePacker
from sync.receipting import read_one_receipt, sign_receipt
from sync.receiving import Receiver
from sync.registry import Place, StoredRegistry
from sync.segments import Tip
from sync.server import make_blueprint
from sync.storage import Connection

COMMUNE = "0190a000-0000-7000-8000-00000000c0de"


def make_centre(database: Database, registry: StoredRegistry, escrow: bytes) -> Centre:
    """Put the protocol core together as a served centre has it."""
    keys = registry.keys
    servers = frozenset({keys.id})
    recipients = Recipients(keys.public_encryption, escrow)
    reader = ReaderKeys((keys.encryption,), servers)

    def is_held(device: str, epoch: str, tip: Tip) -> bool:
        with database.storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    def sign(receipt: Receipt) -> bytes:
        return sign_receipt(receipt, keys, registry.clock())

    centre = Centre(
        database.storage,
        Receiver(database.log, keys.id, CentreAdmission(registry, keys.id)),
        registry,
        BundlePacker(keys, keys.id, lambda segment: recipients, reader, is_held=is_held),
        on_change=refresh,
        sign=sign,
        check_receipt=lambda data: read_one_receipt(data, servers),
    )
    with database.reading() as connection:
        is_new = not current_life(connection)
    if is_new:
        centre.begin_life()
    return centre


def refresh(connection: Connection, records: set[str]) -> None:
    """Bring the tables of current records and the search index up to date."""
    cache.refresh(connection, KINDS, records)


def enrol(registry: StoredRegistry, laptop: Keys, unit: str) -> None:
    """Let the laptop of a village belong to the centre."""
    device = Device(
        laptop.id, "Laptop", "village", unit, laptop.public_signing, laptop.public_encryption, registry.clock()
    )
    registry.enrol(device, Place(COMMUNE, unit, "Village"))


def serve(place: str, keys: Keys, escrow: bytes, answers: Path) -> None:
    """Serve until the process is ended."""
    share_arenas()
    database = open_database(place if "://" in place else Path(place))
    registry = StoredRegistry(database.storage, keys)
    centre = make_centre(database, registry, escrow)
    app = Flask("centre")
    kept = KeptAnswers(answers)
    app.register_blueprint(make_blueprint(Site(centre, registry, keys, b"a secret for benchmarks alone", kept=kept)))
    server = LaptopServer(app, 0, HOST)
    server.prepare()
    print(json.dumps({"port": server.bind_addr[1], "pid": os.getpid()}), flush=True)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    thread.join()


def main() -> None:
    """Read what to serve from the command line."""
    place, keys_file = sys.argv[1:]
    raw = json.loads(Path(keys_file).read_text(encoding="utf-8"))
    keys = Keys(bytes.fromhex(raw["signing"]), bytes.fromhex(raw["encryption"]))
    serve(place, keys, bytes.fromhex(raw["escrow"]), Path(keys_file).parent / "answers")


if __name__ == "__main__":
    main()
