"""The phones that may fetch forms and send sheets, kept in `secrets/phones.json` and never in database or log.

A key is shown once and kept as its SHA-256 only: with 160 random bits nobody guesses it from the hash. Nothing here
says what a phone sent, only on which day it was last in contact.
"""

import base64
import hashlib
import json
import re
import secrets
import threading
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final
from uuid import uuid4

from collector.errors import FolderDamaged
from collector.folder import DataFolder, read_json, write_atomically
from collector.openrosa.errors import PhoneNotFound, TooManyPhones

KEY_BYTES: Final = 20
NAME_LIMIT: Final = 60
MAX_PHONES: Final = 500
_KEY: Final = re.compile(r"[a-z2-7]{32}")
_guard = threading.RLock()


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone: the name that the team gave it, the days it was added, last seen and revoked, the hash of its key."""

    id: str
    name: str
    key_hash: str
    added_on: str
    seen_on: str = ""
    revoked_on: str = ""


class Phones:
    """The phones of one data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.secrets / "phones.json"

    def list_phones(self) -> list[Phone]:
        """List all phones by name, the revoked ones last.

        :raises FolderDamaged: if the file of phones cannot be read.
        """
        with _guard:
            rows = read_json(self._path, [])
        try:
            phones = [Phone(**row) for row in rows]
        except TypeError as error:
            raise FolderDamaged(path=str(self._path)) from error
        return sorted(phones, key=lambda phone: (bool(phone.revoked_on), phone.name.casefold()))

    def add(self, name: str, day: date, phone_id: str | None = None) -> str | None:
        """Add a phone and return its key, which cannot be shown again; None if this id was added before.

        :raises TooManyPhones: if the list is full.
        """
        key = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode().lower()
        made = Phone(phone_id or str(uuid4()), clean_name(name), hash_key(key), day.isoformat())
        with _guard:
            phones = self.list_phones()
            if any(phone.id == made.id for phone in phones):
                return None
            if len(phones) >= MAX_PHONES:
                raise TooManyPhones(limit=MAX_PHONES)
            self._write([*phones, made])
        return key

    def revoke(self, phone_id: str, day: date) -> Phone:
        """Let a phone in no more. Revoking twice changes nothing.

        :raises PhoneNotFound: if there is none with this id.
        """
        with _guard:
            phone = next((each for each in self.list_phones() if each.id == phone_id), None)
            if phone is None:
                raise PhoneNotFound(phone=phone_id)
            if not phone.revoked_on:
                phone = replace(phone, revoked_on=day.isoformat())
                self._put(phone)
        return phone

    def greet(self, key: str, day: date) -> Phone | None:
        """Give the phone with this key and note the day of the contact; None if the key is unknown or revoked."""
        phone = self.find(key)
        if phone is not None and phone.seen_on != day.isoformat():
            with _guard:
                phone = self.find(key)
                if phone is not None:
                    phone = replace(phone, seen_on=day.isoformat())
                    self._put(phone)
        return phone

    def find(self, key: str) -> Phone | None:
        """Give the phone with this key, or None if it is unknown or revoked."""
        if not _KEY.fullmatch(key):
            return None
        wanted = hash_key(key)
        return next((each for each in self.list_phones() if each.key_hash == wanted and not each.revoked_on), None)

    def _put(self, phone: Phone) -> None:
        self._write([*(each for each in self.list_phones() if each.id != phone.id), phone])

    def _write(self, phones: list[Phone]) -> None:
        rows = [asdict(phone) for phone in phones]
        write_atomically(self._path, json.dumps(rows, ensure_ascii=False, indent=1).encode(), private=True)


def hash_key(key: str) -> str:
    """Give the SHA-256 under which a key is kept."""
    return hashlib.sha256(f"collector phone {key}".encode()).hexdigest()


def clean_name(name: str) -> str:
    """Give the name of a phone on one line and without invisible characters; empty if nothing is left."""
    composed = unicodedata.normalize("NFC", name[: 10 * NAME_LIMIT])
    shown = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in composed)
    return " ".join(shown.split())[:NAME_LIMIT].rstrip()
