"""The laws of merging: any order, any number of times, nothing lost unless somebody saw it."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_histories import Device, History, histories

from sync.errors import RecordUnknown
from sync.merge import RecordState, merge
from sync.revisions import REMOVED, Revision, Value


def pair(*, title: str = "x") -> tuple[Device, Device]:
    """Make two devices that both know the first revision of a record."""
    one, other = Device("an"), Device("binh")
    one.write({"title": title, "place": "Gươl", "number": 1, "year": 2026}, 10)
    other.known.update(one.known)
    return one, other


def together(*devices: Device) -> RecordState:
    return merge(revision for device in devices for revision in device.known.values())


def values_of(state: RecordState, name: str) -> list[Value]:
    return [sibling.value for sibling in state.siblings[name]]


@given(histories(), st.randoms())
def test_the_order_of_arrival_does_not_matter(history: History, random: random.Random) -> None:
    shuffled = list(history.revisions)
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(history.revisions)


@given(histories())
def test_what_arrives_twice_changes_nothing(history: History) -> None:
    assert merge([*history.revisions, *history.revisions]) == merge(history.revisions)


@given(histories(), st.integers(0, 12))
def test_it_does_not_matter_who_met_whom_first(history: History, cut: int) -> None:
    left, right = history.revisions[:cut], history.revisions[cut:]
    assert merge([*left, *right]) == merge([*right, *left])


@given(histories())
def test_every_write_is_current_or_replaced_by_who_saw_it_or_a_visible_sibling(history: History) -> None:
    state = merge(history.revisions)
    for revision in history.revisions:
        for name in revision.body.set:
            live = revision.reference in {each.reference for each in state.siblings[name]}
            replacing = [
                later
                for later in history.revisions
                if name in later.body.set and revision.reference in later.replaced(name)
            ]
            assert live == (not replacing)
            assert all(revision.reference in history.seen[later.reference] for later in replacing)


@given(histories())
def test_a_conflict_is_shown_exactly_when_live_values_differ(history: History) -> None:
    state = merge(history.revisions)
    for name, siblings in state.siblings.items():
        different = len({(type(each.value), each.value) for each in siblings}) > 1
        if name != REMOVED:
            assert (name in state.conflicts) == different
    assert all(state.values[name] == siblings[0].value for name, siblings in state.siblings.items())


@given(histories())
def test_the_fields_of_a_group_come_from_one_revision(history: History) -> None:
    state = merge(history.revisions)
    numbers, years = state.siblings.get("number", ()), state.siblings.get("year", ())
    assert [each.reference for each in numbers] == [each.reference for each in years]


@given(histories())
def test_an_edit_of_every_conflicting_field_by_who_saw_all_leaves_no_conflict(history: History) -> None:
    device = Device("dung", {revision.reference: revision for revision in history.revisions})
    state = merge(history.revisions)
    back: dict[str, Value] = {REMOVED: False} if state.removed else {}
    device.write({name: state.values[name] for name in state.conflicts} | back, 99)
    assert together(device).conflicts == {}


def test_one_after_the_other_is_no_conflict() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.known.update(one.known)
    other.write({"title": "z"}, 5)
    state = together(one, other)
    assert state.values["title"] == "z"
    assert state.conflicts == {}


def test_two_at_once_are_siblings_and_the_later_stamp_is_shown() -> None:
    one, other = pair()
    one.write({"title": "y"}, 30)
    other.write({"title": "z"}, 20)
    state = together(one, other)
    assert values_of(state, "title") == ["y", "z"]
    assert set(state.conflicts) == {"title"}


def test_with_equal_stamps_the_device_decides_the_same_everywhere() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.write({"title": "z"}, 20)
    for order in itertools.permutations([*one.known.values(), *other.known.values()]):
        assert values_of(merge(order), "title") == ["z", "y"]


def test_the_same_value_twice_is_no_conflict() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.write({"title": "y"}, 30)
    state = together(one, other)
    assert state.conflicts == {}
    assert len(state.siblings["title"]) == 2


def test_yes_and_one_are_different_values() -> None:
    one, other = pair()
    one.write({"place": True}, 20)
    other.write({"place": 1}, 30)
    assert set(together(one, other).conflicts) == {"place"}


def test_different_fields_at_once_are_no_conflict() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.write({"place": "Nhà văn hóa"}, 30)
    state = together(one, other)
    assert (state.values["title"], state.values["place"]) == ("y", "Nhà văn hóa")
    assert state.conflicts == {}


def test_fields_of_a_group_conflict_together() -> None:
    one, other = pair()
    one.write({"number": 2}, 20)
    other.write({"year": 2027}, 30)
    state = together(one, other)
    assert set(state.conflicts) == {"number", "year"}
    assert (state.values["number"], state.values["year"]) == (1, 2027)


@pytest.mark.parametrize(("edited_at", "removed_at"), [(20, 30), (30, 20)])
def test_an_edit_against_a_removal_is_a_conflict_whatever_the_clocks_say(edited_at: int, removed_at: int) -> None:
    one, other = pair()
    one.write({"title": "y"}, edited_at)
    other.write({REMOVED: True}, removed_at)
    state = together(one, other)
    assert state.removed
    assert set(state.conflicts) == {REMOVED}
    assert [reference.device for reference in state.contested_removal] == ["an"]


def test_a_removal_that_saw_the_edit_is_no_conflict() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.known.update(one.known)
    other.write({REMOVED: True}, 15)
    state = together(one, other)
    assert state.removed
    assert state.conflicts == {}


def test_removing_again_after_seeing_the_edit_settles_it() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.write({REMOVED: True}, 30)
    one.known.update(other.known)
    one.write({REMOVED: True}, 40)
    assert together(one, other).conflicts == {}
    assert together(one, other).removed


def test_bringing_back_settles_it_and_keeps_the_edit() -> None:
    one, other = pair()
    one.write({"title": "y"}, 20)
    other.write({REMOVED: True}, 30)
    one.known.update(other.known)
    one.write({REMOVED: False}, 40)
    state = together(one, other)
    assert not state.removed
    assert state.conflicts == {}
    assert state.values["title"] == "y"


def test_two_removals_are_no_conflict() -> None:
    one, other = pair()
    one.write({REMOVED: True}, 20)
    other.write({REMOVED: True}, 30)
    assert together(one, other).conflicts == {}


def test_removed_by_one_and_brought_back_by_another_at_once_is_a_conflict() -> None:
    one, other = pair()
    one.write({REMOVED: True}, 15)
    other.known.update(one.known)
    one.write({REMOVED: False}, 20)
    other.write({REMOVED: False}, 20)
    other.write({REMOVED: True}, 30)
    assert REMOVED in together(one, other).conflicts


def test_nothing_known_is_no_record() -> None:
    with pytest.raises(RecordUnknown):
        merge(list[Revision]())
