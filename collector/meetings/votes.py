"""Questions put to the vote: their options and tallies, and the result by the threshold of the law.

Results are computed on ALL households in whole numbers (`collector/law`). H, the register it came from and the rule
are frozen with the question when it is first counted, so that a later register changes no past result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from collector.identity import shared_id
from collector.law import thresholds
from collector.law.matters import Effect, effect_of
from collector.meetings.store import RegisterMissing, find_register, get_meeting, list_parts, meeting_day, next_position
from collector.query import count_records, get_record, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row

COUNTS: Final = ("yes", "no", "other")
BALLOTS: Final = ("issued", "collected", "valid", "invalid")
NO_MATTER: Final = "none"


@dataclass(frozen=True, slots=True)
class OptionResult:
    """The votes on one option, clusters added up. Without a rule `needed` and `passed` are None."""

    label: str
    yes: int
    no: int
    other: int
    decision: thresholds.Decision | None

    @property
    def needed(self) -> int | None:
        """The smallest number in favour that passes."""
        return self.decision.needed if self.decision else None

    @property
    def passed(self) -> bool | None:
        """Whether it passed."""
        return self.decision.passed if self.decision else None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question with the tallies of its options and what follows; `options` is empty until all was counted."""

    question: Row
    tallies: tuple[Row, ...]
    options: tuple[OptionResult, ...]
    total: int | None
    rule: thresholds.Rule | None
    effect: Effect | None

    @property
    def is_counted(self) -> bool:
        """Whether the votes on all options were entered."""
        return bool(self.options)

    @property
    def passed(self) -> bool | None:
        """Whether any option passed; None where no threshold applies or nothing was counted."""
        known = [option.passed for option in self.options if option.passed is not None]
        return any(known) if known else None


def rule_for(question: Mapping[str, Any], day: date) -> thresholds.Rule | None:
    """Give the rule by which a question is decided on a day; None for questions outside of article 15."""
    if question["matter"] in (None, NO_MATTER):
        return None
    return thresholds.find_rule(question["matter"], day, question["scope"] or thresholds.VILLAGE)


def add_question(
    recorder: Recorder, meeting: Mapping[str, Any], values: Mapping[str, object], record: str | None = None
) -> str:
    """Record a question to vote on; return its id."""
    position = next_position(recorder.connection, "question", "meeting", meeting["id"])
    named = {"method": "meeting", "scope": "village", "voting": "hands", **values}
    placed = {**named, "meeting": meeting["id"], "position": position}
    return recorder.add("question", meeting["unit"], placed, record=record)


def set_options(recorder: Recorder, question: Mapping[str, Any], labels: Iterable[str]) -> None:
    """Bring the options of a question to the given words, in their order; those not named are removed."""
    wanted = list(dict.fromkeys(" ".join(label.split()) for label in labels if label.strip()))
    known = {row["label"]: row for row in list_options(recorder.connection, question["id"])}
    for row in known.values():
        if row["label"] not in wanted:
            recorder.remove("option", row["id"])
    for position, label in enumerate(wanted, start=1):
        if label in known:
            recorder.update("option", known[label]["id"], {"position": position})
        else:
            named = {"question": question["id"], "label": label, "position": position}
            recorder.put("option", question["unit"], named, shared_id("option", question["id"], label))


def list_options(connection: Connection, question_id: str) -> list[Row]:
    """List the options of a question in their order."""
    return list_records(connection, "option", order="position, id", question=question_id)


def list_clusters(connection: Connection, unit: str) -> dict[str, int]:
    """Count the households of each group of houses; households without one are left out."""
    rows = connection.rows(
        "SELECT cluster, count(*) AS households FROM household"
        " WHERE removed = 0 AND unit = :unit AND cluster IS NOT NULL GROUP BY cluster ORDER BY cluster",
        {"unit": unit},
    )
    return {row["cluster"]: row["households"] for row in rows}


def list_cells(connection: Connection, question: Mapping[str, Any]) -> list[tuple[Row | None, str | None]]:
    """List what is counted of a question: every option (None: the question itself) in every cluster.

    The cluster None stands for the whole village, or for the households that belong to no group of houses.
    """
    options: list[Row | None] = [*list_options(connection, question["id"])] or [None]
    clusters: list[str | None] = [None]
    named = list_clusters(connection, question["unit"]) if question["by_cluster"] else {}
    if named:
        unnamed = count_records(connection, "household", unit=question["unit"]) - sum(named.values())
        clusters = [*named, *([None] if unnamed else [])]
    return [(option, cluster) for option in options for cluster in clusters]


