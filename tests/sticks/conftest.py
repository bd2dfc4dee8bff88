"""A world to write and read sticks in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sticks.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three villages, a commune and a centre."""
    place = tmp_path / "world"
    place.mkdir()
    made = World(place)
    yield made
    made.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """An empty stick."""
    made = tmp_path / "stick"
    made.mkdir()
    return made
