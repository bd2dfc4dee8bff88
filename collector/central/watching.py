"""Watches over the life of a centre: begins a new one when the database turns out to be an earlier copy of itself.

The folder remembers, outside the database, which end of the feed was last told to anybody. A database that does not
hold that any more was restored from a backup, or moved to a replica that lacks the last transactions: then what was
acknowledged may be lost, and every laptop is to offer again what it has. A restore of the whole folder is told by its
settings.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from collector.folder import DataFolder, read_json, write_atomically
from sync.centre import Centre
from sync.feed import Cursor
from sync.lives import current_life
from sync.strict import MAX_NUMBER

FILE: Final = "life.json"
LOOK_SECONDS: Final = 20.0
RESTORED: Final = "restored_at"
"""The setting in which a restore notes when it was."""


class Watch:
    """Looks at the database of a centre now and then; any number of processes may do so."""

    def __init__(
        self,
        folder: DataFolder,
        centre: Centre,
        monotonic: Callable[[], float] = time.monotonic,
        on_begin: Callable[[], None] = lambda: None,
    ) -> None:
        """Watch over a centre; `on_begin` is called before it begins a new life."""
        self._folder = folder
        self._centre = centre
        self._monotonic = monotonic
        self._on_begin = on_begin
        self._looked_at = monotonic()
        self._guard = threading.Lock()
        self._life = ""
        self._noted = -1

    def is_due(self) -> bool:
        """Tell, to one caller only, whether it is time to look again."""
        now = self._monotonic()
        with self._guard:
            if now - self._looked_at < LOOK_SECONDS:
                return False
            self._looked_at = now
            return True

    def look(self) -> bool:
        """Begin a new life if the database is an earlier one; remember where it is. Tell whether a life began."""
        remembered = self._read()
        restored_at = self._folder.read_settings().get(RESTORED, "")
        with self._centre.storage.reading() as connection:
            life = current_life(connection)
            position, chain = self._centre.feed.head(connection)
            is_earlier = bool(remembered) and not self._holds(connection, remembered)
        begins = not life or is_earlier or (restored_at and remembered.get("restored_at", "") != restored_at)
        if begins:
            life = self._begin()
        self._life, self._noted = life, position
        found = _describe(life, position, chain, restored_at)
        if begins or _is_further(found, remembered):
            self._write(found)
        return bool(begins)

    def note(self, position: int, chain: bytes) -> None:
        """Remember an end of the feed that is being told to a laptop; for what follows it must not be forgotten.

        It costs no syncing of the disk: what matters is a database that goes back while this computer goes on.
        """
        if position <= self._noted:
            return
        with self._guard:
            remembered = self._read()
            if remembered.get("life") != self._life:
                return  # another process began a new life; the next look finds out
            if position > remembered["position"]:
                found = _describe(self._life, position, chain, remembered.get("restored_at", ""))
                beside = self._folder.root / f".{FILE}.{os.getpid()}"
                beside.write_bytes(_encode(found))
                beside.replace(self._folder.root / FILE)
            self._noted = position

    def renew(self) -> str:
        """Begin a new life because a person said so; give its name."""
        self._life = life = self._begin()
        with self._centre.storage.reading() as connection:
            position, chain = self._centre.feed.head(connection)
        self._write(_describe(life, position, chain, self._folder.read_settings().get(RESTORED, "")))
        return life

    def _begin(self) -> str:
        self._on_begin()
        return self._centre.begin_life()

    def _holds(self, connection: Any, remembered: dict[str, Any]) -> bool:
        """Tell whether the feed is where it was, or went on from there."""
        cursor = Cursor("", "", remembered["position"], base64.b64decode(remembered["chain"]))
        return bool(self._centre.feed.verifies(connection, cursor, ""))

    def _read(self) -> dict[str, Any]:
        found = read_json(self._folder.root / FILE, {})
        return dict(found) if _is_shaped(found) else {}

    def _write(self, found: dict[str, Any]) -> None:
        write_atomically(self._folder.root / FILE, _encode(found))


def _encode(found: dict[str, Any]) -> bytes:
    return json.dumps(found, indent=1).encode()


def _describe(life: str, position: int, chain: bytes, restored_at: str) -> dict[str, Any]:
    return {
        "life": life,
        "position": position,
        "chain": base64.b64encode(chain).decode(),
        "restored_at": restored_at,
    }


def _is_shaped(found: Any) -> bool:
    """Tell whether a file of this kind was read; any other is as good as none."""
    if not isinstance(found, dict) or not isinstance(found.get("position"), int):
        return False
    try:
        base64.b64decode(found["chain"], validate=True)
    except (KeyError, TypeError, ValueError):
        return False
    return bool(0 <= found["position"] <= MAX_NUMBER)


def _is_further(found: dict[str, Any], remembered: dict[str, Any]) -> bool:
    """Tell whether this is news; several processes write, and none takes back what another saw."""
    if not remembered or found["life"] != remembered.get("life"):
        return True
    return bool(
        found["position"] > remembered["position"] or found["restored_at"] != remembered.get("restored_at")
    )
