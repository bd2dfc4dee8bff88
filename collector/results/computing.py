"""Computes the result of a round from counted sheets: who was asked out of how many, estimates, verdicts, groups.

Whoever was to be asked and has no sheet counts as a sheet left blank, so the strict rule holds: not yes, and in the
denominator. Figures come from `collector.participation`; nothing here is suppressed yet.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from collector.answers.urn import count_waiting
from collector.participation.answers import Answer
from collector.participation.answers import Row as SheetRow
from collector.participation.design import Chosen, Design
from collector.participation.errors import ParticipationError
from collector.participation.exact import ExactVerdict
from collector.participation.results import Result, Results, estimate_survey
from collector.participation.survey import Survey
from collector.participation.verdicts import Basis, Verdict, judge_every_dimension
from collector.query import get_record
from collector.recorder import SHEETS
from collector.results import store
from collector.results.covering import COUNTED_OUT, Cover
from collector.results.memory import Memory
from collector.results.model import Cell, Group, RoundResult
from collector.results.records import ALL
from collector.results.store import Pattern, VillageCounts
from sync.log import list_heads
from sync.storage import Connection, Row

MEMORY: Final = Memory[RoundResult]()
WITH_SHEET: Final = {"sheet": "yes"}
_MISSING: Final = ("refused", "blank", "not_asked")


@dataclass(frozen=True, slots=True)
class _Sample:
    """What a result is computed from: the round, its villages with how many were asked there, and the patterns."""

    round: Row
    dimensions: tuple[str, ...]
    villages: tuple[VillageCounts, ...]
    asked: dict[str, int]
    patterns: tuple[Pattern, ...]
    waiting: int

    @property
    def counts_adults(self) -> bool:
        return _counts_adults(self.round)

    def population(self, village: VillageCounts) -> int | None:
        return village.adults if self.counts_adults else village.households

    @property
    def cover(self) -> Cover:
        """How many live in the villages where somebody was asked."""
        sizes = [self.population(each) for each in self.villages if self.asked[each.id]]
        covered = sum(size for size in sizes if size is not None) if None not in sizes else None
        is_full = all(self.asked[each.id] for each in self.villages)
        return Cover(sum(self.asked.values()), covered, self.total_population, is_full)

    @property
    def total_population(self) -> int | None:
        sizes = [self.population(each) for each in self.villages]
        return sum(size for size in sizes if size is not None) if sizes and None not in sizes else None


def compute(connection: Connection, round_id: str) -> RoundResult:
    """Compute the result of a round from the sheets that left the urn.

    :raises RecordNotFound: if there is no such round.
    """
    round_row = get_record(connection, "round", round_id)
    villages = tuple(store.list_villages(connection, round_id))
    waiting = 0 if round_row["state"] == "closed" else count_waiting(connection, round_id)
    key = (round_id, round_row["last_stamp"], villages, waiting, list_heads(connection, SHEETS))
    return MEMORY.get(key, lambda: _compute(_take_sample(connection, round_row, villages, waiting)))


def _compute(sample: _Sample) -> RoundResult:
    round_row = sample.round
    sheets = sum(pattern.sheets for pattern in sample.patterns)
    outcomes = [village.outcomes for village in sample.villages]
    facts: dict[str, Any] = {
        "round": round_row,
        "dimensions": sample.dimensions,
        "sheets": sheets,
        "asked": sum(sample.asked.values()),
        "population": sample.total_population,
        "households_refused": sum(each.refused for each in outcomes),
        "households_not_met": sum(each.not_met for each in outcomes),
        "is_final": round_row["state"] == "closed",
    }
    if not sheets:
        return RoundResult(**facts, total=Group(grouping=ALL), problem="not_mixed" if sample.waiting else "no_sheets")
    try:
        return _estimate(sample, facts)
    except ParticipationError as error:
        return RoundResult(**facts, total=_count_only(sample), problem=error.code)


def _take_sample(
    connection: Connection, round_row: Row, villages: tuple[VillageCounts, ...], waiting: int
) -> _Sample:
    patterns = store.count_patterns(connection, round_row)
    known = {village.id for village in villages}
    villages += tuple(VillageCounts(each, "") for each in sorted({p.village for p in patterns} - known))
    sheets = dict.fromkeys([village.id for village in villages], 0)
    for pattern in patterns:
        sheets[pattern.village] += pattern.sheets
    out = sum(sheets.values())
    mixed = Fraction(out, out + waiting) if out else Fraction(0)
    asked = {each.id: count_asked(each, sheets[each.id], round_row, mixed) for each in villages}
    return _Sample(round_row, store.list_dimensions(round_row), villages, asked, patterns, waiting)


def count_asked(village: VillageCounts, sheets: int, round_row: Row, mixed: Fraction) -> int:
    """Count those of a village who were to be asked and could be: the denominator of the strict rule.

    Drawn, or one adult of every household: every household drawn that is not ineligible. Otherwise the sheets, those
    ticked as asked, and those who refused or were not met. While a round is open only a part of its sheets (`mixed`)
    is counted, and the same part of those without one.
    """
    outcomes = village.outcomes
    without = outcomes.refused + outcomes.not_met
    is_sample = round_row["chosen"] == "drawn" or (round_row["chosen"] == "everyone" and _counts_adults(round_row))
    if round_row["state"] != "closed":
        asked = sheets + round(without * mixed)
        return min(asked, max(sheets, outcomes.drawn)) if is_sample and outcomes.drawn else asked
    if is_sample and outcomes.drawn:
        return max(outcomes.drawn, sheets)
    asked = max(sheets, outcomes.asked) + without
    return max(sheets, min(asked, village.households)) if village.households else asked


def _counts_adults(round_row: Row) -> bool:
    return bool(round_row["counted"] == "adults")


def _estimate(sample: _Sample, facts: dict[str, Any]) -> RoundResult:
    survey = _make_survey(sample)
    found = estimate_survey(survey)
    assert found is not None, "there are sheets"
    total = _make_group(sample, found, sample.patterns, grouping=ALL, is_total=True)
    groups = _list_groups(sample, survey) if facts["is_final"] else ()
    return RoundResult(**facts, total=total, groups=tuple(groups), every_dimension=_judge_every(sample, found).value)


def _judge_every(sample: _Sample, found: Results) -> Verdict:
    shares, cover = len(found.dimensions), sample.cover
    judged = [cover.judge(each, _interval_of(each), shares) for each in found.dimensions]
    return judge_every_dimension((each.verdict, each.is_below_at_share) for each in judged)


def _make_survey(sample: _Sample) -> Survey:
    sizes = {each.id: sample.population(each) for each in sample.villages if sample.asked[each.id]}
    populations = {key: size for key, size in sizes.items() if size} if all(sizes.values()) else {}
    design = Design(
        populations=populations,
        chosen=_chosen(sample),
        target=Fraction(sample.round["target_percent"] or 90, 100),
    )
    return Survey(_list_rows(sample), sample.dimensions, design)


def _chosen(sample: _Sample) -> Chosen:
    # Asking one adult of every household is a sample of the adults, drawn within each household.
    if sample.round["chosen"] == "everyone" and sample.counts_adults:
        return Chosen.DRAWN
    return Chosen(sample.round["chosen"])


def _list_rows(sample: _Sample) -> Iterable[SheetRow]:
    blank = (Answer.BLANK,) * len(sample.dimensions)
    for village in sample.villages:
        here = [pattern for pattern in sample.patterns if pattern.village == village.id]
        weigh = _make_weights(sample, village, here)
        for pattern in here:
            answers = tuple(Answer(each) for each in pattern.answers)
            groups = {"sex": pattern.sex, "ethnic_group": pattern.ethnic_group, **WITH_SHEET}
            yield SheetRow(village.id, answers, None, weigh(pattern.adults), groups, pattern.sheets)
        without = sample.asked[village.id] - sum(pattern.sheets for pattern in here)
        if without:
            yield SheetRow(village.id, blank, None, weigh(None), {}, without)


def _make_weights(
    sample: _Sample, village: VillageCounts, here: Sequence[Pattern]
) -> Callable[[int | None], float | None]:
    """Give how many people a sheet stands for, by the adults of its household; None where households are counted.

    A household whose adults are not known counts as the mean of its village.
    """
    if not sample.counts_adults:
        return lambda _: None
    known = [(pattern.adults, pattern.sheets) for pattern in here if pattern.adults]
    sheets = sum(count for _, count in known)
    if sheets:
        mean = sum(adults * count for adults, count in known) / sheets
    else:
        mean = village.adults / village.households if village.adults and village.households else 1.0
    asked = sample.asked[village.id]
    are_known = all(each.households for each in sample.villages)
    scale = village.households / asked if village.households and asked and are_known else 1.0
    return lambda adults: scale * (adults or mean)


def _list_groups(sample: _Sample, survey: Survey) -> Iterable[Group]:
    if len(sample.villages) > 1:
        for village in sample.villages:
            here = [pattern for pattern in sample.patterns if pattern.village == village.id]
            found = estimate_survey(survey.village(village.id)) if sample.asked[village.id] else None
            named: dict[str, Any] = {"grouping": "village", "value": village.id, "label": village.name}
            named |= {"village": village.id, "population": sample.population(village)}
            yield _make_group(sample, found, here, asked=sample.asked[village.id], **named)
    for grouping in ("sex", "ethnic_group"):
        values = {getattr(pattern, grouping) for pattern in sample.patterns}
        for value in sorted(values) if values != {""} else ():
            inside = [pattern for pattern in sample.patterns if getattr(pattern, grouping) == value]
            found = estimate_survey(survey, _is_in(grouping, value))
            yield _make_group(sample, found, inside, grouping=grouping, value=value)


def _is_in(grouping: str, value: str) -> Callable[[SheetRow], bool]:
    return lambda row: row.groups.get(grouping) == value


def _make_group(
    sample: _Sample,
    found: Results | None,
    patterns: Sequence[Pattern],
    *,
    is_total: bool = False,
    asked: int | None = None,
    **named: Any,
) -> Group:
    if is_total:
        asked = sum(sample.asked.values())
        named["population"] = sample.total_population
        named["village"] = sample.villages[0].id if len(sample.villages) == 1 else ""
    sheets = sum(pattern.sheets for pattern in patterns)
    results = [*found.dimensions, found.all_of_them] if found else [None] * (len(sample.dimensions) + 1)
    cells = []
    for place, name in enumerate((*sample.dimensions, ALL)):
        counts = _count_all(patterns) if name == ALL else _count_codes(patterns, place)
        counts |= {"sheets": sheets, "asked": sheets if asked is None else asked}
        result = results[place]
        figures = _read_figures(result, sample, is_total) if result else {}
        cells.append(Cell(dimension=name, **counts, **figures))
    return Group(**named, cells=tuple(cells))


def _count_only(sample: _Sample) -> Group:
    return _make_group(sample, None, sample.patterns, grouping=ALL, is_total=True)


def _count_codes(patterns: Sequence[Pattern], place: int) -> dict[str, Any]:
    counts = dict.fromkeys(("yes", "no", "dont_know", "refused", "blank", "not_asked"), 0)
    for pattern in patterns:
        counts[pattern.answers[place]] += pattern.sheets
    counts["answered_no"] = counts.pop("no")
    counts["blank"] += counts.pop("not_asked")
    return counts


def _count_all(patterns: Sequence[Pattern]) -> dict[str, Any]:
    """Count those who said yes to everything, and those of whom it is certain that they did not."""
    counts = dict.fromkeys(("yes", "answered_no", "blank"), 0)
    for pattern in patterns:
        codes = set(pattern.answers)
        name = "yes" if codes == {"yes"} else "answered_no" if codes & {"no", "dont_know"} else "blank"
        counts[name] += pattern.sheets
    return counts


def _read_figures(result: Result, sample: _Sample, is_total: bool) -> dict[str, Any]:
    estimate, low_high, certain = result.strict, _interval_of(result), result.strict.certain
    cover = sample.cover
    if is_total and not cover.is_full:
        certain = cover.widen(certain) if certain and cover.population else None
        is_counted = result.judgement is not None and result.judgement.basis in COUNTED_OUT
        low_high = cover.widen(low_high) if low_high and not is_counted else None
    figures: dict[str, Any] = {
        "share": estimate.p,
        "answered_share": result.answered.p if result.answered else None,
        "certain_low": certain[0] if certain else None,
        "certain_high": certain[1] if certain else None,
    }
    figures |= {"low": low_high[0], "high": low_high[1]} if low_high else {}
    return figures | _read_judgement(result, cover) if is_total else figures


def _read_judgement(result: Result, cover: Cover) -> dict[str, Any]:
    judgement = cover.judge(result, _interval_of(result))
    figures: dict[str, Any] = {
        "verdict": judgement.verdict.value,
        "basis": judgement.basis.value,
        "reason": judgement.reasons[0].value if judgement.reasons else "",
        "depends_on_unanswered": result.depends_on_unanswered and cover.is_full,
    }
    if judgement.verdict is not Verdict.NOT_ENOUGH_EVIDENCE:
        return figures
    if judgement.basis is Basis.EXACT and result.exact is not None and cover.is_full:
        figures["further"] = result.exact.further
    if judgement.basis is Basis.CERTAIN_RANGE and cover.population is not None:
        exact = ExactVerdict(cover.population, cover.asked, round(result.strict.yes), result.target)
        figures["further"] = exact.certain_further or None
    return figures


def _interval_of(result: Result) -> tuple[float, float] | None:
    """Give the 90 % interval that goes with the rule of the verdict; None where there is no sampling error."""
    judgement, exact = result.judgement, result.exact
    if judgement is None or judgement.basis is Basis.CERTAIN_RANGE:
        return None
    if judgement.basis is Basis.EXACT and exact is not None:
        return exact.ci90[0] / exact.population, exact.ci90[1] / exact.population
    return result.strict.shown90
