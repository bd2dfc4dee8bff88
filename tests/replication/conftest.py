"""A centre in this process and laptops of one village that belong to it."""

from pathlib import Path

import pytest

from replication.scenes import CentreHere, Machine


@pytest.fixture
def centre(tmp_path: Path) -> CentreHere:
    """A centre to which nobody belongs yet."""
    return CentreHere(tmp_path / "centre")


@pytest.fixture
def one(centre: CentreHere, tmp_path: Path) -> Machine:
    """A laptop of a village."""
    return Machine(centre, tmp_path / "one")


@pytest.fixture
def two(centre: CentreHere, one: Machine, tmp_path: Path) -> Machine:
    """Another laptop of the same village."""
    return Machine(centre, tmp_path / "two", like=one)
