"""The pages of rounds: planning, drawing, printing, ticking and closing."""

from collector.rounds import draw_views, planning, printing, tick_views
from collector.rounds.blueprint import blueprint

__all__ = ["blueprint", "draw_views", "planning", "printing", "tick_views"]
