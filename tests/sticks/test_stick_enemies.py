"""What enemies put on sticks to fill a disk, or to take the place of what honest laptops bring."""

from pathlib import Path

import msgspec
import pytest
from bundle_scenes import make_bodies, make_header, make_test_keys

from collector.sticks import papers, shares
from collector.sticks.joining import name_requester
from sticks.members import sign_member
from sticks.world import CENTRE, ESCROW, World
from sync import centre
from sync.bundle import Recipients, seal
from sync.certificates import Revocation
from sync.enrolment import MEMBERSHIP, REQUEST, EnrolRequest, Membership, sign_membership, sign_request
from sync.headers import Header
from sync.keys import Keys
from sync.parking import list_papers
from sync.relaying import list_carried
from sync.revisions import extend_chain, hash_body, start_chain
from sync.scopes import Grant
from sync.statements import read_statement
from sync.sticks import write_bundle, write_statement

SEALED_FOR = Recipients(CENTRE.public_encryption, ESCROW.public_encryption)


def forge_header(author: str, body: bytes) -> Header:
    """Make the header of a bundle that names an author who wrote nothing of it."""
    before = start_chain(author, "epoch")
    found = make_header([body])
    after = extend_chain(before, hash_body(body))
    return msgspec.structs.replace(found, device=author, before=before, after=after, server=CENTRE.id)


def count_carried(world: World, name: str) -> int:
    with world.folders[name].storage.reading() as connection:
        return len(list_carried(connection))


def make_request(keys: Keys, number: int = 0) -> bytes:
    """Make a request to belong to a centre."""
    request = EnrolRequest(
        device=keys.id, encryption=keys.public_encryption, name=f"Máy {number}", role="village", unit="none",
        unit_name="", made_ms=number, key=keys.public_signing,
    )  # fmt: skip
    return sign_request(request, keys)


def list_purposes(world: World, name: str) -> list[str]:
    with world.folders[name].storage.reading() as connection:
        return [paper.purpose for paper in list_papers(connection)]


