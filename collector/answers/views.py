"""The pages of answering: handing over, asking, paper sheets, withdrawing, taking answers out."""

from collector.answers import asking, entering, handing, taking_out, withdrawing
from collector.answers.blueprint import blueprint

__all__ = ["asking", "blueprint", "entering", "handing", "taking_out", "withdrawing"]
