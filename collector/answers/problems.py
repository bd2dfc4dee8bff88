"""Sentences for answers that are not taken: the form's own words where it has any, else ours."""

from typing import Any, Final

from collector.questionnaires.answers import Problem
from collector.wording import say
from collector.words import N_

_SENTENCES: Final = {
    "required": N_("Nothing is chosen yet. Please choose one."),
    "not_a_choice": N_("Nothing is chosen yet. Please choose one."),
    "not_a_whole_number": N_("This is no whole number yet. Please type digits only, for example 5."),
    "not_a_number": N_("This is no number yet. Please type digits, for example 2,5."),
    "too_large": N_("This number is too large. Please type it again."),
    "out_of_range": N_("This number does not lie between %(low)s and %(high)s. Please type it again."),
    "not_a_date": N_("This is no day yet. Please give day, month and year, for example 05/03/2026."),
    "not_a_time": N_("This is no time yet. Please give hours and minutes, for example 07:30."),
    "too_long": N_("This has %(length)s characters, more than %(limit)s. Please shorten it."),
    "constraint": N_("This answer does not fit the question. Please look at it again."),
    "not_entered": N_("Nothing is entered here yet. Please type the number of the answer, or 0 if it was left empty."),
}


def find_words(problem: Problem) -> tuple[str, dict[str, Any]]:
    """Give the sentence for what is wrong with an answer, to be translated, and what fills its places."""
    if problem.message:
        return problem.message, {}
    return _SENTENCES.get(problem.code, _SENTENCES["constraint"]), dict(problem.context)


def say_problem(problem: Problem) -> str:
    """Say what is wrong with an answer and what to do."""
    words, values = find_words(problem)
    return problem.message or say(words, **values)