def test_who_names_a_known_author_has_no_more_room_than_any_stranger(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, body in enumerate(make_bodies(4)):
        keys = make_test_keys(f"stranger {number}")
        write_bundle(stick, seal(forge_header(world.folders["chi"].id, body), [body], keys, SEALED_FOR))
    monkeypatch.setattr(shares, "MAX_STRANGE_BYTES", 2_500)
    read = world.read_stick("xa", stick)
    assert 0 < count_carried(world, "xa") < 4
    assert {each.code for each in read.left} == {"carried_full"}


def test_strangers_take_no_room_from_a_laptop_whose_certificate_lies_on_the_stick(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MAX_STRANGE_BYTES", 0)
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    assert world.read_stick("an", stick).left == []
    assert count_carried(world, "an") == 1


def test_a_known_laptop_has_a_share_and_no_more(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MAX_KNOWN_BYTES", 0)
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    assert [each.code for each in world.read_stick("an", stick).left] == ["carried_full"]


def test_what_the_centre_got_makes_room_for_what_it_has_not(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chi = world.folders["chi"]
    chi.write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    world.read_stick("an", stick)
    world.sync("an")
    (first,) = Path(stick / "Collector").glob("*.bundle")
    monkeypatch.setattr(shares, "MAX_KNOWN_BYTES", first.stat().st_size * 5 // 2)
    chi.write("m2", "u2", title="Họp lần hai")
    other = stick.parent / "other"
    world.write_stick("chi", other)
    assert world.read_stick("an", other).left == []
    with world.folders["an"].storage.reading() as connection:
        assert [each.delivered_to for each in list_carried(connection)] == ["", ""]


def test_a_disk_that_is_nearly_full_takes_nothing_of_strangers_and_everything_of_others(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "FREE_BYTES_KEPT", 2**62)
    room = shares.Shares(stick)
    with world.folders["an"].storage.writing() as connection:
        room.make_room(connection, world.folders["chi"].id, 1)
        with pytest.raises(shares.CarriedFull):
            room.make_room(connection, "", 1)


def test_an_answer_that_the_centre_did_not_sign_does_not_take_a_request_away(world: World, stick: Path) -> None:
    asking, enemy = make_test_keys("asking"), make_test_keys("another centre")
    write_statement(stick, "request", make_request(asking))
    world.read_stick("an", stick)
    world.certify(asking, ())
    honest = read_statement(sign_member(world, asking, "u9"), Membership, MEMBERSHIP)
    forged = msgspec.structs.replace(honest, key=enemy.public_signing)
    other = stick.parent / "other"
    other.mkdir()
    write_statement(other, "membership", sign_membership(forged, enemy))
    assert [each.code for each in world.read_stick("an", other).left] == ["statement_refused"]
    assert list_purposes(world, "an") == [REQUEST]


def test_the_answer_of_the_centre_takes_the_place_of_the_request(world: World, stick: Path) -> None:
    asking = make_test_keys("asking")
    write_statement(stick, "request", make_request(asking))
    world.read_stick("an", stick)
    world.certify(asking, ())
    other = stick.parent / "other"
    other.mkdir()
    write_statement(other, "membership", sign_member(world, asking, "u9"))
    assert world.read_stick("an", other).left == []
    assert list_purposes(world, "an") == [MEMBERSHIP]


def test_requests_that_somebody_made_up_cannot_fill_a_disk(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "MAX_REQUESTS", 3)
    for number in range(5):
        write_statement(stick, f"request-{number}", make_request(make_test_keys(f"stranger {number}"), number))
    for name in ("an", "centre"):
        assert [each.code for each in world.read_stick(name, stick).left] == ["requests_full"] * 2
        assert list_purposes(world, name) == [REQUEST] * 3
        assert len(world.read_stick(name, stick).left) == 2


def revoke_device(world: World, name: str) -> None:
    world.registry.revoke(Revocation(device=world.folders[name].id, after=0, issued=1, key=CENTRE.public_signing))


def count_set_aside(world: World) -> int:
    return world.folders["centre"].count("quarantine")


def test_a_laptop_that_was_shut_out_cannot_fill_the_centre(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chi = world.folders["chi"]
    monkeypatch.setattr(centre, "MAX_REFUSED_BYTES", 1_000)
    revoke_device(world, "chi")
    for number in range(3):
        chi.write(f"m{number}", "u2", title="x" * 400)
        world.write_stick("chi", stick)
    read = world.read_stick("centre", stick)
    assert {each.code for each in read.left} == {"set_aside_full"}
    assert 0 < count_set_aside(world) < 3
    world.folders["an"].write("m9", "u1", title="Họp")
    other = stick.parent / "other"
    world.write_stick("an", other)
    assert world.read_stick("centre", other).left == []
    assert world.folders["centre"].has("m9")


def test_laptops_that_somebody_made_up_cannot_fill_the_centre(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centre, "MAX_REFUSED_BYTES", 1_000)
    for number in range(9):
        keys, bodies = make_test_keys(f"stranger {number}"), make_bodies(1)
        header = msgspec.structs.replace(make_header(bodies, keys=keys), server=CENTRE.id)
        write_bundle(stick, seal(header, bodies, keys, SEALED_FOR))
    world.read_stick("an", stick)
    carried = count_carried(world, "an")
    world.folders["an"].write("m9", "u1", title="Họp")
    world.sync("an")
    assert carried == 9
    assert 0 < count_set_aside(world) < 9
    assert world.folders["centre"].has("m9")
    with world.folders["an"].storage.reading() as connection:
        assert {each.refusal for each in list_carried(connection)} == {"", "set_aside_full"}


def test_the_name_of_who_asks_turns_no_text_around() -> None:
    keys = make_test_keys("asking")
    request = read_statement(make_request(keys), EnrolRequest, REQUEST)
    hostile = sign_request(msgspec.structs.replace(request, name="Thôn \u202egnhuộr\x1b[2J"), keys)
    assert name_requester(hostile) == "Thôn \ufffdgnhuộr\ufffd[2J"


def list_bodies(world: World, name: str) -> bytes:
    with world.folders[name].storage.reading() as connection:
        rows = connection.rows("SELECT body FROM revision WHERE body IS NOT NULL ORDER BY position")
        return b"\n".join(bytes(row["body"]) for row in rows)


@pytest.mark.parametrize("way", ["network", "stick"])
def test_who_records_something_else_under_an_id_first_does_not_get_what_stays_in_the_village(
    world: World, stick: Path, way: str
) -> None:
    enemy = world.enrol("enemy", (Grant("u0", (), True), Grant("u1", ("opinion",), True)), "commune")
    world.share_directory()
    enemy.write("foreseen", "u1", "opinion", text="Ý kiến")
    enemy.write("foreseen", "u0", "contact", text="Của xã")
    world.sync("enemy")
    world.sync("an")
    world.folders["an"].write("foreseen", "u1", "contact", phone="0905 000 000")
    if way == "network":
        world.sync("an")
        world.sync("enemy")
    else:
        world.write_stick("an", stick)
        world.read_stick("enemy", stick)
        world.read_stick("centre", stick)
        other = stick.parent / "other"
        world.write_stick("centre", other)
        world.read_stick("enemy", other)
    assert b"0905" in list_bodies(world, "centre")
    assert b"0905" not in list_bodies(world, "enemy")
