"""What is said of contents on sticks: the newest word counts, the centre alone confirms, strangers are bounded."""

import pytest
from bundle_scenes import make_test_keys

from sync import contents
from sync.contents import (
    carry_held,
    carry_received,
    find_held,
    join_tokens,
    list_held,
    list_received,
    make_held,
    make_received,
    note_held,
    read_held,
    read_received,
    split_tokens,
)
from sync.errors import StatementRefused
from sync.keys import Keys
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.pieces import make_token
from sync.storage import Storage

AN, CENTRE, OTHER = (make_test_keys(name) for name in ("an", "centre", "other centre"))
SERVERS = frozenset({CENTRE.id})
TOKENS = {make_token(f"record {number}", "00" * 32) for number in range(40)}


def say(tokens: set[str], at_ms: int = 1, keys: Keys = AN) -> bytes:
    (said,) = make_held(tokens, server=CENTRE.id, at_ms=at_ms, keys=keys)
    return said


def confirm(tokens: set[str], at_ms: int = 1, keys: Keys = CENTRE) -> bytes:
    return next(make_received(AN.id, tokens, incarnation="life", at_ms=at_ms, keys=keys))


def test_tokens_come_back() -> None:
    assert split_tokens(join_tokens(TOKENS)) == TOKENS
    assert split_tokens(read_held(say(TOKENS), SERVERS).tokens) == TOKENS
    assert split_tokens(read_received(confirm(TOKENS), SERVERS).tokens) == TOKENS


def test_very_many_come_in_parts(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_TOKENS", 15)
    parts = list(make_held(TOKENS, server=CENTRE.id, at_ms=5, keys=AN))
    assert len(parts) == 3
    storage.migrate(NAMESPACE, MIGRATIONS)
    with storage.writing() as connection:
        assert all(note_held(connection, read_held(part, SERVERS)) for part in parts)
        assert find_held(connection, AN.id) == TOKENS


def test_the_newest_word_counts_in_whatever_order_it_comes(storage: Storage) -> None:
    some = set(sorted(TOKENS)[:3])
    storage.migrate(NAMESPACE, MIGRATIONS)
    with storage.writing() as connection:
        assert find_held(connection, AN.id) is None
        assert note_held(connection, read_held(say(TOKENS, 7), SERVERS))
        assert not note_held(connection, read_held(say(some, 6), SERVERS))
        assert find_held(connection, AN.id) == TOKENS
        assert note_held(connection, read_held(say(set(), 8), SERVERS))
        assert find_held(connection, AN.id) == set()


def test_only_the_own_centre_confirms() -> None:
    for data in (confirm(TOKENS, keys=AN), confirm(TOKENS, keys=OTHER), say(TOKENS)):
        with pytest.raises(StatementRefused):
            read_received(data, SERVERS)
    with pytest.raises(StatementRefused):
        read_held(confirm(TOKENS), SERVERS)


def test_one_statement_and_one_receipt_of_each_are_carried(storage: Storage) -> None:
    storage.migrate(NAMESPACE, MIGRATIONS)
    with storage.writing() as connection:
        for at_ms in (3, 5, 4, 5):
            data = say(TOKENS, at_ms)
            carry_held(connection, read_held(data, SERVERS), data, is_known=True)
            receipt = confirm(TOKENS, at_ms)
            carry_received(connection, read_received(receipt, SERVERS), receipt)
        assert [said.at_ms for _paper, said in list_held(connection)] == [5]
        assert [said.at_ms for _paper, said in list_received(connection)] == [5]


def test_statements_of_strangers_are_bounded(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_STRANGERS", 2)
    storage.migrate(NAMESPACE, MIGRATIONS)
    with storage.writing() as connection:
        for name in ("a", "b", "c", "d"):
            data = say(TOKENS, keys=make_test_keys(name))
            carry_held(connection, read_held(data, SERVERS), data, is_known=name == "d")
        assert len(list_held(connection)) == 3
