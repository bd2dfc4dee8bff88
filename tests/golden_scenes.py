"""Freezes bundles and statements of this version of the format, so that later versions can be tried on them.

    PYTHONPATH=.:tests python tests/golden_scenes.py NAME       (once per version of the format, never again)

writes the folder `tests/sync/golden/NAME/`: what was sealed, and in `expected.json` what has to come out. They open
with the keys of `bundle_scenes`, which protect nothing.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
from bundle_scenes import (
    COURIER,
    ESCROW,
    LAPTOP,
    RECIPIENTS,
    SERVER,
    make_bodies,
    make_body,
    make_header,
    make_test_keys,
)

from sync.bundle import Carried, ErasedPlace, Notes, Recipients, WipedBody, seal
from sync.certificates import Certificate, Scope, issue_certificate, revoke
from sync.headers import split_frame
from sync.receipts import Accepted, Place, make_receipt
from sync.revisions import hash_body

FOLDER: Final = Path(__file__).parent / "sync" / "golden"
READER: Final = make_test_keys("reader")
UNIT: Final = "01a21801-0000-741c-bcb9-aa62bd0bd485"
NOTES: Final = Notes((4, 7), (5,), (ErasedPlace(6, "r", "meeting", UNIT),))


def describe(carried: Carried) -> str:
    """Write down what a bundle carries for a revision, as it stands in `expected.json`."""
    if isinstance(carried, WipedBody):
        return "wiped " + carried.hash.hex()
    return "body " + hashlib.sha256(carried).hexdigest()


def seal_all() -> dict[str, tuple[bytes, list[Carried]]]:
    """Seal one bundle of every sort."""
    bodies = make_bodies(12)
    newer = make_body(13)[:-1] + b',"mood":"calm"}'
    wiped: list[Carried] = [bodies[0], WipedBody(hash_body(make_body(2))), bodies[2]]
    first = seal(make_header(bodies), bodies, LAPTOP, RECIPIENTS)
    proof = split_frame(first, len(first)).signed
    readers = Recipients(SERVER.public_encryption, ESCROW.public_encryption, (READER.public_encryption,))
    before = make_header(bodies).after
    return {
        "records": (first, bodies),
        "continued": (
            seal(make_header([newer], first=13, before=before), [newer], LAPTOP, RECIPIENTS), [newer],
        ),
        "sheets-wiped": (seal(make_header(bodies[:3], lane="sheets"), wiped, LAPTOP, readers), wiped),
        "passed-on": (seal(make_header(bodies), bodies, COURIER, RECIPIENTS, [proof]), bodies),
        "by-server": (seal(make_header(bodies), bodies, SERVER, readers, [proof], NOTES), bodies),
    }


def make_statements() -> dict[str, bytes]:
    """Sign one statement of every sort."""
    chain = make_header(make_bodies(12)).after
    places = tuple(Place(number, make_header(make_bodies(number)).after) for number in (4, 7))
    accepted = Accepted(LAPTOP.id, "epoch", 12, chain, 9, places[:1], places[1:], forked=True)
    certificate = Certificate(
        device=LAPTOP.id,
        signing=LAPTOP.public_signing,
        encryption=LAPTOP.public_encryption,
        scopes=(Scope(UNIT, ("meeting", "opinion"), write=True), Scope(UNIT)),
        issued=3,
        expires_ms=1_900_000_000_000,
        key=SERVER.public_signing,
    )
    return {
        "receipt": make_receipt(
            (accepted,), server=SERVER.id, incarnation="abcdefghijklmnop", at_ms=1_790_000_000_000, keys=SERVER
        ),
        "certificate": issue_certificate(certificate, SERVER),
        "revocation": revoke(LAPTOP.id, after=77, issued=4, keys=SERVER),
    }


def freeze(name: str) -> None:
    """Write the folder of a version."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    expected: dict[str, Any] = {"bundles": {}, "notes": {"by-server": msgspec.to_builtins(NOTES)}, "statements": {}}
    for each, (data, bodies) in seal_all().items():
        (folder / f"{each}.bundle").write_bytes(data)
        expected["bundles"][each] = [describe(carried) for carried in bodies]
    for each, data in make_statements().items():
        (folder / f"{each}.statement").write_bytes(data)
        expected["statements"][each] = json.loads(data[8:-64])
    expected["keys"] = {
        "open": {
            name: base64.b64encode(keys.encryption).decode()
            for name, keys in (("server", SERVER), ("escrow", ESCROW), ("reader", READER))
        },
        "server": SERVER.id,
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    freeze(sys.argv[1])
