"""Which archives lie in a folder, which of them are kept, when the next is due, and how one gets onto a stick."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from collector.backups.archive import NAME_FORMAT, HashingFile, put_file
from collector.backups.errors import ArchiveNotFound, BackupNotWritten
from collector.clock import ZONE

NEWEST_KEPT: Final = 3
DAYS_KEPT: Final = 7
WEEKS_KEPT: Final = 4
LATEST_AFTER: Final = timedelta(days=1)
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Archive:
    """One backup: where it lies, when it was made (Việt Nam) and how large it is."""

    path: Path
    made_at: datetime
    size_bytes: int


def list_archives(folder: Path) -> list[Archive]:
    """List the archives of a folder, the newest first; other files are left out."""
    found = []
    for path in folder.glob("collector-*.age"):
        try:
            moment = datetime.strptime(path.name, NAME_FORMAT).replace(tzinfo=ZONE)
            found.append(Archive(path, moment, path.stat().st_size))
        except (ValueError, OSError):
            continue
    return sorted(found, key=lambda archive: archive.made_at, reverse=True)


def get_archive(folder: Path, name: str) -> Archive:
    """Give an archive by its name.

    :raises ArchiveNotFound: if it is not in the folder.
    """
    for archive in list_archives(folder):
        if archive.path.name == name:
            return archive
    raise ArchiveNotFound(name=name[:100])


def is_due(archives: list[Archive], moment: datetime, after: timedelta = LATEST_AFTER) -> bool:
    """Tell whether the newest archive is older than that, or claims to be made later than now."""
    if not archives:
        return True
    age = moment - archives[0].made_at
    return age >= after or age < -timedelta(hours=1)


def choose_kept(archives: Iterable[Archive]) -> set[Path]:
    """Choose what stays: the newest three, the newest of each of seven days, the newest of each of four weeks."""
    ordered = sorted(archives, key=lambda archive: archive.made_at, reverse=True)
    days: dict[object, Path] = {}
    weeks: dict[object, Path] = {}
    for archive in ordered:
        days.setdefault(archive.made_at.date(), archive.path)
        weeks.setdefault(archive.made_at.isocalendar()[:2], archive.path)
    newest = {archive.path for archive in ordered[:NEWEST_KEPT]}
    return newest | set(list(days.values())[:DAYS_KEPT]) | set(list(weeks.values())[:WEEKS_KEPT])


def remove_old_archives(folder: Path, made: Path) -> list[Path]:
    """Remove the archives that need not be kept beside the one just made; return their paths."""
    archives = list_archives(folder)
    kept = choose_kept(archives) | {made}
    removed = [archive.path for archive in archives if archive.path not in kept]
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def copy_archive(archive: Archive, target: Path) -> Path:
    """Copy an archive into another folder, read it back, and return its path there.

    :raises BackupNotWritten: if that folder is missing, full or cannot be written.
    :raises BackupDiffers: if the copy could not be read back.
    """
    path = target / archive.path.name

    def write(sink: HashingFile) -> None:
        with archive.path.open("rb") as source:
            while piece := source.read(_PIECE):
                sink.write(piece)

    try:
        put_file(path, write)
    except OSError as error:
        raise BackupNotWritten(path=str(target), problem=error.strerror or "") from error
    return path
