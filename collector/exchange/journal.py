"""Keeps a journal of exports: when, what and how much left the folder. It holds no record."""

import json
import os
from typing import Any, Final

from collector.clock import now, utc_text
from collector.folder import DataFolder

JOURNAL: Final = "exports.ndjson"


def note_export(folder: DataFolder, what: str, shape: str, **details: Any) -> None:
    """Add an export to the journal of the folder, durably."""
    entry = {"at": utc_text(now()), "what": what, "format": shape, **details}
    with (folder.root / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
