"""What each revision changed, told from its author's point of view."""

from collector.history.changes import Act, Change, list_entries, trim_pair
from sync.revisions import EVERYTHING, REMOVED, Body, Reference, Revision, Value


def make(place: int, values: dict[str, Value], device: str = "a", stamp: int = 0, **replaces: list[str]) -> Revision:
    body = Body(
        record="r", kind="programme", unit="u", stamp=stamp or place, salt="s", set=values, replaces=replaces
    )
    return Revision(Reference(device, "e", place), body)


def test_the_first_revision_has_no_old_values() -> None:
    (entry,) = list_entries([make(1, {"name": "Đường"})])
    assert entry.act is Act.RECORDED
    assert entry.changes == (Change("name", (), "Đường"),)


def test_the_newest_comes_first_with_the_value_it_replaced() -> None:
    entries = list_entries([make(1, {"name": "Đường"}), make(2, {"name": "Cầu"}, name=["1"])])
    assert [entry.act for entry in entries] == [Act.CHANGED, Act.RECORDED]
    assert entries[0].changes == (Change("name", ("Đường",), "Cầu"),)


def test_two_who_did_not_know_of_each_other_changed_the_same_old_value() -> None:
    entries = list_entries(
        [
            make(1, {"name": "Đường"}),
            make(2, {"name": "Cầu"}, name=["1"]),
            make(1, {"name": "Cống"}, device="b", stamp=3, name=["a/e/1"]),
        ]
    )
    assert entries[0].changes == (Change("name", ("Đường",), "Cống", contested=True),)
    assert entries[1].changes == (Change("name", ("Đường",), "Cầu", contested=True),)


def test_whoever_settles_a_difference_replaces_both_values() -> None:
    entries = list_entries(
        [
            make(1, {"name": "Đường"}),
            make(2, {"name": "Cầu"}, name=["1"]),
            make(1, {"name": "Cống"}, device="b", stamp=3, name=["a/e/1"]),
            make(3, {"name": "Cầu"}, stamp=4, name=["2", "b/e/1"]),
        ]
    )
    assert entries[0].changes == (Change("name", ("Cầu", "Cống"), "Cầu"),)
    assert not any(change.contested for entry in entries for change in entry.changes)


def test_a_field_that_was_only_written_with_its_group_is_not_told() -> None:
    entries = list_entries(
        [
            make(1, {"number": 1, "year": 2026}),
            make(2, {"number": 2, "year": 2026}, number=["1"], year=["1"]),
        ]
    )
    assert [change.field for change in entries[0].changes] == ["number"]


def test_a_yes_and_a_one_are_different_values() -> None:
    entries = list_entries([make(1, {"demo": True}), make(2, {"demo": 1}, demo=["1"])])
    assert entries[0].changes == (Change("demo", (True,), 1),)


def test_removing_and_bringing_back_are_told_as_such() -> None:
    removal = make(2, {REMOVED: True}, **{EVERYTHING: ["1"]})
    entries = list_entries([make(1, {"name": "Đường"}), removal, make(3, {REMOVED: False}, removed=["2"])])
    assert [entry.act for entry in entries] == [Act.RESTORED, Act.REMOVED, Act.RECORDED]
    assert entries[0].changes == ()


def test_long_texts_are_cut_to_what_differs() -> None:
    same = "từ " * 200
    before, after = trim_pair(f"{same}cũ {same}", f"{same}mới {same}")
    assert "cũ" in before
    assert "mới" in after
    assert len(before) < 100
    assert trim_pair("cũ", "mới") == ("cũ", "mới")
    assert trim_pair("a" * 300, "a" * 301)[1].strip("… ") == "a" * 41
