"""Freezes everything of this version that travels on sticks and over HTTP, so that later versions can be tried on it.

    PYTHONPATH=.:tests python tests/golden_scenes.py NAME

writes the folder `tests/sync/golden/NAME/`: the bytes, and in `expected.json` what has to come out. Names are numbers
with points between them; the highest is what this version writes. A folder that is there is never written again:
whoever changes what is written freezes a new one, and the earlier ones must still be read. Everything opens with the
keys of `bundle_scenes`, which protect nothing.
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
from golden_messages import (
    describe_message,
    encode_messages,
    list_addresses,
    list_codes,
    make_claim,
    make_messages,
    sign_both_ways,
)
from golden_papers import UNIT, describe_piece, make_code, make_papers, make_statements, read_text, seal_pieces

from sync.bundle import Carried, ErasedPlace, Notes, Recipients, WipedBody, seal
from sync.headers import split_frame
from sync.openapi import make_document
from sync.revisions import hash_body

FOLDER: Final = Path(__file__).parent / "sync" / "golden"
READER: Final = make_test_keys("reader")
VERSIONS: Final = sorted(
    (path.name for path in FOLDER.glob("*/")), key=lambda name: tuple(map(int, name.split(".")))
)
NEWEST: Final = VERSIONS[-1] if VERSIONS else ""
NOTES: Final = Notes((4, 7), (5,), (ErasedPlace(6, "r", "meeting", UNIT),))


def describe(carried: Carried) -> str:
    """Write down what a bundle carries for a revision, as it stands in `expected.json`."""
    if isinstance(carried, WipedBody):
        return "wiped " + carried.hash.hex()
    return "body " + hashlib.sha256(carried).hexdigest()


def seal_all(first: bytes = b"") -> dict[str, tuple[bytes, list[Carried]]]:
    """Seal one bundle of every sort; `first` is what the last two prove themselves by, if not the first of these."""
    bodies = make_bodies(12)
    newer = make_body(13)[:-1] + b',"mood":"calm"}'
    wiped: list[Carried] = [bodies[0], WipedBody(hash_body(make_body(2))), bodies[2]]
    records = seal(make_header(bodies), bodies, LAPTOP, RECIPIENTS)
    proof = split_frame(first or records, len(first or records)).signed
    readers = Recipients(SERVER.public_encryption, ESCROW.public_encryption, (READER.public_encryption,))
    before = make_header(bodies).after
    return {
        "records": (records, bodies),
        "continued": (
            seal(make_header([newer], first=13, before=before), [newer], LAPTOP, RECIPIENTS), [newer],
        ),
        "sheets-wiped": (seal(make_header(bodies[:3], lane="sheets"), wiped, LAPTOP, readers), wiped),
        "passed-on": (seal(make_header(bodies), bodies, COURIER, RECIPIENTS, [proof]), bodies),
        "by-server": (seal(make_header(bodies), bodies, SERVER, readers, [proof], NOTES), bodies),
    }


def read_expected(version: str) -> dict[str, Any]:
    """Read what has to come out of the frozen files of a version; the first had fewer sorts."""
    known: dict[str, Any] = json.loads((FOLDER / version / "expected.json").read_text(encoding="utf-8"))
    return {"pieces": {}, "messages": {}, "addresses": {}, "errors": {}} | known


def list_golden(version: str, ending: str) -> dict[str, bytes]:
    """Give the frozen files of a version that end so."""
    return {path.stem: path.read_bytes() for path in sorted((FOLDER / version).glob(f"*.{ending}"))}


def freeze(name: str) -> None:
    """Write the folder of a version."""
    sealed, pieces, papers = seal_all(), seal_pieces(), make_statements() | make_papers()
    expected: dict[str, Any] = {
        "bundles": {each: [describe(carried) for carried in bodies] for each, (_data, bodies) in sealed.items()},
        "notes": {"by-server": msgspec.to_builtins(NOTES)},
        "statements": {each: read_text(data) for each, data in papers.items()},
        "pieces": {each: describe_piece(data) for each, data in pieces.items()},
        "messages": describe_message(make_messages() | {"upload": make_claim()}),
        "signed": sign_both_ways(),
        "code": describe_message(make_code()[1]._asdict()),
        "addresses": list_addresses(make_document()),
        "errors": list_codes(),
        "keys": {
            "open": {
                name: base64.b64encode(keys.encryption).decode()
                for name, keys in (("server", SERVER), ("escrow", ESCROW), ("reader", READER))
            },
            "server": SERVER.id,
        },
    }
    files = {
        "bundle": {each: data for each, (data, _bodies) in sealed.items()},
        "statement": papers,
        "piece": pieces,
        "message": encode_messages(),
    }
    folder = FOLDER / name
    folder.mkdir(parents=True)
    for ending, contents in files.items():
        for each, data in contents.items():
            (folder / f"{each}.{ending}").write_bytes(data)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    freeze(sys.argv[1])