def save_tally(
    recorder: Recorder, question: Mapping[str, Any], option: str | None, cluster: str | None, counts: Mapping[str, Any]
) -> None:
    """Record the votes on one option in one cluster, and freeze H and rule with the question.

    :raises RegisterMissing: if the village has no register.
    """
    freeze_question(recorder, question["id"])
    named = {"question": question["id"], "option": option, "cluster": cluster}
    for row in list_records(recorder.connection, "tally", question=question["id"]):
        if (row["option"], row["cluster"]) == (option, cluster):
            recorder.update("tally", row["id"], counts)
            return
    record = shared_id("tally", question["id"], option, cluster)
    recorder.put("tally", question["unit"], {**named, **counts}, record)


def save_tallies(
    recorder: Recorder,
    question: Mapping[str, Any],
    counted: Iterable[tuple[str | None, str | None, Mapping[str, Any]]],
) -> None:
    """Record a whole count; what was counted before of other options or groups of houses counts no more.

    :raises RegisterMissing: if the village has no register.
    """
    kept = set()
    for option, cluster, counts in counted:
        save_tally(recorder, question, option, cluster, counts)
        kept.add((option, cluster))
    for row in list_records(recorder.connection, "tally", question=question["id"]):
        if (row["option"], row["cluster"]) not in kept:
            recorder.remove("tally", row["id"])


def freeze_question(recorder: Recorder, question_id: str) -> None:
    """Write H, its register and the rule in force into a question, unless that was done before."""
    question = get_record(recorder.connection, "question", question_id)
    meeting = get_meeting(recorder.connection, question["meeting"])
    day = meeting_day(meeting)
    register = meeting["register"]
    total = meeting["households_total"]
    if register is None:
        found = find_register(recorder.connection, meeting["unit"], day)
        if found is None:
            raise RegisterMissing(meeting=meeting["id"])
        register, total = found["id"], found["households"]
    rule = rule_for(question, day)
    changes = {
        "households_total": question["households_total"] or total,
        "register": question["register"] or register,
        "rule_source": "; ".join(rule.sources) if rule else None,
        "rule_valid_from": rule.valid_from.isoformat() if rule else None,
    }
    recorder.update("question", question_id, changes)


def list_results(connection: Connection, meeting: Mapping[str, Any], represented: int) -> list[QuestionResult]:
    """Compute the result of every question of a meeting."""
    questions = list_parts(connection, "question", meeting["id"])
    return [compute_result(connection, question, meeting, represented) for question in questions]


def compute_result(
    connection: Connection, question: Row, meeting: Mapping[str, Any], represented: int
) -> QuestionResult:
    """Add up the clusters of each option and apply the rule in force on the day of the meeting.

    Options that were added after the count, or ballots that were counted as hands, have to be counted first.
    """
    tallies = list_records(connection, "tally", question=question["id"])
    total = question["households_total"] or meeting["households_total"]
    rule = rule_for(question, meeting_day(meeting))
    wanted = list_options(connection, question["id"])
    groups: list[tuple[str, list[Row]]] = [
        (option["label"], [row for row in tallies if row["option"] == option["id"]]) for option in wanted
    ] or [("", [row for row in tallies if row["option"] is None])]
    counted = tuple(row for _, rows in groups for row in rows)
    is_complete = all(rows for _, rows in groups) and (
        question["voting"] != "secret_ballot" or any(row["valid"] is not None for row in counted)
    )
    options = tuple(
        _option_result(label, rows, rule, total, represented) for label, rows in groups if is_complete
    )
    effect = effect_of(question["matter"]) if rule else None
    return QuestionResult(question, counted, options, total, rule, effect)


def _option_result(
    label: str, rows: list[Row], rule: thresholds.Rule | None, total: int | None, represented: int
) -> OptionResult:
    yes, no, other = (sum(row[name] or 0 for row in rows) for name in COUNTS)
    decision = None
    if rule is not None and total and yes <= total:
        decision = thresholds.decide(rule, total, yes, min(represented, total))
    return OptionResult(label, yes, no, other, decision)
