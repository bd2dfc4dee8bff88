"""The blueprint that the pages of a centre register on, and what they work with."""

from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, current_app

from collector.central.building import EXTENSION, Running
from collector.clock import utc_text

blueprint = Blueprint("central", __name__)


def running() -> Running:
    """Give the centre that this application serves."""
    return cast("Running", current_app.extensions[EXTENSION])


def moment_of(moment_ms: int | None) -> str:
    """Write an instant of the registry as instants are stored elsewhere, "" for none."""
    return "" if moment_ms is None else utc_text(datetime.fromtimestamp(moment_ms / 1000, UTC))
