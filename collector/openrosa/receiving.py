"""Reads what a phone sent: an answer sheet without anything that tells of the phone, its owner or the minute.

Trusts nothing; size, depth and entities are dealt with where XML is read. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from collector.answers.sheets import Sheet, hash_withdrawal_code, make_values
from collector.openrosa.errors import SubmissionNotReadable
from collector.openrosa.served_form import AGREES, ServedForm
from collector.openrosa.store import Asked
from collector.questionnaires.errors import SubmissionRefused, XmlRefused
from collector.questionnaires.submission import read_submission, read_submission_head, without_positions

_CODE: Final = re.compile(r"[A-H2-9]{4}-[A-H2-9]{4}-[A-H2-9]{4}")
ADDED: Final = ("consent", "consent_version", "day", "village", "code")
"""What was added to the questionnaire and is read here."""
_VERSION: Final = re.compile(r"[\w.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Received:
    """A sheet that arrived. Without consent `sheet` is None and nothing of it is kept."""

    instance_id: str
    deprecated_id: str
    round: str
    sheet: Sheet | None


def read_form_id(xml: bytes) -> str:
    """Give the id of the form that was filled in.

    :raises SubmissionNotReadable: if it is no filled-in form.
    """
    try:
        return read_submission_head(xml)[0]
    except (XmlRefused, SubmissionRefused, IndexError) as refused:
        raise _not_readable(refused) from refused


def read_sheet(xml: bytes, served: ServedForm, asked: Asked, today: date) -> Received:
    """Read a sheet of a round.

    :raises SubmissionNotReadable: if it is not the form of the round filled in.
    """
    try:
        sent = read_submission(xml, served.form)
    except (XmlRefused, SubmissionRefused) as refused:
        raise _not_readable(refused) from refused
    added = {name: served.find_added(sent.answers, name) for name in ADDED}
    earlier = sent.deprecated_id if sent.deprecated_id != sent.instance_id else ""
    received = Received(sent.instance_id, earlier, asked.round["id"], None)
    if added["consent"] != AGREES:
        return received
    if not _CODE.fullmatch(added["code"]):
        raise SubmissionNotReadable(reason="no_withdrawal_code")
    kept = {path: value for path, value in sent.answers.items() if served.is_kept(without_positions(path))}
    values = make_values(
        asked.round,
        asked.questionnaire,
        kept,
        village=_find_village(asked, added["village"]),
        day=_read_day(added["day"], asked.round, today),
        source="openrosa",
    )
    values["withdrawal_hash"] = hash_withdrawal_code(added["code"])
    if _VERSION.fullmatch(added["consent_version"]):
        values["consent_version"] = added["consent_version"]
    return replace(received, sheet=Sheet(values, None, sent.instance_id))


def _not_readable(refused: Exception) -> SubmissionNotReadable:
    context = getattr(refused, "context", {})
    return SubmissionNotReadable(reason=context.get("reason", "not_xml"))


def _find_village(asked: Asked, sent: str) -> str:
    known = [village for village, _name in asked.villages]
    if len(known) > 1 and sent not in known:
        raise SubmissionNotReadable(reason="no_village")
    return sent if sent in known else known[0]


def _read_day(sent: str, round_row: Mapping[str, object], today: date) -> date:
    """Give the day of the answers; that of arrival if the phone's clock is plainly wrong."""
    try:
        day = date.fromisoformat(sent[:10])
    except ValueError:
        return today
    first = round_row["starts_on"]
    return today if day > today or (first and day.isoformat() < str(first)) else day
