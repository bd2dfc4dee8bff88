"""Data folders as their owners use them: commands only, in this process, with what everybody wrote noted down.

An edit is a line of `import records` with a word that stands nowhere else, so that afterwards every single edit can be
looked for.
"""

import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from uuid6 import uuid7

from collector.folder import DataFolder
from tests.commands.runs import import_lines, read_json, run_command

PASSWORD = "mat khau dai"
PHRASE = "recovery_phrase"


@dataclass(frozen=True)
class Edit:
    """A word that was written into a field of a record."""

    record: str
    field: str
    word: str


@dataclass
class Story:
    """What all folders of one run share: chance, the edits of everybody, the address of the centre."""

    random: Random
    address: str = ""
    edits: list[Edit] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def word(self) -> str:
        """Give a word that was not given before."""
        return f"tu-{next(self.numbers):05d}"


@dataclass
class Laptop:
    """One data folder; `phrase` opens its backups."""

    story: Story
    name: str
    data: Path
    phrase: str = ""
    unit: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def set_up(self, role: str, *more: str) -> None:
        """Do the first run."""
        made = read_json("init", "--data", self.data, "--role", role, *more, COLLECTOR_PASSWORD=PASSWORD)
        self.phrase, self.unit = made[PHRASE], made["unit"]

    def lines(self) -> dict[str, dict[str, Any]]:
        """Give what the folder shows, by record."""
        found = [json.loads(line) for line in self.export().splitlines()]
        return {line["id"]: line for line in found}

    def lines_of(self, unit: str) -> list[bytes]:
        """Give the canonical lines of one unit, as they are printed."""
        return [line for line in self.export().splitlines() if json.loads(line)["unit"] == unit]

    def export(self) -> bytes:
        """Print the canonical lines."""
        result = run_command("export", "records", "--data", self.data, **self.environment)
        assert result.exit_code == 0, result.output
        return result.stdout_bytes

    def write(self, lines: list[dict[str, Any]]) -> None:
        """Take over lines as edits."""
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        result = import_lines(self.data, text)
        assert result.exit_code == 0, (self.name, result.output)

    def edit(self, units: list[str], count: int) -> None:
        """Add and change meetings and programmes of these units, and remove some."""
        written = []
        known = self.lines()
        for _ in range(count):
            written.append(self._make_edit(known, self.story.random.choice(units)))
        self.write([line for line in written if line])

    def _make_edit(self, known: dict[str, dict[str, Any]], unit: str) -> dict[str, Any]:
        random, word = self.story.random, self.story.word()
        kinds = {"programme": "name", "meeting": "title"}
        mine = sorted(line["id"] for line in known.values() if line["unit"] == unit and line["kind"] in kinds)
        if not mine or random.random() < 0.4:
            record = str(uuid7())
            kind = random.choice(sorted(kinds))
            line = {"kind": kind, "id": record, "unit": unit, kinds[kind]: word}
            if kind == "meeting":
                line |= {"meeting_type": "dialogue", "starts_at": "2026-03-05T01:00:00Z", "place": "Gươl"}
            self.story.edits.append(Edit(record, kinds[kind], word))
            return line
        line = dict(known.pop(random.choice(mine)))
        line.pop("conflicts", None)
        name = kinds[line["kind"]]
        if random.random() < 0.1:
            return {"kind": line["kind"], "id": line["id"], "unit": unit, "removed": True}
        self.story.edits.append(Edit(line["id"], name, word))
        return {"kind": line["kind"], "id": line["id"], "unit": unit, name: word}

    def enrol(self, code: str) -> None:
        """Join the centre."""
        read_json("device", "enrol", code, "--server", self.story.address, "--data", self.data)

    def sync(self, address: str = "") -> int:
        """Send and receive; give the exit code."""
        more = ("--server", address) if address else ()
        return run_command("sync", *more, "--data", self.data, "--format", "json").exit_code

    def write_stick(self, stick: Path) -> None:
        """Write what others lack to a stick."""
        read_json("bundle", "write", stick, "--data", self.data)

    def read_stick(self, stick: Path) -> None:
        """Read every file of a stick, in any order."""
        files = sorted(path for path in stick.rglob("*") if path.is_file())
        self.story.random.shuffle(files)
        if files:
            read_json("bundle", "read", *files, "--data", self.data)

    def clone(self, data: Path) -> "Laptop":
        """Copy the disk."""
        shutil.copytree(self.data, data)
        return Laptop(self.story, f"{self.name} (copy)", data, self.phrase, self.unit)

    def back_up(self, place: Path) -> Path:
        """Make a backup; give its file."""
        place.mkdir(exist_ok=True)
        run = run_command("backup", place, "--data", self.data)
        assert run.exit_code == 0, run.output
        return max(path for path in place.iterdir())

    def restore(self, archive: Path) -> None:
        """Lose the disk and take the backup."""
        shutil.rmtree(self.data)
        run = run_command("restore", archive, "--data", self.data, COLLECTOR_PHRASE=self.phrase)
        assert run.exit_code == 0, run.output

    def check(self) -> None:
        """Have the folder checked."""
        run = run_command("check", "--data", self.data)
        assert run.exit_code == 0, (self.name, run.output)

    def count_bodies(self, word: str) -> int:
        """Count the revisions that hold a word."""
        with sqlite3.connect(DataFolder(self.data).database) as connection:
            sql = "SELECT count(*) FROM revision WHERE instr(body, CAST(? AS BLOB)) > 0"
            return int(connection.execute(sql, [f'"{word}"']).fetchone()[0])
