"""Signed papers and pieces of every version are read for ever and say what they said; the newest are this version's."""

import json
from typing import Any

import msgspec
import pytest
from bundle_scenes import AT_SERVER, LAPTOP
from golden_papers import describe_piece, make_code, make_papers, make_statements, says, seal_pieces
from golden_scenes import NEWEST, VERSIONS, list_golden, read_expected

from sync.bundle import decrypt
from sync.certificates import read_certificate, read_revocation
from sync.contents import read_held, read_received
from sync.enrolment import is_proven, open_answer, read_membership, read_request, split_answer
from sync.headers import split_frame
from sync.holdings import read_holdings
from sync.pieces import MAGIC, MAX_SEALED_BYTES, verify_piece
from sync.receipts import read_receipt
from sync.statements import find_purpose


def read_paper(data: bytes, servers: frozenset[str]) -> Any:
    """Read a paper as whoever gets it does."""
    readers = {
        "receipt": lambda: read_receipt(data, servers),
        "certificate": lambda: read_certificate(data, servers),
        "revocation": lambda: read_revocation(data, servers),
        "enrolment-request": lambda: read_request(data)[0],
        "membership": lambda: read_membership(split_answer(data), LAPTOP.id),
        "holdings": lambda: read_holdings(data, servers),
        "contents": lambda: read_held(data, servers),
        "contents-receipt": lambda: read_received(data, servers),
    }
    return readers[find_purpose(data)]()


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_papers_say_what_they_said(version: str) -> None:
    expected, papers = read_expected(version), list_golden(version, "statement")
    servers = frozenset({expected["keys"]["server"]})
    for name, data in papers.items():
        said = json.loads(msgspec.json.encode(read_paper(data, servers)))
        assert says(said, expected["statements"][name]), name
    assert set(papers) == set(expected["statements"])


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_frozen_proofs_of_a_code_hold(version: str) -> None:
    papers = list_golden(version, "statement")
    asked, answered = papers["request-proven"], papers["membership-proven"]
    root, code = make_code()
    assert {name: value.hex() for name, value in code._asdict().items()} == read_expected(version)["code"]
    assert is_proven(asked, root)
    assert open_answer(answered, asked, code, LAPTOP.id)[1] == papers["membership"]


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_pieces_open(version: str) -> None:
    expected, pieces = read_expected(version)["pieces"], list_golden(version, "piece")
    assert {name: describe_piece(data) for name, data in pieces.items()} == expected


def test_this_version_signs_the_newest_frozen_papers() -> None:
    assert make_statements() | make_papers() == list_golden(NEWEST, "statement")


def test_every_sort_of_paper_has_a_frozen_one() -> None:
    fields = [field for kind in msgspec.Struct.__subclasses__() for field in msgspec.structs.fields(kind)]
    purposes = {field.default for field in fields if field.name == "purpose" and isinstance(field.default, str)}
    assert purposes == {find_purpose(data) for data in list_golden(NEWEST, "statement").values()}


def take_apart(data: bytes) -> tuple[bytes, bytes]:
    """Give the header of a piece and what is inside it: encrypting makes other bytes every time."""
    recipients = verify_piece(data).recipients
    frame = split_frame(data, MAX_SEALED_BYTES, MAGIC)
    return frame.signed.data, decrypt(bytes(frame.ciphertext), recipients, AT_SERVER)


def test_this_version_seals_the_newest_frozen_pieces() -> None:
    pieces = list_golden(NEWEST, "piece")
    assert {name: take_apart(data) for name, data in seal_pieces().items()} == {
        name: take_apart(data) for name, data in pieces.items()
    }
