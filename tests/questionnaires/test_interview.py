"""An interview asks what is relevant, takes what is right, and works out what follows."""

import pytest

from collector import clock
from collector.questionnaires.errors import EvaluationFailed, QuestionNotFound
from collector.questionnaires.form import Control
from questionnaires.workbooks import Row
from questionnaires.xforms import ask, make_form

AGE: Row = {"type": "integer", "name": "age", "label": "Tuổi", "required": "yes", "required_message": "Hãy ghi tuổi."}
NAME: Row = {"type": "text", "name": "name", "label": "Tên"}


def test_questions_come_in_order_and_say_how_far_one_is() -> None:
    interview = ask(make_form(NAME, AGE, {"type": "note", "name": "thanks", "label": "Xin cảm ơn"}))
    assert interview.first() == "/data/name"
    assert interview.next("/data/name") == "/data/age"
    assert interview.next("/data/thanks") is None
    assert interview.previous("/data/age") == "/data/name"
    assert interview.previous("/data/name") is None
    assert interview.progress("/data/age") == (2, 3)
    with pytest.raises(QuestionNotFound):
        interview.next("/data/nowhere")


def test_what_is_not_relevant_is_passed_over_and_dropped() -> None:
    form = make_form(
        AGE,
        {"type": "begin group", "name": "adult", "label": "Người lớn", "relevant": "${age} >= 18"},
        {"type": "select_one yn", "name": "votes", "label": "Đi bầu"},
        {"type": "text", "name": "where", "label": "Ở đâu", "relevant": "${votes} = 'yes'"},
        {"type": "end group"},
        {"type": "calculate", "name": "seen", "calculation": "concat('[', ${votes}, ']')"},
    )
    interview = ask(form)
    assert interview.asked() == ["/data/age"]
    assert interview.answer("/data/age", "20") is None
    assert interview.next("/data/age") == "/data/adult/votes"
    interview.answer("/data/adult/votes", "yes")
    interview.answer("/data/adult/where", "nhà văn hoá")
    assert interview.answers()["/data/seen"] == "[yes]"
    interview.answer("/data/age", "12")
    assert interview.answers() == {"/data/age": "12", "/data/seen": "[]"}
    with pytest.raises(QuestionNotFound):
        interview.answer("/data/adult/votes", "no")
    interview.answer("/data/age", "30")
    assert interview.value("/data/adult/where") == "nhà văn hoá", "what was typed comes back"


def test_blank_and_not_asked_are_kept_apart() -> None:
    form = make_form(NAME, AGE, {**NAME, "name": "more", "relevant": "${age} > 5"})
    assert ask(form).answers() == {"/data/name": "", "/data/age": ""}


def test_an_interview_goes_on_from_its_values() -> None:
    form = make_form({**NAME, "default": "A Lăng"}, AGE, {"type": "calculate", "name": "r", "calculation": "random()"})
    first = ask(form)
    assert first.value("/data/name") == "A Lăng"
    first.answer("/data/name", "")
    first.answer("/data/age", "30")
    second = ask(form, first.values())
    assert second.answers() == first.answers()
    assert second.value("/data/name") == "", "a default is set once only"
    assert ask(form, first.values(), seed="two").value("/data/r") != first.value("/data/r")


def test_a_default_that_was_taken_out_does_not_come_back() -> None:
    form = make_form(
        {**NAME, "default": "A Lăng"}, {"type": "date", "name": "day", "label": "Ngày", "default": "today()"}
    )
    first = ask(form)
    first.answer("/data/name", "")
    first.answer("/data/day", "")
    assert ask(form, first.values()).answers() == {"/data/name": "", "/data/day": ""}


