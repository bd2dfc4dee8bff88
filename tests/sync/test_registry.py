"""The registry of a centre on both engines: who may what, from when on, and what others learn of it."""

import threading

import pytest
from enrolment_scenes import NUI_COMMUNE, SONG_COMMUNE, CentreScene, Laptop, make_commune

from sync.certificates import read_certificate, read_revocation
from sync.devices import DAY_MS, VALID_MS, make_grants
from sync.enrolment import read_membership
from sync.errors import DeviceUnknown
from sync.messages import Registry
from sync.registry import NOTED_AGAIN_MS, Contact, StoredRegistry
from sync.scopes import Grant
from sync.statements import find_purpose
from sync.storage import Storage


@pytest.fixture
def centre(storage: Storage) -> CentreScene:
    """A centre to which nobody belongs yet."""
    return CentreScene(storage)


def units_of(centre: CentreScene, laptop: Laptop) -> set[str]:
    scope = centre.registry.find_scope(laptop.id)
    assert scope is not None
    return {grant.unit for grant in scope.grants}


def test_nobody_is_known_before_enrolling(centre: CentreScene) -> None:
    registry: Registry = centre.registry
    assert registry.find_scope("nobody") is None
    assert not registry.is_revoked("nobody")
    assert registry.find_past_scope("nobody", "x") is None
    assert centre.registry.list_certificates("nobody") == []


def test_a_village_has_all_lanes_and_its_commune_the_records_alone(centre: CentreScene) -> None:
    village, other, commune = Laptop(), Laptop(), make_commune()
    for laptop in (village, commune, other):
        centre.enrol(laptop)
    scope, wide = centre.registry.find_scope(village.id), centre.registry.find_scope(commune.id)
    assert scope is not None and wide is not None
    for lane in ("records", "sheets"):
        assert scope.reads(village.unit, "meeting", lane)
        assert not scope.reads(other.unit, "meeting", lane)
        assert not scope.reads(SONG_COMMUNE, "meeting", lane)
    assert scope.writes(village.unit, "meeting") and not scope.writes(other.unit, "meeting")
    for unit in (village.unit, other.unit, SONG_COMMUNE):
        assert wide.reads(unit, "meeting", "records") and wide.writes(unit, "meeting")
        assert not wide.reads(unit, "answer_sheet", "sheets")


def test_a_new_village_widens_the_scope_of_its_commune_alone(centre: CentreScene) -> None:
    commune, elsewhere = make_commune(), make_commune(NUI_COMMUNE)
    centre.enrol(commune)
    centre.enrol(elsewhere, commune=NUI_COMMUNE)
    before, untouched = centre.registry.find_scope(commune.id), centre.registry.find_scope(elsewhere.id)
    village = Laptop()
    centre.enrol(village)
    after = centre.registry.find_scope(commune.id)
    assert before is not None and after is not None
    assert after.version != before.version and after.lacks(before) is False and before.lacks(after)
    assert centre.registry.find_past_scope(commune.id, before.version) == before
    assert centre.registry.find_scope(elsewhere.id) == untouched
    centre.registry.add_village(village.unit, NUI_COMMUNE, "Thôn")
    assert units_of(centre, commune) == {SONG_COMMUNE}
    assert units_of(centre, elsewhere) == {NUI_COMMUNE, village.unit}


def test_what_a_village_took_over_counts_from_its_day_on(centre: CentreScene) -> None:
    village, commune = Laptop(), make_commune()
    centre.enrol(village)
    centre.enrol(commune)
    assert not centre.registry.keep_up()
    centre.registry.succeed("old", village.unit, "2026-01-01")
    centre.registry.succeed("later", village.unit, "2026-09-23")
    assert units_of(centre, village) == {"old", village.unit}
    assert units_of(centre, commune) == {"old", village.unit, SONG_COMMUNE}
    centre.clock.pass_days(2)
    assert centre.registry.keep_up()
    assert units_of(centre, village) == {"later", "old", village.unit}


