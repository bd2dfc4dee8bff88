"""Accounts: who can log in, kept in `secrets/accounts.json` and never in the database or the log.

An account belongs to a person on the team and shares that record's id. Passwords are argon2id hashes.
"""

import json
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.errors import CollectorError, FolderDamaged
from collector.folder import DataFolder, read_json, write_atomically

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_LENGTH: Final = 8
MAX_PASSWORD_LENGTH: Final = 200
_MOST_ENDED: Final = 10_000


class PasswordTooShort(CollectorError):
    """A new password has too few characters (or far too many)."""

    code = "password_too_short"
    status = 422


class AccountNotFound(CollectorError):
    """No account with this id."""

    code = "account_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in. `generation` changes with the password, which ends older sessions."""

    id: str
    name: str
    role: str
    password_hash: str
    active: bool = True
    generation: str = ""
    language: str = ""


class Accounts:
    """The accounts of one data folder. `hasher` sets how costly a guess at a password is."""

    def __init__(self, folder: DataFolder, hasher: "PasswordHasher | None" = None) -> None:
        self._path: Path = folder.secrets / "accounts.json"
        self._given_hasher = hasher
        self._guard = threading.RLock()
        self._ended: dict[str, None] = {}

    def end_log_in(self, log_in: str | None) -> None:
        """Have a log-in count for nothing from now on, whoever still holds its session.

        Sessions live in browsers: an answer that was on its way, or a copied cookie, would bring an ended one back.
        Known until the program ends.
        """
        with self._guard:
            if log_in:
                self._ended[log_in] = None
            while len(self._ended) > _MOST_ENDED:
                del self._ended[next(iter(self._ended))]

    def has_ended(self, log_in: str | None) -> bool:
        """Tell whether a log-in was ended."""
        return log_in in self._ended

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return self._given_hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Hash a new password with argon2id. However a keyboard composes its accents, the same words match.

        :raises PasswordTooShort: if the password has under 8 or over 200 characters.
        """
        words = _composed(password)
        if not MIN_PASSWORD_LENGTH <= len(words) <= MAX_PASSWORD_LENGTH:
            raise PasswordTooShort(minimum=MIN_PASSWORD_LENGTH, maximum=MAX_PASSWORD_LENGTH)
        return self._hasher.hash(words)

    def list_accounts(self) -> list[Account]:
        """List all accounts by name.

        :raises FolderDamaged: if the file of accounts cannot be read.
        """
        with self._guard:
            rows = read_json(self._path, [])
        try:
            return sorted((Account(**row) for row in rows), key=lambda account: account.name)
        except TypeError as error:
            raise FolderDamaged(path=str(self._path)) from error

    def find(self, account_id: str) -> Account | None:
        """Give the account with this id, or None."""
        return next((account for account in self.list_accounts() if account.id == account_id), None)

    def add(self, account_id: str, name: str, role: str, password: str) -> Account:
        """Add an account, or replace the one with the same id.

        :raises PasswordTooShort: if the password has under 8 or over 200 characters.
        """
        return self.add_hashed(account_id, name, role, self.hash(password))

    def add_hashed(self, account_id: str, name: str, role: str, password_hash: str) -> Account:
        """Add an account whose password was hashed earlier by `hash`, or replace the one with the same id."""
        account = make_account(account_id, name, role, password_hash)
        self._put(account)
        return account

    def replace_all(self, accounts: Iterable[Account]) -> None:
        """Keep these accounts and no others, in one step."""
        rows = [asdict(account) for account in accounts]
        with self._guard:
            write_atomically(self._path, json.dumps(rows, ensure_ascii=False, indent=1).encode(), private=True)

    def update(self, account_id: str, **changes: str | bool) -> Account:
        """Change name, role, language or activity of an account; whatever is not named stays.

        :raises AccountNotFound: if there is none with this id.
        """
        with self._guard:
            account = replace(self._get(account_id), **changes)  # type: ignore[arg-type]
            self._put(account)
        return account

    def set_password(self, account_id: str, password: str) -> Account:
        """Give an account a new password and end its sessions.

        :raises PasswordTooShort: if the password has under 8 or over 200 characters.
        :raises AccountNotFound: if there is none with this id.
        """
        return self.update(account_id, password_hash=self.hash(password), generation=secrets.token_hex(8))

    def verify(self, account_id: str, password: str) -> Account | None:
        """Give the account if it is active and the password is right, else None; both take the same time."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        account = self.find(account_id)
        known = account.password_hash if account and account.active else self._no_account_hash
        try:
            self._hasher.verify(known, _composed(password))
        except (Argon2Error, InvalidHashError):
            return None
        return account

    @cached_property
    def _no_account_hash(self) -> str:
        """A hash to verify when a name is unknown, so that an answer takes as long as for a known one."""
        return self._hasher.hash(secrets.token_hex(16))

    def _get(self, account_id: str) -> Account:
        account = self.find(account_id)
        if account is None:
            raise AccountNotFound(account=account_id)
        return account

    def _put(self, account: Account) -> None:
        with self._guard:
            self.replace_all([*(each for each in self.list_accounts() if each.id != account.id), account])


def make_account(account_id: str, name: str, role: str, password_hash: str) -> Account:
    """Make an active account with a generation of its own."""
    return Account(account_id, name, role, password_hash, True, secrets.token_hex(8))


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password[: 4 * MAX_PASSWORD_LENGTH])
