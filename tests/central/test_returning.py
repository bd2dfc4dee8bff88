"""A centre that came back from a backup and what it forgot: who joined, who was locked out, how far it had been."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from commands.runs import read_json, run_command
from factories import LA_DEE, services_of
from flask import Flask

from central.laptops import RealLaptop, make_commune_laptop
from central.scenes import administrator_of, open_centre, running_in, set_up_centre
from central.test_life import PHRASE, bring_back, keep, life_in, served
from collector.backups.archive import write_archive
from collector.central.journal import FILE, read_papers
from collector.central.office import Wish
from collector.device import ensure_keys
from collector.folder import DataFolder
from collector.joining.sending import send_request
from collector.joining.store import join, read_typed
from collector.membership import move_centre, read_membership, read_signed
from collector.replication.connecting import make_member
from collector.sticks.exchange import read_from, write_onto
from collector.sticks.reading import list_sources
from sync.client import HttpTransport
from sync.errors import DeviceRefused, EnrolmentRefused

YEARS_MS = 3 * 365 * 24 * 3600 * 1000


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """The folder of a centre that was backed up when nobody had joined yet."""
    made = set_up_centre(tmp_path / "centre")
    with open_centre(made):
        pass
    keep(made)
    return made


def go_back(folder: DataFolder) -> None:
    """Bring the database back, without the journal of what was decided since."""
    bring_back(folder)
    (folder.root / FILE).unlink(missing_ok=True)


def describe(app: Flask, laptop: RealLaptop) -> dict[str, Any]:
    found = [row for row in running_in(app).office.registry.list_devices() if row["id"] == laptop.device]
    return dict(found[0]) if found else {}


def exchange(laptop: RealLaptop, url: str) -> set[str]:
    move_centre(laptop.folder, url)
    return {problem.code for problem in laptop.exchange().problems}


def names_at(app: Flask) -> set[str]:
    with services_of(app).database.reading() as connection:
        return {row["name"] for row in connection.rows("SELECT name FROM programme")}


def test_who_joined_since_is_taken_back_with_the_same_scope(folder: DataFolder, tmp_path: Path) -> None:
    village, commune = RealLaptop(tmp_path / "village"), make_commune_laptop(tmp_path / "commune")
    with served(folder) as (app, url):
        for laptop in (village, commune):
            laptop.join_centre(running_in(app), url)
        village.add_programme("Đường vào bản")
        assert not exchange(village, url) and not exchange(commune, url)
        registry = running_in(app).office.registry
        scopes = [registry.find_scope(laptop.device) for laptop in (village, commune)]
    go_back(folder)
    with served(folder) as (app, url):
        assert not describe(app, village)
        for laptop in (village, commune):
            assert not exchange(laptop, url)
            row = describe(app, laptop)
            assert row["taken_back_at"] and row["revoked_at"] is None
        registry = running_in(app).office.registry
        again = [registry.find_scope(laptop.device) for laptop in (village, commune)]
        assert [each and each.grants for each in again] == [each and each.grants for each in scopes]
        assert names_at(app) == {"Đường vào bản"} == set(commune.names())
        assert administrator_of(app).get("/laptops").status_code == 200
    listed = read_json("device", "list", "--data", folder.root)["devices"]
    assert all(each["taken_back_at"] for each in listed)


def test_the_old_name_of_a_village_comes_back_with_its_second_laptop(folder: DataFolder, tmp_path: Path) -> None:
    first, second = RealLaptop(tmp_path / "first"), RealLaptop(tmp_path / "second")
    second.add_programme("Của máy thứ hai")
    with served(folder) as (app, url):
        first.join_centre(running_in(app), url)
        assert not exchange(first, url)
        name = describe(app, first)["village_name"]
        second.join_centre(running_in(app), url, village=name)
        assert not exchange(second, url) and not exchange(first, url)
        unit = describe(app, first)["unit"]
        assert describe(app, second)["unit"] == unit != second.unit
    go_back(folder)
    with served(folder) as (app, url):
        assert not exchange(second, url)
        assert describe(app, second)["unit"] == unit
        scope = running_in(app).office.registry.find_scope(second.device)
        assert scope is not None and scope.writes(second.unit, "programme") and scope.writes(unit, "programme")
        with services_of(app).database.reading() as connection:
            assert connection.value("SELECT count(*) FROM quarantine") == 0
            assert connection.value("SELECT same_as FROM unit WHERE id = :unit", {"unit": second.unit}) == unit
        assert not exchange(first, url)
        assert names_at(app) == {"Của máy thứ hai"}


def test_only_the_centre_s_own_word_that_has_not_ended_counts(folder: DataFolder, tmp_path: Path) -> None:
    laptop = RealLaptop(tmp_path / "village")
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
        assert not exchange(laptop, url)
    with open_centre(set_up_centre(tmp_path / "other")) as app:
        other = running_in(app)
        assert other.returning.remember([read_signed(laptop.folder), b"rubbish"]) == 0
        assert other.office.registry.find_device(laptop.device) is None
    go_back(folder)
    with served(folder) as (app, url):
        registry = running_in(app).office.registry
        now = registry.clock()
        registry.clock = lambda: now + YEARS_MS
        assert running_in(app).returning.remember([read_signed(laptop.folder)]) == 0
        assert registry.find_device(laptop.device) is None
        assert exchange(laptop, url) == {"device_refused"}
        registry.clock = lambda: now
        assert exchange(laptop, url) == set()
        assert describe(app, laptop)["taken_back_at"]


def test_a_stranger_with_somebody_s_membership_is_not_recognised(folder: DataFolder, tmp_path: Path) -> None:
    laptop, thief = RealLaptop(tmp_path / "village"), RealLaptop(tmp_path / "thief")
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
    go_back(folder)
    membership = read_membership(laptop.folder)
    assert membership is not None
    with served(folder) as (app, url):
        packer = make_member(laptop.folder, laptop.database, membership).packer
        line = HttpTransport(url, ensure_keys(thief.folder), membership.signing, packer)
        with pytest.raises(DeviceRefused):
            line.hand_in([read_signed(laptop.folder)])
        line.close()
        assert not describe(app, laptop)


def test_a_code_that_was_used_since_is_not_used_twice(folder: DataFolder, tmp_path: Path) -> None:
    first, second = RealLaptop(tmp_path / "first"), RealLaptop(tmp_path / "second")
    with open_centre(folder) as app:
        words = running_in(app).office.issue(Wish(LA_DEE)).words
    keep(folder)
    with served(folder) as (app, url):
        typed = read_typed(f"{url}#{words.replace(' ', '-')}")
        join(first.folder, first.database, typed, send_request)
    go_back(folder)
    with served(folder) as (app, url):
        assert not exchange(first, url)
        assert running_in(app).office.enrolling.list_codes() == []
        typed = read_typed(f"{url}#{words.replace(' ', '-')}")
        with pytest.raises(EnrolmentRefused):
            join(second.folder, second.database, typed, send_request)


def test_a_forgotten_revocation_comes_back_and_takes_out_what_came_after_it(
    folder: DataFolder, tmp_path: Path
) -> None:
    lost, same, elsewhere = (RealLaptop(tmp_path / name) for name in ("lost", "same", "elsewhere"))
    with served(folder) as (app, url):
        lost.join_centre(running_in(app), url)
        assert not exchange(lost, url)
        name = describe(app, lost)["village_name"]
        same.join_centre(running_in(app), url, village=name)
        elsewhere.join_centre(running_in(app), url, village="Thôn Khác")
        lost.add_programme("Trước khi mất")
        assert not exchange(lost, url) and not exchange(same, url)
    keep(folder)
    with served(folder) as (app, url):
        running_in(app).office.registry.revoke(lost.device)
        assert not exchange(elsewhere, url)
    go_back(folder)
    with served(folder) as (app, url):
        lost.add_programme("Sau khi mất")
        assert not exchange(lost, url)
        assert not exchange(same, url)
        assert same.names() == ["Sau khi mất", "Trước khi mất"]
        assert describe(app, lost)["revoked_at"] is None
        assert not exchange(elsewhere, url)
        assert describe(app, lost)["revoked_at"] is not None
        assert names_at(app) == {"Trước khi mất"}
        assert not exchange(same, url)
        assert same.names() == ["Trước khi mất"]
        with services_of(app).database.reading() as connection:
            assert connection.value("SELECT count(*) FROM quarantine WHERE reason = 'revoked'") > 0
        move_centre(lost.folder, url)
        lost.add_programme("Viết thêm")
        assert not lost.exchange().is_done
        assert names_at(app) == {"Trước khi mất"}
        assert running_in(app).returning.remember([read_signed(lost.folder)]) == 0
        assert describe(app, lost)["revoked_at"] is not None
        assert not exchange(elsewhere, url)


def test_what_was_erased_without_right_comes_back_from_who_still_has_it(folder: DataFolder, tmp_path: Path) -> None:
    lost, same = RealLaptop(tmp_path / "lost"), RealLaptop(tmp_path / "same")
    with served(folder) as (app, url):
        lost.join_centre(running_in(app), url)
        assert not exchange(lost, url)
        same.join_centre(running_in(app), url, village=describe(app, lost)["village_name"])
        lost.add_programme("Trước khi mất")
        assert not exchange(lost, url) and not exchange(same, url)
    keep(folder)
    with served(folder) as (app, url):
        running_in(app).office.registry.revoke(lost.device)
    papers = read_papers(folder.root / FILE)
    go_back(folder)
    with served(folder) as (app, url):
        running_in(app).watch.renew()
        with lost.database.recording() as recorder:
            row = recorder.connection.row("SELECT id FROM programme WHERE name = 'Trước khi mất'")
            assert row is not None
            recorder.remove("programme", row["id"])
            recorder.erase("programme", row["id"])
        assert not exchange(lost, url)
        assert "Trước khi mất" not in names_at(app)
        assert running_in(app).returning.remember(papers) > 0
        assert not exchange(same, url)
        assert names_at(app) == {"Trước khi mất"}
        assert same.names() == ["Trước khi mất"]


def test_who_joined_and_was_locked_out_since_stays_out(folder: DataFolder, tmp_path: Path) -> None:
    lost, other = RealLaptop(tmp_path / "lost"), RealLaptop(tmp_path / "other")
    with served(folder) as (app, url):
        lost.join_centre(running_in(app), url)
        other.join_centre(running_in(app), url, village="Thôn Khác")
        running_in(app).office.registry.revoke(lost.device)
        assert not exchange(other, url)
    go_back(folder)
    with served(folder) as (app, url):
        assert not exchange(other, url)
        lost.add_programme("Sau khi mất")
        move_centre(lost.folder, url)
        assert not lost.exchange().is_done
        assert describe(app, lost)["revoked_at"] is not None
        assert "Trước khi mất" not in names_at(app)


def test_who_was_let_in_again_after_being_locked_out_counts(folder: DataFolder, tmp_path: Path) -> None:
    laptop = RealLaptop(tmp_path / "village")
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
        running_in(app).office.registry.revoke(laptop.device)
        laptop.join_centre(running_in(app), url, village=describe(app, laptop)["village_name"])
        papers = read_papers(folder.root / FILE)
    assert len(papers) == 3
    go_back(folder)
    with open_centre(folder) as app:
        assert running_in(app).returning.remember(list(reversed(papers))) > 0
        assert describe(app, laptop)["revoked_at"] is None
        assert running_in(app).returning.remember(papers) == 0


def test_what_a_courier_brought_before_is_applied_when_its_author_is_known_again(
    folder: DataFolder, tmp_path: Path
) -> None:
    laptop, stick = RealLaptop(tmp_path / "village"), tmp_path / "stick"
    stick.mkdir()
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
    laptop.add_programme("Đường vào bản")
    write_onto(laptop.folder, laptop.database, stick)
    go_back(folder)
    (paper,) = stick.glob("Collector/membership-*")
    taken = paper.rename(tmp_path / paper.name)
    with open_centre(folder) as app:
        database = services_of(app).database
        read_from(folder, database, list_sources(stick))
        assert "Trước khi mất" not in names_at(app)
        shutil.copy(taken, paper)
        read_from(folder, database, list_sources(stick))
        assert names_at(app) == {"Đường vào bản"}
        assert describe(app, laptop)["taken_back_at"]
        with database.reading() as connection:
            assert connection.value("SELECT count(*) FROM quarantine") == 0


def test_the_journal_beside_the_database_remembers_everything(folder: DataFolder, tmp_path: Path) -> None:
    kept, lost = RealLaptop(tmp_path / "kept"), RealLaptop(tmp_path / "lost")
    with served(folder) as (app, url):
        kept.join_centre(running_in(app), url)
        lost.join_centre(running_in(app), url, village="Thôn Khác")
        running_in(app).office.registry.revoke(lost.device)
        kept.add_programme("Đường vào bản")
        assert not exchange(kept, url)
    bring_back(folder)
    with open_centre(folder) as app:
        assert describe(app, kept)["taken_back_at"] and describe(app, kept)["revoked_at"] is None
        assert describe(app, lost)["revoked_at"]


def test_a_restore_reads_the_journal_that_lies_beside_the_archive(folder: DataFolder, tmp_path: Path) -> None:
    laptop = RealLaptop(tmp_path / "village")
    with open_centre(folder) as app:
        archive = write_archive(folder, services_of(app).database, tmp_path)
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
    journal = folder.root / FILE
    journal.write_bytes(journal.read_bytes() + b"no paper\n" + journal.read_bytes()[:50])
    shutil.copy(journal, archive.parent / FILE)
    restored = DataFolder(tmp_path / "restored")
    said = run_command("restore", archive, "--data", restored.root, COLLECTOR_PHRASE=PHRASE)
    assert said.exit_code == 0 and "decisions" in said.stdout
    with open_centre(restored) as app:
        assert describe(app, laptop)["taken_back_at"]
    named = tmp_path / "elsewhere.journal"
    shutil.move(archive.parent / FILE, named)
    again = DataFolder(tmp_path / "again")
    assert run_command(
        "restore", archive, "--data", again.root, "--journal", named, COLLECTOR_PHRASE=PHRASE
    ).exit_code == 0
    assert len(read_papers(again.root / FILE)) == len(read_papers(named)) == 1


def test_a_raw_copy_put_back_is_noticed_and_one_word_at_the_centre_is_enough(
    folder: DataFolder, tmp_path: Path
) -> None:
    laptops = [RealLaptop(tmp_path / name) for name in ("first", "second")]
    with served(folder) as (app, url):
        for number, laptop in enumerate(laptops):
            laptop.join_centre(running_in(app), url, village=f"Thôn số {number}")
            assert not exchange(laptop, url)
    saved = tmp_path / "saved"
    shutil.copytree(folder.root, saved)
    with served(folder) as (app, url):
        for laptop in laptops:
            laptop.add_programme("Sau bản sao")
            assert not exchange(laptop, url)
    shutil.rmtree(folder.root)
    saved.rename(folder.root)
    with served(folder) as (app, url):
        life, admin = life_in(app), administrator_of(app)
        for laptop in reversed(laptops):  # the other way round, the first would give the centre back what it had
            laptop.add_programme("Viết thêm")
            assert exchange(laptop, url) == {"went_backwards"}
        folder.write_settings(language="en")
        listed = admin.get("/laptops").get_data(as_text=True)
        assert "/laptops/begin-anew" in listed
        assert listed.count("Waits for a decision") == 2 and "Everything has arrived" not in listed
        page, village = admin.get("/laptops/begin-anew").get_data(as_text=True), describe(app, laptops[0])
        assert page.count(village["village_name"]) == 2
        assert admin.post("/laptops/begin-anew").status_code == 303
        assert life_in(app) != life
        for laptop in laptops:
            assert not exchange(laptop, url)
        assert "/laptops/begin-anew" not in admin.get("/laptops").get_data(as_text=True)
        assert names_at(app) == {"Sau bản sao", "Viết thêm"}


def test_an_ordinary_new_life_leaves_no_doubt(folder: DataFolder, tmp_path: Path) -> None:
    laptop = RealLaptop(tmp_path / "village")
    with served(folder) as (app, url):
        laptop.join_centre(running_in(app), url)
        assert not exchange(laptop, url)
        running_in(app).watch.renew()
        assert not exchange(laptop, url)
        with services_of(app).database.reading() as connection:
            assert connection.value("SELECT count(*) FROM doubt") == 0
