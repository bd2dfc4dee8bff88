"""Gathers the pages of a centre on one blueprint."""

from collector.central import aside_views, device_views, life_views
from collector.central.blueprint import blueprint

__all__ = ["aside_views", "blueprint", "device_views", "life_views"]
