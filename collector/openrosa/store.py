"""The rounds that phones ask for, and keeping what they send. Storage functions; the edge opens the transaction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from collector.answers.errors import SheetLeftUrn, SheetNotFound
from collector.answers.instances import find_instance, is_instance_received, note_instance, take_back_instance
from collector.answers.urn import put_sheet, replace_sheet
from collector.kinds import Kind
from collector.openrosa.errors import CorrectionTooLate, FormNotFound, OtherSheetReceived
from collector.query import find_record, list_records
from collector.recorder import Recorder
from collector.registry import get_kind
from sync.storage import Connection, Row

if TYPE_CHECKING:
    from collector.answers.sheets import Sheet
    from collector.openrosa.receiving import Received


class Outcome(StrEnum):
    """What came of a sheet that was sent."""

    KEPT = "kept"
    CORRECTED = "corrected"
    REPEATED = "repeated"
    WITHOUT_CONSENT = "without_consent"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Asked:
    """A round with its questionnaire and its villages (id and name)."""

    round: Row
    questionnaire: Row
    villages: tuple[tuple[str, str], ...]

    @property
    def form_id(self) -> str:
        """The id of the form that phones get."""
        return make_form_id(str(self.questionnaire["form_id"]), str(self.round["id"]))


def make_form_id(form_id: str, round_id: str) -> str:
    """Name the form of a round: that of its questionnaire and the random end of the round's id."""
    return f"{form_id}-{round_id[-8:]}"


def list_open_rounds(connection: Connection) -> list[Asked]:
    """List the rounds in which people are asked now."""
    found = (find_asked(connection, row) for row in list_records(connection, "round", state="open"))
    return [asked for asked in found if asked is not None]


def get_open_round(connection: Connection, round_id: str) -> Asked:
    """Give an open round.

    :raises FormNotFound: if it is not held or not open.
    """
    row = find_record(connection, "round", round_id)
    asked = find_asked(connection, row) if row is not None and row["state"] == "open" else None
    if asked is None:
        raise FormNotFound(round=round_id)
    return asked


def get_round_of_form(connection: Connection, form_id: str) -> Asked:
    """Give the round to which a form belongs, whatever its state.

    :raises FormNotFound: if there is none.
    """
    for row in list_records(connection, "round"):
        asked = find_asked(connection, row) if form_id.endswith(f"-{row['id'][-8:]}") else None
        if asked is not None and asked.form_id == form_id:
            return asked
    raise FormNotFound(form=form_id[:100])


def find_asked(connection: Connection, round_row: Row) -> Asked | None:
    """Give a round with its questionnaire and villages; None if its questionnaire is not held."""
    questionnaire = find_record(connection, "questionnaire", round_row["questionnaire"])
    if questionnaire is None:
        return None
    ids = [row["village"] for row in list_records(connection, "round_village", round=round_row["id"])]
    units = [find_record(connection, "unit", unit) for unit in dict.fromkeys(ids or [round_row["unit"]])]
    villages = tuple((str(unit["id"]), str(unit["name"])) for unit in units if unit is not None)
    return Asked(round_row, questionnaire, villages or ((str(round_row["unit"]), ""),))


def keep(recorder: Recorder, received: "Received") -> Outcome:
    """Keep a sheet that a phone sent, once however often it is sent.

    :raises RoundNotOpen: if its round is closed.
    :raises RecordInvalid: if the answers break the declaration of a sheet.
    :raises OtherSheetReceived: if other answers came with the same id.
    :raises CorrectionTooLate: if it corrects a sheet that left the urn.
    """
    if received.sheet is None:
        return _keep_refusal(recorder, received)
    if is_instance_received(recorder.connection, received.instance_id):
        _refuse_other(recorder.connection, received.instance_id, received.sheet)
        return Outcome.REPEATED
    if not received.deprecated_id:
        put_sheet(recorder, received.sheet)
        return Outcome.KEPT
    try:
        replace_sheet(recorder, received.deprecated_id, received.sheet)
    except SheetLeftUrn as error:
        raise CorrectionTooLate() from error
    except SheetNotFound:
        put_sheet(recorder, received.sheet)
        note_instance(recorder, received.deprecated_id, received.round)
    return Outcome.CORRECTED


def _keep_refusal(recorder: Recorder, received: "Received") -> Outcome:
    """Nothing is kept without consent; who agreed before and does not any more has the sheet erased."""
    connection, earlier = recorder.connection, received.deprecated_id
    if find_instance(connection, received.instance_id) is not None:
        raise OtherSheetReceived()
    if not earlier:
        return Outcome.WITHOUT_CONSENT
    if is_instance_received(connection, received.instance_id):
        return Outcome.TAKEN_BACK
    if not is_instance_received(connection, earlier):
        note_instance(recorder, earlier, received.round)  # arriving late, it must not be kept
    elif not take_back_instance(recorder, earlier):
        raise CorrectionTooLate()
    note_instance(recorder, received.instance_id, received.round)
    return Outcome.TAKEN_BACK


def _refuse_other(connection: Connection, instance_id: str, sheet: "Sheet") -> None:
    """Refuse other answers under a known id. Once the sheet left the urn nobody can tell, and nothing is changed."""
    known = find_instance(connection, instance_id)
    kind: Kind = get_kind("answer_sheet")
    sent, _errors = kind.clean(sheet.values)
    if known is not None and _without_day(known) != _without_day(sent):
        raise OtherSheetReceived()


def _without_day(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "day"}
