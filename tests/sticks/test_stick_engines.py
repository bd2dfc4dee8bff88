"""The centre reads and writes sticks on PostgreSQL as it does on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_scenes import make_bundle
from postgres_server import Server, running_server

from sticks.world import CENTRE, SHEETS, World
from sync import centre
from sync.certificates import Revocation
from sync.postgres import PostgresStorage
from sync.sticks import FOLDER


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that ends with this module."""
    with running_server() as found:
        yield found


@pytest.fixture
def address(server: Server) -> str:
    """An empty database."""
    return server.make_database()


def test_a_centre_on_postgresql_takes_sticks_in_and_answers_them(address: str, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world", PostgresStorage(address))
    stick = tmp_path / "stick"
    an, binh, xa = (world.folders[name] for name in ("an", "binh", "xa"))
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    xa.write("p1", "u1", "programme", name="Đường")
    xa.write("p2", "u2", "programme", name="Cầu")
    for name in ("an", "binh", "xa"):
        world.write_stick(name, stick)
    (stick / FOLDER / "strange.bundle").write_bytes(make_bundle())
    read = world.read_stick("centre", stick)
    assert [each.code for each in read.left] == ["bundle_for_another_server"]
    assert (read.of(an.id).new, read.of(xa.id).new) == (2, 2)
    assert world.read_stick("centre", stick).new == 0
    other = tmp_path / "other"
    written = world.write_stick("centre", other)
    assert written.receipts == 3
    assert world.write_stick("centre", other).is_empty
    for name in ("an", "binh", "xa"):
        assert world.read_stick(name, other).left == []
        assert world.folders[name].is_received()
    assert (an.value("p1", "name"), binh.value("m1", "title")) == ("Đường", "Họp")
    assert binh.has("s1")
    assert not xa.has("s1")
    assert not an.has("p2")
    world.close()


def test_a_centre_on_postgresql_keeps_of_a_laptop_that_was_shut_out_only_so_much(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centre, "MAX_REFUSED_BYTES", 1_000)
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world", PostgresStorage(address))
    chi = world.folders["chi"]
    world.registry.revoke(Revocation(device=chi.id, after=0, issued=1, key=CENTRE.public_signing))
    for number in range(3):
        chi.write(f"m{number}", "u2", title="x" * 400)
        world.write_stick("chi", tmp_path / "stick")
    read = world.read_stick("centre", tmp_path / "stick")
    assert {each.code for each in read.left} == {"set_aside_full"}
    assert 0 < world.folders["centre"].count("quarantine") < 3
    world.close()
