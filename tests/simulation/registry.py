"""What the operators of the simulated centre decided: scopes, successions, revocations."""

import itertools
from contextlib import AbstractContextManager, nullcontext

from sync.certificates import Revocation
from sync.scopes import Grant, Scope, Succession, Successions
from sync.storage import Connection

TODAY = "2026-06-01"


class SimulatedRegistry:
    """Keeps every scope that was ever given, by version; of it, a restored server loses the revocations alone.

    `words` are the revocations that count, `remembered` those that the server had forgotten and was told again;
    `came_late` are all devices of which this ever happened.
    """

    def __init__(self) -> None:
        self._grants: dict[str, tuple[Grant, ...]] = {}
        self._current: dict[str, Scope] = {}
        self._past: dict[tuple[str, str], Scope] = {}
        self.words: dict[str, Revocation] = {}
        self.remembered: dict[str, Revocation] = {}
        self.came_late: set[str] = set()
        self._numbers = itertools.count(1)
        self.successions: tuple[Succession, ...] = ()

    def give(self, device: str, grants: tuple[Grant, ...]) -> None:
        """Decide what a device may."""
        self._grants[device] = grants
        self._refresh()

    def succeed(self, old: str, new: str, since: str = "2026-01-01") -> None:
        """Let a unit take over another."""
        self.successions = (*self.successions, Succession(old, new, since))
        self._refresh()

    def revoke(self, word: Revocation) -> None:
        """Revoke a device."""
        self.words.setdefault(word.device, word)

    def remember(self, word: Revocation) -> None:
        """Revoke a device again whose revocation was forgotten."""
        self.words[word.device] = self.remembered[word.device] = word
        self.came_late.add(word.device)

    def _refresh(self) -> None:
        successions = Successions(self.successions)
        for device, grants in self._grants.items():
            wide = successions.widen(grants, TODAY)
            if device not in self._current or self._current[device].grants != wide:
                scope = Scope(f"v{next(self._numbers)}", wide)
                self._current[device] = scope
                self._past[device, scope.version] = scope

    def steady(self, connection: Connection) -> AbstractContextManager[None]:
        """Nothing is decided while something is received."""
        return nullcontext()

    def grants(self, device: str) -> tuple[Grant, ...]:
        """Give what was decided for a device."""
        return self._grants[device]

    def find_scope(self, device: str) -> Scope | None:
        """Give the scope of a device now."""
        return self._current.get(device)

    def find_past_scope(self, device: str, version: str) -> Scope | None:
        """Give an earlier scope."""
        return self._past.get((device, version))

    def list_scopes(self, device: str) -> list[Scope]:
        """List all scopes that a device ever had."""
        return [scope for (each, _), scope in self._past.items() if each == device]

    def find_last_counted(self, device: str, root: str) -> int | None:
        """Give up to which number an epoch counts of a device whose revocation was forgotten."""
        word = self.remembered.get(device)
        return max((end.sequence for end in word.ends if end.epoch == root), default=0) if word else None

    def is_revoked(self, device: str) -> bool:
        """Tell whether a device was revoked."""
        return device in self.words

    def is_unit(self, record: str) -> bool:
        """Tell whether this is a unit of anybody."""
        return any(grant.unit == record for grants in self._grants.values() for grant in grants)
