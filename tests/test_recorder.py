"""The recorder checks, refuses and writes; nothing changes a record past it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.database import Database, open_database
from collector.device import ensure_epoch
from collector.errors import RecordInvalid, RecordLocked, RecordNotFound
from collector.folder import DataFolder
from collector.query import count_records, find_record, get_record
from sync.log import Edit, get_state, read_revisions
from sync.revisions import Reference

UNIT = "0192a0b0-0000-7000-8000-00000000000a"
NOBODY = "0192a0b0-0000-7000-8000-00000000000b"


@pytest.fixture
def database(folder: DataFolder) -> Iterator[Database]:
    """An open, empty database."""
    made = open_database(folder.place)
    ensure_epoch(made, folder)
    yield made
    made.storage.close()


def add(database: Database, kind: str = "programme", **values: object) -> str:
    with database.recording(author=NOBODY) as recorder:
        return recorder.add(kind, UNIT, {"name": "Đường"} | values if kind == "programme" else values)


def make_meeting(database: Database, **values: object) -> str:
    given = {"meeting_type": "other", "title": "Họp", "starts_at": "2026-03-05T12:00:00Z", "place": "Gươl"}
    return add(database, "meeting", **given | values)


def row_of(database: Database, record: str, kind: str = "programme") -> dict[str, object]:
    with database.reading() as connection:
        return get_record(connection, kind, record)


def test_what_was_added_is_a_row(database: Database) -> None:
    row = row_of(database, add(database, budget="5.000.000"))
    assert (row["name"], row["budget"], row["unit"], row["last_author"]) == ("Đường", 5_000_000, UNIT, NOBODY)
    assert (row["removed"], row["conflicts"], row["broken"], row["revision_count"]) == (0, 0, None, 1)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": ""}, "name"), ({"budget": "many"}, "budget"), ({"colour": "red"}, "colour")],
)
def test_a_wrong_value_is_refused_and_nothing_is_written(
    database: Database, values: dict[str, object], field: str
) -> None:
    with pytest.raises(RecordInvalid) as refused:
        add(database, **values)
    assert [error.field for error in refused.value.errors] == [field]
    with database.reading() as connection:
        assert count_records(connection, "programme") == 0
        assert connection.value("SELECT count(*) FROM revision") == 0


def test_the_rule_of_a_kind_sees_old_and_new_values(database: Database) -> None:
    programme = add(database, starts_on="2026-05-01")
    with pytest.raises(RecordInvalid), database.recording() as recorder:
        recorder.update("programme", programme, {"ends_on": "2026-04-01"})
    with database.recording() as recorder:
        assert recorder.update("programme", programme, {"ends_on": "2026-04-01", "starts_on": "2026-03-01"})


def test_an_update_says_whether_anything_differed(database: Database) -> None:
    programme = add(database)
    with database.recording() as recorder:
        assert not recorder.update("programme", programme, {"name": " Đường "})
        assert recorder.update("programme", programme, {"name": "Cầu"})


def test_a_required_field_cannot_be_emptied(database: Database) -> None:
    programme = add(database)
    with pytest.raises(RecordInvalid), database.recording() as recorder:
        recorder.update("programme", programme, {"name": "  "})


@pytest.mark.parametrize("kind", ["programme", "meeting"])
def test_a_record_of_another_kind_or_none_is_not_found(database: Database, kind: str) -> None:
    household = add(database, "household", number=1, head_name="Alăng")
    for record in (household, NOBODY):
        with pytest.raises(RecordNotFound), database.recording() as recorder:
            recorder.update(kind, record, {})


def test_an_exception_undoes_everything_of_the_block(database: Database) -> None:
    with pytest.raises(RecordInvalid), database.recording() as recorder:
        recorder.add("programme", UNIT, {"name": "Đường"})
        recorder.add("programme", UNIT, {})
    with database.reading() as connection:
        assert count_records(connection, "programme") == 0


def test_what_was_removed_is_in_no_list_cannot_change_and_comes_back(database: Database) -> None:
    programme = add(database)
    with database.recording() as recorder:
        recorder.remove("programme", programme)
        recorder.remove("programme", programme)
    with database.reading() as connection:
        assert find_record(connection, "programme", programme) is None
        assert get_state(connection, programme).revisions == 2
    with pytest.raises(RecordNotFound), database.recording() as recorder:
        recorder.update("programme", programme, {"name": "Cầu"})
    with database.recording() as recorder:
        recorder.restore("programme", programme)
        recorder.restore("programme", programme)
    assert row_of(database, programme)["revision_count"] == 3


def test_an_earlier_version_comes_back_whole(database: Database) -> None:
    programme = add(database, budget=1)
    with database.recording() as recorder:
        recorder.update("programme", programme, {"budget": 2, "owner": "UBND xã"})
        recorder.remove("programme", programme)
    with database.recording() as recorder:
        first = read_revisions(recorder.connection, programme)[0].reference
        assert recorder.bring_back("programme", programme, first)
        assert not recorder.bring_back("programme", programme, first)
    row = row_of(database, programme)
    assert (row["budget"], row["owner"], row["removed"], row["revision_count"]) == (1, None, 0, 4)
    with pytest.raises(RecordNotFound), database.recording() as recorder:
        recorder.bring_back("programme", programme, Reference("x", "y", 1))


def test_finalised_minutes_and_all_that_belongs_to_them_are_locked(database: Database) -> None:
    meeting = make_meeting(database)
    question = add(database, "question", meeting=meeting, position=1, text="Góp công", matter="1")
    tally = add(database, "tally", question=question, yes=48)
    opinion = add(database, "opinion", meeting=meeting, number=1, text="Cầu hỏng")
    first = Reference("", "", 1)
    with database.recording() as recorder:
        recorder.update("opinion", opinion, {"text": "Cầu treo hỏng"})
        first = read_revisions(recorder.connection, opinion)[0].reference
        recorder.update("meeting", meeting, {"state": "finalised"})
    acts = [
        lambda recorder: recorder.update("meeting", meeting, {"title": "Khác"}),
        lambda recorder: recorder.update("tally", tally, {"yes": 49}),
        lambda recorder: recorder.add("tally", UNIT, {"question": question}),
        lambda recorder: recorder.add("opinion", UNIT, {"meeting": meeting, "number": 2, "text": "Thêm"}),
        lambda recorder: recorder.remove("opinion", opinion),
        lambda recorder: recorder.restore("opinion", opinion),
        lambda recorder: recorder.bring_back("opinion", opinion, first),
        lambda recorder: recorder.remove("meeting", meeting),
    ]
    for act in acts:
        with pytest.raises(RecordLocked), database.recording() as recorder:
            act(recorder)


def test_what_stands_beside_finalised_minutes_stays_open(database: Database) -> None:
    meeting = make_meeting(database)
    opinion = add(database, "opinion", meeting=meeting, number=1, text="Cầu hỏng")
    with database.recording() as recorder:
        recorder.update("meeting", meeting, {"state": "finalised"})
    add(database, "follow_up", opinion=opinion, state="forwarded")
    add(database, "amendment", meeting=meeting, snapshot=NOBODY, number=1, reason="x", text="y", made_on="2026-03-06")


def test_nothing_moves_into_finalised_minutes(database: Database) -> None:
    signed, other = make_meeting(database), make_meeting(database)
    opinion = add(database, "opinion", meeting=signed, number=1, text="Cầu hỏng")
    with database.recording() as recorder:
        before = read_revisions(recorder.connection, opinion)[0].reference
        recorder.update("opinion", opinion, {"meeting": other})
        recorder.update("meeting", signed, {"state": "finalised"})
    with pytest.raises(RecordLocked), database.recording() as recorder:
        recorder.update("opinion", opinion, {"meeting": signed})
    with pytest.raises(RecordLocked), database.recording() as recorder:
        recorder.bring_back("opinion", opinion, before)


def test_what_another_version_wrote_is_kept_and_what_does_not_fit_is_marked(database: Database) -> None:
    values = {"name": "Đường", "owner": 7, "budget": "nhiều", "colour": "đỏ", "sector": "transport"}
    with database.storage.writing() as connection:
        database.log.append(connection, Edit(NOBODY, "programme", UNIT, values))
    with database.recording() as recorder:
        recorder.update("programme", NOBODY, {"sector": "water"})
    row = row_of(database, NOBODY)
    assert (row["owner"], row["budget"], row["sector"]) == (None, None, "water")
    assert row["broken"] == "budget,owner"
    assert row["unknown"] == '{"colour": "đỏ"}'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(["name", "owner", "budget", "starts_on", "ends_on"]), st.text() | st.integers()))
def test_whatever_is_typed_is_written_or_refused_whole(database: Database, values: dict[str, object]) -> None:
    programme = add(database)
    try:
        with database.recording() as recorder:
            recorder.update("programme", programme, values)
    except RecordInvalid:
        assert row_of(database, programme)["revision_count"] == 1
    assert row_of(database, programme)["broken"] is None
