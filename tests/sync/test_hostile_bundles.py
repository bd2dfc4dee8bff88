"""Bundles made by enemies: whatever the bytes, one of our errors comes out, nothing else, and little memory goes in."""

import itertools
import json
import random
import struct
import tracemalloc
from collections.abc import Callable

import msgspec
import pyrage
import pytest
import zstandard
from bundle_scenes import (
    AT_SERVER,
    COURIER,
    ESCROW,
    LAPTOP,
    PREAMBLE_BYTES,
    SERVER,
    fill_header,
    make_bodies,
    make_body,
    make_bundle,
    make_bundle_of_lines,
    make_header,
    make_lines,
    make_odd_bundle,
    pack,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.bundle import Caps, open_bundle
from sync.errors import (
    BodyRefused,
    BundleError,
    BundleForOthers,
    BundleIncomplete,
    BundleTooLarge,
    NotABundle,
)
from sync.headers import MAGIC, join_frame, read_header, sign_header, split_frame, verify_header
from sync.revisions import decode_body
from sync.strict import Ambiguous, check_json

WHOLE = make_bundle()
MIB = 1024 * 1024


def refused(data: bytes) -> BundleError:
    with pytest.raises(BundleError) as caught:
        open_bundle(data, AT_SERVER)
    return caught.value


def test_no_bit_at_all_can_be_changed() -> None:
    for place, bit in itertools.product(range(len(WHOLE)), range(8)):
        changed = bytearray(WHOLE)
        changed[place] ^= 1 << bit
        refused(bytes(changed))


def test_a_bundle_cut_short_anywhere_says_so() -> None:
    for length in range(1, len(WHOLE)):
        assert isinstance(refused(WHOLE[:length]), BundleIncomplete)
    assert isinstance(refused(b""), NotABundle)


def test_bytes_after_the_end_are_refused() -> None:
    assert refused(WHOLE + b"\0").context["reason"] == "length"
    assert refused(WHOLE + WHOLE).context["reason"] == "length"


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"x" * 1_000, MAGIC.replace(b"\r\n", b"\n") + WHOLE[8:]])
def test_what_is_no_bundle_is_named(data: bytes) -> None:
    assert isinstance(refused(data), NotABundle)


def test_lengths_that_lie_are_refused_before_anything_is_read() -> None:
    assert isinstance(refused(MAGIC + struct.pack(">I", 2**32 - 1) + b"{}"), BundleTooLarge)
    (length,) = struct.unpack_from(">I", WHOLE, 8)
    lie = WHOLE[: 12 + length] + struct.pack(">I", 2**32 - 1) + WHOLE[16 + length :]
    assert isinstance(refused(lie), BundleTooLarge)


def test_a_courier_who_signs_again_is_found_out() -> None:
    frame = split_frame(WHOLE, len(WHOLE))
    header = verify_header(frame.signed)
    ciphertext = bytes(frame.ciphertext)
    again = fill_header(header, header.raw_bytes, header.count, keys=COURIER)
    assert refused(join_frame(sign_header(again, ciphertext, COURIER), ciphertext)).context["reason"] == "header"
    own = fill_header(header, header.raw_bytes, header.count, keys=COURIER, device=COURIER.id)
    assert isinstance(refused(join_frame(sign_header(own, ciphertext, COURIER), ciphertext)), BundleError)
    kept = fill_header(header, header.raw_bytes, header.count)
    signed = sign_header(kept, ciphertext, COURIER)
    assert refused(join_frame(signed, ciphertext)).context["reason"] == "signature"


def test_ciphertexts_cannot_be_swapped_between_headers() -> None:
    other = make_bundle([make_body(7), make_body(8), make_body(9)])
    one, two = split_frame(WHOLE, len(WHOLE)), split_frame(other, len(other))
    assert refused(join_frame(one.signed, bytes(two.ciphertext))).context["reason"] == "signature"
    header = verify_header(one.signed)
    stolen = bytes(two.ciphertext)
    assert isinstance(refused(join_frame(sign_header(header, stolen, LAPTOP), stolen)), BundleError)


def _bomb(declared: bool, size: int) -> bytes:
    if declared:
        return zstandard.ZstdCompressor(level=3).compress(bytes(size))
    maker = zstandard.ZstdCompressor(level=3, write_content_size=False).compressobj()
    return b"".join([maker.compress(bytes(size)), maker.flush()])


def _odd_content(packed: bytes, raw_bytes: int = 10_000) -> bytes:
    return make_odd_bundle(fill_header(make_header(make_bodies()), raw_bytes, 3), packed)


