"""Words about questionnaires: why a workbook is refused, and what a page cannot ask.

Sentences say where, what, and what to do. `say` is whatever translates: that of a page or of the command line.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from collector.errors import CollectorError
from collector.questionnaires.form import Obstacle
from collector.questionnaires.workbooks import Place
from collector.words import N_

Say = Callable[..., str]

WORKBOOK: Final = {
    "not_a_workbook": N_("This is no Excel workbook. Please open it in Excel or LibreOffice and save it as .xlsx."),
    "old_excel": N_("This is a file of an old Excel (.xls). Please open it and save it as .xlsx."),
    "damaged": N_("The workbook is damaged or protected by a password. Please save it once more as .xlsx."),
    "too_large": N_(
        "The workbook is too large. Please keep it under %(limit_mb)s MB, without pictures and spare sheets."
    ),
    "too_many_rows": N_(
        "The sheet “%(sheet)s” has more than %(limit)s rows. Please take out rows that are not needed."
    ),
    "formula": N_("The cell holds a formula without a value. Please write the value itself into the cell."),
    "no_survey": N_("There is no sheet “survey” with questions. Please give the sheet with the questions this name."),
    "no_choices": N_("There is no sheet “choices” with the columns list_name, name and label. Please add it."),
    "columns_missing": N_("The column %(value)s is missing. Please add it to the first row of the sheet “%(sheet)s”."),
    "columns_twice": N_("Columns mean the same: %(value)s. Please keep one of them in the sheet “%(sheet)s”."),
    "type_unknown": N_(
        "The type “%(value)s” is not known. Please write a type of XLSForm, for example text or integer."
    ),
    "list_missing": N_("The list “%(value)s” is not in the sheet “choices”. Please add it or correct the name."),
    "name_unknown": N_("“%(value)s” is asked for, but no question has this name. Please correct the name in ${…}."),
    "reference_twice": N_("“%(value)s” is the name of several questions. Please give them different names."),
    "reference_syntax": N_("A name in ${…} is not closed. Please write the sign $ and then the name in braces."),
    "name_reserved": N_("The name “%(value)s” is kept for the form itself. Please choose another."),
    "name_twice": N_("The name “%(value)s” stands there twice. Please give every question a name of its own."),
    "name_missing": N_("The question has no name. Please fill in the column “name”."),
    "name_letters": N_(
        "This name cannot be used. Please begin with a letter; use letters, digits, “_”, “-” and “.” only."
    ),
    "label_missing": N_("The question “%(value)s” has no words. Please fill in the column “label”."),
    "group_open": N_("The group “%(value)s” is not closed. Please add a row “end group” or “end repeat” for it."),
    "group_closed": N_("“end %(value)s” closes nothing that is open. Please take the row out or add the beginning."),
    "calculation_missing": N_("Nothing is calculated here. Please fill in the column “calculation”."),
    "choice_twice": N_("Two choices of one list have the same name. Please give each its own."),
    "choice_without_name": N_("A choice has no name. Please fill in the column “name”."),
    "choice_with_space": N_("The choice “%(value)s” has a space in its name. Please write “_” instead."),
    "converter": N_("The form cannot be made. Please correct what this says (in English): %(detail)s"),
    "encrypted": N_("The form asks for encrypted answers, which cannot be counted here. Please take out public_key."),
    "sent_elsewhere": N_("The form sends its answers to another place: %(address)s. Please take out submission_url."),
    "too_many_questions": N_("The form has more than %(limit)s questions. Please split it."),
    "no_form": N_("The form has no questions. Please fill in the sheet “survey”."),
    "no_id": N_("The form has no name of its own. Please fill in form_id in the sheet “settings”."),
    "too_deep": N_("Groups are nested too deeply. Please put groups beside each other."),
    "not_xml": N_("The words of the form hold characters that cannot be used. Please take them out."),
}
"""Why a workbook is refused, by the reason."""

CONTROLS: Final = {
    "rank": N_("Ranking cannot be asked on pages. Use select_one for each rank, or ask with ODK Collect."),
    "place": N_("Places on the map cannot be recorded on pages. Take the question out, or ask with ODK Collect."),
    "picture": N_("Photos cannot be taken on pages. Take the question out, or ask with ODK Collect."),
    "audio": N_("Sound cannot be recorded on pages. Take the question out, or ask with ODK Collect."),
    "video": N_("Films cannot be recorded on pages. Take the question out, or ask with ODK Collect."),
    "file": N_("Files cannot be sent from pages. Take the question out, or ask with ODK Collect."),
    "barcode": N_("Barcodes cannot be read on pages. Use the type text, or ask with ODK Collect."),
}
OBSTACLES: Final = {
    "repeat": N_("Questions that repeat cannot be asked on pages. Write them out one by one, or ask with ODK Collect."),
    "external": N_("Choices come from the file %(file)s. Put them into the sheet “choices”, or ask with ODK Collect."),
    "search": N_("Choices come from another file. Put them into the sheet “choices”, or ask with ODK Collect."),
    "application": N_("The answer comes from another program. Take out “ex:”, or ask with ODK Collect."),
    "video": N_("Films cannot be shown with a question. Use a picture, or ask with ODK Collect."),
    "place": N_("The place of the telephone is not recorded on pages. Take the row out, or ask with ODK Collect."),
    "action": N_("What happens here in the background cannot be done on pages. Take it out, or ask with ODK Collect."),
    "unlabelled": N_("The question has no words that could be shown. Fill in “label”, or ask with ODK Collect."),
    "nowhere": N_("The answer to “%(name)s” has no place in the form. Take it over as an Excel file once more."),
    "no_question": N_("The form has no question that can be answered on a page. Add one, or ask with ODK Collect."),
    "endless": N_("The logic of the form takes too long or goes in a circle. Simplify it, or ask with ODK Collect."),
}
EVALUATIONS: Final = {
    "pattern": N_("This pattern cannot be used here: %(pattern)s. Write it in a simpler way, or ask with ODK Collect."),
    "pattern_too_large": N_("A pattern in regex() is too long. Shorten it, or ask with ODK Collect."),
    "not_a_date": N_("“%(value)s” is no day, but is used as one. Correct the expression, or ask with ODK Collect."),
    "not_a_time": N_("“%(value)s” is no time, but is used as one. Correct the expression, or ask with ODK Collect."),
    "not_nodes": N_("%(function)s() needs the name of a question. Correct the expression, or ask with ODK Collect."),
    "no_instance": N_("There is no list “%(instance)s”. Correct the expression, or ask with ODK Collect."),
}
LOGIC: Final = N_("The logic of this question cannot be worked out here. Correct it, or ask with ODK Collect.")
EXPRESSIONS: Final = {
    "function": N_("The function “%(function)s” is not worked out on pages. Replace it, or ask with ODK Collect."),
    "syntax": N_("This expression cannot be read: %(expression)s. Please correct it."),
    "feature": N_(
        "“%(feature)s” is not understood in this expression: %(expression)s. Please write it in another way."
    ),
    "too_long": N_("This expression is too long: %(expression)s. Please split it over several calculations."),
    "too_deep": N_("This expression is nested too deeply: %(expression)s. Please split it over several calculations."),
}
AT_COLUMN: Final = N_("Sheet “%(sheet)s”, row %(row)s, column “%(column)s”: %(sentence)s")
AT_ROW: Final = N_("Sheet “%(sheet)s”, row %(row)s: %(sentence)s")

ERRORS: Final = {
    "workbook_refused": (
        N_("This file cannot be taken over as a questionnaire."),
        N_("Please correct the file and send it again."),
    ),
    "form_refused": (
        N_("This questionnaire cannot be taken over."),
        N_("Please correct the file and send it again."),
    ),
    "xml_refused": (
        N_("What was sent cannot be read."),
        N_("Please send it again; if that does not help, make it anew."),
    ),
    "expression_refused": (
        N_("The logic of this questionnaire cannot be read."),
        N_("Please correct the file and take it over as a new version."),
    ),
    "evaluation_failed": (
        N_("The logic of this questionnaire cannot be worked out with these answers."),
        N_("Please correct the file and take it over as a new version. Answers given so far are kept."),
    ),
    "submission_refused": (
        N_("This sheet does not belong to the questionnaire that is asked."),
        N_("Please load the questionnaire afresh on the telephone."),
    ),
    "question_not_found": (
        N_("This question is not asked."),
        N_("Please go back to the question before it."),
    ),
    "version_taken": (
        N_("Version %(version)s of “%(form_id)s” is here already, with other questions."),
        N_("Please write a new version into the sheet “settings” and send the file again."),
    ),
    "mapping_fixed": (
        N_("A round asks “%(title)s” already; what its questions measure stays as it is."),
        N_("Please take over the questionnaire as a new version, and ask that one in the next round."),
    ),
    "mapping_not_offered": (
        N_("Something is not chosen as it should be."),
        N_("Please choose from the lists once more."),
    ),
    "medium_not_found": (
        N_("The questionnaire has no such file here."),
        N_("Please add it on the page of the questionnaire."),
    ),
    "medium_not_wanted": (
        N_("The questionnaire has no place for this file."),
        N_("Please choose a picture where it names a picture, and a recording where something is spoken."),
    ),
    "no_such_built_in": (
        N_("No such questionnaire comes with Collector."),
        N_("Please go back to the questionnaires and choose one."),
    ),
}
"""Title and advice of the errors of questionnaires, by their code."""


def explain_refusal(error: CollectorError, say: Say) -> str:
    """Say why a workbook is refused, where that is, and what to do."""
    context = error.context
    words = WORKBOOK.get(str(context.get("reason")), WORKBOOK["converter"])
    sentence = say(words, **{"detail": "", "address": "", **context})
    row = context.get("row")
    return say_place(sentence, Place(context["sheet"], row, context.get("column", "")) if row else None, say)


def say_place(sentence: str, place: Place | None, say: Say) -> str:
    """Put before a sentence where in the workbook the trouble is."""
    if place is None:
        return sentence
    words = AT_COLUMN if place.column else AT_ROW
    return say(words, sheet=place.sheet, row=place.row, column=place.column, sentence=sentence)


def say_obstacle(obstacle: Obstacle, place: Place | None, say: Say) -> str:
    """Say why a form cannot be asked on pages, where that is, and what to do."""
    context: Mapping[str, Any] = {"code": "", **obstacle.context}
    if obstacle.code == "control":
        words = CONTROLS[str(context["control"])]
    elif obstacle.code == "expression":
        words = EXPRESSIONS[str(context["reason"])]
    elif obstacle.code == "evaluation":
        words = EVALUATIONS.get(str(context["reason"]), LOGIC)
    else:
        words = OBSTACLES[obstacle.code]
    return say_place(say(words, **context), place, say)


def say_obstacles(obstacles: Iterable[tuple[Obstacle, Place | None]], say: Say) -> str:
    """Say everything that hinders asking a form on pages, one sentence to a line; empty if nothing does."""
    return "\n".join(dict.fromkeys(say_obstacle(obstacle, place, say) for obstacle, place in obstacles))
