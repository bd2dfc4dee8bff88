"""The recovery phrase as an age identity."""

import pyrage
import pytest

from collector.accounts.recovery import identity_of, matches, recipient, set_recovery_phrase
from collector.folder import DataFolder
from collector.phrase import make_phrase
from sync.bech32 import encode_bech32

PHRASE = make_phrase(lambda size: bytes(range(size)))
KNOWN = "AGE-SECRET-KEY-1YH3L034JD7PYUCT69SV2MDUC55U57NMMSALKNTWHDUNKUXEECA2QA2LFSU"
BIP_173 = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
OTHER = make_phrase(bytes)


def test_the_identity_of_a_phrase_never_changes():
    assert str(identity_of(PHRASE)) == KNOWN


def test_any_key_is_an_identity_that_age_reads():
    for first in range(0, 256, 5):
        key = bytes((first + place) % 256 for place in range(32))
        text = encode_bech32("age-secret-key-", key).upper()
        assert str(pyrage.x25519.Identity.from_str(text)) == text


@pytest.mark.parametrize(
    ("prefix", "data", "text"),
    [("a", b"", "a12uel5l"), ("abcdef", bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df"), BIP_173)],
)
def test_bech32_agrees_with_the_published_examples(prefix: str, data: bytes, text: str):
    assert encode_bech32(prefix, data) == text


def test_a_backup_to_the_recipient_opens_with_the_phrase_alone(folder: DataFolder):
    assert recipient(folder) is None
    set_recovery_phrase(folder, PHRASE)
    archive = pyrage.encrypt("Biên bản".encode(), [recipient(folder)])
    typed = f"  {PHRASE.upper()} "
    assert pyrage.decrypt(archive, [identity_of(typed)]).decode() == "Biên bản"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(archive, [identity_of(OTHER)])


def test_only_the_phrase_of_this_folder_matches(folder: DataFolder):
    assert not matches(folder, PHRASE)
    set_recovery_phrase(folder, PHRASE)
    assert matches(folder, PHRASE)
    assert matches(folder, PHRASE.replace(" ", "\n"))
    assert not matches(folder, OTHER)
    assert not matches(folder, "")


def test_the_folder_keeps_no_word_of_the_phrase(folder: DataFolder):
    set_recovery_phrase(folder, PHRASE)
    kept = (folder.secrets / "recovery.recipient").read_text(encoding="ascii")
    assert kept.startswith("age1")
    assert "SECRET" not in kept.upper()
