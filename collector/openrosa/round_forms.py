"""Puts the form of a round together with the words of this program, in the languages it speaks."""

from flask_babel import force_locale
from flask_babel import gettext as _

from collector.answers.consent import make_paragraphs, make_version
from collector.openrosa.served_form import (
    CODE_MARK,
    DEFAULT_LANGUAGE,
    RoundForm,
    ServedForm,
    SheetWords,
    make_served_form,
)
from collector.openrosa.store import Asked
from collector.pages import LANGUAGES
from collector.questionnaires.form import Form
from collector.questionnaires.media import list_heard
from collector.questionnaires.variants import make_variant
from collector.rounds.records import DIMENSIONS, split_dimensions
from collector.web import reading, services
from collector.wording import write_day


def make_form(asked: Asked) -> ServedForm:
    """Make the form that phones get for a round."""
    words = []
    for language in LANGUAGES:
        with force_locale(language):
            words.append((language, _make_words(asked)))
    with force_locale(DEFAULT_LANGUAGE):
        version = make_version(DEFAULT_LANGUAGE)
    return make_served_form(
        RoundForm(
            form_id=asked.form_id,
            title=asked.round["title"],
            xform=_add_recordings(asked),
            consent_version=version,
            villages=asked.villages,
            hidden=_list_hidden(asked),
            words=tuple(words),
        )
    )


def _add_recordings(asked: Asked) -> str:
    """Give the form with the questions that somebody spoke, each language of a recording as one to choose."""
    xform = str(asked.questionnaire["xform"])
    rows = list_heard(reading(), services().files, Form.parse(xform), asked.questionnaire["id"])
    return make_variant(xform, recordings={spoken: row["name"] for spoken, row in rows.items()}) if rows else xform


def _list_hidden(asked: Asked) -> tuple[str, ...]:
    """List the questions about dimensions that the round leaves out."""
    wanted = split_dimensions(asked.round["dimensions"]) or DIMENSIONS
    return tuple(asked.questionnaire[each] for each in DIMENSIONS if each not in wanted and asked.questionnaire[each])


def _make_words(asked: Asked) -> SheetWords:
    paragraphs = make_paragraphs(asked.round, write_day(asked.round["keep_until"]))
    return SheetWords(
        consent="\n\n".join([*paragraphs, _("Do you consent to answer?")]),
        agree=_("Yes, I consent"),
        decline=_("No, I do not want to answer"),
        village=_("In which village do you live?"),
        code=_("Your withdrawal code is %(code)s. Please write it on a slip for the resident.", code=CODE_MARK),
        thanks=_("Whoever brings this code to the village computer has the sheet erased. It is not shown again."),
    )
