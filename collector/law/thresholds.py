"""Voting thresholds as a dated table, and the decision that follows from a count.

The table is `collector/data/thresholds.csv`: one line per condition, all lines of one `rule` make one rule,
and all of its conditions must hold. `valid_to` is the last day in force, empty while in force. The base is
always ALL households of the village (or all villages of the commune), never those present: Law
10/2022/QH15, article 21.1. Village conventions are matter 3; since Decree 61/2023 they need attendance and
approval. Arithmetic is in whole numbers. This module must not round, and must not know who voted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from collector.law.errors import (
    NegativeCount,
    NoVoters,
    RepresentedExceedsTotal,
    RepresentedMissing,
    RuleNotFound,
    YesExceedsTotal,
)
from collector.law.matters import matter_code
from collector.words import N_

ATTENDANCE: Final = "attendance"
IN_FAVOUR: Final = "in_favour"
VILLAGE: Final = "village"
COMMUNE: Final = "commune"

CAVEAT: Final = N_("Read from the original text of the law; later amendments were not checked.")
CAVEAT_PRINT_VI: Final = "Theo văn bản gốc; chưa đối chiếu các lần sửa đổi, bổ sung sau này."

CONDITION_WORDS: Final = {
    ATTENDANCE: N_("Households represented"),
    IN_FAVOUR: N_("In favour"),
}
DECISION_WORDS: Final = {
    (VILLAGE, True): N_("%(have)s/%(total)s households in favour, at least %(need)s needed. Passed."),
    (VILLAGE, False): N_("%(have)s/%(total)s households in favour, at least %(need)s needed. Not passed."),
    (COMMUNE, True): N_("%(have)s/%(total)s villages in favour, at least %(need)s needed. Passed."),
    (COMMUNE, False): N_("%(have)s/%(total)s villages in favour, at least %(need)s needed. Not passed."),
}
ATTENDANCE_WORDS: Final = {
    True: N_("%(have)s/%(total)s households represented, at least %(need)s needed."),
    False: N_("Only %(have)s/%(total)s households represented, at least %(need)s needed. Meet again."),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A share that must be reached: `numerator/denominator` of the base, or more than that if `strict`."""

    code: str
    counts: str
    base: str
    numerator: int
    denominator: int
    strict: bool
    source_id: str
    source: str

    def is_met(self, have: int, total: int) -> bool:
        """Answer whether `have` out of `total` reaches the share."""
        left, right = self.denominator * have, self.numerator * total
        return left > right if self.strict else left >= right

    def needed(self, total: int) -> int:
        """Answer the smallest count out of `total` that reaches the share."""
        share = self.numerator * total
        return share // self.denominator + 1 if self.strict else -(-share // self.denominator)


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold in force from `valid_from` to `valid_to` (both days included; None: still in force)."""

    code: str
    matter: str
    scope: str
    valid_from: date
    valid_to: date | None
    conditions: tuple[Condition, ...]

    @property
    def needs_attendance(self) -> bool:
        """Whether the number of households represented decides too."""
        return any(condition.code == ATTENDANCE for condition in self.conditions)

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts of law, in Vietnamese, each once."""
        return tuple(dict.fromkeys(condition.source for condition in self.conditions))

    def is_in_force(self, on: date) -> bool:
        """Answer whether the rule was in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """What one condition asked for and what there was."""

    code: str
    have: int
    need: int
    total: int
    met: bool
    source: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a matter passed; `needed` is the smallest number in favour that can pass."""

    rule: Rule
    passed: bool
    yes: int
    total: int
    needed: int
    conditions: tuple[ConditionResult, ...]

    @property
    def failed(self) -> tuple[ConditionResult, ...]:
        """The conditions that were not met."""
        return tuple(result for result in self.conditions if not result.met)


def list_rules() -> tuple[Rule, ...]:
    """List every rule of the table, past ones too."""
    return _read_rules()


def find_rule(matter: str, on: date, scope: str = VILLAGE) -> Rule | None:
    """Find the rule in force for a matter on a day; scope "commune" counts villages instead of households.

    :raises UnknownMatter: if there is no such matter.
    """
    code = matter_code(matter)
    for rule in _read_rules():
        if rule.matter == code and rule.scope == scope and rule.is_in_force(on):
            return rule
    return None


def get_rule(matter: str, on: date, scope: str = VILLAGE) -> Rule:
    """Answer the rule in force for a matter on a day.

    :raises UnknownMatter: if there is no such matter.
    :raises RuleNotFound: if the table has no rule for that day and scope.
    """
    rule = find_rule(matter, on, scope)
    if rule is None:
        raise RuleNotFound(matter=matter, on=on.isoformat(), scope=scope)
    return rule


def decide(rule: Rule, households_total: int, yes: int, represented: int | None = None) -> Decision:
    """Decide a count by a rule; `households_total` is H of the register (villages for the scope "commune").

    `represented` may be left out where the rule has no condition on attendance.

    :raises NoVoters: if the total is not above zero.
    :raises NegativeCount: if a count is below zero.
    :raises YesExceedsTotal: if more are in favour than there are.
    :raises RepresentedExceedsTotal: if more are represented than there are.
    :raises RepresentedMissing: if the rule needs the attendance and it was not given.
    """
    _check_counts(rule, households_total, yes, represented)
    results = tuple(_apply(condition, households_total, yes, represented) for condition in rule.conditions)
    needed = max(result.need for result in results if result.code == IN_FAVOUR)
    return Decision(rule, all(result.met for result in results), yes, households_total, needed, results)


def _apply(condition: Condition, total: int, yes: int, represented: int | None) -> ConditionResult:
    have = yes if condition.counts == "yes" else represented or 0
    return ConditionResult(
        condition.code, have, condition.needed(total), total, condition.is_met(have, total), condition.source
    )


def _check_counts(rule: Rule, total: int, yes: int, represented: int | None) -> None:
    if total <= 0:
        raise NoVoters(total=total)
    if yes < 0:
        raise NegativeCount(field="yes", value=yes)
    if yes > total:
        raise YesExceedsTotal(yes=yes, total=total)
    if represented is None:
        if rule.needs_attendance:
            raise RepresentedMissing(rule=rule.code)
    elif represented < 0:
        raise NegativeCount(field="represented", value=represented)
    elif represented > total:
        raise RepresentedExceedsTotal(represented=represented, total=total)


@cache
def _read_rules() -> tuple[Rule, ...]:
    table = files("collector.data").joinpath("thresholds.csv").read_text(encoding="utf-8")
    return parse_rules(csv.DictReader(table.splitlines()))


def parse_rules(lines: Iterable[dict[str, str]]) -> tuple[Rule, ...]:
    """Make rules of table lines; lines with the same `rule` are the conditions of one rule."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        grouped.setdefault(line["rule"], []).append(line)
    return tuple(_make_rule(code, group) for code, group in grouped.items())


def _make_rule(code: str, lines: list[dict[str, str]]) -> Rule:
    first = lines[0]
    ends = first["valid_to"]
    return Rule(
        code,
        first["matter"],
        first["scope"],
        date.fromisoformat(first["valid_from"]),
        date.fromisoformat(ends) if ends else None,
        tuple(_make_condition(line) for line in lines),
    )


def _make_condition(line: dict[str, str]) -> Condition:
    return Condition(
        line["condition"],
        line["counts"],
        line["base"],
        int(line["numerator"]),
        int(line["denominator"]),
        line["strict"] == "yes",
        line["source_id"],
        line["source"],
    )
