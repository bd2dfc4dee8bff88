"""A centre and laptops that belong to it, made once and copied for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.world import Centre, Laptop, make_centre, make_laptop


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a centre, two laptops of one village (an, em) and one of another (binh)."""
    root = tmp_path_factory.mktemp("faults")
    centre = make_centre(root / "centre")
    an = make_laptop(root / "an", "Thôn Đầu Suối")
    centre.let_in(an)
    centre.let_in(make_laptop(root / "em", "Thôn Đầu Suối"), "Thôn Đầu Suối")
    centre.let_in(make_laptop(root / "binh", "Thôn Cuối Suối"))
    return root


@pytest.fixture
def centre(templates: Path, tmp_path: Path) -> Iterator[Centre]:
    """A centre to which the laptops belong; it ends with the test."""
    found = Centre(Centre(templates / "centre").copy(tmp_path / "centre").root)
    yield found
    found.kill()


def _copy(templates: Path, tmp_path: Path, name: str) -> Laptop:
    return Laptop(Laptop(templates / name).copy(tmp_path / name).root)


@pytest.fixture
def an(templates: Path, tmp_path: Path) -> Laptop:
    """A laptop of the first village."""
    return _copy(templates, tmp_path, "an")


@pytest.fixture
def em(templates: Path, tmp_path: Path) -> Laptop:
    """The second laptop of the first village."""
    return _copy(templates, tmp_path, "em")


@pytest.fixture
def binh(templates: Path, tmp_path: Path) -> Laptop:
    """The laptop of the second village."""
    return _copy(templates, tmp_path, "binh")
