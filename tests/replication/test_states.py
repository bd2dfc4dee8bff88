"""Where records are: true after every exchange, after lost receipts and after the centre came back from a backup."""

from pathlib import Path

from collector.replication.states import (
    BACKED_UP,
    ONLY_HERE,
    RECEIVED,
    Totals,
    count_pending,
    count_totals,
    count_unsent,
    count_unsent_sheets,
    family_state,
    list_states,
    record_state,
)
from replication.scenes import CentreHere, Machine
from sync.safekeeping import note_backup


def state(machine: Machine, record: str) -> str | None:
    with machine.database.reading() as connection:
        return record_state(connection, record)


def totals(machine: Machine) -> Totals:
    with machine.database.reading() as connection:
        return count_totals(connection)


def back_up(centre: CentreHere) -> None:
    with centre.database.storage.writing() as connection:
        note_backup(connection)


def test_a_record_goes_from_here_to_the_centre_to_its_backup(centre: CentreHere, one: Machine) -> None:
    programme = one.add_programme()
    assert state(one, programme) == ONLY_HERE
    one.sync()
    assert state(one, programme) == RECEIVED
    back_up(centre)
    assert state(one, programme) == RECEIVED
    one.sync()
    assert state(one, programme) == BACKED_UP
    one.rename(programme, "Đường mới")
    assert state(one, programme) == ONLY_HERE
    one.sync()
    assert state(one, programme) == RECEIVED


def test_totals_add_up_to_all_that_is_held(centre: CentreHere, one: Machine) -> None:
    one.add_programme()
    one.sync()
    back_up(centre)
    one.add_programme("Hai")
    one.sync()
    one.add_programme("Ba")
    found = totals(one)
    with one.database.reading() as connection:
        assert sum(found) == connection.value("SELECT count(*) FROM revision")
    assert found.only_here == 1
    assert found.received == 1
    assert found.backed_up > 1


def test_a_lost_receipt_counts_as_not_received_until_it_is_asked_again(one: Machine) -> None:
    programme = one.add_programme()
    one.sync(lambda name, number: "after" if name == "send" else "")
    assert state(one, programme) == ONLY_HERE
    again = one.cutting()
    one.sync_over(again)
    assert state(one, programme) == RECEIVED
    assert "send" not in again.calls


def test_a_restored_centre_sets_everything_back_to_only_here(centre: CentreHere, one: Machine, tmp_path: Path) -> None:
    one.sync()
    centre.image(tmp_path / "image")
    programme = one.add_programme()
    one.sync()
    back_up(centre)
    one.sync()
    assert state(one, programme) == BACKED_UP
    centre.take_image(tmp_path / "image")
    centre.centre.begin_life()
    one.sync(lambda name, number: "before" if name == "send" else "")
    assert state(one, programme) == ONLY_HERE
    assert totals(one).backed_up == 0
    one.sync()
    assert state(one, programme) == RECEIVED
    assert totals(one).only_here == 0


def test_what_another_laptop_wrote_is_known_to_be_at_the_centre(one: Machine, two: Machine) -> None:
    programme = one.add_programme()
    one.sync()
    two.sync()
    assert state(two, programme) == RECEIVED
    assert totals(two).only_here == 0


def test_a_family_is_where_its_last_member_is(one: Machine) -> None:
    programme = one.add_programme()
    one.sync()
    with one.database.recording() as recorder:
        values = {"programme": programme, "item": "3", "form": "posting", "starts_on": "2026-03-01", "place": "Gươl"}
        recorder.add("disclosure", one.unit, values)
    with one.database.reading() as connection:
        assert record_state(connection, programme) == RECEIVED
        assert family_state(connection, "programme", programme) == ONLY_HERE
    one.sync()
    one.attach(programme, b"\xff\xd8\xff photo")
    with one.database.reading() as connection:
        assert family_state(connection, "programme", programme) == ONLY_HERE
    one.sync()
    with one.database.reading() as connection:
        assert family_state(connection, "programme", programme) == RECEIVED


def test_many_records_are_looked_up_at_once(one: Machine) -> None:
    with one.database.recording() as recorder:
        names = [recorder.add("programme", one.unit, {"name": f"Dự án {number}"}) for number in range(1_200)]
    with one.database.reading() as connection:
        found = list_states(connection, [*names, "nobody", names[0]])
    assert found == dict.fromkeys(names, ONLY_HERE)


def test_what_remains_is_counted_by_kinds(one: Machine) -> None:
    one.sync()
    programme = one.add_programme()
    one.rename(programme, "Đổi tên")
    with one.database.reading() as connection:
        found = count_unsent(connection)
        much = count_unsent(connection, at_most=1)
        assert count_pending(connection) == (2, 0)
    assert (found.revisions, found.records, found.is_exact) == (2, {"programme": 1}, True)
    assert (much.revisions, much.is_exact) == (2, False)


def test_of_answer_sheets_there_are_totals_only(one: Machine) -> None:
    one.sync()
    round_id = one.open_round()
    sheets = one.put_sheets(round_id, 40)
    with one.database.reading() as connection:
        assert all(record_state(connection, sheet) is None for sheet in sheets)
        assert list_states(connection, [*sheets, round_id]) == {round_id: ONLY_HERE}
        assert count_pending(connection)[1] == 20
        assert count_unsent(connection).records["answer_sheet"] == 20
        assert count_unsent_sheets(connection, round_id) == 20
    one.sync()
    with one.database.reading() as connection:
        assert count_pending(connection) == (0, 0)
        assert count_unsent_sheets(connection, round_id) == 0
