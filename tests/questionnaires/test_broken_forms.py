"""Forms that another computer sent broken raise nothing but our own errors, and end."""

import random
import re

import pytest

from collector.errors import CollectorError
from collector.questionnaires.built_in import read_xform
from collector.questionnaires.form import Form
from collector.questionnaires.submission import read_submission
from collector.questionnaires.variants import make_variant
from questionnaires.workbooks import YES_NO
from questionnaires.xforms import ask, make_form

PATHS = ("/data/know", "/data", "/data/sex", "", "..", "/", "/data/meta")
LOGIC = ("true()", "0", "concat(., .)", "1 div 0", "(", "]", "instance('answer')/root/item[", "jr:itext('x')", "date")
NAMES = ("nodeset", "int", "select", "repeat", "group", "value", "bind", "item", "html", "instance", "data", "&lt;")
PIECES = (*PATHS, *LOGIC, *NAMES, "jr://images/a.png", "randomize(instance('sex')/root/item)", "\u0301")


def break_form(xform: str, chance: random.Random) -> str:
    """Put something else into a few attributes, texts or names of a form."""
    places = list(re.finditer(r'"[^"]*"|>[^<]+<|(?<=[</])[\w:]+', xform))
    for place in sorted(chance.sample(places, chance.randint(1, 4)), key=lambda each: -each.start()):
        other = chance.choice(PIECES)
        found = place[0]
        new = f'"{other}"' if found[0] == '"' else f">{other}<" if found[0] == ">" else other or "x"
        xform = xform[: place.start()] + new.replace('""', '"') + xform[place.end() :]
    return xform


def use(xform: str) -> None:
    """Do with a form what pages do."""
    form = Form.parse(xform)
    interview = ask(form)
    path = interview.first()
    for _ in range(30):
        if path is None:
            break
        screen = interview.show(path)
        interview.answer(path, screen.options[0].value if screen.options else "1")
        if path in interview.asked():
            interview.progress(path)
        path = interview.next(path)
    interview.problems()
    written = interview.to_submission_xml("uuid:1")
    read_submission(written.encode(), form)
    make_variant(xform, form_id="x", hidden={"/data/know"}, recordings={("know", "ktv"): "know.ktv.mp3"})


@pytest.mark.parametrize("code", ["participation_household", "policy"])
def test_broken_forms_are_refused_or_asked(code: str) -> None:
    chance, xform = random.Random(code), read_xform(code)
    use(xform)
    taken = 0
    for _ in range(150):
        broken = break_form(xform, chance)
        try:
            use(broken)
            taken += 1
        except CollectorError:
            continue
    assert taken > 5, "not everything that is changed breaks a form"


def test_a_form_with_one_question_and_no_words_is_still_a_form() -> None:
    form = make_form({"type": "select_one yn", "name": "q", "hint": "Chỉ gợi ý"}, choices=YES_NO)
    assert ask(form).show("/data/q").hint == "Chỉ gợi ý"
