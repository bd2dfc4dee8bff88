"""Questionnaires that others wrote import, or are refused with a reason that is right."""

from pathlib import Path

import pytest

from collector import clock
from collector.questionnaires.converting import Converted, convert_workbook
from collector.questionnaires.errors import FormRefused, WorkbookRefused
from collector.questionnaires.form import Control
from collector.questionnaires.interview import Interview
from collector.questionnaires.wording import explain_refusal, say_obstacles

FOLDER = Path(__file__).parent / "public"


def convert(name: str) -> Converted:
    """Convert one of the workbooks."""
    return convert_workbook((FOLDER / name).read_bytes(), name, clock.now())


def say(words: str, **values: object) -> str:
    """Say words in English."""
    return words % values if values else words


@pytest.mark.parametrize(
    "name", ["or_other.xlsx", "choice_filter_test.xlsx", "cascading_select_test_equivalent.xlsx", "style_settings.xlsx"]
)
def test_it_imports_and_can_be_asked_to_the_end(name: str) -> None:
    converted = convert(name)
    assert converted.obstacles == ()
    interview = Interview(converted.form, now=clock.now(), seed="x", language="en")
    path, asked = interview.first(), 0
    while path is not None:
        screen = interview.show(path)
        assert screen.label
        is_choice = screen.control in (Control.ONE, Control.SEVERAL)
        answer = screen.options[0].value if screen.options else "" if is_choice else "1"
        assert interview.answer(path, answer) is None, path
        path, asked = interview.next(path), asked + 1
    assert asked >= 1
    assert interview.problems() == []
    assert interview.to_submission_xml("uuid:x").startswith("<?xml")


def test_a_cascade_narrows_step_by_step() -> None:
    form = convert("cascading_select_test_equivalent.xlsx").form
    interview = Interview(form, now=clock.now())
    zone = form.questions[0].path
    assert interview.asked() == [zone]
    for chosen in ("zone_1", "zone_2"):
        interview.answer(zone, chosen)
        assert interview.next(zone) == f"/cascading_select_test/mylga_state_in_{chosen}"


def test_a_filter_that_compares_with_a_column_that_is_not_there_offers_nothing() -> None:
    interview = Interview(convert("or_other.xlsx").form, now=clock.now())
    assert interview.show("/data/fav_pastel").options == (), "it says [pastel=yes] and means [pastel='yes']"


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("repeat_date_test.xlsx", ["Sheet “survey”, row 4: Questions that repeat"]),
        ("tutorial.xlsx", ["Sheet “survey”, row 2: Questions that repeat"]),
        (
            "pull_data.xlsx",
            ["the file fruits.csv", "row 2, column “calculation”: The function “pulldata”"],
        ),
        ("select_one_external.xlsx", ["Sheet “survey”, row 3: Choices come from another file"]),
        ("sms_info.xlsx", ["row 9: Photos", "row 10: Places on the map"]),
        ("widgets.xlsx", ["Barcodes", "Photos", "Sound", "Films", "Places on the map"]),
    ],
)
def test_it_imports_for_odk_collect_and_says_why_pages_cannot_ask_it(name: str, reasons: list[str]) -> None:
    said = say_obstacles(convert(name).obstacles, say)
    for reason in reasons:
        assert reason in said
    assert said.count("ODK Collect") >= len(reasons)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("calculate_without_calculation.xlsx", "Sheet “survey”, row 34: Nothing is calculated here."),
        ("not_closed_group_test.xlsx", "Sheet “survey”, row 3: The group “open_group_1” is not closed."),
        ("flat_xlsform_test.xlsx", "The form asks for encrypted answers"),
        ("spaces_in_choices_header.xlsx", "The form sends its answers to another place: https://odk.ona.io/"),
    ],
)
def test_it_is_refused_with_the_right_reason(name: str, reason: str) -> None:
    with pytest.raises((WorkbookRefused, FormRefused)) as refused:
        convert(name)
    assert explain_refusal(refused.value, say).startswith(reason)