def _lying_size(size: int) -> bytes:
    """A frame that declares 10,000 bytes and holds many more."""
    frame = bytearray(b"\x28\xb5\x2f\xfd\x60" + struct.pack("<H", 10_000 - 256))
    block = 128 * 1024
    for number in range(size // block):
        last = number == size // block - 1
        frame += struct.pack("<I", block << 3 | 1 << 1 | last)[:3] + b"a"
    return bytes(frame)


BOMBS: dict[str, Callable[[], bytes]] = {
    "declared": lambda: _odd_content(_bomb(True, 256 * MIB)),
    "undeclared": lambda: _odd_content(_bomb(False, 256 * MIB)),
    "lying": lambda: _odd_content(_lying_size(256 * MIB)),
    "many_frames": lambda: _odd_content(_bomb(True, 10_000) * 5_000),
    "within_the_limit_but_more_than_announced": lambda: _odd_content(_bomb(False, MIB), 900_000),
    "announced": lambda: _odd_content(_bomb(True, 256 * MIB), 256 * MIB),
    "window": lambda: _odd_content(b"\x28\xb5\x2f\xfd\x00\xa8" + struct.pack("<I", 1)[:3]),
    "largest_window": lambda: _odd_content(b"\x28\xb5\x2f\xfd\x00\xff" + b"\x01\x00\x00"),
    "no_frame": lambda: _odd_content(b"hello"),
    "nothing": lambda: _odd_content(b""),
    "skippable": lambda: _odd_content(b"\x50\x2a\x4d\x18" + struct.pack("<I", 2**32 - 1)),
    "dictionary": lambda: _odd_content(b"\x28\xb5\x2f\xfd\x23\x01\x02\x03\x04\x10\x01\x00\x00"),
    "lines": lambda: _odd_content(pack(b"\n" * 900_000), 900_000),
    "brackets": lambda: make_bundle_of_lines([b"[" * 500_000, make_body()]),
    "deep_preamble": lambda: _odd_content(pack(b'{"header":' * 80_000 + b"\n{}\n{}\n{}\n"), 800_010),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_takes_little_memory(name: str) -> None:
    data = BOMBS[name]()
    refused(data)
    tracemalloc.start()
    refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB + 4 * len(data)


def test_memory_outside_of_python_stays_bounded_too() -> None:
    import resource

    bombs = [make() for make in BOMBS.values()]
    for data in bombs:
        refused(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        for data in bombs:
            refused(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_too_many_revisions_are_refused_before_opening() -> None:
    header = fill_header(make_header(make_bodies()), 10_000, 501, last=501)
    assert isinstance(refused(make_odd_bundle(header, b"never looked at")), BundleTooLarge)
    assert isinstance(refused(b"".join([WHOLE, bytes(3 * MIB)])), BundleTooLarge)
    with pytest.raises(BundleTooLarge):
        open_bundle(WHOLE, AT_SERVER, Caps(revisions=2))
    with pytest.raises(BundleTooLarge):
        open_bundle(WHOLE, AT_SERVER, Caps(raw_bytes=100))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([make_body(1), make_body(2)], "count"),
        ([make_body(1), make_body(2), make_body(3), make_body(4)], "count"),
        ([make_body(1), make_body(2), make_body(4)], "chain"),
        ([make_body(2), make_body(1), make_body(3)], "chain"),
        ([make_body(1), make_body(2), b""], "body"),
        ([make_body(1), make_body(2), b'"AAAA"'], "body"),
        ([make_body(1), make_body(2), b"null"], "body"),
        ([make_body(1), make_body(2), b"\xff\xfe"], "body"),
    ],
)
def test_content_that_is_not_what_the_header_says_is_refused(lines: list[bytes], reason: str) -> None:
    size = PREAMBLE_BYTES + sum(len(line) + 1 for line in lines)
    header = fill_header(make_header(make_bodies()), size, 3)
    assert refused(make_odd_bundle(header, pack(make_lines(header, lines)))).context["reason"] == reason


def test_the_last_line_has_to_end() -> None:
    header = fill_header(make_header(make_bodies()), 0, 3)
    size = len(make_lines(header, [each for each in make_bodies() if isinstance(each, bytes)])) - 1
    header = fill_header(make_header(make_bodies()), size, 3)
    raw = make_lines(header, [each for each in make_bodies() if isinstance(each, bytes)])
    assert refused(make_odd_bundle(header, pack(raw[:size]))).context["reason"] in ("count", "size")


@pytest.mark.parametrize(
    "changes",
    [
        {"before": bytes(32)},
        {"after": bytes(32)},
        {"before": b"short"},
        {"epoch": "other"},
        {"epoch": "../../etc"},
        {"device": ""},
        {"device": "a" * 65},
        {"lane": "a\nb"},
        {"first": 0},
        {"first": 2},
        {"last": 2},
        {"last": 2**63 - 1},
        {"first": 2**63, "last": 2**63 + 2},
        {"count": 4},
        {"raw_bytes": -1},
        {"raw_bytes": 1},
        {"recipients": ()},
        {"recipients": ("a",) * 65},
        {"key": b""},
        {"key": bytes(32)},
        {"key": b"\xff" * 32},
        {"version": 0},
        {"server": COURIER.id},
    ],
)
def test_a_header_that_does_not_hold_together_is_refused(changes: dict[str, object]) -> None:
    bodies = [each for each in make_bodies() if isinstance(each, bytes)]
    header = make_header(bodies)
    size = PREAMBLE_BYTES + sum(len(line) + 1 for line in bodies)
    filled = fill_header(header, size, **{"count": 3} | changes)  # type: ignore[arg-type]
    refused(make_odd_bundle(filled, pack(make_lines(filled, bodies))))


@pytest.mark.parametrize(
    "data",
    [
        b'{"version":1,"reader":1,"version":1}',
        b'{"version":NaN,"reader":1}',
        b'{"version":1,"reader":%s}' % str(10**400).encode(),
        b"[" * 10_000,
        b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
        b"\xff\xfe",
        b"null",
        b"{}",
    ],
)
def test_a_header_that_is_ambiguous_json_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        read_header(MAGIC + struct.pack(">I", len(data)) + data)


@pytest.mark.parametrize(
    "body",
    [
        make_body()[:-1] + b',"unit":"other"}',
        make_body().replace(b'"attendance":1', b'"attendance":NaN'),
        make_body().replace(b'"attendance":1', b'"attendance":' + b"9" * 401),
        make_body()[:-1] + b',"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        make_body()[:-1] + b',"broken":}',
        b"{",
    ],
)
def test_a_poisoned_body_is_handed_over_alone_and_refused_alone(body: bytes) -> None:
    opened = open_bundle(make_bundle_of_lines([make_body(1), body, make_body(3)]), AT_SERVER)
    assert opened.bodies == (make_body(1), body, make_body(3))
    with pytest.raises(BodyRefused):
        decode_body(body)
    decode_body(make_body(3))


def test_recipients_that_cannot_open_are_named_or_found_damaged() -> None:
    bodies = [each for each in make_bodies() if isinstance(each, bytes)]
    header = make_header(bodies)
    size = PREAMBLE_BYTES + sum(len(line) + 1 for line in bodies)
    others = fill_header(header, size, 3, recipients=("aaaaaaaaaaaaaaaa",))
    assert isinstance(refused(make_odd_bundle(others, pack(make_lines(others, bodies)))), BundleForOthers)
    claimed = fill_header(header, size, 3)
    packed = pack(make_lines(claimed, bodies))
    assert refused(make_odd_bundle(claimed, packed, to=(ESCROW, COURIER))).context["reason"] == "encryption"


@pytest.mark.parametrize("ciphertext", ["none", "rubbish", "password", "endless_header", "cut"])
def test_a_ciphertext_that_is_no_age_file_for_us_is_refused(ciphertext: str) -> None:
    made = {
        "none": lambda: b"",
        "rubbish": lambda: random.Random(1).randbytes(5_000),
        "password": lambda: pyrage.passphrase.encrypt(b"x", "x"),
        "endless_header": lambda: b"age-encryption.org/v1\n" + b"-> X25519 " + b"A" * 43 + b"\n" + b"x" * 900_000,
        "cut": lambda: bytes(split_frame(WHOLE, len(WHOLE)).ciphertext)[:-1],
    }[ciphertext]()
    header = fill_header(make_header(make_bodies()), 1_000, 3)
    assert refused(join_frame(sign_header(header, made, LAPTOP), made)).context["reason"] == "encryption"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_rubbish_behind_the_magic_brings_out_our_errors_only(rest: bytes) -> None:
    refused(MAGIC + rest)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=9), st.integers(0, 9)), min_size=1))
