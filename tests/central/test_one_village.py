"""One village under one name, with a served centre: laptops that joined it see the same, and nobody takes one over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import make_plan, services_of
from flask import Flask
from flask.testing import FlaskClient
from sync_scenes import serving

from central.laptops import RealLaptop, make_commune_laptop
from central.scenes import running_in
from collector import cache
from collector.exchange.lines import write_lines
from collector.query import list_records
from collector.registry import KINDS
from collector.units.aliases import add_alias, read_aliases
from sync.log import Edit


@pytest.fixture
def address(centre_app: Flask) -> Iterator[str]:
    """Where the centre is served."""
    with serving(centre_app) as url:
        yield url


@pytest.fixture
def laptop(centre_app: Flask, address: str, tmp_path: Path) -> RealLaptop:
    """The laptop of a village that joined, with a programme."""
    made = RealLaptop(tmp_path / "village")
    made.join_centre(running_in(centre_app), address)
    made.add_programme("Đường vào bản")
    made.exchange()
    return made


def export(laptop: RealLaptop) -> bytes:
    with laptop.database.reading() as connection:
        assert list(cache.differences(connection, KINDS)) == []
        return b"".join(write_lines(connection))


def aliases_at(app: Flask) -> dict[str, str]:
    with services_of(app).database.reading() as connection:
        return dict(read_aliases(connection))


def test_two_laptops_that_made_the_village_export_the_same_under_one_name(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    second = RealLaptop(tmp_path / "second")
    second.add_programme("Cầu treo")
    second.join_centre(running_in(centre_app), address, village="Thôn A Rớt")
    second.exchange()
    laptop.exchange()
    assert laptop.names() == ["Cầu treo", "Đường vào bản"] == second.names()
    assert export(laptop) == export(second)
    assert aliases_at(centre_app) == {second.unit: laptop.unit}
    with services_of(centre_app).database.reading() as connection:
        assert list(cache.differences(connection, KINDS)) == []
        assert len(list_records(connection, "programme", unit=laptop.unit)) == 2
        assert len(list_records(connection, "register", unit=laptop.unit)) == 2


def test_who_says_that_another_village_is_its_own_gets_nothing_of_it(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    thief = RealLaptop(tmp_path / "thief", make_plan(village_name="Thôn Pà Rồng", local_number="4"))
    thief.join_centre(running_in(centre_app), address)
    for unit in (thief.unit, laptop.unit):
        with thief.database.recording() as recorder:
            edit = Edit(laptop.unit, "unit", unit, {"same_as": thief.unit, "name": f"Thôn {unit}"})
            thief.database.log.append(recorder.connection, edit)
            cache.refresh(recorder.connection, KINDS, [laptop.unit])
    thief.exchange()
    laptop.exchange()
    thief.exchange()
    assert aliases_at(centre_app) == {}
    assert thief.names() == []
    with services_of(centre_app).database.reading() as connection:
        assert connection.value("SELECT count(*) FROM quarantine") == 2
        assert connection.value("SELECT count(*) FROM succession") == 0


def test_what_the_commune_joins_is_one_village_for_its_laptops(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    other = RealLaptop(tmp_path / "other", make_plan(village_name="Thôn A Rớt cũ", local_number="9"))
    other.join_centre(running_in(centre_app), address)
    other.add_programme("Cầu treo")
    other.exchange()
    assert laptop.exchange().is_done
    assert laptop.names() == ["Đường vào bản"]
    commune = make_commune_laptop(tmp_path / "commune")
    commune.join_centre(running_in(centre_app), address)
    commune.exchange()
    with commune.database.recording() as recorder:
        add_alias(recorder, other.unit, laptop.unit)
    commune.exchange()
    assert aliases_at(centre_app) == {other.unit: laptop.unit}
    assert laptop.exchange().is_done
    assert laptop.names() == ["Cầu treo", "Đường vào bản"]
    with laptop.database.reading() as connection:
        assert {row["unit"] for row in list_records(connection, "programme")} == {laptop.unit}
        assert list(cache.differences(connection, KINDS)) == []


def test_what_the_centre_joins_on_its_page_is_one_village_for_its_laptops(
    centre_app: Flask, admin: FlaskClient, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    other = RealLaptop(tmp_path / "other", make_plan(village_name="Thôn A Rót", local_number="9"))
    other.join_centre(running_in(centre_app), address, is_new=True)
    other.add_programme("Cầu treo")
    other.exchange()
    page = f"/village/same/{other.unit}?village={laptop.unit}"
    assert admin.get(page).status_code == 200
    assert admin.post(page).status_code == 303
    assert aliases_at(centre_app) == {other.unit: laptop.unit}
    for each in (laptop, other):
        each.exchange()
        assert each.exchange().is_done
        assert each.names() == ["Cầu treo", "Đường vào bản"]
    assert export(laptop) == export(other)
    admin.post(f"/village/same/{other.unit}/apart?village={laptop.unit}")
    laptop.exchange()
    assert aliases_at(centre_app) == {}
    with laptop.database.reading() as connection:
        assert [row["name"] for row in list_records(connection, "programme", unit=laptop.unit)] == ["Đường vào bản"]
