"""The forms of questionnaires: sending a workbook, saying what questions measure, adding files."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from collector.forms import no_choice
from collector.questionnaires.dimensions import list_candidates
from collector.questionnaires.form import Form, Question
from collector.questionnaires.interview import Interview
from collector.questionnaires.languages import NAMES
from collector.questionnaires.media import Wanted
from collector.questionnaires.records import MAPPED, QUESTIONNAIRE, UNITS_COUNTED
from collector.words import N_

FIND_OUT = N_("To be seen from the questions")
OTHER = "other"


class UploadForm(FlaskForm):  # type: ignore[misc]
    """Sends an XLSForm."""

    file = FileField(lazy_gettext(N_("Questionnaire as an Excel file (.xlsx)")))
    counted = RadioField(
        lazy_gettext(N_("What is counted")),
        choices=[
            SelectChoice("", lazy_gettext(FIND_OUT)),
            *(SelectChoice(choice.code, lazy_gettext(choice.words)) for choice in UNITS_COUNTED),
        ],
        default="",
    )


class MediumForm(FlaskForm):  # type: ignore[misc]
    """Sends a picture or a recording that the form names."""

    name = SelectField(lazy_gettext(N_("Name in the questionnaire")), validate_choice=False)
    file = FileField(lazy_gettext(N_("Picture or recording")))


class RecordingForm(FlaskForm):  # type: ignore[misc]
    """Sends a recording in which somebody speaks a question."""

    question = SelectField(lazy_gettext(N_("Question that is spoken")), validate_choice=False)
    language = SelectField(lazy_gettext(N_("Language")), validate_choice=False)
    other_language = StringField(lazy_gettext(N_("Another language, by its code")), render_kw={"autocomplete": "off"})
    recording = FileField(lazy_gettext(N_("Recording")))


_WORDS = {field.name: field.words for field in QUESTIONNAIRE.fields}
MappingForm: type[FlaskForm] = type(
    "MappingForm",
    (FlaskForm,),
    {
        "counted": RadioField(
            lazy_gettext(_WORDS["counted"]),
            choices=[SelectChoice(choice.code, lazy_gettext(choice.words)) for choice in UNITS_COUNTED],
            validate_choice=False,
        ),
        **{name: SelectField(lazy_gettext(_WORDS[name]), validate_choice=False) for name in MAPPED},
    },
)
"""Says which question measures what."""


def make_mapping_form(row: Mapping[str, Any], form: Form, interview: Interview) -> Any:
    """Make the form that says which question measures what; it offers only questions that can."""
    made = MappingForm(data={name: row[name] or "" for name in ("counted", *MAPPED)})
    for name in MAPPED:
        made[name].choices = [
            no_choice(),
            *(SelectChoice(each.path, _shorten(each, interview)) for each in list_candidates(form, name)),
        ]
    return made


def _shorten(question: Question, interview: Interview) -> str:
    return f"{question.name}: {interview.label(question.path)}"[:120]


def make_medium_form(wanted: list[Wanted]) -> MediumForm:
    """Make the form that adds a file; those that are missing stand first."""
    made = MediumForm()
    names = [each.name for each in sorted(wanted, key=lambda each: (each.is_here, each.name)) if each.sort != "video"]
    made.name.choices = [SelectChoice(name, name) for name in names]
    return made


def make_recording_form(form: Form, interview: Interview) -> RecordingForm:
    """Make the form that adds a recording."""
    made = RecordingForm()
    made.question.choices = [SelectChoice(each.name, _shorten(each, interview)) for each in form.questions]
    languages = [SelectChoice(tag, name) for tag, name in NAMES.items()]
    made.language.choices = [*languages, SelectChoice(OTHER, lazy_gettext(N_("Another language")))]
    return made
