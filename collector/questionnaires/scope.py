"""What an expression can see while it is evaluated, and how much work it may still do."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from collector.questionnaires.errors import EvaluationFailed
from collector.questionnaires.nodes import Node

MAX_STEPS: Final = 400_000
"""Nodes looked at and functions called in one go: well under a second, far more than any real form needs."""


def _no_words(*_: str) -> str:
    return ""


@dataclass(slots=True)
class World:
    """The answers so far, the lists of choices, the moment, and a seed that makes chance the same on every reading."""

    document: Node
    instances: Mapping[str, Node]
    now: datetime
    seed: str = ""
    find_text: Callable[[str], str] = _no_words
    """Gives a text of the form by its id, in the language of the reader."""
    find_choice: Callable[[str, str], str] = _no_words
    """Gives the words of a choice, by its value and the path of its question."""
    steps: int = field(default=MAX_STEPS)
    _places: dict[str, list[Node]] | None = None

    def find(self, path: str) -> list[Node]:
        """Give the nodes of an absolute path without predicates; looked up once, as the tree keeps its shape."""
        if self._places is None:
            self._places = {}
            for node in self.document.walk():
                self._places.setdefault(node.path, []).append(node)
        self.spend()
        return self._places.get(path, [])

    def spend(self, steps: int = 1) -> None:
        """Take note of work done.

        :raises EvaluationFailed: if it becomes too much.
        """
        self.steps -= steps
        if self.steps < 0:
            raise EvaluationFailed(reason="too_much_work")

    def chance(self, scope: "Scope", purpose: str) -> random.Random:
        """Give the source of chance of one place in one interview."""
        return random.Random(f"{self.seed}\n{purpose}\n{scope.current.path}")  # noqa: S311 - no secret hangs on it


@dataclass(slots=True)
class Scope:
    """Where an expression stands: its node, the node of the question, and in a predicate the position among others."""

    world: World
    node: Node
    current: Node
    position: int = 0
    size: int = 0
