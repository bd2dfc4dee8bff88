"""Collector: meetings, opinions and participation surveys of a village, recorded offline.

`create_app` is the only place that registers blueprints.
"""

from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from collector.folder import DataFolder

try:
    __version__ = metadata.version("collector")
except metadata.PackageNotFoundError:
    __version__ = "0"


def translations_folder() -> Path:
    """Give the folder of the compiled translations: inside the package, or beside it in a checkout."""
    inside = Path(str(resources.files("collector"))) / "translations"
    return inside if inside.is_dir() else inside.parent.parent / "translations"


def create_app(folder: "DataFolder") -> "Flask":
    """Build the application on a prepared data folder."""
    from collector.application import build

    return build(folder)
