"""Gathers the pages of villages, registers, days off and households on one blueprint."""

from collector.units import household_views, import_views, village_views
from collector.units.blueprint import blueprint

__all__ = ["blueprint", "household_views", "import_views", "village_views"]
