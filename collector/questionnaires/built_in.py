"""The questionnaires that come with Collector: participation of a household's representative, of an adult, policies.

Their files are made by `tools/make_questionnaires.py` and lie in `collector/data/questionnaires`. They are recorded
when a round first uses them, so that their wording travels with the answers; a new wording is a new version.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from collector.errors import CollectorError
from collector.questionnaires.dimensions import map_questions
from collector.questionnaires.form import Form
from collector.questionnaires.store import NewQuestionnaire, add_questionnaire
from collector.recorder import Recorder
from collector.words import N_


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A questionnaire that comes with Collector: its code, what it counts, its words for the screen."""

    code: str
    counted: str
    words: str
    explained: str


BUILT_IN: Final = (
    BuiltIn(
        "participation_household",
        "households",
        N_("Participation in a project: a household's representative answers"),
        N_("Know, discuss, do, inspect; supervise and benefit if the round asks for them."),
    ),
    BuiltIn(
        "participation_adult",
        "adults",
        N_("Participation in a project: one adult of the household answers"),
        N_("The same questions for people; also asks how many adults live in the household."),
    ),
    BuiltIn(
        "policy",
        "adults",
        N_("Policies for ethnic minority people: known and followed"),
        N_("For target II.5: at least 90 percent of minority people know and follow the policies that concern them."),
    ),
)


class NoSuchBuiltIn(CollectorError):
    """No questionnaire of this code comes with Collector."""

    code = "no_such_built_in"
    status = 404


def get_built_in(code: str) -> BuiltIn:
    """Give a questionnaire that comes with Collector.

    :raises NoSuchBuiltIn: if there is none of this code.
    """
    for each in BUILT_IN:
        if each.code == code:
            return each
    raise NoSuchBuiltIn(built_in=code[:60])


@cache
def read_xform(code: str) -> str:
    """Give the XForm of a questionnaire that comes with Collector.

    :raises NoSuchBuiltIn: if there is none of this code.
    """
    get_built_in(code)
    return files("collector.data").joinpath("questionnaires", f"{code}.xml").read_text(encoding="utf-8")


def read_workbook(code: str) -> bytes:
    """Give the Excel file of a questionnaire that comes with Collector, to start an own one from.

    :raises NoSuchBuiltIn: if there is none of this code.
    """
    get_built_in(code)
    return files("collector.data").joinpath("questionnaires", f"{code}.xlsx").read_bytes()


def ensure_built_in(recorder: Recorder, unit: str, code: str) -> str:
    """Give the id of the record of a questionnaire that comes with Collector; record it when it is first used.

    :raises NoSuchBuiltIn: if there is none of this code.
    """
    form = Form.parse(read_xform(code))
    new = NewQuestionnaire(
        xform=read_xform(code),
        form_id=form.form_id,
        version=form.version,
        title=form.title,
        counted=get_built_in(code).counted,
        mapping={**map_questions(form, {}), **({"do": "/data/follow"} if code == "policy" else {})},
        built_in=code,
    )
    return add_questionnaire(recorder, unit, new)
