"""Sheets wait in the urn until they are mixed; afterwards nothing ties them to order, paper, phone or author."""

from uuid import UUID

import pytest
from answer_scenes import answer, make_round, rows_of
from factories import Village, services_of
from flask import Flask

from collector import cache
from collector.answers.errors import PaperNumberTaken, RoundNotOpen, SheetLeftUrn, SheetNotFound
from collector.answers.sheets import Sheet, hash_withdrawal_code, make_withdrawal_code
from collector.answers.tidying import Tidier
from collector.answers.urn import (
    BATCH,
    count_sheets,
    count_waiting,
    find_paper,
    put_sheet,
    replace_sheet,
    withdraw,
)
from collector.errors import RecordInvalid
from collector.registry import KINDS
from collector.rounds.closing import close_round
from sync.log import verify_chains

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """An open round."""
    return make_round(app, village, QUESTIONNAIRE)


def counts(app: Flask, survey: str) -> tuple[int, int]:
    with services_of(app).database.reading() as connection:
        return count_waiting(connection, survey), count_sheets(connection, survey)


def close(app: Flask, survey: str) -> None:
    with services_of(app).database.recording(author=None) as recorder:
        close_round(recorder, survey)


def test_sheets_wait_until_two_batches_are_there(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, count=2 * BATCH - 1)
    assert counts(app, survey) == (2 * BATCH - 1, 2 * BATCH - 1)
    assert rows_of(app, "answer_sheet") == []
    answer(app, village, survey)
    assert counts(app, survey) == (BATCH, 2 * BATCH)
    assert len(rows_of(app, "answer_sheet")) == BATCH


@pytest.mark.in_file
def test_sheets_leave_in_the_background_while_others_are_saved(app: Flask, village: Village, survey: str) -> None:
    database = services_of(app).database
    tidier = Tidier(database, gather_seconds=0.01)
    tidier.start()
    values = {"round": survey, "village": village.unit, "questionnaire": QUESTIONNAIRE, "day": "2026-03-09",
              "source": "screen", "know": "yes"}  # fmt: skip
    for _ in range(100):
        with database.recording() as recorder:
            put_sheet(recorder, Sheet(values))
        tidier.ask()
    tidier.stop()
    waiting, held = counts(app, survey)
    assert held == 100
    assert BATCH <= waiting < 2 * BATCH
    assert not database.storage.path.with_name(f"{database.storage.path.name}-wal").stat().st_size


def test_what_was_left_to_do_is_done_at_the_start(app: Flask, village: Village, survey: str) -> None:
    values = {"round": survey, "village": village.unit, "questionnaire": QUESTIONNAIRE, "day": "2026-03-09",
              "source": "screen"}  # fmt: skip
    with services_of(app).database.recording() as recorder:
        for _ in range(2 * BATCH):
            put_sheet(recorder, Sheet(values))
    assert counts(app, survey) == (2 * BATCH, 2 * BATCH)
    tidier = Tidier(services_of(app).database, gather_seconds=0.01)
    tidier.start()
    tidier.stop()
    assert counts(app, survey) == (BATCH, 2 * BATCH)


def test_closing_empties_the_urn_whatever_it_holds(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, count=3, know="no")
    answer(app, village, survey, waits=True, paper_number=3)
    close(app, survey)
    assert counts(app, survey) == (0, 4)
    assert sorted(row["know"] for row in rows_of(app, "answer_sheet")) == ["no", "no", "no", "yes"]


def test_sheets_stand_in_epochs_of_their_own_without_author(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, count=5)
    with services_of(app).database.recording(author=village.head) as recorder:
        close_round(recorder, survey)
        recorder.update("round", survey, {"title": "Tên khác"})
    with services_of(app).database.reading() as connection:
        lanes = {row["kind"]: row["lane"] for row in connection.rows(
            "SELECT DISTINCT kind, lane FROM revision JOIN epoch USING (device, epoch) ORDER BY kind"
        )}
        authors = {row["last_author"] for row in connection.rows("SELECT last_author FROM answer_sheet")}
        assert verify_chains(connection) > 5
    assert lanes.pop("answer_sheet") == "sheets"
    assert set(lanes.values()) == {"records"}
    assert authors == {None}


