"""The cache is what the log says, after any history; it can be thrown away and made again."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from collector import cache
from collector.database import open_database
from collector.device import ensure_epoch
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.kinds import Field, Kind, Type
from collector.registry import KINDS
from sync.log import Edit, get_state, read_revisions, store
from sync.merge import RecordState
from sync.revisions import REMOVED, Body, Reference, Value, encode_body, start_chain

UNIT = "0192a0b0-0000-7000-8000-00000000000a"
TEXTS = st.sampled_from(["Đường", "Cầu", "", "x" * 301, "Nhà\x00", "\ud800"]) | st.text(max_size=12)
FROM_AFAR = st.sampled_from([None, -9, 9, True, "từ xa", "", "2026-03-05", "water"])
FIELDS = st.sampled_from(["name", "owner", "budget", "starts_on", "sector", "description", "colour"])
VALUES = st.none() | st.booleans() | st.integers(-5, 5) | TEXTS | st.just("2026-03-05")


class Recording(RuleBasedStateMachine):
    """People record, change, remove and bring back; now and then revisions come from elsewhere."""

    programmes = Bundle("programmes")

    def __init__(self) -> None:
        super().__init__()
        self.place = TemporaryDirectory()
        folder = DataFolder(Path(self.place.name))
        folder.prepare()
        self.database = open_database(folder.place)
        ensure_epoch(self.database, folder)
        self.arrived = 0

    def teardown(self) -> None:
        self.database.storage.close()
        self.place.cleanup()

    @rule(target=programmes, name=st.sampled_from(["Đường", "Cầu", "Nước sạch"]))
    def add(self, name: str) -> str:
        with self.database.recording() as recorder:
            return recorder.add("programme", UNIT, {"name": name})

    @rule(record=programmes, changes=st.dictionaries(FIELDS, VALUES, max_size=3))
    def update(self, record: str, changes: dict[str, object]) -> None:
        self.attempt(lambda recorder: recorder.update("programme", record, changes))

    @rule(record=programmes)
    def remove(self, record: str) -> None:
        self.attempt(lambda recorder: recorder.remove("programme", record))

    @rule(record=programmes)
    def restore(self, record: str) -> None:
        self.attempt(lambda recorder: recorder.restore("programme", record))

    @rule(record=programmes, which=st.integers(0, 5))
    def bring_back(self, record: str, which: int) -> None:
        with self.database.reading() as connection:
            known = read_revisions(connection, record)
        reference = known[which % len(known)].reference
        self.attempt(lambda recorder: recorder.bring_back("programme", record, reference))

    @rule(record=programmes, values=st.dictionaries(FIELDS, FROM_AFAR, max_size=3))
    def receive(self, record: str, values: dict[str, int | str | None]) -> None:
        self.take_in(Body(record=record, kind="programme", unit=UNIT, stamp=5, salt="s", set=values))

    @rule(record=consumes(programmes))
    def receive_removal(self, record: str) -> None:
        self.take_in(Body(record=record, kind="programme", unit=UNIT, stamp=2**61, salt="s", set={REMOVED: True}))

    def attempt(self, act: object) -> None:
        try:
            with self.database.recording() as recorder:
                act(recorder)  # type: ignore[operator]
        except CollectorError:
            pass

    def take_in(self, body: Body) -> None:
        """Store a revision of another device, as the exchange does."""
        self.arrived += 1
        epoch = f"e{self.arrived}"
        begin = start_chain("far", epoch)
        with self.database.storage.writing() as connection:
            connection.execute(
                "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain)"
                " VALUES ('far', :epoch, 0, 'received', 0, :chain)",
                {"epoch": epoch, "chain": begin},
            )
            store(connection, Reference("far", epoch, 1), encode_body(body), begin)
            cache.write(connection, KINDS, get_state(connection, body.record))

    @invariant()
    def the_cache_is_what_the_log_says(self) -> None:
        with self.database.reading() as connection:
            assert list(cache.differences(connection, KINDS)) == []

    @invariant()
    def made_again_it_is_the_same(self) -> None:
        with self.database.storage.writing() as connection:
            before = self.rows(connection)
            cache.rebuild(connection, KINDS)
            assert self.rows(connection) == before

    @staticmethod
    def rows(connection: object) -> list[object]:
        return list(connection.rows("SELECT * FROM programme ORDER BY id"))  # type: ignore[attr-defined]


Recording.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestRecording = Recording.TestCase


@pytest.fixture
def open_folder(folder: DataFolder) -> Iterator[DataFolder]:
    """A folder with one programme."""
    database = open_database(folder.place)
    ensure_epoch(database, folder)
    with database.recording() as recorder:
        recorder.add("programme", UNIT, {"name": "Đường", "budget": 5})
    database.storage.close()
    yield folder


def test_a_changed_declaration_makes_its_table_again_from_the_log(open_folder: DataFolder) -> None:
    newer = Kind(
        "programme", "Programme", (Field("name", "Name", searched=True), Field("colour", "Colour")), title="name"
    )
    database = open_database(open_folder.place)
    with database.storage.writing() as connection:
        assert cache.prepare(connection, {"programme": newer}) == ["programme"]
        assert cache.prepare(connection, {"programme": newer}) == []
        (row,) = connection.rows("SELECT * FROM programme")
    assert (row["name"], row["colour"], row["unknown"]) == ("Đường", None, '{"budget": 5}')
    database.storage.close()


def test_a_field_that_becomes_searched_is_found(open_folder: DataFolder) -> None:
    database = open_database(open_folder.place)
    newer = Kind("programme", "Programme", (Field("name", "Name"), Field("budget", "B", Type.INTEGER)), title="name")
    with database.storage.writing() as connection:
        cache.prepare(connection, {"programme": newer})
        assert connection.value("SELECT count(*) FROM search_entry") == 0
        cache.prepare(connection, KINDS)
        assert connection.value("SELECT count(*) FROM search_entry") == 1
    database.storage.close()


def test_a_tampered_row_is_noticed(open_folder: DataFolder) -> None:
    database = open_database(open_folder.place)
    with database.storage.writing() as connection:
        connection.execute("UPDATE programme SET name = 'Khác'")
        assert len(list(cache.differences(connection, KINDS))) == 2
        assert cache.rebuild(connection, KINDS) == 1
        assert list(cache.differences(connection, KINDS)) == []
    database.storage.close()


def test_revisions_that_came_are_shown_and_those_that_went_are_not(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.prepare()
    database = open_database(folder.place)
    ensure_epoch(database, folder)
    with database.recording() as recorder:
        stays = recorder.add("programme", UNIT, {"name": "Đường"})
        goes = recorder.add("programme", UNIT, {"name": "Cầu"})
    with database.storage.writing() as connection:
        chain = connection.value("SELECT head_chain FROM epoch")
        body = Body(record=stays, kind="programme", unit=UNIT, stamp=2**50, salt="0" * 32, set={"owner": "Xã"})
        epoch = connection.row("SELECT device, epoch, head_sequence FROM epoch")
        assert epoch is not None
        reference = Reference(epoch["device"], epoch["epoch"], epoch["head_sequence"] + 1)
        store(connection, reference, encode_body(body), bytes(chain))
        connection.execute("UPDATE revision SET body = NULL, absent = 'outside' WHERE record = :id", {"id": goes})
        assert set(cache.differences(connection, KINDS)) == {f"programme/{stays}", f"programme/{goes}"}
        cache.refresh(connection, KINDS, {stays, goes})
        assert list(cache.differences(connection, KINDS)) == []
        assert connection.value("SELECT owner FROM programme WHERE id = :id", {"id": stays}) == "Xã"
    database.storage.close()


@pytest.mark.parametrize("order", [("opinion", "household"), ("household", "opinion")])
def test_a_record_to_which_somebody_gave_two_kinds_stands_in_one_table_whatever_came_first(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    bodies = {
        "household": Body(record="r", kind="household", unit=UNIT, stamp=1, salt="s", set={"number": 7}),
        "opinion": Body(record="r", kind="opinion", unit=UNIT, stamp=2, salt="s", set={"text": "Đường xấu"}),
    }
    folder = DataFolder(tmp_path)
    folder.prepare()
    database = open_database(folder.place)
    for number, kind in enumerate(order):
        with database.storage.writing() as connection:
            begin = start_chain("far", f"e{number}")
            connection.execute(
                "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain)"
                " VALUES ('far', :epoch, 0, 'received', 0, :chain)",
                {"epoch": f"e{number}", "chain": begin},
            )
            store(connection, Reference("far", f"e{number}", 1), encode_body(bodies[kind]), begin)
            cache.refresh(connection, KINDS, {"r"})
    with database.storage.writing() as connection:
        for _ in range(2):
            assert list(cache.differences(connection, KINDS)) == []
            assert connection.value("SELECT number FROM household WHERE id = 'r'") == 7
            assert connection.value("SELECT 1 FROM opinion WHERE id = 'r'") is None
            cache.rebuild(connection, KINDS)
        sql = "UPDATE revision SET body = NULL, absent = 'quarantined' WHERE kind = 'household'"
        connection.execute(sql)
        cache.refresh(connection, KINDS, {"r"})
        assert list(cache.differences(connection, KINDS)) == []
        assert connection.value("SELECT text FROM opinion WHERE id = 'r'") == "Đường xấu"
    database.storage.close()


WRONG = ["9999-99-99", "2026-02-30", "2026-13-01", "20260305", "2026-W10-4", "٢٠٢٦-٠٣-٠٥", "1899-12-31", " ", True, 5]


@pytest.mark.parametrize("value", WRONG)
def test_days_that_are_none_never_reach_a_page(tmp_path: Path, value: Value) -> None:
    state = make_state(tmp_path, "programme", {"name": "Đường", "starts_on": value})
    row = cache.make_row(KINDS["programme"], state)
    assert row["starts_on"] is None
    assert row["broken"] == "starts_on"
    assert row["removed"] == 0


NO_INSTANTS = ["2026-02-30T12:00:00Z", "2026-03-05T12:30:00", "2026-03-05T12:30:00+07:00", "x", None]


@pytest.mark.parametrize("value", NO_INSTANTS)
def test_what_lacks_what_it_must_have_stands_among_the_removed(tmp_path: Path, value: Value) -> None:
    state = make_state(tmp_path, "meeting", {"title": "Họp thôn", "starts_at": value})
    row = cache.make_row(KINDS["meeting"], state)
    assert row["starts_at"] is None
    assert row["removed"] == 1
    assert "starts_at" in row["broken"].split(",")


def make_state(folder: Path, kind: str, values: dict[str, Value]) -> RecordState:
    """Make the state of a record that a faulty program wrote."""
    database = open_database(folder / "a.sqlite")
    with database.storage.writing() as connection:
        database.log.open_epoch(connection, "an", "new")
        state = database.log.append(connection, Edit("r1", kind, UNIT, values))
    database.storage.close()
    return state
