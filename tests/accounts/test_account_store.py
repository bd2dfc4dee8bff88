"""Accounts in their file."""

import unicodedata

import pytest
from factories import CHEAP, PASSWORD

from collector.accounts.store import AccountNotFound, Accounts, PasswordTooShort
from collector.errors import FolderDamaged
from collector.folder import DataFolder


@pytest.fixture
def accounts(folder: DataFolder) -> Accounts:
    return Accounts(folder, CHEAP)


def test_a_right_password_gives_the_account_and_a_wrong_one_nothing(accounts: Accounts):
    account = accounts.add("1", "Alăng Thị Bhơ", "head", PASSWORD)
    assert accounts.verify("1", PASSWORD) == account
    assert accounts.verify("1", PASSWORD + " ") is None
    assert accounts.verify("2", PASSWORD) is None


def test_a_password_matches_however_the_keyboard_composes_its_accents(accounts: Accounts):
    accounts.add("1", "Alăng Thị Bhơ", "head", unicodedata.normalize("NFC", "nước suối đầu nguồn"))
    assert accounts.verify("1", unicodedata.normalize("NFD", "nước suối đầu nguồn"))


def test_a_new_password_ends_the_generation_and_a_new_name_does_not(accounts: Accounts):
    first = accounts.add("1", "Alăng Thị Bhơ", "head", PASSWORD)
    assert accounts.update("1", name="Alăng Bhơ").generation == first.generation
    assert accounts.set_password("1", "mot hai ba bon").generation != first.generation


def test_somebody_who_left_cannot_log_in(accounts: Accounts):
    accounts.add("1", "Alăng Thị Bhơ", "head", PASSWORD)
    accounts.update("1", active=False)
    assert accounts.verify("1", PASSWORD) is None


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_too_short_or_far_too_long_is_refused(accounts: Accounts, password: str):
    with pytest.raises(PasswordTooShort):
        accounts.add("1", "Alăng Thị Bhơ", "head", password)
    assert accounts.list_accounts() == []


def test_an_unknown_account_cannot_be_changed(accounts: Accounts):
    with pytest.raises(AccountNotFound):
        accounts.set_password("1", PASSWORD)


def test_the_file_is_private_and_holds_no_password(accounts: Accounts, folder: DataFolder):
    accounts.add("1", "Alăng Thị Bhơ", "head", PASSWORD)
    path = folder.secrets / "accounts.json"
    assert path.stat().st_mode & 0o077 == 0
    assert PASSWORD not in path.read_text(encoding="utf-8")


def test_hashes_are_argon2id_of_customary_cost_unless_told_otherwise(folder: DataFolder):
    assert Accounts(folder).hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("words", ["", "[", "null", "[1]", '[{"name": 1}]', "\udcff"])
def test_a_damaged_file_of_accounts_or_settings_is_said(folder: DataFolder, words: str) -> None:
    for path in (folder.secrets / "accounts.json", folder.root / "settings.json"):
        path.write_bytes(words.encode("utf-8", "surrogateescape"))
    with pytest.raises(FolderDamaged):
        Accounts(folder).list_accounts()
    with pytest.raises(FolderDamaged):
        folder.read_settings()
    assert (folder.root / "settings.json").read_bytes() == words.encode("utf-8", "surrogateescape")
