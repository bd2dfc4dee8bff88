"""Receipts, certificates and revocations: true, or refused."""

import msgspec
import pytest
from bundle_scenes import COURIER, LAPTOP, SERVER, make_bodies, make_header
from golden_scenes import UNIT, make_statements
from hypothesis import given
from hypothesis import strategies as st

from sync.certificates import (
    Certificate,
    Revocation,
    Scope,
    issue_certificate,
    read_certificate,
    read_revocation,
    revoke,
)
from sync.errors import CertificateRefused, StatementRefused, SyncError
from sync.receipts import Accepted, Place, make_receipt, read_receipt
from sync.statements import sign_statement

SERVERS = frozenset({SERVER.id})
STATEMENTS = make_statements()
READERS = {"receipt": read_receipt, "certificate": read_certificate, "revocation": read_revocation}


def make_certificate(**changes: object) -> Certificate:
    named = {
        "device": LAPTOP.id,
        "signing": LAPTOP.public_signing,
        "encryption": LAPTOP.public_encryption,
        "scopes": (Scope(UNIT, ("meeting",), write=True), Scope("elsewhere")),
        "issued": 3,
        "expires_ms": 1_000,
        "key": SERVER.public_signing,
    }
    return Certificate(**named | changes)  # type: ignore[arg-type]


def revocation(**changes: object) -> Revocation:
    named = {"device": LAPTOP.id, "after": 77, "issued": 4, "key": SERVER.public_signing}
    return Revocation(**named | changes)  # type: ignore[arg-type]


def test_a_receipt_says_what_was_accepted() -> None:
    chain = make_header(make_bodies()).after
    accepted = (Accepted(LAPTOP.id, "a", 3, chain), Accepted(LAPTOP.id, "b", 9, chain, 5, (Place(2, chain),)))
    data = make_receipt(accepted, server=SERVER.id, incarnation="first", at_ms=5, keys=SERVER)
    receipt = read_receipt(data, SERVERS)
    assert receipt.accepted == accepted
    assert receipt.find(LAPTOP.id, "b") == accepted[1]
    assert receipt.find(LAPTOP.id, "c") is None
    assert (receipt.incarnation, receipt.at_ms, receipt.signer) == ("first", 5, SERVER.id)


@pytest.mark.parametrize("name", READERS)
def test_no_bit_of_a_statement_can_be_changed(name: str) -> None:
    data = STATEMENTS[name]
    READERS[name](data, SERVERS)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(SyncError):
            READERS[name](bytes(changed), SERVERS)
    for length in range(len(data)):
        with pytest.raises(StatementRefused):
            READERS[name](data[:length], SERVERS)


@pytest.mark.parametrize("name", READERS)
def test_one_statement_is_never_taken_for_another(name: str) -> None:
    for other, data in STATEMENTS.items():
        if other != name:
            with pytest.raises(StatementRefused) as caught:
                READERS[name](data, SERVERS)
            assert caught.value.context["reason"] == "purpose"


@pytest.mark.parametrize("name", READERS)
def test_only_a_known_server_counts(name: str) -> None:
    with pytest.raises(SyncError):
        READERS[name](STATEMENTS[name], frozenset({COURIER.id}))


def test_a_receipt_in_the_name_of_another_server_is_refused() -> None:
    data = make_receipt((), server=SERVER.id, incarnation="x", at_ms=1, keys=COURIER)
    with pytest.raises(StatementRefused):
        read_receipt(data, SERVERS | {COURIER.id})


def test_nobody_signs_with_the_key_of_another() -> None:
    with pytest.raises(StatementRefused):
        sign_statement(make_certificate(), COURIER)


def test_a_newer_statement_is_named() -> None:
    with pytest.raises(StatementRefused) as caught:
        read_certificate(sign_statement(make_certificate(reader=2, version=2), SERVER), SERVERS)
    assert caught.value.context["reason"] == "too_new"


def test_unknown_fields_of_a_newer_statement_do_not_hinder() -> None:
    class Newer(msgspec.Struct, kw_only=True):
        device: str
        after: int
        issued: int
        key: bytes
        purpose: str = "revocation"
        version: int = 9
        reader: int = 1
        mood: str = "calm"

    newer = Newer(device=LAPTOP.id, after=1, issued=2, key=SERVER.public_signing)
    assert read_revocation(sign_statement(newer, SERVER), SERVERS).after == 1


def test_an_id_that_does_not_follow_from_the_key_is_refused() -> None:
    data = issue_certificate(make_certificate(signing=COURIER.public_signing), SERVER)
    with pytest.raises(CertificateRefused) as caught:
        read_certificate(data, SERVERS)
    assert caught.value.context["reason"] == "device"


def test_scopes_say_what_may_be_written() -> None:
    certificate = read_certificate(issue_certificate(make_certificate(), SERVER), SERVERS)
    assert certificate.may_write(UNIT, "meeting")
    assert not certificate.may_write(UNIT, "opinion")
    assert not certificate.may_write("elsewhere", "meeting")
    assert make_certificate(scopes=(Scope(UNIT, (), write=True),)).may_write(UNIT, "anything")


def test_a_revocation_says_from_where_on_it_counts() -> None:
    assert read_revocation(revoke(LAPTOP.id, after=77, issued=4, keys=SERVER), SERVERS) == revocation()


@given(st.binary(max_size=300))
def test_rubbish_brings_out_our_errors_only(data: bytes) -> None:
    for read in READERS.values():
        for content in (data, b"\x89CLS\r\n\x1a\n" + data):
            with pytest.raises(SyncError):
                read(content, SERVERS)