def test_answers_are_checked_by_type_required_and_constraint() -> None:
    form = make_form(AGE, {**NAME, "constraint": "regex(., '[a-z]+')", "constraint_message": "Chỉ chữ thường."})
    interview = ask(form)
    problem = interview.check("/data/age", " ")
    assert problem is not None
    assert (problem.code, problem.message) == ("required", "Hãy ghi tuổi.")
    problem = interview.answer("/data/name", "ABC")
    assert problem is not None
    assert (problem.code, problem.message) == ("constraint", "Chỉ chữ thường.")
    assert interview.value("/data/name") == ""
    assert interview.check("/data/name", "") is None
    assert [each.path for each in interview.problems()] == ["/data/age"]


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("integer", "007", "7"),
        ("integer", "-3", "-3"),
        ("integer", "1.5", "!not_a_whole_number"),
        ("integer", "1.500", "!not_a_whole_number"),
        ("integer", "٣", "!not_a_whole_number"),
        ("integer", "99999999999", "!too_large"),
        ("decimal", "1,50", "1.5"),
        ("decimal", ".5", "0.5"),
        ("decimal", "100", "100"),
        ("decimal", "1e5", "!not_a_number"),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "28/2/2026", "2026-02-28"),
        ("date", "30/2/2026", "!not_a_date"),
        ("date", "0001-01-01", "!not_a_date"),
        ("time", "7:05", "07:05:00"),
        ("time", "25:00", "!not_a_time"),
        ("time", "0705", "!not_a_time"),
        ("datetime", "2026-02-28T07:05", "2026-02-28T07:05:00"),
        ("datetime", "2026", "!not_a_time"),
        ("select_one yn", "yes", "yes"),
        ("select_one yn", "maybe", "!not_a_choice"),
        ("select_one yn", "yes no", "!not_a_choice"),
        ("select_multiple yn", ["no", "yes"], "yes no"),
        ("select_multiple yn", ["no", "maybe"], "!not_a_choice"),
        ("text", "  a\r\nb\x00 ", "a\nb"),
        ("text", "o\u0302", "ô"),
        ("text", "x" * 2_001, "!too_long"),
        ("acknowledge", "on", "OK"),
        ("acknowledge", "perhaps", "!not_a_choice"),
        ("note", "typed by a clever client", ""),
    ],
)
def test_each_type_takes_what_it_should(kind: str, raw: str | list[str], expected: str) -> None:
    interview = ask(make_form({"type": kind, "name": "q", "label": "Câu hỏi"}, NAME))
    problem = interview.answer("/data/q", raw)
    if expected.startswith("!"):
        assert problem is not None
        assert problem.code == expected[1:]
        assert interview.value("/data/q") == ""
    else:
        assert problem is None
        assert interview.value("/data/q") == expected


def test_a_range_is_held() -> None:
    form = make_form({"type": "range", "name": "q", "label": "Từ 0 đến 10", "parameters": "start=0 end=10 step=2"})
    interview = ask(form)
    assert interview.show("/data/q").control is Control.INTEGER
    assert interview.check("/data/q", "4") is None
    for raw in ("3", "12", "-2"):
        problem = interview.check("/data/q", raw)
        assert problem is not None
        assert problem.code == "out_of_range"


def test_a_page_is_told_everything_about_a_question() -> None:
    vi, en = "Tiếng Việt (vi)", "English (en)"
    form = make_form(
        {"type": "begin group", "name": "g", f"label::{vi}": "Phần một"},
        {
            "type": "select_one yn",
            "name": "know",
            f"label::{vi}": "Ông (bà) **biết** chưa?",
            f"label::{en}": "Do you know?",
            f"hint::{en}": "Think.",
            f"image::{vi}": "know.png",
            f"audio::{vi}": "know.mp3",
            "required": "yes",
            "appearance": "likert",
        },
        {"type": "end group"},
        choices=[
            {"list_name": "yn", "name": "yes", f"label::{vi}": "Có", f"label::{en}": "Yes", f"image::{vi}": "yes.png"},
            {"list_name": "yn", "name": "no", f"label::{vi}": "Không", f"audio::{en}": "no.mp3"},
        ],
        default_language=vi,
    )
    screen = ask(form, {"/data/g/know": "no"}).show("/data/g/know")
    assert (screen.label, screen.hint, screen.image, screen.audio) == (
        "Ông (bà) biết chưa?", "Think.", "know.png", "know.mp3",
    )  # fmt: skip
    assert (screen.required, screen.value, screen.groups, screen.appearance) == (True, "no", ("Phần một",), "likert")
    assert [(o.value, o.label, o.image, o.audio) for o in screen.options] == [
        ("yes", "Có", "yes.png", ""), ("no", "Không", "", ""),
    ]  # fmt: skip
    english = ask(form, language="en").show("/data/g/know")
    assert english.label == "Do you know?"
    assert english.image == "know.png", "a picture serves all languages"
    assert english.audio == "", "a recording serves its own language only"
    assert [(o.label, o.audio) for o in english.options] == [("Yes", ""), ("Không", "no.mp3")]


@pytest.mark.parametrize(
    ("names", "tag", "found"),
    [
        (("Tiếng Việt (vi)", "English (en)"), "en", "English (en)"),
        (("English", "Vietnamese"), "vi", "Vietnamese"),
        (("English", "Tiếng Việt"), "vi", "Tiếng Việt"),
        (("vi", "ktv"), "ktv", "ktv"),
        (("English", "Français (fr)"), "vi", "English"),
    ],
)
def test_the_language_of_the_reader_is_found(names: tuple[str, ...], tag: str, found: str) -> None:
    form = make_form(
        {"type": "text", "name": "q", **{f"label::{name}": name for name in names}}, default_language=names[0]
    )
    assert form.languages[0] == names[0]
    assert ask(form, language=tag).show("/data/q").label == found


