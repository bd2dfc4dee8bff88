"""The parts that papers are made of: who issues, who attends, what was said and how it was decided.

A part states exactly what is printed and nothing else: a name that is withheld in print is None here and
stands in no other field. Frozen, standard library only. Days (`_on`) are "YYYY-MM-DD"; times (`_local`) are
local time at UTC+7, "YYYY-MM-DDTHH:MM". All words are Vietnamese as they stand in running text ("xã Ví Dụ");
the templates make capitals and leading zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sex = Literal["female", "male"]
VotingForm = Literal["hands", "secret_ballot", "household_ballot", "online"]
Scope = Literal["village", "commune"]
VoteBase = Literal["all_households", "attendees"]
OpinionState = Literal["new", "forwarded", "waiting", "replied", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues a paper, for the left head: "UBND XÃ …" over "THÔN …".

    `commune_name` and `village_name` carry their word ("xã Ví Dụ", "thôn Mẫu"); `place_name` opens the date
    line ("Ví Dụ, ngày …"). `issuer_name` replaces the village in the head, for example "tổ dân vận thôn Mẫu".
    """

    commune_name: str
    village_name: str
    place_name: str
    issuer_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A named person with a post or unit ("Trưởng thôn"); the post may be empty."""

    name: str
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """Counts of households and people at a meeting; None is printed as not recorded.

    `households_total` is H of the register dated `register_on`. Women and men are counted among the
    representatives of households; `people_present` is everybody in the room.
    """

    households_total: int
    register_on: str | None = None
    households_represented: int | None = None
    households_not_represented: int | None = None
    women_representatives: int | None = None
    men_representatives: int | None = None
    people_present: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Somebody who comes for a household."""

    name: str
    sex: Sex | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceRow:
    """One household on the attendance list; `representative` is None when nobody came or is named."""

    household_number: str
    head_name: str
    is_present: bool = False
    representative: Representative | None = None
    further: tuple[Representative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One point of the meeting. `notes`: what was presented and said, paragraphs parted by line breaks."""

    position: int
    title: str
    presenter: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionEntry:
    """One opinion in the minutes. `speaker_name` is None when it is withheld in print or was not recorded."""

    number: int
    text: str
    speaker_name: str | None = None
    topic: str | None = None
    programme: str | None = None
    agency: str | None = None
    answer: str | None = None
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule that decides a question.

    For example words "từ 2/3 tổng số hộ trở lên" and source "khoản 1 Điều 21 Luật
    Thực hiện dân chủ ở cơ sở số 10/2022/QH15". `amendments_checked` False prints that later amendments were
    not checked.
    """

    words: str
    source: str
    amendments_checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTally:
    """The votes on one option. `needed_count` and `passed` are None where no threshold applies."""

    label: str
    for_count: int
    against_count: int
    other_count: int = 0
    needed_count: int | None = None
    passed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotCount:
    """Ballots of a secret or household ballot."""

    issued_count: int
    collected_count: int
    valid_count: int
    invalid_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTally:
    """The votes of one household cluster on one option, where the village votes by cluster and adds up."""

    cluster_name: str
    option_label: str
    households_count: int
    for_count: int
    against_count: int
    other_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of several conditions, for example of village conventions: `actual_count` of `base_count`, with
    `needed_count` at least. `words` is a noun phrase: "Hộ có đại diện dự họp (trên 50% tổng số hộ)".
    """

    words: str
    actual_count: int
    base_count: int
    needed_count: int
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What must be sent to whom by which day; `note` for example "chưa trừ ngày nghỉ lễ"."""

    what: str
    receiver: str
    due_on: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEntry:
    """One question put to the vote and its result.

    `matter_code` is 1 to 6 of article 15 of Law 10/2022/QH15 or None; `matter_words` names it. `base` says of
    whom the threshold counts (`base_count` of them): all households of the village, or those attending for
    the secretary, the form of voting and the counting board. `decision` is what was decided, in the words of
    the meeting. `effects` are sentences: what takes effect when.
    """

    position: int
    text: str
    form: VotingForm
    base_count: int
    options: tuple[OptionTally, ...]
    base: VoteBase = "all_households"
    scope: Scope = "village"
    matter_code: int | None = None
    matter_words: str = ""
    rule: Rule | None = None
    ballots: BallotCount | None = None
    clusters: tuple[ClusterTally, ...] = ()
    conditions: tuple[Condition, ...] = ()
    decision: str = ""
    effects: tuple[str, ...] = ()
    sendings: tuple[Sending, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingBoard:
    """The board that counts the ballots (3 to 5 people), leader first."""

    leader_name: str
    member_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One opinion in a summary, with what became of it."""

    number: int
    text: str
    state: OpinionState
    meeting_on: str | None = None
    topic: str | None = None
    agency: str | None = None
    due_on: str | None = None
    is_overdue: bool = False
    reply: str | None = None
    replied_on: str | None = None
    told_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """One household to visit. `adult_places`: of 2, 3, … adults counted from the eldest, which one is asked."""

    household_number: str
    head_name: str
    cluster: str = ""
    village_name: str = ""
    adult_places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperChoice:
    """One answer to tick, with the digit that enters it later (empty without one)."""

    digit: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperQuestion:
    """One question on a blank sheet.

    `form` "answer" has the four answers yes, no, does not remember, does not want to answer, so that several of them
    share one table; "choices" has others to choose one from, "boxes" several, "line" room to write. `condition` says
    when it is asked.
    """

    number: int
    text: str
    form: Literal["answer", "choices", "boxes", "line"]
    hint: str = ""
    condition: str = ""
    choices: tuple[PaperChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankSheet:
    """One blank sheet: its number in the round, and the withdrawal code on the slip that the resident keeps."""

    number: int
    withdrawal_code: str
