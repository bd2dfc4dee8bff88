"""Thresholds of Law 10/2022/QH15, article 21.1, and Decree 61/2023, article 10."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.law import errors
from collector.law.thresholds import (
    ATTENDANCE,
    COMMUNE,
    DECISION_WORDS,
    IN_FAVOUR,
    VILLAGE,
    decide,
    find_rule,
    get_rule,
    list_rules,
    parse_rules,
)

TODAY = date(2026, 9, 1)
TWO_THIRDS = ("1", "2")
MAJORITY = ("4", "5", "6")


@pytest.mark.parametrize("matter", TWO_THIRDS)
def test_two_thirds_agrees_with_fractions_at_every_boundary(matter: str) -> None:
    rule = get_rule(matter, TODAY)
    for households in range(1, 401):
        needed = decide(rule, households, 0).needed
        assert Fraction(needed, households) >= Fraction(2, 3)
        assert Fraction(needed - 1, households) < Fraction(2, 3)
        assert decide(rule, households, needed).passed
        assert not decide(rule, households, needed - 1).passed


@pytest.mark.parametrize("matter", MAJORITY)
def test_majority_agrees_with_fractions_at_every_boundary(matter: str) -> None:
    rule = get_rule(matter, TODAY)
    for households in range(1, 401):
        needed = decide(rule, households, 0).needed
        assert Fraction(needed, households) > Fraction(1, 2)
        assert Fraction(needed - 1, households) <= Fraction(1, 2)
        assert decide(rule, households, needed).passed
        assert not decide(rule, households, needed - 1).passed


def test_convention_needs_majority_of_attendance_and_of_approval() -> None:
    rule = get_rule("convention", TODAY)
    for households in range(1, 401):
        needed = households // 2 + 1
        assert decide(rule, households, needed, needed).passed
        assert not decide(rule, households, needed - 1, needed).passed
        assert not decide(rule, households, needed, needed - 1).passed


def test_sixty_eight_households_need_46_for_contributions_and_35_for_the_village_head() -> None:
    assert decide(get_rule("1", TODAY), 68, 48).needed == 46
    assert decide(get_rule("4", TODAY), 68, 48).needed == 35


def test_decision_holds_all_that_the_sentence_needs() -> None:
    decision = decide(get_rule("1", TODAY), 68, 48)
    (result,) = decision.conditions
    assert (result.code, result.have, result.need, result.total, result.met) == (IN_FAVOUR, 48, 46, 68, True)
    assert result.source == "Luật số 10/2022/QH15, Điều 21 khoản 1"
    sentence = DECISION_WORDS[VILLAGE, decision.passed] % {
        "have": result.have,
        "total": result.total,
        "need": result.need,
    }
    assert sentence == "48/68 households in favour, at least 46 needed. Passed."


def test_failed_conditions_name_the_attendance() -> None:
    decision = decide(get_rule("3", TODAY), 68, 40, 30)
    assert not decision.passed
    assert [(result.code, result.need) for result in decision.failed] == [(ATTENDANCE, 35)]


def test_convention_is_matter_three_with_the_decree_from_its_first_day() -> None:
    last_day, first_day = date(2023, 8, 15), date(2023, 8, 16)
    assert len(get_rule("3", last_day).conditions) == 1
    assert len(get_rule("3", first_day).conditions) == 2
    assert get_rule("3", first_day) == get_rule("convention", first_day)
    assert get_rule("3", first_day).sources == ("Nghị định số 61/2023/NĐ-CP, Điều 10",)


def test_no_rule_before_the_law() -> None:
    assert find_rule("1", date(2023, 6, 30)) is None
    assert find_rule("1", date(2023, 7, 1)) is not None
    with pytest.raises(errors.RuleNotFound) as caught:
        get_rule("1", date(2023, 6, 30))
    assert caught.value.context == {"matter": "1", "on": "2023-06-30", "scope": "village"}


def test_commune_wide_counts_villages_and_only_matters_one_and_two() -> None:
    rule = get_rule("2", TODAY, COMMUNE)
    assert rule.conditions[0].base == "villages"
    assert decide(rule, 9, 6).passed
    assert not decide(rule, 9, 5).passed
    assert find_rule("4", TODAY, COMMUNE) is None


def test_exactly_one_rule_in_force_for_each_matter_each_day() -> None:
    for day in (date(2023, 7, 1), date(2023, 8, 15), date(2023, 8, 16), TODAY):
        for matter in "123456":
            in_force = [
                rule
                for rule in list_rules()
                if rule.matter == matter and rule.scope == VILLAGE and rule.is_in_force(day)
            ]
            assert len(in_force) == 1, (day, matter)


@pytest.mark.parametrize(
    ("counts", "error", "context"),
    [
        ((0, 0, None), errors.NoVoters, {"total": 0}),
        ((-3, 0, None), errors.NoVoters, {"total": -3}),
        ((68, -1, None), errors.NegativeCount, {"field": "yes", "value": -1}),
        ((68, 69, None), errors.YesExceedsTotal, {"yes": 69, "total": 68}),
        ((68, 5, 69), errors.RepresentedExceedsTotal, {"represented": 69, "total": 68}),
        ((68, 5, -1), errors.NegativeCount, {"field": "represented", "value": -1}),
    ],
)
def test_impossible_counts_are_refused(
    counts: tuple[int, int, int | None], error: type[errors.LawError], context: dict[str, object]
) -> None:
    with pytest.raises(error) as caught:
        decide(get_rule("1", TODAY), *counts)
    assert caught.value.context == context


def test_convention_without_attendance_is_refused() -> None:
    with pytest.raises(errors.RepresentedMissing):
        decide(get_rule("convention", TODAY), 68, 40)


def test_unknown_matter_is_refused() -> None:
    with pytest.raises(errors.UnknownMatter):
        find_rule("7", TODAY)


@given(households=st.integers(1, 10**6), yes=st.integers(0, 10**6), matter=st.sampled_from("12456"))
def test_passing_is_reaching_the_needed_count(households: int, yes: int, matter: str) -> None:
    decision = decide(get_rule(matter, TODAY), households, min(yes, households))
    assert decision.passed == (decision.yes >= decision.needed)
    assert 1 <= decision.needed <= households


@given(
    numerator=st.integers(0, 9),
    denominator=st.integers(1, 9),
    strict=st.booleans(),
    total=st.integers(1, 500),
)
def test_needed_is_the_smallest_count_of_any_share(numerator: int, denominator: int, strict: bool, total: int) -> None:
    line = {
        "rule": "r",
        "matter": "1",
        "scope": "village",
        "valid_from": "2023-07-01",
        "valid_to": "",
        "condition": IN_FAVOUR,
        "counts": "yes",
        "base": "households",
        "numerator": str(numerator),
        "denominator": str(denominator),
        "strict": "yes" if strict else "no",
        "source_id": "s",
        "source": "s",
    }
    condition = parse_rules([line])[0].conditions[0]
    needed = condition.needed(total)
    assert condition.is_met(needed, total)
    assert not condition.is_met(needed - 1, total)
