"""What is still missing until an item of article 11 counts as made public."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.law.disclosure import FORMS, ITEMS, MISSING_WORDS, Missing, Posting, missing, publish_by
from collector.law.errors import UnknownForm, UnknownItem
from collector.law.publicity import get_form, requirement_of

TODAY = date(2026, 12, 1)


def days_ago(number: int) -> date:
    return TODAY - timedelta(days=number)


def make_posting(**changes: object) -> Posting:
    values: dict[str, object] = {"item": "1", "form": "posting", "starts_on": days_ago(40), "place": "Nhà văn hóa"}
    return Posting(**{**values, **changes})  # type: ignore[arg-type]


def codes(item: str, *postings: Posting) -> list[str]:
    return [found.code for found in missing(postings, TODAY, [item])]


def test_lists_have_fourteen_items_and_ten_forms_in_the_order_of_the_law() -> None:
    assert [item.code for item in ITEMS] == [str(number) for number in range(1, 15)]
    assert len({form.code for form in FORMS}) == 10
    assert all(each.words and each.print_vi for each in (*ITEMS, *FORMS))
    assert get_form("loudspeaker").print_vi == "Hệ thống truyền thanh"


@pytest.mark.parametrize(
    ("item", "days", "permanent", "loudspeaker"),
    [
        *((str(item), 30, False, None) for item in (1, 2, 3, 5, 6)),
        *((str(item), 30, False, 3) for item in range(7, 13)),
        ("4", None, True, None),
        ("13", None, True, None),
        ("14", None, False, None),
    ],
)
def test_requirements_follow_article_13(item: str, days: int | None, permanent: bool, loudspeaker: int | None) -> None:
    found = requirement_of(item)
    assert (found.posted_days, found.is_permanent, found.loudspeaker_days) == (days, permanent, loudspeaker)
    assert bool(found.sources) == (item != "14")


def test_nothing_recorded_misses_every_item_but_other_matters() -> None:
    found = missing([], TODAY)
    assert [each.item for each in found if each.code == "not_posted"] == [str(n) for n in range(1, 14)]
    assert [each.item for each in found if each.code == "not_read_out"] == [str(n) for n in range(7, 13)]


def test_thirty_days_are_enough_with_the_first_and_last_day_counted() -> None:
    assert codes("1", make_posting(starts_on=days_ago(60), ends_on=days_ago(31))) == []
    assert codes("1", make_posting(starts_on=days_ago(60), ends_on=days_ago(32))) == ["posted_too_short"]
    assert codes("1", make_posting(starts_on=days_ago(29))) == []


def test_a_posting_that_still_hangs_says_until_when() -> None:
    assert missing([make_posting(starts_on=date(2026, 11, 15))], TODAY, ["1"]) == [
        Missing("1", "keep_posted", {"have": 17, "need": 30, "until": date(2026, 12, 14)})
    ]


def test_a_posting_taken_down_early_starts_anew() -> None:
    assert missing([make_posting(starts_on=days_ago(20), ends_on=days_ago(11))], TODAY, ["1"]) == [
        Missing(
            "1",
            "posted_too_short",
            {"have": 10, "need": 30, "ended_on": days_ago(11), "until": date(2026, 12, 30)},
        )
    ]


def test_adjoining_and_overlapping_postings_make_one_run_but_a_gap_does_not() -> None:
    first = make_posting(starts_on=days_ago(50), ends_on=days_ago(36))
    assert codes("1", first, make_posting(starts_on=days_ago(35), ends_on=days_ago(21))) == []
    assert codes("1", first, make_posting(starts_on=days_ago(40), ends_on=days_ago(21))) == []
    assert codes("1", first, make_posting(starts_on=days_ago(34), ends_on=days_ago(20))) == ["posted_too_short"]


def test_a_short_posting_inside_a_long_one_does_not_end_it() -> None:
    long, inside = make_posting(starts_on=days_ago(40)), make_posting(starts_on=days_ago(30), ends_on=days_ago(29))
    ended = make_posting(starts_on=days_ago(40), ends_on=days_ago(11))
    assert codes("1", long, inside) == []
    assert codes("1", ended, inside) == []
    assert codes("4", make_posting(item="4"), make_posting(item="4", ends_on=days_ago(29))) == []


def test_permanent_posting_may_not_end() -> None:
    assert codes("4", make_posting(item="4", starts_on=days_ago(1))) == []
    assert missing([make_posting(item="13", ends_on=days_ago(1))], TODAY, ["13"]) == [
        Missing("13", "permanent_ended", {"ended_on": days_ago(1)})
    ]


def test_loudspeaker_needs_three_days_in_a_row() -> None:
    posted = make_posting(item="8")
    two = make_posting(item="8", form="loudspeaker", starts_on=days_ago(9), ends_on=days_ago(8), place="")
    apart = make_posting(item="8", form="loudspeaker", starts_on=days_ago(6), ends_on=days_ago(6), place="")
    third = make_posting(item="8", form="loudspeaker", starts_on=days_ago(7), ends_on=days_ago(7), place="")
    assert missing([posted, two, apart], TODAY, ["8"]) == [
        Missing("8", "read_out_too_short", {"have": 2, "need": 3, "missing": 1})
    ]
    assert codes("8", posted, two, third) == []


def test_other_forms_do_not_replace_posting() -> None:
    assert codes("1", make_posting(form="portal")) == ["not_posted"]


def test_a_planned_posting_does_not_count_yet() -> None:
    assert codes("1", make_posting(starts_on=TODAY + timedelta(days=1))) == ["not_posted"]


def test_place_photo_and_reversed_dates_are_asked_for() -> None:
    assert codes("1", make_posting(place=" ")) == ["no_place"]
    assert codes("1", make_posting(has_photo=False)) == ["no_photo"]
    assert codes("1", make_posting(has_photo=True)) == []
    assert codes("1", make_posting(), make_posting(ends_on=days_ago(41))) == ["dates_reversed"]
    assert codes("1", make_posting(ends_on=days_ago(41))) == ["not_posted", "dates_reversed"]


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(UnknownItem):
        missing([make_posting(item="15")], TODAY)
    with pytest.raises(UnknownItem):
        missing([], TODAY, ["0"])
    with pytest.raises(UnknownForm):
        missing([make_posting(form="television")], TODAY)


POSTINGS = st.lists(
    st.builds(
        lambda item, form, ago, length: Posting(
            item,
            form,
            days_ago(ago),
            None if length is None else days_ago(ago) + timedelta(days=length),
            "Nhà văn hóa",
        ),
        st.sampled_from(["1", "4", "7", "14"]),
        st.sampled_from(["posting", "loudspeaker", "portal"]),
        st.integers(-10, 80),
        st.one_of(st.none(), st.integers(0, 50)),
    ),
    max_size=8,
)


def longest_row(postings: list[Posting], item: str, form: str) -> int:
    """Count day by day: the slow way, as an oracle."""
    hung = {
        posting.starts_on + timedelta(days=step)
        for posting in postings
        if (posting.item, posting.form) == (item, form)
        for step in range(((posting.ends_on or TODAY) - posting.starts_on).days + 1)
        if posting.starts_on + timedelta(days=step) <= TODAY
    }
    longest = 0
    for day in hung:
        if day - timedelta(days=1) not in hung:
            row = 1
            while day + timedelta(days=row) in hung:
                row += 1
            longest = max(longest, row)
    return longest


@given(POSTINGS)
def test_runs_agree_with_counting_day_by_day(postings: list[Posting]) -> None:
    found = {(each.item, each.code) for each in missing(postings, TODAY)}
    for item in ("1", "7"):
        row = longest_row(postings, item, "posting")
        assert ((item, "not_posted") in found) == (row == 0)
        assert bool({(item, "keep_posted"), (item, "posted_too_short")} & found) == (0 < row < 30)
    row = longest_row(postings, "7", "loudspeaker")
    assert (("7", "not_read_out") in found) == (row == 0)
    assert (("7", "read_out_too_short") in found) == (0 < row < 3)


@given(POSTINGS)
def test_the_order_of_records_does_not_matter_and_every_sentence_can_be_filled(postings: list[Posting]) -> None:
    found = missing(postings, TODAY)
    assert found == missing(list(reversed(postings)), TODAY)
    for each in found:
        sentence = MISSING_WORDS[each.code]
        assert set(re.findall(r"%\((\w+)\)s", sentence)) <= each.context.keys()
        assert sentence % each.context


@given(POSTINGS)
def test_keeping_what_hangs_until_the_named_day_is_enough(postings: list[Posting]) -> None:
    for each in missing(postings, TODAY):
        if each.code == "keep_posted":
            until = each.context["until"]
            assert isinstance(until, date)
            kept = [*postings, Posting(each.item, "posting", TODAY, until, "Nhà văn hóa")]
            later = {(found.item, found.code) for found in missing(kept, until)}
            assert (each.item, "keep_posted") not in later
            assert (each.item, "posted_too_short") not in later


def test_publish_within_five_working_days() -> None:
    assert publish_by(date(2026, 3, 5), set(), {2026}).day == date(2026, 3, 12)
