"""The search index follows the tables, and is the same when it is made again."""

from factories import Village, services_of
from flask import Flask

from collector import cache, index
from collector.query import get_record
from collector.registry import KINDS


def test_a_damaged_index_is_noticed_and_made_again(app: Flask, village: Village) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        programme = recorder.add("programme", village.unit, {"name": "Đường"})
    with database.storage.writing() as connection:
        assert list(cache.differences(connection, KINDS)) == []
        connection.execute("DELETE FROM search_entry WHERE record = :record", {"record": programme})
        assert list(cache.differences(connection, KINDS)) == [f"search/{programme}"]
        index.rebuild(connection, KINDS)
        assert list(cache.differences(connection, KINDS)) == []


def test_making_the_index_again_keeps_the_order_of_changes(app: Flask, village: Village) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        road = recorder.add("programme", village.unit, {"name": "Đường"})
        house = recorder.add("household", village.unit, {"number": 1, "head_name": "Alăng"})
        recorder.update("programme", road, {"owner": "UBND xã"})
    with database.storage.writing() as connection:
        newest = "SELECT record FROM search_entry ORDER BY entry DESC LIMIT 2"
        before = [row["record"] for row in connection.rows(newest)]
        cache.rebuild(connection, KINDS)
        assert before == [row["record"] for row in connection.rows(newest)] == [road, house]
        assert get_record(connection, "programme", road)["owner"] == "UBND xã"
