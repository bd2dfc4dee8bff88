"""Pieces of contents: sealed, bounded, saying nothing to a finder; whatever the bytes are, it refuses or is right."""

from dataclasses import replace
from random import Random

import pytest
from bundle_scenes import make_test_keys
from hypothesis import given
from hypothesis import strategies as some

from sync import pieces
from sync.bundle import ReaderKeys, Recipients
from sync.errors import (
    BundleDamaged,
    BundleError,
    BundleForAnotherServer,
    BundleForOthers,
    BundleTooLarge,
    NotAPiece,
)
from sync.pieces import (
    LEAST_BYTES,
    MAX_SEALED_BYTES,
    PIECE_BYTES,
    Part,
    count_pieces,
    make_token,
    open_piece,
    pad,
    read_piece_header,
    seal_piece,
    verify_piece,
)

AUTHOR, CENTRE, ESCROW, READER = (make_test_keys(name) for name in ("an", "centre", "escrow", "xa"))
SERVERS = frozenset({CENTRE.id})
NAME = "5e" * 32
TOKEN = make_token("0198b1f0-0000-7000-8000-000000000001", NAME)
FOR_READER = Recipients(CENTRE.public_encryption, ESCROW.public_encryption, (READER.public_encryption,))
CONTENT = Random(3).randbytes(PIECE_BYTES + 5_000)


def keys_of(*owners: object) -> ReaderKeys:
    return ReaderKeys(tuple(owner.encryption for owner in owners), SERVERS)  # type: ignore[attr-defined]


def make_part(place: int = 2, **changes: object) -> Part:
    data = CONTENT[(place - 1) * PIECE_BYTES : place * PIECE_BYTES]
    return replace(Part(TOKEN, NAME, len(CONTENT), place, data), **changes)  # type: ignore[arg-type]


def seal(part: Part | None = None, recipients: Recipients = FOR_READER) -> bytes:
    return seal_piece(part or make_part(), AUTHOR, CENTRE.id, recipients)


def test_pieces_come_back_for_everybody_they_are_sealed_for() -> None:
    for owner in (READER, CENTRE, ESCROW):
        parts = [open_piece(seal(make_part(place)), keys_of(owner)) for place in (1, 2)]
        assert b"".join(part.data for part in parts) == CONTENT
        assert [(part.name, part.size, part.offset) for part in parts] == [
            (NAME, len(CONTENT), 0),
            (NAME, len(CONTENT), PIECE_BYTES),
        ]
        assert parts[0].header.signer == AUTHOR.id


def test_nobody_else_opens_one_not_even_its_author() -> None:
    for owner in (AUTHOR, make_test_keys("chi")):
        with pytest.raises(BundleForOthers):
            open_piece(seal(), keys_of(owner))
    with pytest.raises(BundleForAnotherServer):
        open_piece(seal(), ReaderKeys((READER.encryption,), frozenset({"another"})))


def test_the_outside_names_no_content_and_the_token_needs_the_record() -> None:
    sealed = seal()
    assert NAME.encode() not in sealed
    assert bytes.fromhex(NAME) not in sealed
    assert make_token("0198b1f0-0000-7000-8000-000000000002", NAME) != TOKEN
    assert make_token("0198b1f0-0000-7000-8000-000000000001", "5f" * 32) != TOKEN


@given(some.integers(1, PIECE_BYTES))
def test_padding_hides_the_length_and_costs_at_most_an_eighth(length: int) -> None:
    padded = pad(length)
    assert length <= padded <= PIECE_BYTES
    assert padded <= max(LEAST_BYTES, length * 9 / 8)
    assert pad(padded) == padded


def test_few_lengths_are_seen_from_outside() -> None:
    assert len({pad(length) for length in range(1, PIECE_BYTES + 1, 7)}) < 200


@pytest.mark.parametrize("length", [1, LEAST_BYTES, PIECE_BYTES - 1, PIECE_BYTES])
def test_every_length_comes_back(length: int) -> None:
    part = Part(TOKEN, NAME, length, 1, CONTENT[:length])
    sealed = seal(part)
    assert len(sealed) <= MAX_SEALED_BYTES
    assert open_piece(sealed, keys_of(READER)).data == CONTENT[:length]
    assert count_pieces(length) == 1


def test_every_cut_and_every_changed_byte_is_refused() -> None:
    sealed = seal(Part(TOKEN, NAME, 40, 1, CONTENT[:40]))
    for end in [*range(0, 900, 7), len(sealed) - 1]:
        with pytest.raises(BundleError):
            open_piece(sealed[:end], keys_of(READER))
    for place in [*range(0, 1_200, 11), *range(len(sealed) - 64, len(sealed))]:
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(BundleError):
            open_piece(bytes(changed), keys_of(READER))
    with pytest.raises(BundleError):
        verify_piece(sealed + b"\0")


@given(some.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        open_piece(data, keys_of(READER))
    with pytest.raises(BundleError):
        read_piece_header(data)


def test_other_files_are_no_pieces() -> None:
    with pytest.raises(NotAPiece):
        verify_piece(b"\xff\xd8\xff a photo")


def test_a_part_that_does_not_fit_its_size_is_refused() -> None:
    lies = (
        make_part(size=PIECE_BYTES + 5_001_000),  # other number of pieces
        make_part(size=len(CONTENT) + 900),
        make_part(data=CONTENT[PIECE_BYTES:-1_000]),
        make_part(place=1, data=CONTENT[:70_000]),
    )
    for lie in lies:
        with pytest.raises(BundleDamaged):
            open_piece(seal(lie), keys_of(READER))


@pytest.mark.parametrize("length", [PIECE_BYTES + 1, PIECE_BYTES + 20_000, 3 * PIECE_BYTES])
def test_what_is_larger_than_a_piece_can_be_is_refused(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "pad", lambda length: length)
    sealed = seal(Part(TOKEN, NAME, PIECE_BYTES, 1, bytes(length)))
    with pytest.raises(BundleTooLarge):
        open_piece(sealed, keys_of(READER))
