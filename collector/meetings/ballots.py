"""How a question and its result are printed: counts, thresholds with their source, effect, and what must be sent.

Vietnamese, as the papers are. Nothing that is not known from the text of a law is printed as law.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from collector.documents.content import (
    BallotCount,
    ClusterTally,
    Condition,
    OptionTally,
    QuestionEntry,
    Rule,
    Sending,
)
from collector.law import thresholds
from collector.law.matters import (
    COMMUNE_RECOGNITION,
    FRONT_RECOGNITION,
    SENT_TO_COMMUNE_WORKING_DAYS,
    get_matter,
)
from collector.law.working_days import Deadline, deadline
from collector.meetings.attendance import Counts
from collector.meetings.votes import BALLOTS, OptionResult, QuestionResult, list_clusters
from collector.query import list_records
from sync.storage import Connection

NO_HOLIDAYS: Final = "chưa tính ngày nghỉ lễ"
EFFECTS_VI: Final = {
    COMMUNE_RECOGNITION: "Quyết định có hiệu lực khi được Ủy ban nhân dân cấp xã công nhận.",
    FRONT_RECOGNITION: "Quyết định có hiệu lực khi được Ban Thường trực Ủy ban Mặt trận Tổ quốc cấp xã công nhận.",
}
ON_VOTE_VI: Final = "Quyết định có hiệu lực kể từ ngày cộng đồng dân cư biểu quyết thông qua."
CONDITIONS_VI: Final = {
    thresholds.ATTENDANCE: "Hộ có đại diện tham dự (trên 50% tổng số hộ)",
    thresholds.IN_FAVOUR: "Hộ tán thành (trên 50% tổng số hộ)",
}


def sending_deadline(connection: Connection, day: date) -> Deadline:
    """Give the working day by which a decision of this day must reach the commune (art. 20.3)."""
    days = [date.fromisoformat(row["day"]) for row in list_records(connection, "holiday")]
    return deadline(day, SENT_TO_COMMUNE_WORKING_DAYS, set(days), {each.year for each in days})


def rule_words(rule: thresholds.Rule) -> str:
    """Say a threshold as the law does."""
    share = next(each for each in rule.conditions if each.code == thresholds.IN_FAVOUR)
    base = "số thôn trong xã" if rule.scope == thresholds.COMMUNE else "số hộ gia đình trong thôn"
    if share.strict:
        return f"trên {100 * share.numerator // share.denominator}% tổng {base}"
    return f"từ {share.numerator}/{share.denominator} tổng {base} trở lên"


def question_entry(
    connection: Connection, result: QuestionResult, counts: Counts, day: date, place: int
) -> QuestionEntry:
    """Make what is printed of one question and its result."""
    question = result.question
    matter = get_matter(question["matter"]) if result.rule else None
    passed = bool(result.passed)
    return QuestionEntry(
        position=place,
        text=question["text"],
        form=question["voting"] or "hands",
        base_count=result.total or counts.total or 0,
        options=tuple(_option(option, question) for option in result.options),
        scope=question["scope"] or "village",
        matter_code=int(question["matter"]) if matter else None,
        matter_words=matter.print_vi if matter else "",
        rule=Rule(words=rule_words(result.rule), source="; ".join(result.rule.sources)) if result.rule else None,
        ballots=_ballots(result) if question["voting"] == "secret_ballot" else None,
        clusters=_clusters(connection, result),
        conditions=_conditions(result),
        decision=(question["decision"] or "") if passed or not result.rule else "",
        effects=(EFFECTS_VI.get(result.effect.code, ON_VOTE_VI),) if passed and result.effect else (),
        sendings=(_sending(connection, day),) if result.rule else (),
    )


def _option(option: OptionResult, question: Mapping[str, Any]) -> OptionTally:
    return OptionTally(
        label=option.label or question["text"],
        for_count=option.yes,
        against_count=option.no,
        other_count=option.other,
        needed_count=option.needed,
        passed=option.passed,
    )


def _ballots(result: QuestionResult) -> BallotCount | None:
    # Ballots are counted once per cluster, not per candidate: the first option's rows carry them.
    first = [row for row in result.tallies if row["option"] == result.tallies[0]["option"]]
    issued, collected, valid, invalid = (sum(row[name] or 0 for row in first) for name in BALLOTS)
    return BallotCount(issued_count=issued, collected_count=collected, valid_count=valid, invalid_count=invalid)


def _clusters(connection: Connection, result: QuestionResult) -> tuple[ClusterTally, ...]:
    sizes = list_clusters(connection, result.question["unit"])
    labels = {row["id"]: row["label"] for row in list_records(connection, "option", question=result.question["id"])}
    return tuple(
        ClusterTally(
            cluster_name=row["cluster"],
            option_label=labels.get(row["option"]) or result.question["text"],
            households_count=sizes.get(row["cluster"], 0),
            for_count=row["yes"] or 0,
            against_count=row["no"] or 0,
            other_count=row["other"] or 0,
        )
        for row in result.tallies
        if row["cluster"]
    )


def _conditions(result: QuestionResult) -> tuple[Condition, ...]:
    decision = result.options[0].decision if result.options else None
    if decision is None or len(decision.conditions) < 2:
        return ()
    return tuple(
        Condition(
            words=CONDITIONS_VI[each.code],
            actual_count=each.have,
            base_count=each.total,
            needed_count=each.need,
            is_met=each.met,
        )
        for each in decision.conditions
    )


def _sending(connection: Connection, day: date) -> Sending:
    due = sending_deadline(connection, day)
    return Sending(
        what="Nghị quyết (biên bản) cuộc họp",
        receiver="Ủy ban nhân dân cấp xã",
        due_on=due.day.isoformat(),
        note="" if due.holidays_counted else NO_HOLIDAYS,
    )
