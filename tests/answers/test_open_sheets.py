"""Unfinished sheets can be read with their ticket only, and their length says nothing."""

from datetime import date

import pytest
from factories import services_of
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from collector.answers.errors import OpenSheetUnreadable
from collector.answers.open_sheets import (
    BLOCK_BYTES,
    OpenSheet,
    Ticket,
    add_open_sheet,
    find_open_sheet,
    find_round_of,
    make_ticket,
    read_ticket,
    remove_open_sheet,
    update_open_sheet,
)
from collector.answers.sheets import hash_withdrawal_code

DAY = date(2026, 3, 9)


def make_sheet(**answers: str) -> OpenSheet:
    return OpenSheet("round", "village", "questionnaire", "vi", "1-vi-x", "/data/know", dict(answers))


def test_a_sheet_comes_back_as_it_was_kept(app: Flask) -> None:
    ticket = make_ticket()
    with services_of(app).database.recording() as recorder:
        connection = recorder.connection
        assert find_open_sheet(connection, ticket) is None
        add_open_sheet(connection, ticket, make_sheet(), DAY)
        update_open_sheet(connection, ticket, make_sheet(know="Có"))
        assert find_open_sheet(connection, ticket) == make_sheet(know="Có")
        assert find_round_of(connection, ticket) == "round"
        assert remove_open_sheet(connection, ticket)
        assert not remove_open_sheet(connection, ticket)
        assert find_open_sheet(connection, None) is None


def test_neither_another_key_nor_another_row_nor_altered_bytes_open_it(app: Flask) -> None:
    ticket, other = make_ticket(), make_ticket()
    with services_of(app).database.recording() as recorder:
        connection = recorder.connection
        add_open_sheet(connection, ticket, make_sheet(know="yes"), DAY)
        add_open_sheet(connection, other, make_sheet(know="no"), DAY)
        with pytest.raises(OpenSheetUnreadable):
            find_open_sheet(connection, Ticket(ticket.sheet, other.key))
        connection.execute(
            "UPDATE open_sheet SET content = (SELECT content FROM open_sheet WHERE id = :other) WHERE id = :own",
            {"own": ticket.sheet, "other": other.sheet},
        )
        with pytest.raises(OpenSheetUnreadable):
            find_open_sheet(connection, ticket)
        connection.execute("UPDATE open_sheet SET round = 'another' WHERE id = :id", {"id": other.sheet})
        with pytest.raises(OpenSheetUnreadable):
            find_open_sheet(connection, other)
        connection.execute("UPDATE open_sheet SET content = :none", {"none": b"x"})
        with pytest.raises(OpenSheetUnreadable):
            find_open_sheet(connection, other)


def test_the_length_and_the_bytes_tell_no_answer(app: Flask) -> None:
    ticket = make_ticket()
    seen = []
    with services_of(app).database.recording() as recorder:
        add_open_sheet(recorder.connection, ticket, make_sheet(), DAY)
        for answer in ("no", "refused", "refused"):
            update_open_sheet(recorder.connection, ticket, make_sheet(know=answer))
            seen.append(bytes(recorder.connection.value("SELECT content FROM open_sheet")))
    assert {len(content) for content in seen} == {BLOCK_BYTES + 28}
    assert len(set(seen)) == 3, "the same answer looks different each time"


@given(st.text(max_size=120))
def test_whatever_a_cookie_holds_is_a_ticket_or_nothing(text: str) -> None:
    ticket = read_ticket(text)
    assert ticket is None or read_ticket(ticket.write()) == ticket


def test_the_code_follows_from_the_key_alone() -> None:
    ticket = make_ticket()
    assert read_ticket(ticket.write()) == ticket
    assert ticket.withdrawal_code == Ticket(make_ticket().sheet, ticket.key).withdrawal_code
    assert ticket.withdrawal_code != make_ticket().withdrawal_code
    assert len(ticket.withdrawal_code) == 14
    assert hash_withdrawal_code(ticket.withdrawal_code) != hash_withdrawal_code(make_ticket().withdrawal_code)
