"""Where a stick may be: any folder that has nothing to do with the data folder."""

from pathlib import Path

from collector.folder import DataFolder
from collector.sticks.errors import StickPlaceRefused


def check_place(folder: DataFolder, place: Path) -> Path:
    """Give the folder of a stick.

    :raises StickPlaceRefused: if it is none, or lies in the data folder or around it.
    """
    found = place.resolve()
    if not place.is_dir() or found.is_relative_to(folder.root) or folder.root.is_relative_to(found):
        raise StickPlaceRefused(path=str(place))
    return place
