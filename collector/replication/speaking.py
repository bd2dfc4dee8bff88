"""Sentences of the exchange: what remains, how far it is, what it came to, and where a record is."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext

from collector.history.words import who
from collector.replication import states
from collector.replication.errors import find_words
from collector.replication.journal import BY_COMMAND
from collector.replication.progress import PHASES, Step
from collector.replication.report import TOLERATED_CLOCK_SECONDS, Problem, SyncReport
from collector.wording import ERRORS, UNKNOWN_ERROR, ngettext, say, write_number
from collector.words import N_, NN_

STATES: Final = {
    states.ONLY_HERE: (N_("only on this laptop"), "warn"),
    states.RECEIVED: (N_("received by the commune or city"), "ok"),
    states.BACKED_UP: (N_("in the centre's backup"), "ok"),
}
"""Words and tone of where a record is."""
_GROUPS: Final[Mapping[str, tuple[tuple[str, str], frozenset[str]]]] = {
    "meetings": (NN_("%(num)s meeting", "%(num)s meetings"), frozenset({"meeting"})),
    "opinions": (NN_("%(num)s opinion", "%(num)s opinions"), frozenset({"opinion"})),
    "minutes": (NN_("%(num)s finalised minutes", "%(num)s finalised minutes"), frozenset({"snapshot", "amendment"})),
    "programmes": (NN_("%(num)s programme", "%(num)s programmes"), frozenset({"programme"})),
    "rounds": (NN_("%(num)s survey round", "%(num)s survey rounds"), frozenset({"round"})),
    "sheets": (NN_("%(num)s answer sheet", "%(num)s answer sheets"), frozenset({"answer_sheet"})),
    "households": (NN_("%(num)s household of the list", "%(num)s households of the list"), frozenset({"household"})),
}
"""What people count; everything else is counted together."""
_OTHER: Final = NN_("%(num)s other entry", "%(num)s other entries")
_ENTRIES: Final = NN_("%(num)s entry", "%(num)s entries")
_FILES: Final = NN_("%(num)s photo or paper", "%(num)s photos or papers")
_KIB: Final = 1024


def list_remaining(records: Mapping[str, int], files: int = 0) -> list[str]:
    """List what was not sent, as people count it: "3 meetings", "12 opinions", "2 photos or papers"."""
    named: set[str] = set()
    parts = []
    for words, kinds in _GROUPS.values():
        named |= kinds
        parts.append((words, sum(records.get(kind, 0) for kind in kinds)))
    others = sum(count for kind, count in records.items() if kind not in named)
    parts.append((_OTHER if any(count for _, count in parts) else _ENTRIES, others))
    parts.append((_FILES, files))
    return [_count(words, count) for words, count in parts if count]


def _count(words: tuple[str, str], count: int) -> str:
    return ngettext(*words, count)


def say_remaining(unsent: states.Unsent, files: int = 0) -> str:
    """Say in one sentence what was not sent yet."""
    if not unsent.is_exact:
        entries = write_number(unsent.revisions)
        return str(gettext("Not sent yet: %(entries)s entries. That is much; it may take hours.", entries=entries))
    parts = list_remaining(unsent.records, files)
    if not parts and unsent.revisions:
        parts = [_count(_ENTRIES, unsent.revisions)]
    if not parts:
        return str(gettext("Nothing is left to send."))
    return str(gettext("Not sent yet: %(list)s.", list=", ".join(parts)))


def say_step(step: Step) -> str:
    """Say how far an exchange is."""
    phase = say(PHASES.get(step.phase, ""))
    if step.phase == "files":
        done, total = (write_number(-(-each // _KIB)) for each in (step.done, step.total))
        said = gettext("%(done)s of %(total)s kB", done=done, total=total) if step.total else f"{done} kB"
    elif step.total:
        said = gettext("%(done)s of %(total)s", done=write_number(step.done), total=write_number(step.total))
    else:
        said = write_number(step.done) if step.done else ""
    return f"{phase}: {said}" if said else f"{phase}…"


def say_report(report: SyncReport) -> str:
    """Say what an exchange brought."""
    if not (report.sent or report.received or report.files_sent or report.files_received or report.relayed):
        return str(gettext("There was nothing new."))
    parts = [
        gettext("sent %(num)s", num=write_number(report.sent)),
        gettext("received %(num)s", num=write_number(report.received)),
    ]
    if report.relayed:
        parts.append(_count(NN_("delivered %(num)s bundle", "delivered %(num)s bundles"), report.relayed))
    if files := report.files_sent + report.files_received:
        parts.append(_count(_FILES, files))
    return ", ".join(map(str, parts))


def explain_problem(problem: Problem) -> dict[str, str]:
    """Give the title and the advice of a problem by its code."""
    found = find_words(problem.code, problem.context) or ERRORS.get(problem.code)
    title, advice = found or UNKNOWN_ERROR
    try:
        said = {"title": say(title, **problem.context), "advice": say(advice, **problem.context)}
    except KeyError:
        said = {"title": say(UNKNOWN_ERROR[0]), "advice": say(UNKNOWN_ERROR[1])}
    return {"code": problem.code, **said, "incarnation": problem.context.get("incarnation", "")}


def name_asker(author: str | None, names: Mapping[str, str]) -> str:
    """Say who asked for an exchange."""
    if author is None:
        return str(gettext("this laptop by itself"))
    return str(gettext("by a command")) if author == BY_COMMAND else who(author, names)


def say_clock_error(seconds: float | None) -> str:
    """Say that this laptop's clock is wrong, and by how much; "" if it is right or nobody knows."""
    if seconds is None or abs(seconds) < TOLERATED_CLOCK_SECONDS:
        return ""
    minutes = round(abs(seconds) / 60)
    amount = (
        _count(NN_("%(num)s minute", "%(num)s minutes"), minutes)
        if minutes < 120
        else _count(NN_("%(num)s hour", "%(num)s hours"), round(minutes / 60))
        if minutes < 2 * 1440
        else _count(NN_("%(num)s day", "%(num)s days"), round(minutes / 1440))
    )
    way = (
        gettext("It is %(amount)s fast.", amount=amount)
        if seconds > 0
        else gettext("It is %(amount)s slow.", amount=amount)
    )
    advice = gettext(
        "The date and time of this computer are not right yet. Please correct them. Nothing is lost by it."
    )
    return f"{advice} {way}"


def place_words(state: str | None) -> dict[str, Any] | None:
    """Give the words and the tone of where a record is, for the badge."""
    if state is None:
        return None
    words, tone = STATES[state]
    return {"text": say(words), "tone": tone, "state": state}