def test_saying_the_same_again_gives_no_new_version(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    scope = centre.registry.find_scope(village.id)
    for _ in range(2):
        centre.registry.succeed("old", village.unit, "2026-01-01")
        centre.registry.add_village(village.unit, SONG_COMMUNE, "Thôn")
    after = centre.registry.find_scope(village.id)
    assert after is not None and scope is not None and after.version != scope.version
    centre.registry.succeed("old", village.unit, "2026-02-01")
    assert centre.registry.find_scope(village.id) == after


def test_a_revocation_counts_at_once_in_every_process(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    elsewhere = StoredRegistry(centre.storage, centre.keys, centre.clock)
    assert not elsewhere.is_revoked(village.id)
    version = elsewhere.directory_version(village.id)
    centre.registry.revoke(village.id)
    assert elsewhere.is_revoked(village.id)
    assert elsewhere.find_scope(village.id) is not None
    assert elsewhere.find_certificate(village.id) == centre.registry.find_certificate(village.id) is not None
    assert elsewhere.find_certificate("nobody") is None
    assert elsewhere.list_certificates(village.id) == []
    assert elsewhere.directory_version(village.id) != version
    centre.registry.revoke(village.id)
    with pytest.raises(DeviceUnknown):
        centre.registry.revoke("nobody")


def test_strangers_fill_no_memory(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    registry = centre.registry
    for number in range(50):
        assert registry.find_certificate(f"stranger{number}") is None
        assert registry.find_scope(f"stranger{number}") is None
        assert not registry.is_revoked(f"stranger{number}")
    assert registry.find_scope(village.id) and not registry.is_revoked(village.id)
    known = registry._latest
    assert [*known.scopes, *known.revoked, *known.certificates] == [village.id, village.id]


def test_inside_one_transaction_nothing_changes(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    with centre.storage.reading() as connection, centre.registry.steady(connection):
        assert not centre.registry.is_revoked(village.id)
        deciding = threading.Thread(target=centre.registry.revoke, args=(village.id,))
        deciding.start()
        deciding.join()
        assert not centre.registry.is_revoked(village.id)
    assert centre.registry.is_revoked(village.id)


def test_a_decision_that_was_undone_is_not_remembered(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    scope = centre.registry.find_scope(village.id)
    with pytest.raises(RuntimeError), centre.storage.writing() as connection:
        connection.execute("UPDATE registry SET change = 'undone'")
        connection.execute("DELETE FROM device")
        assert centre.registry.find_scope(village.id) is None
        raise RuntimeError
    assert centre.registry.find_scope(village.id) == scope


def test_who_enrols_again_after_a_revocation_counts_again(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    centre.registry.revoke(village.id)
    with centre.storage.reading() as connection:
        word = bytes(connection.value("SELECT revocation FROM device"))
    centre.enrol(village)
    (certificate,) = centre.registry.list_certificates(village.id)
    servers = frozenset({centre.keys.id})
    assert read_certificate(certificate, servers).issued > read_revocation(word, servers).issued
    assert not centre.registry.is_revoked(village.id)


def test_the_directory_has_who_shares_scope_and_nobody_else(centre: CentreScene) -> None:
    village, second, stranger, commune = Laptop(), Laptop(), Laptop(), make_commune()
    centre.enrol(village)
    centre.enrol(second, unit=village.unit)
    centre.enrol(stranger, commune=NUI_COMMUNE)
    version = centre.registry.directory_version(village.id)
    assert centre.registry.directory_version(village.id) == version
    centre.enrol(commune)
    assert centre.registry.directory_version(village.id) != version
    servers = frozenset({centre.keys.id})
    known = {
        laptop.id: {read_certificate(each, servers).device for each in centre.registry.list_certificates(laptop.id)}
        for laptop in (village, second, commune, stranger)
    }
    assert known[village.id] == known[second.id] == known[commune.id] == {village.id, second.id, commune.id}
    assert known[stranger.id] == {stranger.id}


def test_who_only_reads_from_the_same_commune_is_not_in_the_directory(centre: CentreScene) -> None:
    centre.registry.make_grants = lambda post: [*make_grants(post), Grant(post.commune, ("person",))]
    village, neighbour, commune = Laptop(), Laptop(), make_commune()
    for laptop in (village, neighbour, commune):
        centre.enrol(laptop)
    servers = frozenset({centre.keys.id})
    known = {
        laptop.id: {read_certificate(each, servers).device for each in centre.registry.list_certificates(laptop.id)}
        for laptop in (village, commune)
    }
    assert known[village.id] == {village.id, commune.id}
    assert known[commune.id] == {village.id, neighbour.id, commune.id}


def test_certificates_are_renewed_before_they_end(centre: CentreScene) -> None:
    village = Laptop()
    first = centre.enrol(village).read_certificate()
    assert first.expires_ms == centre.clock.now + VALID_MS
    centre.clock.pass_days(30)
    centre.registry.keep_up()
    servers = frozenset({centre.keys.id})
    (same,) = centre.registry.list_certificates(village.id)
    assert read_certificate(same, servers) == first
    centre.clock.pass_days(VALID_MS / DAY_MS / 2)
    centre.registry.keep_up()
    (later,) = centre.registry.list_certificates(village.id)
    renewed = read_certificate(later, servers)
    assert (renewed.issued, renewed.expires_ms) == (centre.clock.now // 1000, centre.clock.now + VALID_MS)
    assert renewed.scopes == first.scopes


def test_devices_are_listed_with_what_they_told(centre: CentreScene) -> None:
    village, silent = Laptop(), Laptop(name="Thôn Im")
    centre.enrol(village)
    centre.clock.now += 1
    centre.enrol(silent)
    centre.registry.note_contact(village.id, Contact(-5_000, "0.1", 12, 3))
    told, quiet = centre.registry.list_devices()
    assert (told["id"], told["seen_at"], told["clock_error"]) == (village.id, centre.clock.now, -5_000)
    assert (told["program"], told["pending_records"], told["pending_sheets"]) == ("0.1", 12, 3)
    assert (quiet["name"], quiet["seen_at"], quiet["revoked_at"]) == ("Thôn Im", None, None)
    first = centre.clock.now
    centre.clock.now += NOTED_AGAIN_MS - 1
    centre.registry.note_contact(village.id, Contact(-5_001, "0.1", 12, 3))
    assert centre.registry.list_devices()[0]["seen_at"] == first
    centre.registry.note_contact(village.id, Contact(-5_001, "0.1", 0, 3))
    assert centre.registry.list_devices()[0]["pending_records"] == 0
    centre.clock.now += NOTED_AGAIN_MS
    centre.registry.note_contact(village.id, Contact(-5_001, "0.1", 0, 3))
    assert centre.registry.list_devices()[0]["seen_at"] == centre.clock.now


def test_numbers_of_certificates_are_never_given_again_after_a_restore(centre: CentreScene) -> None:
    village = Laptop()
    centre.enrol(village)
    first = centre.registry.find_certificate(village.id)
    centre.clock.pass_days(1)
    with centre.storage.writing() as connection:
        connection.execute("UPDATE device SET issued = 0")
    centre.registry.succeed("old", village.unit, "2026-01-01")
    again = centre.registry.find_certificate(village.id)
    assert first is not None and again is not None and again.issued > first.issued


def test_everybody_is_told_whom_the_centre_revoked(centre: CentreScene) -> None:
    villages = [Laptop(), Laptop()]
    for village in villages:
        centre.enrol(village)
    version = centre.registry.directory_version(villages[0].id)
    assert centre.registry.list_revocations(villages[0].id) == []
    centre.registry.revoke(villages[1].id)
    (data,) = centre.registry.list_revocations(villages[0].id)
    word = read_revocation(data, frozenset({centre.keys.id}))
    assert (word.device, word.at_ms, word.ends) == (villages[1].id, centre.clock.now, ())
    assert centre.registry.directory_version(villages[0].id) != version
    assert centre.registry.find_last_counted(villages[1].id, "epoch") is None


def test_who_was_let_in_or_revoked_is_told_in_signed_words(centre: CentreScene) -> None:
    noted: list[bytes] = []
    centre.registry.note = noted.append
    village, other = Laptop(), Laptop()
    centre.enrol(village)
    centre.approve(other)
    centre.registry.revoke(village.id)
    centre.registry.revoke(village.id)
    assert [find_purpose(paper) for paper in noted] == ["membership", "membership", "revocation"]
    membership = read_membership(noted[0], village.id)
    assert membership.code and not read_membership(noted[1], other.id).code
