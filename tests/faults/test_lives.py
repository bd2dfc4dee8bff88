"""Copied, restored and mistaken machines: disks that were cloned, laptops and centres from backups, wrong clocks."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from commands.runs import read_json, run_command
from postgres_server import running_server

from collector.accounts.recovery import set_recovery_phrase
from collector.phrase import make_phrase
from collector.query import list_records
from faults.world import (
    Centre,
    Laptop,
    Machine,
    assert_acknowledged_is_there,
    assert_nothing_is_lost,
    assert_same,
    count_programmes,
    sync_all,
)

AT = {"starts_at": "2026-03-01T01:00:00Z"}
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def test_both_copies_of_a_cloned_folder_may_write(centre: Centre, an: Laptop, em: Laptop, tmp_path: Path) -> None:
    an.write(3)
    with centre.served() as address:
        an.sync(address)
        twin = Laptop(an.copy(tmp_path / "twin").root)
        for laptop in (an, twin):
            laptop.write(4)
        sync_all([an, twin, em], address)
        for laptop in (twin, an):
            laptop.write(2)
        sync_all([an, twin, em], address)
        assert_nothing_is_lost(centre, [an, twin, em])
    assert_same(an, twin, em)
    assert count_programmes(em) == 3 + 4 + 4 + 2 + 2
    for machine in (centre, an, twin, em):
        machine.assert_sound()


def test_a_restored_laptop_gets_back_what_it_had_sent(centre: Centre, an: Laptop, em: Laptop, tmp_path: Path) -> None:
    an.write(3)
    with centre.served() as address:
        an.sync(address)
        saved, phrase = back_up(an, tmp_path / "saved")
        an.write(4)
        an.sync(address)
        restore(an, saved, phrase)
        an.write(2)
        sync_all([an, em], address)
        assert_nothing_is_lost(centre, [an, em])
    assert_same(an, em)
    assert count_programmes(an) == 9
    for machine in (centre, an, em):
        machine.assert_sound()


def back_up(machine: Machine, target: Path) -> tuple[str, str]:
    """Write a backup; give its file and the phrase that opens it."""
    target.mkdir()
    phrase = make_phrase(os.urandom)
    set_recovery_phrase(machine.folder, phrase)
    return read_json("backup", target, "--data", machine.root)["file"], phrase


def restore(machine: Machine, saved: str, phrase: str) -> None:
    """Put a backup in the place of a folder."""
    shutil.rmtree(machine.root)
    result = run_command("restore", saved, "--data", machine.root, COLLECTOR_PHRASE=phrase)
    assert result.exit_code == 0, result.output


def play_restored_centre(
    centre: Centre, an: Laptop, em: Laptop, save: Callable[[], object], bring_back: Callable[[], object], *more: str
) -> None:
    an.write(3)
    with centre.served() as address:
        sync_all([an, em], address, 1)
    save()
    with centre.served() as address:
        an.write(4)
        em.write(2)
        sync_all([an, em], address)
        acknowledged = assert_acknowledged_is_there(centre, [an, em])
    with centre.served() as address:
        em.sync(address)  # whenever it is started it notes how far it is
    bring_back()
    with centre.served() as address:
        an.write(1)
        for laptop in (an, em):
            laptop.sync(address, *more)
        sync_all([an, em], address)
        assert_nothing_is_lost(centre, [an, em])
        assert assert_acknowledged_is_there(centre, [an, em]) > acknowledged
    assert_same(an, em)
    assert count_programmes(em) == 10
    for machine in (centre, an, em):
        machine.assert_sound()


def test_a_centre_restored_from_its_backup_is_given_everything_again(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    saved: list[str] = []
    play_restored_centre(
        centre, an, em, lambda: saved.extend(back_up(centre, tmp_path / "saved")), lambda: restore(centre, *saved)
    )


@pytest.mark.slow
def test_a_centre_restored_behind_its_back_is_given_everything_again(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"

    def bring_back() -> None:
        shutil.rmtree(centre.root)
        saved.rename(centre.root)

    save = lambda: shutil.copytree(centre.root, saved)  # noqa: E731
    play_restored_centre(centre, an, em, save, bring_back, "--accept-life")


@pytest.mark.slow
def test_a_centre_whose_database_alone_went_back_is_given_everything_again(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.sqlite"

    def bring_back() -> None:
        for suffix in ("-wal", "-shm"):
            centre.folder.database.with_name(centre.folder.database.name + suffix).unlink(missing_ok=True)
        saved.replace(centre.folder.database)

    play_restored_centre(centre, an, em, lambda: shutil.copy(centre.folder.database, saved), bring_back)


@pytest.mark.slow
def test_a_centre_on_postgresql_that_went_back_is_given_everything_again(
    centre: Centre, an: Laptop, em: Laptop
) -> None:
    with running_server(fsync="off") as server:
        centre.more = ("--database", server.url("centre"))

        def run(*statements: str) -> None:
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement)  # type: ignore[call-overload]

        run("CREATE DATABASE centre")
        play_restored_centre(
            centre,
            an,
            em,
            lambda: run("CREATE DATABASE saved TEMPLATE centre"),
            lambda: run("DROP DATABASE centre WITH (FORCE)", "ALTER DATABASE saved RENAME TO centre"),
        )


@pytest.mark.slow
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
@pytest.mark.parametrize("shift", ["-20y", "+10y"])
def test_a_clock_that_is_off_by_years_refuses_nothing(centre: Centre, an: Laptop, em: Laptop, shift: str) -> None:
    wrong = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    an.write(3)
    with centre.served() as address:
        for _ in range(2):
            process = an.start_sync(address, **wrong)
            said, problems = process.communicate(timeout=60)
            assert process.returncode == 0, problems
        assert abs(json.loads(said)["clock_error_seconds"]) > 9 * 365 * 86_400
        em.write(2)
        sync_all([em], address, 1)
        said, problems = an.start_sync(address, **wrong).communicate(timeout=60)
        assert_nothing_is_lost(centre, [an, em])
        sync_all([em, an], address, 1)
    assert_same(an, em)
    assert count_programmes(em) == 5


def test_what_two_laptops_change_in_one_meeting_is_kept_and_shown(centre: Centre, an: Laptop, em: Laptop) -> None:
    with an.recording() as recorder:
        meeting = recorder.add(
            "meeting", an.unit, {"title": "Họp thôn", "meeting_type": "community", "place": "Nhà văn hoá", **AT}
        )
    with centre.served() as address:
        sync_all([an, em], address, 1)
        for laptop, title in ((an, "Họp thôn về nước"), (em, "Họp thôn về đường")):
            with laptop.recording() as recorder:
                recorder.update("meeting", meeting, {"title": title})
        with em.recording() as recorder:
            recorder.update("meeting", meeting, {"place": "Nhà gươl"})
        sync_all([an, em], address)
        assert_nothing_is_lost(centre, [an, em])
    assert_same(an, em)
    for machine in (an, em, centre):
        with machine.opened() as database, database.reading() as connection:
            (row,) = list_records(connection, "meeting", id=meeting)
        assert (row["conflicts"], row["place"]) == (1, "Nhà gươl")
        machine.assert_sound()
