"""Vietnamese words made from values: days, times, counts and the sentences of results.

Pure functions that the print templates use. Day, month and number rules are those of Decree 30/2020/NĐ-CP: numbers
and days under 10 and the months 1 and 2 take a leading zero. No layout here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from .errors import InvalidPaper
from .parts import Condition, Issuer, OpinionEntry, OpinionState, OptionTally, Person, QuestionEntry, Rule, VotingForm

LOCAL_ZONE = timezone(timedelta(hours=7))
ELLIPSIS = "…"
NOT_CHECKED = "chưa đối chiếu các lần sửa đổi sau"

FORM_WORDS: dict[VotingForm, str] = {
    "hands": "giơ tay biểu quyết",
    "secret_ballot": "bỏ phiếu kín",
    "household_ballot": "phát phiếu lấy ý kiến hộ gia đình",
    "online": "biểu quyết trực tuyến",
}
SCOPE_WORDS = {"village": "trong phạm vi {village}", "commune": "trong phạm vi {commune}"}
MEETING_WORDS = {"dialogue": "hội nghị", "community": "cuộc họp", "conference": "hội nghị", "other": "cuộc họp"}
EVENT_WORDS = ("hội nghị", "cuộc họp", "họp ", "buổi ", "đối thoại ", "hội thảo")
STATE_WORDS: dict[OpinionState, str] = {
    "new": "mới ghi",
    "forwarded": "đã chuyển",
    "waiting": "chờ trả lời",
    "replied": "đã trả lời",
    "told": "đã báo lại người dân",
}
SEX_WORDS = {"female": "Nữ", "male": "Nam"}
HEAD_POSTS = {
    "tổ dân phố": "Tổ trưởng tổ dân phố",
    "khu phố": "Trưởng khu phố",
    "bản": "Trưởng bản",
    "làng": "Trưởng làng",
    "buôn": "Trưởng buôn",
    "ấp": "Trưởng ấp",
}


def parse_day(text: str) -> date:
    """Return the day that "YYYY-MM-DD" states; of a time, its day at UTC+7.

    :raises InvalidPaper: if the text is neither.
    """
    return parse_moment(text).date() if len(text) > len("YYYY-MM-DD") else _parse_plain_day(text)


def _parse_plain_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidPaper(f"not a day: {text!r}") from error


def parse_moment(text: str) -> datetime:
    """Return the local moment without a zone; a text with an offset is turned to UTC+7.

    :raises InvalidPaper: if the text is not ISO 8601.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidPaper(f"not a time: {text!r}") from error
    return moment.astimezone(LOCAL_ZONE).replace(tzinfo=None) if moment.tzinfo else moment


def say_count(count: int | None) -> str:
    """Return a count with a leading zero under 10 and points at thousands; an ellipsis if it is not recorded."""
    if count is None:
        return ELLIPSIS
    return f"{count:02d}" if count < 10 else f"{count:,}".replace(",", ".")


def say_month(month: int) -> str:
    """Return the month; only January and February take a leading zero."""
    return f"{month:02d}" if month <= 2 else str(month)


def say_day(text: str | None) -> str:
    """Return "ngày 09 tháng 02 năm 2026", with dots to fill in by hand where no day is known."""
    if not text:
        return f"ngày {ELLIPSIS} tháng {ELLIPSIS} năm {ELLIPSIS}"
    day = parse_day(text)
    return f"ngày {day.day:02d} tháng {say_month(day.month)} năm {day.year}"


def say_short_day(text: str | None) -> str:
    """Return "09/02/2026", as short as a table cell needs; nothing where no day is known."""
    if not text:
        return ""
    day = parse_day(text)
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def say_moment(text: str | None) -> str:
    """Return "19 giờ 30 phút, ngày 09 tháng 02 năm 2026"."""
    if not text:
        return f"{ELLIPSIS} giờ {ELLIPSIS} phút, {say_day(None)}"
    moment = parse_moment(text)
    return f"{moment.hour:02d} giờ {moment.minute:02d} phút, {say_day(moment.date().isoformat())}"


