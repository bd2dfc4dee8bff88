"""What laptops say on sticks that they hold, and what waits there: believed as far as it goes, never more."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from bundle_scenes import COURIER, LAPTOP, SERVER

from sync.clock import HybridClock
from sync.departures import Written, find_departure, note_written, written_to_stick
from sync.errors import StatementRefused
from sync.heads import list_branches
from sync.holdings import (
    MAX_EPOCHS,
    HeldEpoch,
    HeldPlace,
    find_told,
    has_told,
    list_held_epochs,
    make_holdings,
    note_holdings,
    read_holdings,
)
from sync.log import Edit, Log
from sync.parking import MAX_PARKED_BYTES, Paper, keep_paper, list_papers, list_parked, park, read_parked, unpark
from sync.sqlite import SqliteStorage

SERVERS = frozenset({SERVER.id})


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqliteStorage]:
    """A log in which one laptop wrote ten revisions."""
    made = SqliteStorage(tmp_path / "log.sqlite")
    log = Log(made, HybridClock())
    with made.writing() as connection:
        log.open_epoch(connection, LAPTOP.id, "new")
        for number in range(10):
            log.append(connection, Edit(f"r{number}", "meeting", "u", {"title": "x"}), [], None)
    yield made
    made.close()


def say(epochs: list[HeldEpoch], at_ms: int = 1, server: str = SERVER.id) -> list[bytes]:
    return list(make_holdings(epochs, server=server, at_ms=at_ms, keys=COURIER))


def test_what_is_held_is_found_again_up_to_the_last_place_in_common(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        (held,) = list_held_epochs(connection)
        (branch,) = list_branches(connection)
        behind = HeldEpoch(held.device, held.epoch, held.places[3:])
        (data,) = say([behind])
        assert note_holdings(connection, read_holdings(data, SERVERS))
        assert find_told(connection, COURIER.id, branch) == held.places[3].sequence
        assert find_told(connection, LAPTOP.id, branch) == 0
        assert has_told(connection, COURIER.id, held.device, held.epoch, held.places[3].sequence)
        assert not has_told(connection, COURIER.id, held.device, held.epoch, held.places[0].sequence)


def test_places_of_another_branch_do_not_count(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        (held,) = list_held_epochs(connection)
        (branch,) = list_branches(connection)
        forked = HeldEpoch(held.device, held.epoch, (HeldPlace(12, b"f" * 32), HeldPlace(9, b"g" * 32), held.places[2]))
        (data,) = say([forked])
        note_holdings(connection, read_holdings(data, SERVERS))
        assert find_told(connection, COURIER.id, branch) == held.places[2].sequence


def test_the_latest_word_counts_whatever_the_order(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        (held,) = list_held_epochs(connection)
        (branch,) = list_branches(connection)
        (later,) = say([held], at_ms=2)
        (earlier,) = say([], at_ms=1)
        assert note_holdings(connection, read_holdings(later, SERVERS))
        assert not note_holdings(connection, read_holdings(earlier, SERVERS))
        assert find_told(connection, COURIER.id, branch) == 10
        (restored,) = say([], at_ms=3)
        note_holdings(connection, read_holdings(restored, SERVERS))
        assert find_told(connection, COURIER.id, branch) == 0


def test_parts_of_one_word_add_up(storage: SqliteStorage) -> None:
    epochs = [HeldEpoch("d", f"e{number}", (HeldPlace(1, b"c" * 32),)) for number in range(MAX_EPOCHS + 1)]
    parts = say(epochs)
    assert len(parts) == 2
    with storage.writing() as connection:
        for data in reversed(parts):
            note_holdings(connection, read_holdings(data, SERVERS))
        assert connection.value("SELECT count(*) FROM told") == MAX_EPOCHS + 1


def test_the_word_of_another_server_s_device_is_refused() -> None:
    (data,) = say([], server="elsewhere")
    with pytest.raises(StatementRefused):
        read_holdings(data, SERVERS)
    (data,) = say([])
    with pytest.raises(StatementRefused):
        read_holdings(data[:-1] + bytes([data[-1] ^ 1]), SERVERS)


def test_a_parked_bundle_lies_there_once_until_it_is_used(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        assert park(connection, b"one", "bundle_too_new", "")
        assert park(connection, b"one", "author_unknown", "d")
        (parked,) = list_parked(connection)
        assert (parked.reason, parked.size_bytes) == ("author_unknown", 3)
        assert read_parked(connection, parked.id) == b"one"
        unpark(connection, parked.id)
        assert (list_parked(connection), read_parked(connection, parked.id)) == ([], None)


def test_no_more_is_parked_than_fits(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        park(connection, b"one", "bundle_too_new", "")
        connection.execute("UPDATE parked SET size_bytes = :size", {"size": MAX_PARKED_BYTES})
        assert not park(connection, b"two", "bundle_too_new", "")
        assert len(list_parked(connection)) == 1


def test_papers_are_kept_once(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        assert keep_paper(connection, Paper("membership", "d", b"paper"))
        assert not keep_paper(connection, Paper("membership", "d", b"paper"))
        assert list(list_papers(connection)) == [Paper("membership", "d", b"paper")]


def test_what_was_written_to_a_stick_never_shrinks(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        note_written(connection, "d", "e", 7, "2026-03-01T00:00:00Z")
        note_written(connection, "d", "e", 5, "2026-03-02T00:00:00Z")
        assert written_to_stick(connection) == {("d", "e"): Written(7, "2026-03-02T00:00:00Z")}


def test_a_record_is_on_its_way_when_all_of_it_that_the_centre_lacks_was_written(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        (branch,) = list_branches(connection)
        assert find_departure(connection, ["r0", "r9"]) is None
        note_written(connection, branch.device, branch.epoch, 5, "2026-03-01T00:00:00Z")
        assert find_departure(connection, ["r0", "r4"]) == "2026-03-01T00:00:00Z"
        assert find_departure(connection, ["r0", "r5"]) is None
        connection.execute("UPDATE epoch SET received = 5")
        assert find_departure(connection, ["r0", "r4"]) is None
        note_written(connection, branch.device, branch.epoch, 10, "2026-03-02T00:00:00Z")
        assert find_departure(connection, ["r0", "r9"]) == "2026-03-02T00:00:00Z"


def test_holdings_keep_their_shape() -> None:
    (data,) = say([HeldEpoch("d", "e", (HeldPlace(1, b"c" * 32),))])
    content = msgspec.json.decode(data[8:-64])
    assert content["purpose"] == "holdings"
    assert content["epochs"] == [["d", "e", [[1, "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M="]]]]
