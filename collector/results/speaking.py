"""Says results in words that a village head understands, in the language of whoever reads.

English source here, translated by the speaker: on pages that of the request, on papers Vietnamese. A percentage
within one point of the target keeps one decimal, and rounding never carries it over the target.
"""

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from babel.numbers import format_decimal

from collector import translations_folder
from collector.answers.records import DIMENSION_WORDS
from collector.participation.suppression import print_percent
from collector.results.comparing import Change, Comparison
from collector.results.model import Cell, Group, RoundResult
from collector.results.records import ALL, EDGES, EVERY_DIMENSION
from collector.results.store import OTHER_GROUP
from collector.words import N_

ESTIMATES: Final = {
    "households": N_("Of 100 households, an estimated %(low)s to %(high)s answered yes."),
    "adults": N_("Of 100 people, an estimated %(low)s to %(high)s answered yes."),
}
FULL_COUNTS: Final = {
    "households": N_("All %(population)s households were asked: %(yes)s answered yes."),
    "adults": N_("All %(population)s people were asked: %(yes)s answered yes."),
}
CERTAIN: Final = {
    "households": N_(
        "Of %(population)s households, %(yes)s answered yes and %(gaps)s were not asked: certainly %(low)s to %(high)s."
    ),
    "adults": N_(
        "Of %(population)s people, %(yes)s answered yes and %(gaps)s were not asked: certainly %(low)s to %(high)s."
    ),
}
COUNTED: Final = {
    "households": N_("Of %(asked)s households that were asked, %(yes)s answered yes."),
    "adults": N_("Of %(asked)s people who were asked, %(yes)s answered yes."),
}
NOT_DRAWN: Final = {
    "households": N_("The households were not drawn by lot, so only counts are given."),
    "adults": N_("The people were not drawn by lot, so only counts are given."),
}
FURTHER: Final = {
    "households": N_("Asking at least %(more)s more could settle it."),
    "adults": N_("Asking at least %(more)s more of the people could settle it."),
}
VERDICT_SENTENCES: Final = {
    "met": N_("The evidence is enough: met."),
    "not_met": N_("The evidence is enough: not met."),
    "not_enough_evidence": N_("There is not enough evidence to say that %(target)s%% is met."),
}
REASONS: Final = {
    "too_few_asked": N_("So few were asked that even yes from all of them would not show it."),
    "unequal_fractions": N_(
        "The shares asked in the villages differ too much. Please ask more where few were asked."
    ),
    "population_unknown": N_("How many live there is not known. Please enter the register."),
    "not_covered": N_("In at least one village nobody was asked, and those who live there could change it."),
    "gaps": N_("Those who were not asked could change it."),
    "rest_could_change": N_("The few who were not asked could still change it."),
}
VERDICT_WORDS: Final = {
    "met": N_("Met"),
    "not_met": N_("Not met"),
    "not_enough_evidence": N_("Not enough evidence"),
    "not_comparable": N_("Not comparable"),
}
VERDICT_TONES: Final = {"met": "ok", "not_met": "late", "not_enough_evidence": "warn"}
PROBLEMS: Final = {
    "no_sheets": N_("There are no answer sheets, so there is no conclusion yet."),
    "not_mixed": N_(
        "No sheet is mixed with others yet, so there is no conclusion yet. All are mixed when the round closes."
    ),
    "few_sheets": N_("There are only %(sheets)s sheets, too few to compute. Please ask more."),
    "one_sheet": N_("There is only 1 sheet, too few to compute. Please ask more."),
    "not_closed": N_("People are still being asked, so there is no conclusion yet."),
    "too_many_asked": N_(
        "There are more sheets than the register has households or people. Please look at the register again."
    ),
    "stratum_too_small": N_("Only one sheet is from a village, so the villages cannot be added up. Please ask more."),
}
HIDDEN: Final = N_("Hidden: too few people")
NOT_STATED: Final = N_("Not stated")
ANOTHER_GROUP: Final = N_("Another group")
SEX_WORDS: Final = {"female": N_("Female"), "male": N_("Male")}
CHANGES: Final = {
    "rose": N_("Rose by %(points)s points (from %(low)s to %(high)s)."),
    "fell": N_("Fell by %(points)s points (from %(low)s to %(high)s)."),
    "not_shown": N_(
        "There is not enough evidence of a change (between %(low)s points less and %(high)s points more)."
    ),
}
COUNTED_CHANGES: Final = {
    "rose": N_("Rose by %(points)s points."),
    "fell": N_("Fell by %(points)s points."),
    "not_shown": N_("The same as in the round before."),
}
"""What two full counts say: nothing in them is estimated."""
DIFFERENCES: Final = {
    "wording": N_("other questions were asked"),
    "dimensions": N_("something else was asked about"),
    "unit": N_("households were counted in one round, people in the other"),
    "chosen": N_("those asked were chosen in another way"),
    "not_drawn": N_("those asked were not drawn by lot"),
}
METHOD: Final = {
    "exact": N_(
        "One village whose respondents were drawn by lot: judged exactly in whole numbers (hypergeometric test at 5%)."
    ),
    "full_count": N_("Everybody was asked: a count without sampling error."),
    "certain_range": N_(
        "Judged only on what is certain: those who said yes, and they with all who were not asked."
    ),
    "interval": N_(
        "Several villages or weights: the interval of Korn and Graubard with the finite population correction kept."
        " This is a combination of the project’s own, tested by simulation."
    ),
    "all_yes": N_("Everybody asked in several villages said yes: judged by the exact rule for such samples."),
}
METHOD_STRICT: Final = N_(
    "Only yes counts as yes. Whoever was to be asked stays in the count, also those who refused or were not met."
)
METHOD_INTERVAL: Final = N_(
    "The interval is the one of 90%: each of its ends holds in 95 of 100 samples. The verdict uses the same ends."
)
METHOD_EVERY: Final = N_("Over all questions it is met only if each of them is met.")
METHOD_HIDDEN: Final = N_("Figures about too few people are hidden, and with them others that would tell them.")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says things in one language: `say` translates and fills in, `locale` writes numbers."""

    say: Callable[..., str]
    locale: str

    def number(self, value: int | Decimal | None) -> str:
        """Write a number."""
        return "" if value is None else str(format_decimal(value, locale=self.locale))

    def percent(self, share: float | None, target: float) -> str:
        """Write a share as a number of 100, without the sign."""
        if share is None:
            return ""
        return self.number(print_percent(min(max(share, 0.0), 1.0), Fraction(round(target * 100), 100)))


def make_vietnamese() -> Speaker:
    """Make the speaker of papers, which needs no request."""
    found = gettext.translation("messages", str(translations_folder()), languages=["vi"], fallback=True)

    def say(text: str, **values: Any) -> str:
        said = found.gettext(text) if text else ""
        return said % values if values else said

    return Speaker(say, "vi")


def say_dimension(speaker: Speaker, dimension: str, count: int = 0) -> str:
    """Name a dimension; `count` is how many there are besides the one of all together."""
    if dimension == ALL:
        return speaker.say(N_("All four together") if count == 4 else N_("All of them together"))
    if dimension == EVERY_DIMENSION:
        return speaker.say(N_("Verdict over all questions"))
    return speaker.say(DIMENSION_WORDS[dimension])


def say_group(speaker: Speaker, group: Group) -> str:
    """Name a group of people."""
    if group.grouping == "village":
        return group.label
    if not group.value:
        return speaker.say(NOT_STATED)
    if group.grouping == "sex":
        return speaker.say(SEX_WORDS.get(group.value, NOT_STATED))
    return speaker.say(ANOTHER_GROUP) if group.value == OTHER_GROUP else group.value


def say_verdict(speaker: Speaker, verdict: str) -> str:
    """Name a verdict."""
    return speaker.say(VERDICT_WORDS.get(verdict, ""))


def say_problem(speaker: Speaker, result: RoundResult) -> str:
    """Say what keeps figures from being computed or shown; nothing if they are there."""
    if result.suppressed and result.sheets == 1:
        return speaker.say(PROBLEMS["one_sheet"])
    if result.suppressed and result.sheets:
        return speaker.say(PROBLEMS["few_sheets"], sheets=result.sheets)
    if result.problem:
        return speaker.say(PROBLEMS.get(result.problem, PROBLEMS["stratum_too_small"]))
    return f"{speaker.say(HIDDEN)}." if result.suppressed else ""


def say_cell(speaker: Speaker, result: RoundResult, cell: Cell) -> list[str]:
    """Say what a cell of everybody shows and what follows, a sentence each."""
    if cell.suppressed:
        return [f"{speaker.say(HIDDEN)}."]
    counted = str(result.round["counted"])
    found = [say_share(speaker, result, cell)]
    if result.round["chosen"] == "other":
        found.append(speaker.say(NOT_DRAWN[counted]))
    if cell.verdict in VERDICT_SENTENCES:
        target = round(result.target * 100)
        found.append(speaker.say(VERDICT_SENTENCES[cell.verdict], target=target))
    if cell.verdict == "not_enough_evidence":
        if cell.further:
            found.append(speaker.say(FURTHER[counted], more=speaker.number(cell.further)))
        elif cell.reason in REASONS:
            found.append(speaker.say(REASONS[cell.reason]))
    return [each for each in found if each]


def say_share(speaker: Speaker, result: RoundResult, cell: Cell) -> str:
    """Say the share of a cell as its rule allows: estimated, counted, or certain."""
    counted = str(result.round["counted"])
    if cell.edge:
        return f"{say_edge(speaker, cell)}."
    if cell.basis == "full_count" and not result.counts_adults:
        values = {"population": speaker.number(cell.asked), "yes": speaker.number(cell.yes)}
        return speaker.say(FULL_COUNTS[counted], **values)
    if cell.low is not None and cell.high is not None:
        ends = {name: speaker.percent(getattr(cell, name), result.target) for name in ("low", "high")}
        return speaker.say(ESTIMATES[counted], **ends)
    if is_only_certain(result, cell) and result.population:
        return _say_certain(speaker, result, cell)
    return speaker.say(COUNTED[counted], asked=speaker.number(cell.asked), yes=speaker.number(cell.yes))


def _say_certain(speaker: Speaker, result: RoundResult, cell: Cell) -> str:
    population, yes = result.population or 0, cell.yes or 0
    gaps = population - (cell.asked or 0)
    values = {"population": population, "yes": yes, "gaps": gaps, "low": yes, "high": yes + gaps}
    written = {name: speaker.number(value) for name, value in values.items()}
    return speaker.say(CERTAIN[str(result.round["counted"])], **written)


def say_edge(speaker: Speaker, cell: Cell) -> str:
    """Say the bound that stands in for nobody or everybody of a small group."""
    return speaker.say(next((edge.words for edge in EDGES if edge.code == cell.edge), ""))


def say_figure(speaker: Speaker, result: RoundResult, cell: Cell) -> str:
    """Give a cell as it stands in a table: share and interval in per cent, a bound, or that it is hidden."""
    if cell.suppressed:
        return speaker.say(HIDDEN)
    if cell.edge:
        return say_edge(speaker, cell)
    if cell.share is None:
        return ""
    share = f"{speaker.percent(cell.share, result.target)}%"
    if is_only_certain(result, cell):
        low, high = (speaker.percent(end, result.target) for end in (cell.certain_low, cell.certain_high))
        return speaker.say(N_("certainly %(low)s%% to %(high)s%%"), low=low, high=high)
    if cell.low is None or cell.high is None or cell.low == cell.high:
        return share
    low, high = (speaker.percent(end, result.target) for end in (cell.low, cell.high))
    return speaker.say(N_("%(share)s (from %(low)s to %(high)s)"), share=share, low=low, high=high)


def say_change(speaker: Speaker, change: Change) -> str:
    """Say by how many points of a hundred a share changed, and whether that is shown; no number carries a sign."""
    points = write_points(speaker, change.diff)
    if change.low == change.high:
        return speaker.say(COUNTED_CHANGES[change.direction], points=points)
    ends = (change.high, change.low) if change.direction == "fell" else (change.low, change.high)
    low, high = (write_points(speaker, end) for end in ends)
    return speaker.say(CHANGES[change.direction], points=points, low=low, high=high)


def write_points(speaker: Speaker, share: float) -> str:
    """Write a difference in points of a hundred without its sign; with a decimal where it would read as none."""
    points = abs(Decimal(share * 100))
    return speaker.number(points.quantize(Decimal(1) if points >= Decimal("0.5") else Decimal("0.1")))


def say_differences(speaker: Speaker, comparison: Comparison) -> str:
    """Say why two rounds cannot be compared."""
    reasons = ", ".join(speaker.say(DIFFERENCES[each]) for each in comparison.differences)
    return speaker.say(N_("Not comparable with the round before: %(reasons)s."), reasons=reasons)


def say_rate(speaker: Speaker, result: RoundResult) -> str:
    """Give how many of a hundred that were to be asked there is a sheet of; nothing if that is not known."""
    wanted = result.population if result.round["chosen"] == "everyone" and not result.counts_adults else result.asked
    return speaker.percent(result.sheets / wanted, result.target) if wanted and result.sheets is not None else ""


def is_only_certain(result: RoundResult, cell: Cell) -> bool:
    """Tell whether a cell is of a full count with gaps: then only a range is certain, and there is no interval."""
    return cell.low is None and cell.certain_low is not None and result.round["chosen"] == "everyone"


def say_method(speaker: Speaker, result: RoundResult) -> list[str]:
    """Say how the figures were made and judged, a sentence each."""
    found = [METHOD_STRICT]
    bases = dict.fromkeys(cell.basis for cell in result.total.cells if cell.basis in METHOD)
    found += [METHOD[basis] for basis in bases]
    if any(cell.low is not None and cell.low != cell.high for cell in result.total.cells):
        found.append(METHOD_INTERVAL)
    found += [METHOD_EVERY, METHOD_HIDDEN]
    return [speaker.say(each) for each in found]
