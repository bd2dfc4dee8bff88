"""What the scopes of a village's and of a commune's laptop hold, and above all what they do not."""

import pytest

from collector.kinds import Scope as KindScope
from collector.registry import KINDS
from collector.units.grants import commune_grants, village_grants
from sync.scopes import Grant, Scope

VILLAGE = "0192a0b0-0000-7000-8000-00000000000a"
OTHER = "0192a0b0-0000-7000-8000-00000000000b"
COMMUNE = "0192a0b0-0000-7000-8000-00000000000c"


def scope_of(grants: list[Grant]) -> Scope:
    return Scope("1", tuple(grants))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_commune_has_of_its_villages_what_leaves_them_and_nothing_else(kind: str) -> None:
    scope = scope_of(commune_grants([VILLAGE, OTHER], COMMUNE))
    leaves = KINDS[kind].scope is not KindScope.VILLAGE
    assert scope.reads(VILLAGE, kind, "records") is leaves
    assert scope.reads(OTHER, kind, "records") is leaves
    assert not scope.reads(VILLAGE, kind, "sheets")
    assert not scope.reads(COMMUNE, kind, "sheets")


def test_commune_has_no_sheets_no_withheld_speaker_and_no_draw() -> None:
    scope = scope_of(commune_grants([VILLAGE], COMMUNE))
    for kind in ("answer_sheet", "speaker_contact", "drawn_household"):
        assert not any(scope.reads(VILLAGE, kind, lane) for lane in ("records", "sheets"))
        assert not scope.writes(VILLAGE, kind)


def test_commune_writes_the_records_of_its_villages_but_no_results() -> None:
    scope = scope_of(commune_grants([VILLAGE], COMMUNE))
    assert scope.writes(VILLAGE, "meeting")
    assert scope.reads(VILLAGE, "result", "records")
    assert not scope.writes(VILLAGE, "result")
    assert scope.writes(COMMUNE, "programme")


def test_village_has_all_of_itself_and_reads_some_of_its_commune() -> None:
    scope = scope_of(village_grants(VILLAGE, COMMUNE))
    for kind in KINDS:
        assert scope.reads(VILLAGE, kind, "records")
        assert scope.reads(VILLAGE, kind, "sheets")
        assert scope.writes(VILLAGE, kind)
        assert not scope.writes(COMMUNE, kind)
    assert scope.reads(COMMUNE, "programme", "records")
    assert not scope.reads(COMMUNE, "meeting", "records")
    assert not scope.reads(OTHER, "meeting", "records")


def test_a_later_kind_is_not_given_to_a_commune_before_somebody_decided() -> None:
    assert not scope_of(commune_grants([VILLAGE], COMMUNE)).reads(VILLAGE, "kind_of_a_later_version", "records")


def test_grants_are_the_same_in_any_order_and_without_repetition() -> None:
    assert commune_grants([VILLAGE, OTHER, VILLAGE], COMMUNE) == commune_grants([OTHER, VILLAGE], COMMUNE)
