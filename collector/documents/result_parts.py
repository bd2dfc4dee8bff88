"""The parts of the paper of results: a section for each round, with lines, tables and facts.

A part states exactly what is printed: figures come as words, and a figure about too few people never gets here. Shares
that are drawn are whole ten-thousandths, since a paper holds no floating-point numbers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFact:
    """A label and what belongs to it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """One question: its sentence, its verdict and what is drawn of it (None: nothing)."""

    name: str
    sentence: str
    verdict: str = ""
    figure: str = ""
    answered: str = ""
    asked: str = ""
    sheets: str = ""
    yes: str = ""
    share: int | None = None
    low: int | None = None
    high: int | None = None
    is_certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One group of people in a table."""

    name: str
    sheets: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """Groups of people by the questions."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[ResultRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSection:
    """One round. `target` is in ten-thousandths; `problem` says why there are no figures."""

    title: str
    target: int
    programme: str = ""
    verdict: str = ""
    problem: str = ""
    facts: tuple[ResultFact, ...] = ()
    lines: tuple[ResultLine, ...] = ()
    tables: tuple[ResultTable, ...] = ()
    change_note: str = ""
    changes: tuple[ResultFact, ...] = ()
    method: tuple[str, ...] = ()