def test_labels_hold_answers_and_calculations() -> None:
    form = make_form(
        NAME,
        {"type": "calculate", "name": "shown", "calculation": "jr:choice-name(${vote}, '${vote}')"},
        {"type": "select_one yn", "name": "vote", "label": "Chọn đi, ${name}"},
        {"type": "note", "name": "end", "label": "Đã chọn: ${shown}"},
    )
    interview = ask(form)
    interview.answer("/data/name", "Bhơ")
    interview.answer("/data/vote", "no")
    assert interview.show("/data/vote").label == "Chọn đi, Bhơ"
    assert interview.show("/data/end").label == "Đã chọn: Không"


def test_a_filter_narrows_choices_and_drops_what_is_not_offered_any_more() -> None:
    rows: list[Row] = [
        {"list_name": "region", "name": "north", "label": "Bắc"},
        {"list_name": "region", "name": "south", "label": "Nam"},
        {"list_name": "town", "name": "t1", "label": "Một", "region": "north"},
        {"list_name": "town", "name": "t2", "label": "Hai", "region": "south"},
    ]
    form = make_form(
        {"type": "select_one region", "name": "where", "label": "Vùng"},
        {"type": "select_one town", "name": "town", "label": "Nơi", "choice_filter": "region = ${where}"},
        choices=rows,
    )
    interview = ask(form)
    assert interview.show("/data/town").options == ()
    interview.answer("/data/where", "north")
    assert [option.value for option in interview.show("/data/town").options] == ["t1"]
    assert interview.answer("/data/town", "t1") is None
    problem = interview.check("/data/town", "t2")
    assert problem is not None
    assert problem.code == "not_a_choice"
    interview.answer("/data/where", "south")
    assert interview.value("/data/town") == ""


def test_triggers_and_dynamic_defaults_set_values_once() -> None:
    form = make_form(
        {"type": "date", "name": "day", "label": "Ngày", "default": "today()"},
        NAME,
        {"type": "text", "name": "copy", "label": "Chép", "trigger": "${name}", "calculation": "concat(${name}, '!')"},
    )
    interview = ask(form)
    assert interview.value("/data/day") == clock.today().isoformat()
    interview.answer("/data/name", "a")
    assert interview.value("/data/copy") == "a!"
    interview.answer("/data/copy", "other")
    interview.answer("/data/name", "a")
    assert interview.value("/data/copy") == "other", "the same answer once more triggers nothing"


def test_a_round_hides_questions() -> None:
    form = make_form(NAME, AGE, {**NAME, "name": "more", "relevant": "${age} > 5"})
    interview = ask(form, hidden={"/data/age"})
    assert interview.asked() == ["/data/name"]
    assert interview.problems() == []
    assert "age" not in interview.to_submission_xml("uuid:x")


def test_calculations_are_written_as_their_type() -> None:
    form = make_form(
        {"type": "date", "name": "d", "label": "Ngày"},
        {"type": "date", "name": "later", "label": "Sau", "calculation": "${d} + 7", "readonly": "yes"},
        {"type": "calculate", "name": "n", "calculation": "${d} * 1"},
    )
    interview = ask(form)
    assert interview.value("/data/n") == ""
    interview.answer("/data/d", "2026-02-27")
    assert interview.value("/data/later") == "2026-03-06"
    assert interview.value("/data/n") == "20511"


@pytest.mark.parametrize(
    ("rows", "circles"),
    [
        ([("a", "if(${q} = 'no', ${b} + 1, 0)"), ("b", "if(${q} = 'no', ${a} + 1, 0)")], 1),
        ([("a", "${b}"), ("b", "${c}"), ("c", "${a}")], 1),
        ([("a", "${b} + ${c}"), ("b", "${c}"), ("c", "1")], 0),
        ([("a", "coalesce(${a}, 5)"), ("b", "${a}"), ("c", "once(random())")], 0),
    ],
)
def test_calculations_that_go_in_a_circle_are_found_when_the_form_is_read(
    rows: list[tuple[str, str]], circles: int
) -> None:
    calculated: list[Row] = [{"type": "calculate", "name": name, "calculation": source} for name, source in rows]
    form = make_form({"type": "select_one yn", "name": "q", "label": "Hỏi"}, *calculated)
    assert [each.code for each in form.obstacles] == ["endless"] * circles


def test_a_condition_on_what_it_decides_is_a_circle() -> None:
    form = make_form(
        {"type": "begin group", "name": "g", "label": "G", "relevant": "${inside} = 'x'"},
        {"type": "text", "name": "inside", "label": "Trong"},
        {"type": "end group"},
    )
    assert ("/data/g", "endless") in [(each.path, each.code) for each in form.obstacles]


def test_logic_that_never_ends_is_said_to() -> None:
    form = make_form(NAME, {"type": "calculate", "name": "c", "calculation": "concat(., 'x')"})
    with pytest.raises(EvaluationFailed) as failed:
        ask(form)
    assert failed.value.context["reason"] in ("endless", "text_too_long")
