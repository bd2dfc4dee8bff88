"""The questions of a form as a list to look through: numbered, with their answers, and when they are asked."""

from dataclasses import dataclass

from collector.questionnaires.form import Control, Form, Question
from collector.questionnaires.interview import Interview
from collector.questionnaires.speaking import Option
from collector.words import N_

CONTROLS = {
    Control.TEXT: N_("Words"),
    Control.INTEGER: N_("Whole number"),
    Control.DECIMAL: N_("Number"),
    Control.DATE: N_("Day"),
    Control.TIME: N_("Time"),
    Control.MOMENT: N_("Day and time"),
    Control.ONE: N_("One of these"),
    Control.SEVERAL: N_("Several of these"),
    Control.NOTE: N_("Only to read"),
    Control.ACKNOWLEDGE: N_("To be ticked when read"),
    Control.RANK: N_("Put in order"),
    Control.PLACE: N_("Place on the map"),
    Control.PICTURE: N_("Photo"),
    Control.AUDIO: N_("Sound"),
    Control.VIDEO: N_("Film"),
    Control.FILE: N_("File"),
    Control.BARCODE: N_("Barcode"),
}
MAX_SHOWN = 12
"""So many choices of a question are listed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A question in the list. `condition` is the form's own expression; `more` counts choices that are not listed."""

    number: int
    name: str
    label: str
    image: str
    control: str
    options: tuple[Option, ...]
    more: int
    condition: str
    required: bool


def list_shown(form: Form, interview: Interview) -> list[Shown]:
    """List the questions of a form, asked now or not."""
    return [_show(number, question, interview) for number, question in enumerate(form.questions, start=1)]


def _show(number: int, question: Question, interview: Interview) -> Shown:
    label, options = interview.words(question.path)
    relevant = question.bind.relevant
    return Shown(
        number=number,
        name=question.name,
        label=label.text or question.name,
        image=label.image,
        control=CONTROLS[question.control],
        options=tuple(options[:MAX_SHOWN]),
        more=max(0, len(options) - MAX_SHOWN),
        condition=relevant.source if relevant is not None else "",
        required=question.bind.required is not None,
    )