def say_number(number: int | None, suffix: str) -> str:
    """Return "Số: 01/BB-TDV", with an ellipsis while there is no number."""
    return f"Số: {say_count(number)}/{suffix}"


def say_person(person: Person | None) -> str:
    """Return "name, post", with dots to fill in by hand where nobody is known."""
    if person is None:
        return ELLIPSIS * 12
    return f"{person.name}, {person.post}" if person.post else person.name


def say_sentence(text: str) -> str:
    """Return the text with a capital first letter and one full stop."""
    text = text.strip()
    if not text:
        return ""
    return raise_first(text) + ("" if text[-1] in ".!?…" else ".")


def raise_first(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Return the text with a small first letter."""
    return text[:1].lower() + text[1:]


def say_event(subject: str) -> str:
    """Return the name of a meeting within a sentence: "hội nghị đối thoại …", "cuộc họp về: làm đường …"."""
    text = lower_first(subject.strip())
    return text if text.startswith(EVENT_WORDS) else f"cuộc họp về: {subject.strip()}"


def say_share(part: int, whole: int) -> str:
    """Return a share in per cent with two decimals and a comma: "66,18%"; nothing of nothing is a dash."""
    if whole <= 0:
        return "-"
    hundredths = (part * 20000 + whole) // (2 * whole)
    return f"{hundredths // 100},{hundredths % 100:02d}%"


def say_base_unit(question: QuestionEntry) -> str:
    """Return what the votes of a question are counted in."""
    return "hộ" if question.base == "all_households" else "người"


def say_verdict(question: QuestionEntry, option: OptionTally) -> str:
    """Return the result of one option, with the reason.

    For example "45/68 hộ tán thành, cần ít nhất 46 hộ (từ 2/3 tổng số hộ trở lên): không được thông qua".
    """
    unit = say_base_unit(question)
    sentence = f"{option.for_count}/{question.base_count} {unit} tán thành"
    if option.needed_count is not None:
        sentence += f", cần ít nhất {option.needed_count} {unit}"
        sentence += f" ({question.rule.words})" if question.rule else ""
    if option.passed is not None:
        sentence += ": được thông qua" if option.passed else ": không được thông qua"
    return sentence


def say_condition(condition: Condition) -> str:
    """Return a condition with its counts and whether it is met."""
    counts = f"{condition.actual_count}/{condition.base_count}, cần ít nhất {condition.needed_count}"
    return f"{condition.words}: {counts}: {'đạt' if condition.is_met else 'không đạt'}"


def say_rule(rule: Rule) -> str:
    """Return the threshold with its source and whether later amendments were checked."""
    note = "" if rule.amendments_checked else f" ({NOT_CHECKED})"
    return f"{rule.words}, theo {rule.source}{note}"


def say_head_post(issuer: Issuer) -> str:
    """Return the post of the head of this kind of village."""
    name = issuer.village_name.lower()
    return next((post for kind, post in HEAD_POSTS.items() if name.startswith(kind)), "Trưởng thôn")


def say_scope(question: QuestionEntry, issuer: Issuer) -> str:
    """Return within which area the question was put."""
    return SCOPE_WORDS[question.scope].format(village=issuer.village_name, commune=issuer.commune_name)


def say_opinion_details(opinion: OpinionEntry) -> str:
    """Return field, programme, agency and deadline of an opinion in one sentence; nothing where none is known."""
    details = [
        ("lĩnh vực", opinion.topic),
        ("dự án, chương trình", opinion.programme),
        ("cơ quan trả lời", opinion.agency),
        ("hạn trả lời", say_day(opinion.due_on) if opinion.due_on else None),
    ]
    return say_sentence("; ".join(f"{label}: {value}" for label, value in details if value))


def split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, parted by line breaks; empty ones are left out."""
    return [line.strip() for line in text.split("\n") if line.strip()]
