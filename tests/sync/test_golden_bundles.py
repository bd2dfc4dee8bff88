"""Bundles of every version of the format open for ever and say what they said; the newest are those of this version."""

import base64
import json

import msgspec
import pytest
import zstandard
from bundle_scenes import AT_SERVER
from golden_scenes import NEWEST, VERSIONS, describe, list_golden, read_expected, seal_all

from sync.bundle import ReaderKeys, decrypt, open_bundle
from sync.headers import split_frame, verify_header


def test_the_first_version_is_kept() -> None:
    assert VERSIONS[0] == "1"


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_bundles_open(version: str) -> None:
    expected, bundles = read_expected(version), list_golden(version, "bundle")
    server = frozenset({expected["keys"]["server"]})
    for name, data in bundles.items():
        for who, key in expected["keys"]["open"].items():
            if who == "reader" and name not in ("sheets-wiped", "by-server"):
                continue
            opened = open_bundle(data, ReaderKeys((base64.b64decode(key),), server, trusted=server))
            assert [describe(each) for each in opened.bodies] == expected["bundles"][name]
            assert json.loads(msgspec.json.encode(opened.notes)) == expected["notes"].get(name, {})
    assert set(bundles) == set(expected["bundles"])


def take_apart(data: bytes) -> tuple[bytes, bytes]:
    """Give the header of a bundle and what is inside it: compressing and encrypting make other bytes every time."""
    frame = split_frame(data, len(data))
    packed = decrypt(bytes(frame.ciphertext), verify_header(frame.signed).recipients, AT_SERVER)
    return frame.signed.data, zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def test_this_version_seals_the_newest_frozen_bundles() -> None:
    bundles = list_golden(NEWEST, "bundle")
    sealed = {name: data for name, (data, _bodies) in seal_all(bundles["records"]).items()}
    assert {name: take_apart(data) for name, data in sealed.items()} == {
        name: take_apart(data) for name, data in bundles.items()
    }
