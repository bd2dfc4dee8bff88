"""What a template cannot say in a line: groups of opinions, their counts, and who signs a resolution.

Pure functions over papers; words and order only, no layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .content import (
    AmendmentPaper,
    InvitationPaper,
    MeetingPaper,
    OpinionSummary,
    PaperQuestion,
    Person,
    ResultsPaper,
    SummaryRow,
)
from .wording import STATE_WORDS, raise_first, say_count, say_day, say_event, say_head_post, say_sentence

RecipientPaper = MeetingPaper | InvitationPaper | OpinionSummary | AmendmentPaper | ResultsPaper
NOT_GROUPED = {"topic": "chưa xếp lĩnh vực", "agency": "chưa rõ cơ quan"}

FRONT_HEAD_POST = "Trưởng ban công\u00a0tác\u00a0Mặt\u00a0trận"  # breaks after "ban" where a line is short


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of one field or one agency, in the order of the paper."""

    label: str
    rows: tuple[SummaryRow, ...]


def group_rows(rows: Sequence[SummaryRow], group_by: Literal["topic", "agency"]) -> list[RowGroup]:
    """Return the rows by field or agency, in the order in which each first occurs; those without one stand last."""
    groups: dict[str | None, list[SummaryRow]] = {}
    for row in rows:
        groups.setdefault(getattr(row, group_by) or None, []).append(row)
    named = [RowGroup(label, tuple(members)) for label, members in groups.items() if label]
    rest = groups.get(None)
    return [*named, RowGroup(NOT_GROUPED[group_by], tuple(rest))] if rest else named


def group_questions(questions: Sequence[PaperQuestion]) -> list[list[PaperQuestion]]:
    """Return the questions in order; those that follow each other with the same four answers share one table."""
    groups: list[list[PaperQuestion]] = []
    for question in questions:
        last = groups[-1][-1] if groups else None
        if last and question.form == last.form == "answer" and question.choices == last.choices:
            groups[-1].append(question)
        else:
            groups.append([question])
    return groups


def say_state_counts(rows: Sequence[SummaryRow]) -> str:
    """Return how many opinions are in each state, and how many are overdue, in one sentence."""
    counts = [(words, sum(row.state == state for row in rows)) for state, words in STATE_WORDS.items()]
    counts.append(("quá hạn", sum(row.is_overdue for row in rows)))
    return say_sentence("; ".join(f"{words}: {say_count(count)}" for words, count in counts if count))


def say_summary_span(paper: OpinionSummary) -> str:
    """Return of which meeting or period a summary is."""
    if paper.meeting_subject:
        return f"Tại {say_event(paper.meeting_subject)}"
    if paper.period_from_on and paper.period_to_on:
        return f"Từ {say_day(paper.period_from_on)} đến {say_day(paper.period_to_on)}"
    return ""


def list_recipients(paper: RecipientPaper) -> list[str]:
    """Return the lines under "Nơi nhận", the village's own file last even if the paper does not name it."""
    named = [raise_first(receiver.strip().rstrip(";.")) for receiver in paper.recipients if receiver.strip()]
    kept = [receiver for receiver in named if receiver.startswith("Lưu")]
    others = [receiver for receiver in named if receiver not in kept]
    return [*others, *(kept or [f"Lưu: hồ sơ {paper.issuer.village_name}"])]


def has_decision(paper: MeetingPaper) -> bool:
    """Tell whether a matter of all households was carried, which makes the paper a resolution."""
    questions = (question for question in paper.questions if question.base == "all_households")
    return any(option.passed for question in questions for option in question.options)


def get_resolution_signers(paper: MeetingPaper) -> list[Person]:
    """Return who signs a resolution, in pairs from left to right.

    Law 10/2022/QH15 article 20.2: the village head, the head of the Front committee and two households. Chair and
    secretary follow only if they are other people.
    """
    households = [*paper.household_signer_names[:2], "", ""][:2]
    signers = [
        Person(name=paper.village_head_name or "", post=say_head_post(paper.issuer)),
        Person(name=paper.front_head_name or "", post=FRONT_HEAD_POST),
        *(Person(name=name, post="Đại diện hộ gia đình") for name in households),
    ]
    known = {signer.name.strip().casefold() for signer in signers if signer.name}
    for person, post in ((paper.secretary, "Thư ký"), (paper.chair, "Chủ tọa")):
        if person and person.name.strip().casefold() not in known:
            signers.append(Person(name=person.name, post=post))
    return signers
