"""Real data folders of the centre, a commune and two of its villages, and photos that they add and carry by stick."""

import functools
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from commands.runs import import_lines, init_village, read_json

from collector.attachments.files import Files
from collector.attachments.store import NewFile, add_attachment
from collector.checks import open_checked
from collector.database import Database
from collector.device import ensure_epoch, ensure_keys
from collector.folder import DataFolder
from collector.query import list_records
from collector.sticks.exchange import make_party, read_from, write_onto
from collector.sticks.party import Party
from collector.sticks.reading import list_sources
from collector.sticks.report import ReadReport, WriteReport
from collector.sticks.standing import Standing, find_standing
from sync.pieces import make_token
from sync.sticks import FOLDER, PIECE

COMMUNE = "20455"
PASSWORD = "mat khau dai"


def make_photo(number: int, size: int = 3_000) -> bytes:
    """Give bytes that stand for a photo: always the same ones for a number."""
    return b"\xff\xd8\xff" + Random(number).randbytes(size - 3)


@functools.cache
def _make_template() -> Path:
    place = Path(tempfile.mkdtemp(prefix="collector-photos-"))
    centre = place / "centre"
    made = read_json(
        "init", "--data", centre, "--role", "central", "--name", "Quản trị", COLLECTOR_PASSWORD=PASSWORD
    )
    (place / "reserve.txt").write_text(made["reserve_words"])
    for name in ("an", "chi"):
        join(centre, init_village(place / name, f"Thôn {name} (giả định)").root, place)
        lines = json.dumps({"kind": "programme", "name": f"Đường {name}"}) + "\n"
        assert import_lines(place / name, lines).exit_code == 0
    read_json("init", "--data", place / "xa", "--role", "commune", "--unit", COMMUNE, COLLECTOR_PASSWORD=PASSWORD)
    join(centre, place / "xa", place, "--for", "commune")
    return place


def join(centre: Path, data: Path, place: Path, *more: str) -> None:
    """Have a laptop join the centre by files."""
    asked, answer = place / "request.collector", place / "answer.collector"
    read_json("device", "request", "-o", asked, "--data", data)
    given = read_json("device", "issue", "--unit", COMMUNE, "--request", asked, "-o", answer, *more, "--data", centre)
    read_json("device", "accept", answer, "--centre", given["centre"], "--data", data)


@dataclass
class Computer:
    """One data folder, open."""

    name: str
    folder: DataFolder
    database: Database

    @property
    def root(self) -> Path:
        """Where its attachments lie."""
        return self.folder.attachments

    @property
    def party(self) -> Party:
        """Who exchanges."""
        return make_party(self.folder, self.database)

    @property
    def device(self) -> str:
        """The id of the device."""
        return ensure_keys(self.folder).id

    def add_photo(self, data: bytes) -> str:
        """Attach a photo to the first programme; give the content's name."""
        unit = str(self.folder.read_settings()["unit"])
        with self.database.recording("an") as recorder:
            owner = list_records(recorder.connection, "programme", unit=unit)[0]["id"]
            add_attachment(
                recorder, Files(self.root), unit, NewFile("programme", owner, "photo", "anh.jpg", data, "image/jpeg")
            )
        return hashlib.sha256(data).hexdigest()

    def find_record(self, name: str) -> str:
        """Give the record that names a content."""
        with self.database.reading() as connection:
            return str(list_records(connection, "attachment", sha256=name)[0]["id"])

    def token(self, name: str) -> str:
        """Give what stands for a content on sticks."""
        return make_token(self.find_record(name), name)

    def remove_photo(self, name: str, *, erase: bool = False) -> None:
        """Remove the record of a photo, and erase all that it said if wanted."""
        record = self.find_record(name)
        with self.database.recording("an") as recorder:
            recorder.remove("attachment", record)
        if erase:
            with self.database.recording("an") as recorder:
                recorder.erase("attachment", record)

    def write(self, stick: Path) -> WriteReport:
        """Write a stick."""
        stick.mkdir(exist_ok=True)
        return write_onto(self.folder, self.database, stick)

    def read(self, *places: Path) -> ReadReport:
        """Read sticks or folders."""
        return read_from(self.folder, self.database, [each for place in places for each in list_sources(place)])

    def find(self, name: str) -> bytes | None:
        """Give the bytes of a content, None if it is not here."""
        path = Files(self.root).find_path(name)
        return None if path is None else path.read_bytes()

    def standing(self) -> Standing:
        """Say how photos stand with the centre."""
        with self.database.reading() as connection:
            return find_standing(connection, self.root)

    def list_kept(self) -> list[str]:
        """Name what waits or is carried in the folder of attachments."""
        parts = self.root / "parts"
        return sorted(path.name for path in parts.rglob("*") if path.is_file()) if parts.exists() else []


def open_computers(place: Path) -> dict[str, Computer]:
    """Copy the folders and open them."""
    template, found = _make_template(), {}
    for name in ("centre", "an", "chi", "xa"):
        shutil.copytree(template / name, place / name)
        folder = DataFolder(place / name)
        database = open_checked(folder)
        ensure_epoch(database, folder)
        found[name] = Computer(name, folder, database)
    shutil.copy(template / "reserve.txt", place / "reserve.txt")
    return found


def introduce(computers: dict[str, Computer], place: Path) -> None:
    """Let everybody know everybody: one round of a stick before there are photos."""
    stick = place / "introduction"
    for name in ("an", "chi", "xa", "centre", "xa", "an", "chi", "xa"):
        computers[name].read(stick) if stick.exists() else None
        computers[name].write(stick)


def pieces_on(stick: Path) -> list[Path]:
    """List the pieces on a stick."""
    return sorted((stick / FOLDER).glob(f"*{PIECE}"))
