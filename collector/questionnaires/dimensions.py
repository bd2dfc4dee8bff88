"""Which question measures which dimension, and what its choices mean.

A question belongs to a dimension because the sheet `survey` says so in a column `dimension`, or because it bears the
dimension's name. Its choices mean yes, no, don't know or refused by their names, of which a few usual ones are known.
"""

from collections.abc import Mapping
from typing import Final

from collector.folding import fold
from collector.questionnaires.form import Control, Form, Question
from collector.questionnaires.records import DIMENSIONS, MAPPED

MEANINGS: Final[Mapping[str, frozenset[str]]] = {
    "yes": frozenset({"yes", "1", "co", "y", "true"}),
    "no": frozenset({"no", "0", "2", "khong", "n", "false"}),
    "dont_know": frozenset(
        {"dont_know", "dontknow", "dk", "3", "8", "88", "98", "khong_nho", "khong_nho_ro", "khong_biet"}
    ),
    "refused": frozenset({"refused", "refuse", "4", "9", "99", "khong_tra_loi", "khong_muon_tra_loi", "tu_choi"}),
}
"""What the names of choices mean; small and capital letters, accents and hyphens make no difference."""


def read_meaning(value: str) -> str:
    """Tell what the name of a choice means: yes, no, dont_know or refused; empty if none of them."""
    plain = fold(value.strip().replace("-", "_").replace("_", " ")).replace(" ", "_")
    return next((meaning for meaning, names in MEANINGS.items() if plain in names), "")


def map_questions(form: Form, columns: Mapping[str, str]) -> dict[str, str]:
    """Give the path of the question of each dimension and trait that the form has.

    `columns` are what the column `dimension` says: paths by the name of the dimension.
    """
    mapped = {name: path for name, path in columns.items() if name in MAPPED and _suits(form, name, path)}
    for name in MAPPED:
        question = form.find_by_name(name)
        path = question.path if question is not None else ""
        if name not in mapped and path not in mapped.values() and _suits(form, name, path):
            mapped[name] = path
    return mapped


def list_candidates(form: Form, name: str) -> list[Question]:
    """List the questions that can stand for a dimension or a trait."""
    return [question for question in form.questions if _suits(form, name, question.path)]


def _suits(form: Form, name: str, path: str) -> bool:
    question = next((each for each in form.questions if each.path == path), None)
    if question is None or any(path.startswith(f"{repeat}/") for repeat in form.repeats):
        return False
    if name == "adults":
        return question.control is Control.INTEGER
    if name in DIMENSIONS:
        return question.control is Control.ONE and {"yes", "no"} <= set(map(read_meaning, list_values(form, question)))
    return question.control in (Control.ONE, Control.TEXT)


def list_values(form: Form, question: Question) -> list[str]:
    """Give all values that a question offers, whatever was answered before."""
    found = [choice.value for choice in question.choices]
    if question.items is not None:
        for name, document in form.instances.items():
            if f"instance('{name}')" in question.items.nodes.source.replace('"', "'"):
                items = [node for node in document.walk() if node.name == "item"]
                texts = (item.find(question.items.value) for item in items)
                found.extend(text.value.strip() for text in texts if text is not None)
    return found
