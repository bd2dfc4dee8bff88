"""The pages of answering: handing over, asking, paper sheets, withdrawing, taking answers out."""

from collector.answers import asking, entering, handing, withdrawing
from collector.answers.blueprint import blueprint

__all__ = ["asking", "blueprint", "entering", "handing", "withdrawing"]
