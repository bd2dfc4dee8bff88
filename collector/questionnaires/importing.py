"""Takes a workbook over as a questionnaire on record: the one way for the page and for the command line."""

from dataclasses import dataclass
from datetime import datetime

from collector.questionnaires.converting import Converted, convert_workbook
from collector.questionnaires.store import NewQuestionnaire, add_questionnaire, find_version
from collector.questionnaires.wording import Say, say_obstacles
from collector.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Imported:
    """A questionnaire taken over: its id, whether it is new, why pages cannot ask it (empty if they can)."""

    questionnaire: str
    is_new: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workbook that was read and can be recorded."""

    converted: Converted
    new: NewQuestionnaire


def prepare_import(data: bytes, name: str, counted: str, now: datetime, say: Say) -> Prepared:
    """Read a workbook outside of any transaction: it takes a while. `counted` is empty to be found out.

    :raises WorkbookRefused: if it is no XLSForm, or wrong.
    :raises FormRefused: if it is encrypted, sent elsewhere, or too large.
    """
    converted = convert_workbook(data, name, now)
    form = converted.form
    return Prepared(
        converted,
        NewQuestionnaire(
            xform=converted.xform,
            form_id=form.form_id,
            version=form.version,
            title=form.title,
            counted=counted or _find_counted(converted.mapping),
            mapping=converted.mapping,
            source=data,
            refusal=say_obstacles(converted.obstacles, say),
        ),
    )


def _find_counted(mapping: dict[str, str]) -> str:
    """A form about no dimension counts nobody; one that asks for the adults of the household counts adults."""
    if not any(name in mapping for name in ("know", "discuss", "do", "inspect", "supervise", "benefit")):
        return "none"
    return "adults" if "adults" in mapping else "households"


def finish_import(recorder: Recorder, unit: str, prepared: Prepared) -> Imported:
    """Record what was read.

    :raises VersionTaken: if its name and version are on record with other questions.
    :raises RecordInvalid: if a value breaks the declaration.
    """
    new = prepared.new
    known = find_version(recorder.connection, unit, new.form_id, new.version)
    return Imported(add_questionnaire(recorder, unit, new), known is None, new.refusal)
