"""What tests of the centre begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from central.scenes import administrator_of, open_centre, set_up_centre


@pytest.fixture
def centre_app(tmp_path: Path) -> Iterator[Flask]:
    """The application of a new centre."""
    with open_centre(set_up_centre(tmp_path / "centre")) as app:
        yield app


@pytest.fixture
def admin(centre_app: Flask) -> FlaskClient:
    """The administrator's browser."""
    return administrator_of(centre_app)
