"""Two entries of one paper sheet side by side: where they differ, and what was chosen where they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.answers.interviewing import list_answers, list_questions
from collector.answers.papers import list_differences
from collector.questionnaires.interview import Interview


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that was entered in two ways; None stands for a question that was not asked then."""

    path: str
    number: int
    label: str
    first: str | None
    second: str | None
    first_words: str
    second_words: str


def compare(first: Interview, second: Interview) -> tuple[list[Difference], int]:
    """Give the questions at which two entries differ, and how many questions either of them has."""
    paths = [question.path for question in list_questions(second)]
    one = {path: value for path, value in list_answers(first).items() if path in paths}
    two = {path: value for path, value in list_answers(second).items() if path in paths}
    differing = set(list_differences(one, two))
    found = [
        Difference(
            path, place, second.describe(path).label, one.get(path), two.get(path),
            say_answer(second, path, one.get(path)), say_answer(second, path, two.get(path)),
        )
        for place, path in enumerate(paths, start=1)
        if path in differing
    ]  # fmt: skip
    return found, len(one.keys() | two.keys())


def say_answer(interview: Interview, path: str, value: str | None) -> str:
    """Give an answer as people read it; empty for one that was left empty or not asked."""
    if not value:
        return ""
    words = {option.value: option.label for option in interview.describe(path).options}
    if value in words:
        return words[value]
    return ", ".join(words.get(each, each) for each in value.split()) if words else value


def choose(
    second: Interview, differences: Sequence[Difference], chosen: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Give the answers after choosing, and the paths at which nothing was chosen yet.

    `chosen` says `first` or `second` by the number of the question, under `d` and the number.
    """
    merged, open_ones = second.values(), []
    for each in differences:
        choice = chosen.get(f"d{each.number}", "")
        if choice == "first":
            merged[each.path] = each.first or ""
        elif choice != "second":
            open_ones.append(each.path)
    return merged, open_ones
