"""Collector: meetings, opinions and participation surveys of a village, recorded offline."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from collector.folder import DataFolder


def read_version() -> str:
    """Give the version that is installed, "0" in a tree that was not."""
    from importlib import metadata

    try:
        return metadata.version("collector")
    except metadata.PackageNotFoundError:
        return "0"


def translations_folder() -> Path:
    """Give the folder of the compiled translations: inside the package, or beside it in a checkout."""
    inside = Path(__file__).parent / "translations"
    return inside if inside.is_dir() else inside.parent.parent / "translations"


def create_app(folder: "DataFolder") -> "Flask":
    """Build the application on a prepared data folder."""
    from collector.application import build

    return build(folder)
