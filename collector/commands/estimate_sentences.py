"""The results of `collector estimate` as sentences for people."""

import os
from collections.abc import Iterator, Sequence
from typing import Final

from collector.commands.estimating import Compared
from collector.commands.language import _
from collector.participation.results import Result, Results
from collector.participation.suppression import print_percent
from collector.participation.verdicts import Basis, Reason, Verdict
from collector.words import N_

VERDICTS: Final = {
    Verdict.MET: N_("Enough evidence: met."),
    Verdict.NOT_MET: N_("Enough evidence: not met."),
    Verdict.NOT_ENOUGH_EVIDENCE: N_("Not enough evidence."),
    Verdict.NOT_COMPARABLE: N_("Not comparable."),
}
REASONS: Final = {
    Reason.INTERVAL: N_("The interval holds the target."),
    Reason.TOO_FEW_ASKED: N_("With so few asked, not even all yes would be proof."),
    Reason.UNEQUAL_FRACTIONS: N_("The villages were asked in shares that differ too much."),
    Reason.REST_COULD_CHANGE: N_("The few who were not asked could still change it."),
    Reason.VILLAGES_SAMPLED: N_("Only some villages were asked; that gives an interval, never proof of the target."),
    Reason.POPULATION_UNKNOWN: N_("It is not known how many live there (--population)."),
    Reason.NOT_DRAWN: N_("Those asked were not drawn at random, so only counts are shown."),
    Reason.GAPS: N_("Not everyone answered, and gaps are not random."),
    Reason.NOT_COVERED: N_("Villages without answers could change it."),
}


def result_sentences(results: Results) -> Iterator[str]:
    """Say the results of a file."""
    means = (results.mean,) if results.mean.has_interval else ()
    for result in (*results.dimensions, results.all_of_them, *means):
        yield _headline(result)
        for sentence in _details(result):
            yield "  " + sentence
    for cells in results.merged_cells:
        names = ", ".join("/".join(cell) for cell in cells)
        yield _("Merged, because too few answered: %(cells)s", cells=names)
    yield _every_sentence(results)


def change_sentences(names: tuple[str, str], compared: Sequence[Compared], later: Results) -> Iterator[str]:
    """Say the comparison of two rounds."""
    yield _("From round %(first)s to round %(second)s:", first=names[0], second=names[1])
    for each in compared:
        yield _change_sentence(each)
    yield _every_sentence(later)


def _headline(result: Result) -> str:
    verdict = _(VERDICTS[result.verdict]) if result.verdict else ""
    name, strict = _name(result.name), result.strict
    if not result.has_interval or result.shown is None:
        told = _("%(name)s: %(yes)s of %(asked)s asked said yes.", name=name, yes=round(strict.yes), asked=strict.n)
    else:
        ends = {"low": _percent(result.shown[0], result), "high": _percent(result.shown[1], result)}
        percent = _percent(strict.p, result)
        told = _("%(name)s: %(percent)s %% said yes, range %(low)s to %(high)s %%.", name=name, percent=percent, **ends)
    return f"{told} {verdict}".rstrip()


def _details(result: Result) -> Iterator[str]:
    if result.exact and result.judgement:
        exact = result.exact
        ends = exact.certain if result.judgement.basis is Basis.CERTAIN_RANGE else exact.ci90
        counts = {"population": exact.population, "low": ends[0], "high": ends[1], "needed": exact.needed}
        yield _("Of %(population)s, between %(low)s and %(high)s would say yes; the target needs %(needed)s.", **counts)
    if result.judgement:
        yield from (_(REASONS[reason]) for reason in result.judgement.reasons)
    if result.further:
        yield _("Asking %(further)s more could settle it.", further=result.further)
    if result.has_interval and result.answered and result.answered.p != result.strict.p:
        low, high = (_percent(end, result) for end in result.missing_range)
        yield _(
            "Among those who answered: %(percent)s %%. If all missing answers were no, or yes: %(low)s or %(high)s %%.",
            percent=_percent(result.answered.p, result),
            low=low,
            high=high,
        )
    if result.depends_on_unanswered:
        yield _("The verdict depends on those who did not answer.")


def _change_sentence(compared: Compared) -> str:
    change, later, name = compared.change, compared.later, _name(compared.name)
    if change is None or later is None:
        return _("%(name)s: %(verdict)s", name=name, verdict=_(VERDICTS[Verdict.NOT_COMPARABLE]))
    values = {"name": name, "first": _percent(change.first.p, later), "second": _percent(change.second.p, later)}
    if change.mover95 is None:
        return _("%(name)s: from %(first)s to %(second)s %%, a full count in both rounds.", **values)
    low, high = (_decimal(f"{end * 100:+.1f}") for end in change.mover95)
    return _(
        "%(name)s: from %(first)s to %(second)s %%, a change of %(low)s to %(high)s points.",
        **values,
        low=low,
        high=high,
    )


def _every_sentence(results: Results) -> str:
    return _("Every dimension together: %(verdict)s", verdict=_(VERDICTS[results.every_dimension]))


def _name(name: str) -> str:
    return {"all": _("all of them"), "mean": _("mean of the dimensions")}.get(name, name)


def _percent(share: float, result: Result) -> str:
    return _decimal(str(print_percent(share, result.target)))


def _decimal(text: str) -> str:
    # Vietnamese writes a comma before the decimals.
    return text.replace(".", ",") if os.environ.get("LANGUAGE") == "vi" else text
