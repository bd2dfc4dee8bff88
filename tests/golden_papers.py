"""The signed papers and pieces of photos that `golden_scenes` freezes beside the bundles; the same bytes in every run.

Only what is encrypted differs from run to run: of a piece, its header and what is inside are the same.
"""

import hashlib
import json
from typing import Any, Final

from bundle_scenes import AT_SERVER, COURIER, ESCROW, LAPTOP, RECIPIENTS, SERVER, make_bodies, make_header

from sync.certificates import Certificate, End, Scope, issue_certificate, revoke
from sync.contents import make_held, make_received
from sync.enrolment import (
    CodeKeys,
    EnrolRequest,
    Membership,
    derive_root,
    make_code_keys,
    sign_membership,
    sign_request,
)
from sync.headers import split_frame
from sync.holdings import HeldEpoch, HeldPlace, make_holdings
from sync.pieces import MAGIC, MAX_SEALED_BYTES, PIECE_BYTES, Part, make_token, open_piece, seal_piece
from sync.receipts import Accepted, Place, make_receipt
from sync.sticks import name_piece

UNIT: Final = "01a21801-0000-741c-bcb9-aa62bd0bd485"
COMMUNE: Final = "01a21801-0000-741c-bcb9-aa62bd0bd001"
RECORD: Final = "01a21801-5f90-741c-bcb9-00000000000a"
LIFE: Final = "abcdefghijklmnop"
NOW_MS: Final = 1_790_000_000_000
CODE_WORDS: Final = "bac thon nuoc cay tre lua gao cam"
PHOTO: Final = bytes(range(256)) * 12
REST: Final = b"the end of a long recording"


def make_statements() -> dict[str, bytes]:
    """Sign one statement of every sort that the first version had."""
    chain = make_header(make_bodies(12)).after
    places = tuple(Place(number, make_header(make_bodies(number)).after) for number in (4, 7))
    accepted = Accepted(LAPTOP.id, "epoch", 12, chain, 9, places[:1], places[1:], forked=True)
    return {
        "receipt": make_receipt((accepted,), server=SERVER.id, incarnation=LIFE, at_ms=NOW_MS, keys=SERVER),
        "certificate": issue_certificate(_make_certificate(), SERVER),
        "revocation": revoke(LAPTOP.id, after=77, issued=4, keys=SERVER),
    }


def _make_certificate(*scopes: Scope) -> Certificate:
    return Certificate(
        device=LAPTOP.id,
        signing=LAPTOP.public_signing,
        encryption=LAPTOP.public_encryption,
        scopes=scopes or (Scope(UNIT, ("meeting", "opinion"), write=True), Scope(UNIT)),
        issued=3,
        expires_ms=1_900_000_000_000,
        key=SERVER.public_signing,
    )


def make_code() -> tuple[bytes, CodeKeys]:
    """Give the secret of a one-time code and what follows from it."""
    root = derive_root(CODE_WORDS)
    return root, make_code_keys(root)


def _make_request() -> EnrolRequest:
    return EnrolRequest(
        device=LAPTOP.id,
        encryption=LAPTOP.public_encryption,
        name="Máy của thôn",
        role="village",
        unit=UNIT,
        unit_name="Thôn Đông",
        commune_code="00001",
        commune_valid_from="2025-07-01",
        local_number="7",
        demo=True,
        program="0.1",
        made_ms=NOW_MS,
        key=LAPTOP.public_signing,
    )


def _make_membership() -> Membership:
    return Membership(
        device=LAPTOP.id,
        encryption=SERVER.public_encryption,
        escrow=ESCROW.public_encryption,
        certificate=issue_certificate(_make_certificate(Scope(UNIT, (), write=True)), SERVER),
        unit=UNIT,
        unit_name="Thôn Đông",
        commune=COMMUNE,
        url="https://centre.example/xa/",
        centre_name="Trung tâm",
        issued_ms=NOW_MS,
        code=make_code()[1].id,
        key=SERVER.public_signing,
    )


def make_papers() -> dict[str, bytes]:
    """Make the papers that came after the first version, those of enrolment with and without their proofs."""
    root, code = make_code()
    tokens = [make_token(RECORD, hashlib.sha256(each).hexdigest()) for each in (PHOTO, REST)]
    chain = make_header(make_bodies(12)).after
    held = [HeldEpoch(LAPTOP.id, "epoch", (HeldPlace(12, chain), HeldPlace(1, make_header(make_bodies(1)).after)))]
    lanes = Scope(UNIT, ("meeting",), write=True, lanes=("records", "sheets"))
    asked = sign_request(_make_request(), LAPTOP, code)
    return {
        "certificate-lanes": issue_certificate(_make_certificate(lanes), SERVER),
        "revocation-ends": revoke(
            LAPTOP.id, after=77, issued=4, keys=SERVER, at_ms=NOW_MS, ends=(End("epoch", 12, chain),)
        ),
        "request": sign_request(_make_request(), LAPTOP),
        "request-proven": asked,
        "membership": sign_membership(_make_membership(), SERVER),
        "membership-proven": sign_membership(_make_membership(), SERVER, asked, root),
        "holdings": next(make_holdings(held, server=SERVER.id, at_ms=NOW_MS, keys=COURIER)),
        "contents": next(make_held(tokens, server=SERVER.id, at_ms=NOW_MS, keys=LAPTOP)),
        "contents-receipt": next(
            make_received(LAPTOP.id, tokens[:1], incarnation=LIFE, at_ms=NOW_MS, keys=SERVER, part=2)
        ),
    }


def read_text(data: bytes) -> dict[str, Any]:
    """Give the JSON of a paper, whatever follows it, as it stands in `expected.json`."""
    found, _end = json.JSONDecoder().raw_decode(data[8:].decode(errors="surrogateescape"))
    return dict(found)


def says(found: Any, known: Any) -> bool:
    """Tell whether what was read says all that is known of it; fields of later versions may be more."""
    if isinstance(known, dict):
        return isinstance(found, dict) and all(name in found and says(found[name], known[name]) for name in known)
    if isinstance(known, list):
        return isinstance(found, list) and len(found) == len(known) and all(map(says, found, known))
    return type(found) is type(known) and bool(found == known)


def seal_pieces() -> dict[str, bytes]:
    """Seal a small photo, and the last piece of a longer content."""
    parts = {
        "whole": (PHOTO, len(PHOTO), 1),
        "last": (REST, PIECE_BYTES + len(REST), 2),
    }
    sealed = {}
    for each, (data, size, place) in parts.items():
        name = hashlib.sha256(data).hexdigest()
        part = Part(make_token(RECORD, name), name, size, place, data)
        sealed[each] = seal_piece(part, LAPTOP, SERVER.id, RECIPIENTS)
    return sealed


def describe_piece(data: bytes) -> dict[str, Any]:
    """Write down what a piece says, as it stands in `expected.json`."""
    opened = open_piece(data, AT_SERVER)
    return {
        "file": name_piece(opened.header),
        "header": bytes(split_frame(data, MAX_SEALED_BYTES, MAGIC).signed.data).decode(),
        "name": opened.name,
        "size": opened.size,
        "offset": opened.offset,
        "data": hashlib.sha256(opened.data).hexdigest(),
    }
