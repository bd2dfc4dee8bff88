"""The pages of rounds: planning, drawing, ticking and closing."""

from collector.rounds import draw_views, planning, tick_views
from collector.rounds.blueprint import blueprint

__all__ = ["blueprint", "draw_views", "planning", "tick_views"]
