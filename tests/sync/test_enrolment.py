"""Enrolling: codes that nobody guesses, requests that nobody changes, answers that nobody else can give."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from enrolment_scenes import NUI_COMMUNE, SONG_COMMUNE, WORDS, CentreScene, Laptop, make_commune
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from sync.codes import STRETCH_MS, TRIES_IN_ALL, TRIES_PER_ADDRESS
from sync.devices import COMMUNE, DAY_MS
from sync.enrolling import Admitted
from sync.enrolment import (
    MAX_REQUEST_BYTES,
    NO_UNIT,
    PROOF_BYTES,
    derive_root,
    make_code_keys,
    open_answer,
    read_membership,
    read_request,
    sign_membership,
    split_answer,
)
from sync.errors import AnswerRefused, EnrolmentRefused, SyncError, TooManyEnrolments
from sync.keys import make_keys
from sync.sqlite import SqliteStorage

HOME = "192.0.2.1"
CODE = make_code_keys(derive_root(WORDS))


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreScene]:
    """A centre to which nobody belongs yet."""
    storage = SqliteStorage(tmp_path / "centre.sqlite")
    yield CentreScene(storage)
    storage.close()


def refusal_of(centre: CentreScene, request: bytes, address: str = HOME) -> str:
    """Have a request refused; say why, and that it changed nothing."""
    before = len(centre.registry.list_devices())
    with pytest.raises(EnrolmentRefused) as caught:
        centre.enrolling.answer(request, address)
    assert len(centre.registry.list_devices()) == before
    return str(caught.value.context["reason"])


def test_a_laptop_learns_everything_about_its_centre(centre: CentreScene) -> None:
    laptop = Laptop()
    centre.issue()
    request = laptop.request(WORDS)
    membership, statement = open_answer(centre.enrolling.answer(request, HOME), request, CODE, laptop.id)
    assert membership == read_membership(statement, laptop.id)
    assert (membership.server, membership.signing) == (centre.keys.id, centre.keys.public_signing)
    assert membership.encryption == centre.keys.public_encryption
    assert membership.escrow == centre.escrow.public_encryption
    assert (membership.unit, membership.commune, membership.unit_name) == (laptop.unit, SONG_COMMUNE, laptop.name)
    assert membership.url == "https://centre.example"
    certificate = membership.read_certificate()
    assert (certificate.device, certificate.encryption) == (laptop.id, laptop.keys.public_encryption)
    assert certificate.may_write(laptop.unit, "meeting")


def test_a_code_lets_one_laptop_in(centre: CentreScene) -> None:
    first, second = Laptop(), Laptop()
    centre.issue()
    centre.enrolling.answer(first.request(WORDS), HOME)
    assert refusal_of(centre, second.request(WORDS)) == "used"
    assert centre.enrolling.list_codes() == []


def test_a_lost_answer_is_given_again_to_the_same_laptop(centre: CentreScene) -> None:
    laptop = Laptop()
    centre.issue()
    centre.enrolling.answer(laptop.request(WORDS), HOME)
    centre.clock.pass_days(1)
    request = laptop.request(WORDS)
    membership, _ = open_answer(centre.enrolling.answer(request, HOME), request, CODE, laptop.id)
    assert membership.unit == laptop.unit
    assert len(centre.registry.list_devices()) == 1


def test_a_used_code_does_not_bring_a_revoked_laptop_back(centre: CentreScene) -> None:
    laptop = Laptop()
    centre.issue(uses=2)
    centre.enrolling.answer(laptop.request(WORDS), HOME)
    centre.registry.revoke(laptop.id)
    assert refusal_of(centre, laptop.request(WORDS)) == "revoked"
    assert centre.registry.is_revoked(laptop.id)


def test_a_code_can_be_for_several_laptops(centre: CentreScene) -> None:
    centre.issue(uses=2)
    for _ in range(2):
        centre.enrolling.answer(Laptop().request(WORDS), HOME)
    assert refusal_of(centre, Laptop().request(WORDS)) == "used"


def test_a_code_ends(centre: CentreScene) -> None:
    centre.issue()
    centre.clock.pass_days(7)
    assert refusal_of(centre, Laptop().request(WORDS)) == "expired"
    assert centre.enrolling.list_codes() == []


def test_a_code_can_be_taken_back(centre: CentreScene) -> None:
    name = centre.issue()
    assert centre.enrolling.remove_code(name)
    assert not centre.enrolling.remove_code(name)
    assert refusal_of(centre, Laptop().request(WORDS)) == "used"


def test_guessing_is_stopped_and_others_still_get_in(centre: CentreScene) -> None:
    centre.issue()
    laptop = Laptop()
    wrong = laptop.request("sai tu dau toi cuoi")
    for _ in range(TRIES_PER_ADDRESS):
        assert refusal_of(centre, wrong) == "code"
    with pytest.raises(TooManyEnrolments) as caught:
        centre.enrolling.answer(laptop.request(WORDS), HOME)
    assert 0 < caught.value.context["seconds"] <= STRETCH_MS / 1000
    centre.enrolling.answer(laptop.request(WORDS), "192.0.2.2")
    centre.clock.now += STRETCH_MS
    assert refusal_of(centre, wrong) == "code"


def test_guessing_from_many_addresses_is_stopped(centre: CentreScene) -> None:
    wrong = Laptop().request("sai tu dau toi cuoi")
    for number in range(TRIES_IN_ALL):
        assert refusal_of(centre, wrong, f"192.0.2.{number}") == "code"
    with pytest.raises(TooManyEnrolments):
        centre.enrolling.answer(wrong, "198.51.100.1")
    centre.issue()
    assert centre.enrolling.answer(Laptop().request(WORDS), "198.51.100.1")


def test_the_database_alone_does_not_hold_a_code(centre: CentreScene) -> None:
    centre.issue()
    root = derive_root(WORDS)
    with centre.storage.reading() as connection:
        row = connection.row("SELECT * FROM enrolment_code")
    assert row is not None
    kept = b"".join(bytes(each) if isinstance(each, bytes) else str(each).encode() for each in row.values())
    for secret in (root, *make_code_keys(root)[1:], *WORDS.encode().split()):
        assert secret not in kept


def test_who_stands_between_cannot_pose_as_the_centre(centre: CentreScene, tmp_path: Path) -> None:
    laptop = Laptop()
    centre.issue()
    request = laptop.request(WORDS)
    answer = centre.enrolling.answer(request, HOME)
    false_centre = CentreScene(SqliteStorage(tmp_path / "false.sqlite"))
    false_answer = false_centre.enrolling.approve(laptop.request(), Admitted("village", SONG_COMMUNE))
    assert read_membership(false_answer, laptop.id).server == false_centre.keys.id
    for forged in (false_answer, false_answer + bytes(PROOF_BYTES), false_answer + answer[-PROOF_BYTES:], b""):
        with pytest.raises(AnswerRefused):
            open_answer(forged, request, CODE, laptop.id)
    with pytest.raises(AnswerRefused):
        open_answer(answer, laptop.request(WORDS, name="another"), CODE, laptop.id)
    with pytest.raises(AnswerRefused):
        open_answer(answer, request, make_code_keys(derive_root("other words")), laptop.id)


def test_who_stands_between_cannot_enrol_in_the_place_of_a_laptop(centre: CentreScene) -> None:
    laptop, thief = Laptop(), Laptop()
    centre.issue()
    proof = laptop.request(WORDS)[-PROOF_BYTES:]
    assert refusal_of(centre, thief.request("x", code=CODE.id)[:-PROOF_BYTES] + proof) == "code"
    in_anothers_name = thief.request("x", device=laptop.id)
    assert refusal_of(centre, in_anothers_name) == "malformed"


def test_no_bit_of_a_request_can_be_changed(centre: CentreScene) -> None:
    centre.issue()
    request = Laptop().request(WORDS)
    for place in range(0, len(request), 7):
        changed = bytearray(request)
        changed[place] ^= 1 << (place % 8)
        assert refusal_of(centre, bytes(changed), f"place {place}") in ("malformed", "code", "too_new")
    for length in (0, 1, 100, len(request) - 1, len(request) - PROOF_BYTES):
        assert refusal_of(centre, request[:length]) in ("malformed", "code")
    assert refusal_of(centre, request + bytes(MAX_REQUEST_BYTES)) == "malformed"


def test_an_answer_for_another_device_is_refused(centre: CentreScene) -> None:
    laptop, other = Laptop(), Laptop()
    statement = centre.enrolling.approve(laptop.request(), Admitted("village", SONG_COMMUNE))
    with pytest.raises(AnswerRefused):
        read_membership(statement, other.id)
    mixed = msgspec.structs.replace(read_membership(statement, laptop.id), device=other.id)
    with pytest.raises(AnswerRefused):
        read_membership(sign_membership(mixed, centre.keys), other.id)


def test_the_certificate_in_an_answer_is_from_the_same_centre(centre: CentreScene) -> None:
    laptop, false_keys = Laptop(), make_keys()
    membership = centre.approve(laptop)
    forged = msgspec.structs.replace(membership, key=false_keys.public_signing)
    with pytest.raises(AnswerRefused):
        read_membership(sign_membership(forged, false_keys), laptop.id)


def test_invented_villages_never_enrol(centre: CentreScene) -> None:
    centre.issue()
    assert refusal_of(centre, Laptop().request(WORDS, demo=True)) == "demo"
    with pytest.raises(EnrolmentRefused):
        centre.enrolling.approve(Laptop().request(demo=True), Admitted("village", SONG_COMMUNE))
    assert len(centre.enrolling.list_codes()) == 1


def test_a_village_laptop_does_not_become_that_of_a_commune(centre: CentreScene) -> None:
    centre.issue()
    assert refusal_of(centre, make_commune().request(WORDS)) == "role"
    centre.issue("cho xa", COMMUNE)
    assert refusal_of(centre, Laptop().request("cho xa")) == "role"
    assert refusal_of(centre, make_commune(NUI_COMMUNE).request("cho xa")) == "other_commune"


def test_a_laptop_of_an_existing_village_brings_its_own_along_as_another_name(centre: CentreScene) -> None:
    first, second = Laptop(), Laptop(name="Thôn viết khác")
    centre.enrol(first)
    membership = centre.enrol(second, unit=first.unit)
    assert (membership.unit, membership.unit_name) == (first.unit, first.name)
    for laptop in (first, second):
        scope = centre.registry.find_scope(laptop.id)
        assert scope is not None
        assert {grant.unit for grant in scope.grants} == {first.unit, second.unit}
    assert centre.enrol(second).unit == first.unit
    assert centre.enrol(second, unit=first.unit).unit == first.unit


def test_a_laptop_without_a_village_takes_the_one_that_its_code_names_and_no_other(centre: CentreScene) -> None:
    first, second = Laptop(), Laptop(unit=NO_UNIT, name="")
    centre.enrol(first)
    centre.issue()
    assert refusal_of(centre, second.request(WORDS)) == "new_village"
    assert len(centre.enrolling.list_codes()) == 1, "the code counts for the village that is still to be described"
    for _again in range(2):
        assert centre.enrol(second, unit=first.unit).unit == first.unit
    scope = centre.registry.find_scope(second.id)
    assert scope is not None
    assert {grant.unit for grant in scope.grants} == {first.unit}


def test_nobody_claims_the_village_of_another(centre: CentreScene) -> None:
    owner, member, commune = Laptop(), Laptop(), make_commune()
    centre.enrol(owner)
    centre.enrol(member, unit=owner.unit)
    centre.enrol(commune)
    centre.issue(NUI_COMMUNE, uses=9)
    other = Laptop()
    centre.enrol(other)
    for claimed in (owner.unit, member.unit, SONG_COMMUNE, "centre-unit", "c1"):
        assert refusal_of(centre, Laptop(unit=claimed).request(NUI_COMMUNE)) == "unit_taken"
    centre.issue("ten thon khac", unit=other.unit)
    assert refusal_of(centre, Laptop(unit=owner.unit).request("ten thon khac")) == "unit_taken"
    assert centre.enrol(Laptop(unit=owner.unit), unit=owner.unit).unit == owner.unit


def test_nobody_claims_a_village_that_others_wrote(centre: CentreScene) -> None:
    unit = str(uuid7())
    with centre.storage.writing() as connection:
        connection.execute(
            "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body_hash, chain)"
            " VALUES ('somebody', 'e', 1, :unit, 'unit', :unit, 1, :empty, :empty)",
            {"unit": unit, "empty": b""},
        )
    centre.issue()
    assert refusal_of(centre, Laptop(unit=unit).request(WORDS)) == "unit_taken"


def test_a_village_is_spelt_in_one_way_only(centre: CentreScene) -> None:
    centre.issue()
    assert refusal_of(centre, Laptop(unit=str(uuid7()).upper()).request(WORDS)) == "unit_taken"


def test_a_person_approves_a_file(centre: CentreScene) -> None:
    laptop = Laptop()
    request, proof = read_request(laptop.request())
    assert (request.device, request.unit, proof) == (laptop.id, laptop.unit, b"")
    membership = centre.approve(laptop)
    assert membership.unit == laptop.unit
    scope = centre.registry.find_scope(laptop.id)
    assert scope is not None and scope.writes(laptop.unit, "meeting")
    answer = centre.enrolling.approve(laptop.request(WORDS), Admitted("village", SONG_COMMUNE))
    assert split_answer(answer) == split_answer(answer + bytes(PROOF_BYTES)) == answer


def test_a_clock_that_is_years_off_does_not_hinder(centre: CentreScene) -> None:
    laptop = Laptop()
    centre.issue()
    for made_ms in (0, centre.clock.now + 3650 * DAY_MS):
        request = laptop.request(WORDS, made_ms=made_ms)
        membership, _ = open_answer(centre.enrolling.answer(request, HOME), request, CODE, laptop.id)
        assert membership.read_certificate().expires_ms > centre.clock.now


READERS = {
    "request": read_request,
    "membership": lambda data: read_membership(data, "x"),
    "stick": split_answer,
    "answer": lambda data: open_answer(data, b"", CODE, "x"),
}


@given(st.binary(max_size=400), st.sampled_from(sorted(READERS)))
def test_rubbish_brings_out_our_errors_only(data: bytes, reader: str) -> None:
    for content in (data, b"\x89CLS\r\n\x1a\n" + data):
        with pytest.raises(SyncError):
            READERS[reader](content)


def test_names_of_laptops_do_nothing_where_they_are_shown(centre: CentreScene) -> None:
    centre.issue()
    laptop = Laptop()
    centre.enrolling.answer(laptop.request(WORDS, name="Máy\x1b[2J của thôn\n", unit_name="Thôn \u202eA"), HOME)
    (row,) = centre.registry.list_devices()
    assert (row["name"], row["village_name"]) == ("Máy\ufffd[2J của thôn\ufffd", "Thôn \ufffdA")
