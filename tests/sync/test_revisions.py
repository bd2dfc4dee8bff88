"""The bytes of a revision, for ever the same."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import BodyRefused
from sync.revisions import (
    MAX_BODY_BYTES,
    Body,
    Reference,
    Revision,
    decode_body,
    encode_body,
    extend_chain,
    hash_body,
    shorten,
    start_chain,
)

FROZEN_BODY = (
    '{"record":"0192a0b0-0000-7000-8000-000000000001","kind":"meeting","unit":"0192a0b0-0000-7000-8000-000000000002",'
    '"stamp":114672148316160001,"salt":"AAECAwQFBgcICQoLDA0ODw",'
    '"set":{"title":"Họp thôn A Rớt","households_total":68,"read_aloud":true,"ended_at":null},'
    '"replaces":{"title":["3","mfrggzdf/or2gk43u/2"]},"author":"0192a0b0-0000-7000-8000-000000000003"}'
).encode()
FROZEN_START = "4dcd310f4a5c3733d4795668acd527948451454d2bb13be74e0b49a9fbf3f66a"
FROZEN_CHAIN = "37646c3921ef8eafe51c320ece315335f235153b1492d6dbd9c9cbee1819f1ea"


def make_body(**changes: object) -> Body:
    fields: dict[str, object] = {"record": "r", "kind": "k", "unit": "u", "stamp": 1, "salt": "s", "set": {"a": 1}}
    return Body(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_frozen_body_gives_the_bytes_and_the_chain_of_the_first_version() -> None:
    assert encode_body(decode_body(FROZEN_BODY)) == FROZEN_BODY
    assert start_chain("mfrggzdf", "or2gk43u").hex() == FROZEN_START
    chain = extend_chain(start_chain("mfrggzdf", "or2gk43u"), hash_body(FROZEN_BODY))
    assert chain.hex() == FROZEN_CHAIN


def test_a_chain_is_what_the_format_says() -> None:
    start = hashlib.sha256(b"collector chain 1\nan\ne\n").digest()
    assert start_chain("an", "e") == start
    assert extend_chain(start, hash_body(b"x")) == hashlib.sha256(start + hashlib.sha256(b"x").digest()).digest()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.from_regex(r"[a-z2-7]{1,10}/[a-z2-7]{1,10}/[1-9][0-9]{0,9}|[1-9][0-9]{0,9}", fullmatch=True)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.integers(0, 2**63 - 1),
    st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts, max_size=6),
    st.dictionaries(texts, st.lists(names, max_size=3), max_size=3),
    st.none() | texts,
)
def test_a_body_survives_being_written_and_read(
    record: str, stamp: int, values: dict[str, str | int | bool | None], replaces: dict[str, list[str]], who: str | None
) -> None:
    body = make_body(record=record, stamp=stamp, set=values, replaces=replaces, author=who, source=who)
    again = decode_body(encode_body(body))
    assert again == body
    assert [type(value) for value in again.set.values()] == [type(value) for value in values.values()]


def test_fields_of_a_newer_version_do_not_hinder_reading() -> None:
    newer = FROZEN_BODY[:-1] + b',"signature":"x","version":2}'
    assert decode_body(newer).version == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"record":1,"kind":"k","unit":"u","stamp":1,"salt":"s","set":{}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":-1,"salt":"s","set":{}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":9223372036854775808,"salt":"s","set":{}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":NaN}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":1.5}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":[1]}}',
        b'{"record":"\\ud800","kind":"k","unit":"u","stamp":1,"salt":"s","set":{}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":1,"a":2}}',
        b'{"record":"r","record":"s","kind":"k","unit":"u","stamp":1,"salt":"s","set":{}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":9223372036854775808}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{"a":%s}}' % str(10**400).encode(),
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"new":{"x":1,"x":1}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"new":%s}' % str(10**400).encode(),
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"new":1e400}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"new":NaN}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"new":%s}' % (b"[" * 33 + b"]" * 33),
        b'{"record":"a\\u0000b","kind":"k","unit":"u","stamp":1,"salt":"s","set":{}}',
        b'{"record":"%s","kind":"k","unit":"u","stamp":1,"salt":"s","set":{}}' % (b"r" * 201),
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"replaces":{"a":["x/y"]}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"replaces":{"a":["0"]}}',
        b'{"record":"r","kind":"k","unit":"u","stamp":1,"salt":"s","set":{},"replaces":{"a":["a/b/c"]}}',
        b'{"a":' * 100_000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_body_is_refused(data: bytes) -> None:
    with pytest.raises(BodyRefused):
        decode_body(data)


@given(st.binary(max_size=300))
def test_rubbish_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(BodyRefused):
        decode_body(data)


def test_a_body_of_exactly_the_largest_size_passes_and_one_byte_more_does_not() -> None:
    room = MAX_BODY_BYTES - len(encode_body(make_body(set={"a": ""})))
    largest = make_body(set={"a": "x" * room})
    assert decode_body(encode_body(largest)) == largest
    with pytest.raises(BodyRefused):
        encode_body(make_body(set={"a": "x" * (room + 1)}))
    with pytest.raises(BodyRefused):
        decode_body(encode_body(largest) + b" ")


def test_a_reference_inside_its_own_epoch_is_written_short_and_read_back() -> None:
    near, far = Reference("an", "e", 7), Reference("binh", "f", 8)
    short = [shorten(each, device="an", epoch="e") for each in (near, far)]
    assert short == ["7", "binh/f/8"]
    revision = Revision(Reference("an", "e", 9), make_body(replaces={"a": short}))
    assert revision.replaced("a") == [near, far]
    assert revision.replaced("b") == []
