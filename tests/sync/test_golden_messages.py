"""Messages over HTTP of every version are read for ever, and say what they said; the newest are this version's."""

import pytest
from bundle_scenes import LAPTOP, SERVER
from golden_messages import (
    ANSWERED,
    TARGET,
    decode_message,
    describe_message,
    encode_messages,
    list_addresses,
    list_codes,
    sign_both_ways,
)
from golden_papers import says
from golden_scenes import NEWEST, VERSIONS, list_golden, read_expected

from sync.openapi import make_document
from sync.signing import hash_content, is_request_signed, open_answer, parse_authorization

WITH_MESSAGES = VERSIONS[1:]


@pytest.mark.parametrize("version", WITH_MESSAGES)
def test_frozen_messages_say_what_they_said(version: str) -> None:
    expected, messages = read_expected(version)["messages"], list_golden(version, "message")
    for name, data in messages.items():
        assert says(describe_message(decode_message(name, data)), expected[name]), name
    assert set(messages) == set(expected)


@pytest.mark.parametrize("version", WITH_MESSAGES)
def test_frozen_signatures_hold_both_ways(version: str) -> None:
    signed = read_expected(version)["signed"]
    said = parse_authorization(signed["authorization"])
    assert is_request_signed(LAPTOP.public_signing, "POST", TARGET, hash_content(b"body"), said)
    answer = bytes.fromhex(signed["answer"])
    assert open_answer(SERVER.public_signing, said.signature, 200, answer) == ANSWERED


@pytest.mark.parametrize("version", WITH_MESSAGES)
def test_every_address_and_error_is_still_known(version: str) -> None:
    expected = read_expected(version)
    addresses = list_addresses(make_document())
    assert all(set(methods) <= set(addresses[path]) for path, methods in expected["addresses"].items())
    assert expected["errors"].items() <= list_codes().items()


def test_this_version_writes_the_newest_frozen_messages() -> None:
    expected = read_expected(NEWEST)
    assert encode_messages() == list_golden(NEWEST, "message")
    assert sign_both_ways() == expected["signed"]
    assert list_addresses(make_document()) == expected["addresses"]
