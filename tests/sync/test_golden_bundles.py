"""Bundles and statements of every version of the format open for ever, and say what they said."""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from golden_scenes import FOLDER, describe

from sync.bundle import ReaderKeys, open_bundle
from sync.certificates import read_certificate, read_revocation
from sync.receipts import read_receipt

VERSIONS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
READ: dict[str, Any] = {"receipt": read_receipt, "certificate": read_certificate, "revocation": read_revocation}


def expected_of(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / version / "expected.json").read_text(encoding="utf-8"))
    return found


def golden(version: str, ending: str) -> list[Path]:
    return sorted((FOLDER / version).glob(f"*.{ending}"))


def test_there_is_at_least_one_version() -> None:
    assert "1" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_bundles_open(version: str) -> None:
    expected = expected_of(version)
    server = frozenset({expected["keys"]["server"]})
    for path in golden(version, "bundle"):
        data = path.read_bytes()
        for who, key in expected["keys"]["open"].items():
            if who == "reader" and path.stem not in ("sheets-wiped", "by-server"):
                continue
            opened = open_bundle(data, ReaderKeys((base64.b64decode(key),), server, trusted=server))
            assert [describe(each) for each in opened.bodies] == expected["bundles"][path.stem]
            assert json.loads(msgspec.json.encode(opened.notes)) == expected["notes"].get(path.stem, {})
    assert {path.stem for path in golden(version, "bundle")} == set(expected["bundles"])


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_statements_say_what_they_said(version: str) -> None:
    expected = expected_of(version)
    servers = frozenset({expected["keys"]["server"]})
    for path in golden(version, "statement"):
        said = json.loads(msgspec.json.encode(READ[path.stem](path.read_bytes(), servers)))
        known = expected["statements"][path.stem]
        assert {name: said[name] for name in known} == known
    assert {path.stem for path in golden(version, "statement")} == set(READ)