def test_nothing_in_the_log_keeps_the_order_paper_or_phone(app: Flask, village: Village, survey: str) -> None:
    for number in range(1, 31):
        answer(app, village, survey, paper_number=number, answers=f'{{"n":"{number}"}}')
    answer(app, village, survey, instance_id="uuid:1", answers='{"n":"31"}')
    close(app, survey)
    with services_of(app).database.reading() as connection:
        order = [row["answers"] for row in connection.rows(
            "SELECT answers FROM answer_sheet JOIN revision ON record = id ORDER BY position"
        )]
        assert connection.value("SELECT count(*) FROM urn") == 0
        assert connection.value("SELECT count(*) FROM received_instance") == 1
    assert len(order) == 31
    assert order != [f'{{"n":"{number}"}}' for number in range(1, 32)]
    assert {UUID(row["id"]).version for row in rows_of(app, "answer_sheet")} == {4}


def test_a_number_is_entered_once_even_after_mixing(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, paper_number=14, know="no")
    with services_of(app).database.reading() as connection:
        found = find_paper(connection, survey, 14)
        assert found is not None and found["values"]["know"] == "no"
    for number in range(100, 100 + 2 * BATCH):
        answer(app, village, survey, paper_number=number)
    with pytest.raises(PaperNumberTaken):
        answer(app, village, survey, paper_number=14)


def test_what_a_phone_sends_twice_is_kept_once(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, count=2, instance_id="uuid:1")
    assert counts(app, survey) == (1, 1)
    close(app, survey)
    with pytest.raises(RoundNotOpen):
        answer(app, village, survey, instance_id="uuid:2")
    answer(app, village, survey, instance_id="uuid:1")
    assert counts(app, survey) == (0, 1)


def test_a_correction_takes_the_place_until_the_sheet_left(app: Flask, village: Village, survey: str) -> None:
    answer(app, village, survey, instance_id="uuid:1", know="no")
    values = {"round": survey, "village": village.unit, "questionnaire": QUESTIONNAIRE, "day": "2026-03-09",
              "source": "openrosa", "know": "yes"}  # fmt: skip
    with services_of(app).database.recording() as recorder:
        assert replace_sheet(recorder, "uuid:1", Sheet(values, instance_id="uuid:2"))
        assert not replace_sheet(recorder, "uuid:1", Sheet(values, instance_id="uuid:2"))
        with pytest.raises(SheetNotFound):
            replace_sheet(recorder, "uuid:9", Sheet(values, instance_id="uuid:3"))
    assert counts(app, survey) == (1, 1)
    answer(app, village, survey, instance_id="uuid:5")
    with services_of(app).database.recording() as recorder:
        recorder.connection.execute("DELETE FROM urn WHERE withdrawal_hash IS NULL AND instance_hash IS NOT NULL")
        with pytest.raises(SheetLeftUrn):
            replace_sheet(recorder, "uuid:5", Sheet(values, instance_id="uuid:6"))


@pytest.mark.in_file
@pytest.mark.parametrize("closed", [False, True])
def test_a_code_withdraws_its_sheet_for_good(app: Flask, village: Village, survey: str, closed: bool) -> None:
    code = make_withdrawal_code()
    answer(app, village, survey, count=3)
    answer(app, village, survey, withdrawal_hash=hash_withdrawal_code(code), answers='{"only":"here"}')
    if closed:
        close(app, survey)
    with services_of(app).database.recording(author=village.head) as recorder:
        assert withdraw(recorder, code.lower().replace("-", " ")) == survey
        with pytest.raises(SheetNotFound):
            withdraw(recorder, code)
    assert counts(app, survey)[1] == 3
    storage = services_of(app).database.storage
    storage.empty_journal()
    assert b'"only' not in storage.path.read_bytes()
    with services_of(app).database.reading() as connection:
        verify_chains(connection)
        assert list(cache.differences(connection, KINDS)) == []


def test_rubbish_is_refused(app: Flask, village: Village, survey: str) -> None:
    with pytest.raises(RecordInvalid):
        answer(app, village, survey, know="perhaps")