def test_splices_bring_out_our_errors_only(splices: list[tuple[int, bytes, int]]) -> None:
    data = bytearray(WHOLE)
    for place, put, cut in splices:
        data[place : place + cut] = put
    if bytes(data) != WHOLE:
        refused(bytes(data))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=400).map(pack))
def test_signed_rubbish_inside_brings_out_our_errors_only(packed: bytes) -> None:
    refused(_odd_content(packed))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["version", "reader", "device", "key", "first", "last", "count", "x"]), _json))
def test_headers_of_any_json_bring_out_our_errors_only(named: dict[str, object]) -> None:
    header = msgspec.to_builtins(verify_header(split_frame(WHOLE, len(WHOLE)).signed)) | named
    data = json.dumps(header).encode()
    try:
        read_header(MAGIC + struct.pack(">I", len(data)) + data)
    except BundleError:
        return
    check_json(data)


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e30, 1e30) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(_plain)
def test_json_that_can_be_read_in_one_way_only_passes(found: object) -> None:
    check_json(json.dumps(found).encode())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"b":2,"a":1}', "duplicate_key"),
        (b'[{"x":{"a":1,"\\u0061":1}}]', "duplicate_key"),
        (b"-Infinity", "not_a_number"),
        (b"9223372036854775808", "number"),
        (b"1e400", "number"),
        (b"9" * 5_000, "number"),
        (b"[" * 33 + b"]" * 33, "depth"),
        (b"[" * 200_000, "depth"),
        (b"{", "malformed"),
        (b"\xff", "malformed"),
        (b"", "malformed"),
    ],
)
def test_json_that_can_be_read_in_several_ways_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Ambiguous) as caught:
        check_json(data)
    assert caught.value.reason == reason


def test_only_readers_with_the_right_server_key_open() -> None:
    assert open_bundle(WHOLE, AT_SERVER).header.server == SERVER.id
