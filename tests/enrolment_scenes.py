"""A centre with a registry, laptops that want to belong to it, and codes of invented words."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from uuid6 import uuid7

from sync.codes import Terms
from sync.devices import COMMUNE, DAY_MS, VILLAGE
from sync.enrolling import Admitted, CentreFacts, Enrolling
from sync.enrolment import (
    EnrolRequest,
    Membership,
    derive_root,
    make_code_keys,
    open_answer,
    read_membership,
    sign_request,
)
from sync.keys import Keys, make_keys
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.registry import StoredRegistry
from sync.storage import Storage

NOON = 1_790_000_000_000
SONG_COMMUNE = "c0000000-0000-5000-8000-000000000001"
NUI_COMMUNE = "c0000000-0000-5000-8000-000000000002"
WORDS = "hoa bay song nui lua tre mua nang"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now

    def pass_days(self, days: float) -> None:
        """Let days pass."""
        self.now += int(days * DAY_MS)


@dataclass
class Laptop:
    """A laptop with its keys and its own unit."""

    role: str = VILLAGE
    unit: str = field(default_factory=lambda: str(uuid7()))
    keys: Keys = field(default_factory=make_keys)
    name: str = "Thôn Đầu Suối"

    @property
    def id(self) -> str:
        return self.keys.id

    def request(self, words: str = "", **changes: Any) -> bytes:
        """Make a request to enrol."""
        named = {
            "device": self.id,
            "encryption": self.keys.public_encryption,
            "name": self.name,
            "role": self.role,
            "unit": self.unit,
            "unit_name": self.name,
            "key": self.keys.public_signing,
        }
        code = make_code_keys(derive_root(words)) if words else None
        return sign_request(EnrolRequest(**named | changes), self.keys, code)  # type: ignore[arg-type]


class CentreScene:
    """A centre with its registry on a storage."""

    def __init__(self, storage: Storage) -> None:
        storage.migrate(NAMESPACE, MIGRATIONS)
        self.storage = storage
        self.keys = make_keys()
        self.escrow = make_keys()
        self.clock = Clock()
        self.registry = StoredRegistry(storage, self.keys, self.clock)
        facts = CentreFacts(self.escrow.public_encryption, "https://centre.example", "Phòng thử", "centre-unit")
        self.enrolling = Enrolling(self.registry, facts)
        self._numbers = itertools.count(1)

    def issue(self, words: str = WORDS, kind: str = VILLAGE, **changes: Any) -> bytes:
        """Give a code."""
        named = {"commune": SONG_COMMUNE, "unit": "", "label": "", "issued_by": "admin"}
        ends = self.clock.now + 7 * DAY_MS
        return self.enrolling.issue_code(words, Terms(kind, **{"expires_at": ends} | named | changes))

    def enrol(self, laptop: Laptop, **changes: Any) -> Membership:
        """Give a code to a laptop and have it enrol."""
        words = f"{WORDS} {next(self._numbers)}"
        self.issue(words, laptop.role, **changes)
        request = laptop.request(words)
        answer = self.enrolling.answer(request, "192.0.2.1")
        return open_answer(answer, request, make_code_keys(derive_root(words)), laptop.id)[0]

    def approve(self, laptop: Laptop, unit: str = "", commune: str = SONG_COMMUNE) -> Membership:
        """Have a person approve a laptop's request."""
        answer = self.enrolling.approve(laptop.request(), Admitted(laptop.role, commune, unit))
        return read_membership(answer, laptop.id)


def make_commune(commune: str = SONG_COMMUNE) -> Laptop:
    """Make the laptop of a commune."""
    return Laptop(COMMUNE, commune, name="Xã Sông")
