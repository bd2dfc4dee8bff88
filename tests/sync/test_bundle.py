"""Bundles: what goes in comes out, exactly, for those who may read it."""

import hashlib

import msgspec
import pytest
from bundle_scenes import (
    AT_SERVER,
    COURIER,
    ESCROW,
    LAPTOP,
    RECIPIENTS,
    SERVER,
    fill_header,
    make_bodies,
    make_body,
    make_bundle,
    make_bundle_of_lines,
    make_header,
    make_odd_bundle,
    make_test_keys,
    pack,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.bundle import (
    BATCH_BYTES,
    MAX_REVISIONS,
    Carried,
    ErasedPlace,
    Notes,
    ReaderKeys,
    Recipients,
    WipedBody,
    open_bundle,
    seal,
    split_batches,
)
from sync.errors import BundleForAnotherServer, BundleForged, BundleForOthers, BundleTooLarge, BundleTooNew
from sync.headers import SignedHeader, _signed, join_frame, read_header, split_frame, verify_header
from sync.revisions import MAX_BODY_BYTES, decode_body, hash_body

SERVERS = frozenset({SERVER.id})
TRUSTING = ReaderKeys((SERVER.encryption,), SERVERS, trusted=SERVERS)


def signed_of(data: bytes) -> SignedHeader:
    return split_frame(data, len(data)).signed


def test_bodies_come_out_exactly_as_they_went_in() -> None:
    bodies = make_bodies(20)
    opened = open_bundle(make_bundle(bodies), AT_SERVER)
    assert list(opened.bodies) == bodies
    assert (opened.header.device, opened.header.first, opened.header.last) == (LAPTOP.id, 1, 20)
    assert opened.proven_to == 20


def test_server_and_escrow_and_named_readers_can_open_and_nobody_else() -> None:
    reader = make_test_keys("reader")
    recipients = Recipients(SERVER.public_encryption, ESCROW.public_encryption, (reader.public_encryption,))
    bodies = make_bodies()
    data = seal(make_header(bodies, lane="sheets"), bodies, LAPTOP, recipients)
    for keys in (SERVER, ESCROW, reader):
        assert open_bundle(data, ReaderKeys((keys.encryption,), SERVERS)).header.lane == "sheets"
    with pytest.raises(BundleForOthers):
        open_bundle(data, ReaderKeys((COURIER.encryption,), SERVERS))
    assert verify_header(signed_of(data)).lane == "sheets"


def test_a_wiped_body_travels_as_its_hash_and_the_chain_holds() -> None:
    bodies = make_bodies()
    wiped = WipedBody(hash_body(make_body(2)))
    header = make_header(bodies)
    opened = open_bundle(seal(header, [bodies[0], wiped, bodies[2]], LAPTOP, RECIPIENTS), AT_SERVER)
    assert opened.bodies == (bodies[0], wiped, bodies[2])
    assert opened.header.after == header.after


def test_the_sender_notes_what_it_quarantined_lacks_and_erased() -> None:
    bodies = make_bodies()
    notes = Notes((1,), (2,), (ErasedPlace(3, "r", "meeting", "u"),))
    opened = open_bundle(seal(make_header(bodies), bodies, SERVER, RECIPIENTS, notes=notes), TRUSTING)
    assert opened.notes == notes
    assert open_bundle(make_bundle(), AT_SERVER).notes == Notes()


def test_another_servers_bundle_is_named() -> None:
    with pytest.raises(BundleForAnotherServer) as caught:
        open_bundle(make_bundle(), ReaderKeys((SERVER.encryption,), frozenset({COURIER.id})))
    assert caught.value.context == {"server": SERVER.id}


def test_a_continued_epoch_opens() -> None:
    first, more = make_bodies(2), [make_body(3), make_body(4)]
    before = make_header(first).after
    opened = open_bundle(make_bundle(more, first=3, before=before), AT_SERVER)
    assert (opened.header.first, opened.header.last, opened.header.before) == (3, 4, before)


def test_a_signed_header_can_be_kept_and_checked_alone() -> None:
    kept = signed_of(make_bundle()).to_bytes()
    header = verify_header(SignedHeader.from_bytes(kept))
    assert header.is_by_author
    assert header.last == 3
    assert len(kept) < 800


def test_what_another_wrote_is_passed_on_with_its_proof() -> None:
    bodies = make_bodies()
    proof = signed_of(make_bundle(bodies))
    passed = seal(make_header(bodies), bodies, COURIER, RECIPIENTS, [proof])
    opened = open_bundle(passed, AT_SERVER)
    assert (opened.header.device, opened.header.signer, opened.proven_to) == (LAPTOP.id, COURIER.id, 3)
    assert opened.proofs == (proof,)


def test_a_proof_of_the_end_proves_what_came_before_it() -> None:
    bodies = make_bodies()
    proof = signed_of(make_bundle(bodies))
    first = make_header(bodies[:1])
    passed = seal(make_header(bodies[1:], first=2, before=first.after), bodies[1:], COURIER, RECIPIENTS, [proof])
    assert open_bundle(passed, AT_SERVER).proven_to == 3


def test_only_a_trusted_server_passes_on_what_is_not_proven() -> None:
    bodies = make_bodies()
    reader = make_test_keys("reader")
    to = Recipients(SERVER.public_encryption, ESCROW.public_encryption, (reader.public_encryption,))
    by_server = seal(make_header(bodies), bodies, SERVER, to)
    by_courier = seal(make_header(bodies), bodies, COURIER, to)
    keys = ReaderKeys((reader.encryption,), SERVERS, trusted=SERVERS)
    assert open_bundle(by_server, keys).proven_to == 0
    with pytest.raises(BundleForged) as caught:
        open_bundle(by_courier, keys)
    assert caught.value.context["reason"] == "signer"
    assert caught.value.context["signer"] == COURIER.id


def test_bodies_whose_hashes_are_held_need_no_proof() -> None:
    bodies = make_bodies()
    data = seal(make_header(bodies), bodies, COURIER, RECIPIENTS)
    held = make_header(bodies).after
    assert open_bundle(data, AT_SERVER, is_held=lambda header: header.after == held).proven_to == 0
    with pytest.raises(BundleForged):
        open_bundle(data, AT_SERVER, is_held=lambda header: header.after == bytes(32))


@pytest.mark.parametrize("what", ["partial", "other_device", "not_by_author", "other_chain", "other_lane"])
def test_a_proof_that_does_not_prove_is_refused(what: str) -> None:
    bodies = make_bodies()
    proof = {
        "partial": lambda: signed_of(make_bundle(bodies[:2])),
        "other_device": lambda: signed_of(seal(make_header(bodies, keys=COURIER), bodies, COURIER, RECIPIENTS)),
        "not_by_author": lambda: signed_of(seal(make_header(bodies), bodies, COURIER, RECIPIENTS)),
        "other_chain": lambda: signed_of(make_bundle([*bodies[:2], make_body(9)])),
        "other_lane": lambda: signed_of(make_bundle(bodies, lane="sheets")),
    }[what]()
    with pytest.raises(BundleForged):
        open_bundle(seal(make_header(bodies), bodies, COURIER, RECIPIENTS, [proof]), AT_SERVER)


def test_a_newer_bundle_that_this_version_can_read_keeps_its_unknown_fields() -> None:
    bodies = [make_body(1)[:-1] + b',"mood":"calm"}']
    header = fill_header(make_header(bodies), 0, 1, version=7)
    named = msgspec.to_builtins(header) | {"weather": "rain"}
    line = msgspec.json.encode({"header": bytes(32), "later": [1.5, None]})
    named["raw_bytes"] = len(line) + len(bodies[0]) + 2
    data = msgspec.json.encode(named)
    line = msgspec.json.encode({"header": hashlib.sha256(data).digest(), "later": [1.5, None]})
    odd = make_odd_bundle(header, pack(line + b"\n" + bodies[0] + b"\n"))
    ciphertext = bytes(split_frame(odd, len(odd)).ciphertext)
    ciphertext_hash = hashlib.sha256(ciphertext).digest()
    signature = LAPTOP.sign(_signed(data, ciphertext_hash))
    opened = open_bundle(join_frame(SignedHeader(data, ciphertext_hash, signature), ciphertext), AT_SERVER)
    assert list(opened.bodies) == bodies
    assert b'"weather":"rain"' in opened.signed.data
    assert opened.header.version == 7
    assert decode_body(bodies[0]).record


def test_a_bundle_of_a_later_format_is_named_and_says_which() -> None:
    data = make_bundle_of_lines([make_body()], reader=2, version=2)
    for read in (lambda: open_bundle(data, AT_SERVER), lambda: read_header(data)):
        with pytest.raises(BundleTooNew) as caught:
            read()
        assert caught.value.context == {"version": 2, "reader": 2, "known": 1}


def test_the_header_is_read_from_the_beginning_of_a_file() -> None:
    data = make_bundle()
    assert read_header(data[:700]) == read_header(data)


def test_batches_hold_no_more_than_a_bundle_takes() -> None:
    big = make_body(1, set={"words": "x" * (BATCH_BYTES - 300)})
    bodies: list[Carried] = [*make_bodies(MAX_REVISIONS + 1), big, big, make_body(2)]
    batches = [list(batch) for batch in split_batches(bodies)]
    assert [each for batch in batches for each in batch] == bodies
    assert [len(batch) for batch in batches] == [MAX_REVISIONS, 1, 1, 1, 1]
    assert list(split_batches([])) == []


@pytest.mark.parametrize("odd", [b"", b"not a body", b'{\n "record": 1\n}', b'"text"', b"[1]", b"\xff\n\n", b"{"])
def test_bytes_that_are_no_body_travel_too_so_that_they_block_nothing(odd: bytes) -> None:
    bodies: list[Carried] = [make_body(1), odd, make_body(3)]
    assert list(open_bundle(make_bundle(bodies), AT_SERVER).bodies) == bodies


def test_the_largest_bytes_that_are_no_body_fit_a_bundle_alone() -> None:
    odd = b"\n" * MAX_BODY_BYTES
    assert open_bundle(make_bundle([odd]), AT_SERVER).bodies == (odd,)
    with pytest.raises(BundleTooLarge):
        make_bundle([odd + b"\n"])


def test_the_largest_body_fits_a_bundle_alone() -> None:
    shell = len(make_body(1, set={"words": ""}))
    body = make_body(1, set={"words": "x" * (MAX_BODY_BYTES - shell)})
    assert len(body) == MAX_BODY_BYTES
    assert open_bundle(make_bundle([body]), AT_SERVER).bodies == (body,)


def test_more_than_a_bundle_takes_is_refused_when_sealing() -> None:
    with pytest.raises(BundleTooLarge):
        make_bundle(make_bodies(MAX_REVISIONS + 1))


_values = st.one_of(st.text(), st.booleans(), st.none(), st.integers(-(2**63) + 1, 2**63 - 1))
_bodies = st.builds(
    make_body,
    st.integers(0, 2**40),
    set=st.dictionaries(st.text(max_size=20), _values, max_size=6),
    replaces=st.dictionaries(st.text(max_size=9), st.lists(st.sampled_from(["1", "a/b/2"]), max_size=2), max_size=2),
    author=st.none() | st.text(max_size=20),
)
_carried = _bodies | st.binary(max_size=50) | st.binary(min_size=32, max_size=32).map(WipedBody)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_carried, min_size=1, max_size=12),
    st.integers(2, 2**62),
    st.binary(min_size=32, max_size=32),
)
def test_every_bundle_opens_as_it_was_sealed(bodies: list[Carried], first: int, before: bytes) -> None:
    data = make_bundle(bodies, first=first, before=before)
    opened = open_bundle(data, AT_SERVER)
    assert list(opened.bodies) == bodies
    assert opened.header == verify_header(opened.signed)
    assert [each for batch in split_batches(bodies) for each in batch] == bodies
