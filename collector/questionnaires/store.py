"""Questionnaires on record. Versions never mix: what was asked stays as it was, a new wording is a new record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.errors import CollectorError
from collector.query import get_record, list_records
from collector.questionnaires.records import MAPPED
from collector.recorder import Recorder
from sync.storage import Connection, Row


class VersionTaken(CollectorError):
    """A questionnaire of this name and version is on record with other questions."""

    code = "version_taken"
    status = 409


class MappingFixed(CollectorError):
    """Rounds were asked with this questionnaire; what its questions measure cannot change any more."""

    code = "mapping_fixed"
    status = 409


@dataclass(frozen=True, slots=True)
class NewQuestionnaire:
    """A questionnaire to record; `mapping` gives the path of the question of each dimension and trait."""

    xform: str
    form_id: str
    version: str
    title: str
    counted: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    built_in: str = ""
    source: bytes = b""
    refusal: str = ""


def add_questionnaire(recorder: Recorder, unit: str, new: NewQuestionnaire) -> str:
    """Record a questionnaire and return its id; the same one once more is the one on record, in use again.

    :raises VersionTaken: if its name and version are on record with other questions.
    :raises RecordInvalid: if a value breaks the declaration.
    """
    known = find_version(recorder.connection, unit, new.form_id, new.version)
    if known is not None:
        if known["xform"] != new.xform.strip():
            raise VersionTaken(form_id=new.form_id, version=new.version, title=known["title"])
        recorder.update("questionnaire", known["id"], {"status": "active"})
        return str(known["id"])
    values = {
        "form_id": new.form_id,
        "version": new.version,
        "title": new.title or new.form_id,
        "xform": new.xform,
        "source_sha256": hashlib.sha256(new.source).hexdigest() if new.source else None,
        "counted": new.counted,
        "built_in": new.built_in,
        "web": not new.refusal,
        "refusal": new.refusal,
        "status": "active",
        **{name: path for name, path in new.mapping.items() if name in MAPPED},
    }
    return recorder.add("questionnaire", unit, values)


def find_version(connection: Connection, unit: str, form_id: str, version: str) -> Row | None:
    """Give the questionnaire of a name and version in a village, or None; with conflicting copies the first one.

    Those of other villages do not count: the village's own laptop cannot read them.
    """
    found = list_records(connection, "questionnaire", unit=unit, form_id=form_id, version=version)
    return found[0] if found else None


def get_questionnaire(connection: Connection, questionnaire: str) -> Row:
    """Give a questionnaire.

    :raises RecordNotFound: if it is not there.
    """
    return get_record(connection, "questionnaire", questionnaire)


def list_questionnaires(connection: Connection, *, unit: str = "", retired: bool = False) -> list[Row]:
    """List the questionnaires in use (in one village), or those no longer used, the newest first, without questions."""
    where = " AND unit = :unit" if unit else ""
    return list(
        connection.rows(
            "SELECT id, form_id, version, title, counted, built_in, web, refusal, status, first_stamp"
            f" FROM questionnaire WHERE removed = 0 AND status = :status{where} ORDER BY first_stamp DESC, id",
            {"status": "retired" if retired else "active", "unit": unit},
        )
    )


def count_rounds(connection: Connection, questionnaire: str) -> int:
    """Count the rounds that ask a questionnaire."""
    sql = "SELECT count(*) FROM round WHERE questionnaire = :questionnaire AND removed = 0"
    return int(connection.value(sql, {"questionnaire": questionnaire}))


def update_mapping(recorder: Recorder, questionnaire: str, mapping: Mapping[str, object]) -> None:
    """Say which questions measure what.

    :raises MappingFixed: if a round asks the questionnaire already and the mapping differs.
    :raises RecordInvalid: if a question stands for two dimensions.
    """
    row = get_questionnaire(recorder.connection, questionnaire)
    changes = {name: mapping[name] or None for name in (*MAPPED, "counted") if name in mapping}
    differs = any((row[name] or None) != value for name, value in changes.items())
    if differs and count_rounds(recorder.connection, questionnaire):
        raise MappingFixed(title=row["title"])
    recorder.update("questionnaire", questionnaire, changes)


def set_status(recorder: Recorder, questionnaire: str, status: str) -> None:
    """Put a questionnaire out of use (`retired`) or back in use (`active`); rounds that ask it go on."""
    recorder.update("questionnaire", questionnaire, {"status": status})
