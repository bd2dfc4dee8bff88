"""What another laptop did takes effect here beyond the tables of records."""

from collector.answers.urn import count_sheets
from collector.query import get_record, list_records
from collector.replication.settling import list_closed_elsewhere
from collector.results.recording import get_result
from collector.results.suppressing import OUTSIDE
from collector.rounds.closing import close_round
from replication.scenes import Machine


def test_sheets_in_the_urn_come_out_when_another_laptop_closes_the_round(one: Machine, two: Machine) -> None:
    round_id = one.open_round()
    one.put_sheets(round_id, 25)
    one.sync()
    two.sync()
    two.put_sheets(round_id, 23)
    with one.database.recording() as recorder:
        close_round(recorder, round_id)
    one.sync()
    assert two.sync().is_done
    with two.database.reading() as connection:
        assert list_closed_elsewhere(connection) == []
        assert connection.value("SELECT count(*) FROM urn") == 0
        assert count_sheets(connection, round_id) == 48
        recorded = get_result(connection, round_id, OUTSIDE)
    assert recorded.sheets == 48
    one.sync()
    assert one.export() == two.export()
    with one.database.reading() as connection:
        assert get_result(connection, round_id, OUTSIDE).sheets == 48
    assert two.sync().sent == 0


def test_ticks_of_asked_households_are_recorded_when_another_laptop_closes_the_round(
    one: Machine, two: Machine
) -> None:
    round_id = one.open_round()
    with one.database.recording() as recorder:
        household = recorder.add("household", one.unit, {"number": 1, "head_name": "Bríu Văn Crênh"})
        values = {"round": round_id, "village": one.unit, "household": household, "place": 1}
        drawn = recorder.add("drawn_household", one.unit, values)
    one.sync()
    two.sync()
    with two.database.storage.writing() as connection:
        named = {"drawn": drawn, "round": round_id}
        connection.execute("INSERT INTO asked_household (drawn, round) VALUES (:drawn, :round)", named)
    with one.database.recording() as recorder:
        close_round(recorder, round_id)
    one.sync()
    two.sync()
    with two.database.reading() as connection:
        assert get_record(connection, "drawn_household", drawn)["outcome"] == "asked"
        assert connection.value("SELECT count(*) FROM asked_household") == 0
    one.sync()
    with one.database.reading() as connection:
        assert [row["outcome"] for row in list_records(connection, "drawn_household")] == ["asked"]


def test_the_village_is_called_as_its_record_says(one: Machine, two: Machine) -> None:
    one.sync()
    two.sync()
    with one.database.recording() as recorder:
        recorder.update("unit", one.unit, {"name": "Thôn A Rớt Mới"})
    one.sync()
    two.sync()
    assert two.folder.read_settings()["village_name"] == "Thôn A Rớt Mới"
