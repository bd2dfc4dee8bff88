"""Accounts: who can log in, kept in `secrets/accounts.json` and never in the database or the log.

An account belongs to a person on the team and shares that record's id. Passwords are argon2id hashes.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from collector.errors import CollectorError
from collector.folder import DataFolder, write_atomically

MIN_PASSWORD_LENGTH: Final = 8
MAX_PASSWORD_LENGTH: Final = 200
_hasher = PasswordHasher()


@cache
def _no_account_hash() -> str:
    """Give a hash to verify when a name is unknown, so that an answer takes as long as for a known one."""
    return _hasher.hash(secrets.token_hex(16))


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
    """The accounts of one data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._path: Path = folder.secrets / "accounts.json"

    def list_accounts(self) -> list[Account]:
        """List all accounts by name."""
        if not self._path.exists():
            return []
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        return sorted((Account(**row) for row in rows), key=lambda account: account.name)

    def find(self, account_id: str) -> Account | None:
        """Give the account with this id, or None."""
        return next((account for account in self.list_accounts() if account.id == account_id), None)

    def add(self, account_id: str, name: str, role: str, password: str) -> Account:
        """Add an account, or replace the one with the same id.

        :raises PasswordTooShort: if the password has under 8 or over 200 characters.
        """
        account = Account(account_id, name, role, hash_password(password), True, secrets.token_hex(8))
        self._put(account)
        return account

    def update(self, account_id: str, **changes: str | bool) -> Account:
        """Change name, role, language or activity of an account.

        :raises AccountNotFound: if there is none with this id.
        """
        account = replace(self._get(account_id), **changes)  # type: ignore[arg-type]
        self._put(account)
        return account

    def set_password(self, account_id: str, password: str) -> Account:
        """Give an account a new password and end its sessions.

        :raises PasswordTooShort: if the password has under 8 or over 200 characters.
        :raises AccountNotFound: if there is none with this id.
        """
        account = replace(
            self._get(account_id), password_hash=hash_password(password), generation=secrets.token_hex(8)
        )
        self._put(account)
        return account

    def verify(self, account_id: str, password: str) -> Account | None:
        """Give the account if it is active and the password is right, else None; both take the same time."""
        account = self.find(account_id)
        known = account.password_hash if account and account.active else _no_account_hash()
        try:
            _hasher.verify(known, password[:MAX_PASSWORD_LENGTH])
        except (Argon2Error, InvalidHashError):
            return None
        return account

    def _get(self, account_id: str) -> Account:
        account = self.find(account_id)
        if account is None:
            raise AccountNotFound(account=account_id)
        return account

    def _put(self, account: Account) -> None:
        kept = [each for each in self.list_accounts() if each.id != account.id]
        rows = [asdict(each) for each in [*kept, account]]
        write_atomically(self._path, json.dumps(rows, ensure_ascii=False, indent=1).encode(), private=True)


def hash_password(password: str) -> str:
    """Hash a new password with argon2id.

    :raises PasswordTooShort: if it has under 8 or over 200 characters.
    """
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise PasswordTooShort(minimum=MIN_PASSWORD_LENGTH, maximum=MAX_PASSWORD_LENGTH)
    return _hasher.hash(password)
