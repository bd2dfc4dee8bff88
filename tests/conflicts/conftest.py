"""Two laptops of one village, for every test of what differs between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from two_laptops import Laptop, two_laptops


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Laptop, Laptop]]:
    """Two laptops that hold the same village."""
    with two_laptops(tmp_path) as made:
        yield made
