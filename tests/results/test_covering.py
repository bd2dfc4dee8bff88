"""A village of the round in which nobody was asked stays among those whom the verdict is about."""

from answer_scenes import answer, make_round
from factories import Village, services_of
from flask import Flask

from collector.results.computing import compute

from .result_scenes import QUESTIONNAIRE, add_drawn, close, computed


def add_village(app: Flask, village: Village, round_id: str, households: int | None) -> None:
    """Add a village to a round in which nobody will be asked."""
    with services_of(app).database.recording(author=village.head) as recorder:
        values = {"name": "Bản Mẫu Xa", "commune_code": "20704", "commune_name": "Xã La Dêê"}
        other = recorder.add("unit", village.unit, values | {"province_name": "Đà Nẵng"})
        recorder.add("round_village", village.unit, {"round": round_id, "village": other, "households": households})


def test_a_full_count_of_one_village_says_nothing_about_another(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    add_village(app, village, made, 500)
    answer(app, village, made, count=68)
    close(app, village, made)
    result = computed(app, made)
    know = result.total.cell("know")
    assert (know.verdict, know.basis, know.reason) == ("not_enough_evidence", "certain_range", "not_covered")
    assert (know.certain_low, know.certain_high) == (68 / 568, 1.0)
    assert know.low is None
    assert know.further == 57, "501 of 568 can say no, or 57 of the 500 can decide against"
    assert result.every_dimension == "not_enough_evidence"


def test_a_sample_of_one_village_says_nothing_about_another(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_village(app, village, made, 500)
    add_drawn(app, village, made, {"asked": 60})
    answer(app, village, made, count=60)
    close(app, village, made)
    result = computed(app, made)
    know = result.total.cell("know")
    assert (know.verdict, know.reason, know.further) == ("not_enough_evidence", "not_covered", None)
    assert know.low is not None
    assert know.low < 0.12
    assert know.high == 1
    assert result.every_dimension == "not_enough_evidence"


def test_a_village_too_small_to_change_it_changes_nothing(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_village(app, village, made, 3)
    add_drawn(app, village, made, {"asked": 66})
    answer(app, village, made, count=66)
    close(app, village, made)
    result = computed(app, made)
    know = result.total.cell("know")
    assert (know.verdict, know.reason) == ("met", "")
    assert know.low == 68 / 71, "all 68 would say yes; the 3 others are taken at none"
    assert result.every_dimension == "met"


def test_not_met_stands_if_all_of_the_others_could_say_yes(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_village(app, village, made, 10)
    add_drawn(app, village, made, {"asked": 60})
    answer(app, village, made, count=30)
    answer(app, village, made, count=30, know="no")
    close(app, village, made)
    result = computed(app, made)
    assert result.total.cell("know").verdict == "not_met"
    assert result.total.cell("do").verdict == "not_enough_evidence"
    assert result.every_dimension == "not_met"


def test_a_village_of_unknown_size_could_change_everything(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    add_village(app, village, made, None)
    answer(app, village, made, count=68)
    close(app, village, made)
    with services_of(app).database.reading() as connection:
        know = compute(connection, made).total.cell("know")
    assert (know.verdict, know.reason) == ("not_enough_evidence", "population_unknown")
    assert know.certain_low is None
