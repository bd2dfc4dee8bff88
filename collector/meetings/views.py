"""The pages of meetings: preparing, recording live, finalising, printing."""

from collector.meetings import finishing, live, preparing, printing, questions, summaries
from collector.meetings.blueprint import blueprint

__all__ = ["blueprint", "finishing", "live", "preparing", "printing", "questions", "summaries"]
