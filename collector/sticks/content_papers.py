"""Signed papers about contents from sticks: what others hold, and what of it the centre has received."""

from pathlib import Path

from collector.attachments.pieces import CarriedPieces
from collector.replication.journal import note_shelved
from collector.sticks.contents import list_tokens
from collector.sticks.party import Party
from collector.sticks.report import ReadReport
from sync.contents import (
    carry_held,
    carry_received,
    find_held,
    make_held,
    make_received,
    note_held,
    read_held,
    read_received,
    split_tokens,
)
from sync.lives import current_life
from sync.storage import Connection


def take_held(party: Party, data: bytes) -> None:
    """Take what a device says it holds, to write by it; who is not the centre carries it there, too."""
    said = read_held(data, party.servers)
    if said.signer in (party.keys.id, party.centre.id):
        return
    is_known = said.signer in party.certificates
    with party.storage.writing() as connection:
        if is_known:
            note_held(connection, said)
        if not party.is_centre:
            carry_held(connection, said, data, is_known=is_known)


def take_received(party: Party, report: ReadReport, data: bytes) -> None:
    """Take a receipt of the centre: for this laptop, or to be taken back to another.

    One of another life of the centre than the present one says nothing of what it holds now.
    """
    said = read_received(data, party.servers)
    if party.is_centre or party.files is None:
        return
    with party.storage.writing() as connection:
        if current_life(connection) not in ("", said.incarnation):
            return
        tokens = split_tokens(said.tokens)
        CarriedPieces(party.files).remove(tokens)
        if said.device == party.keys.id:
            report.contents_received += note_received(connection, party.files, tokens, said.incarnation)
        else:
            carry_received(connection, said, data)


def note_received(connection: Connection, root: Path, tokens: set[str], life: str) -> int:
    """Remember that the centre has contents; tell of how many that was not known."""
    here = list_tokens(connection, root)
    return note_shelved(connection, {here[token] for token in tokens if token in here}, life)


def list_held_tokens(party: Party) -> set[str]:
    """Name the contents that are here, by token; none if this party has nothing to do with contents."""
    if party.files is None:
        return set()
    with party.storage.reading() as connection:
        return set(list_tokens(connection, party.files))


def make_statements(party: Party, at_ms: int) -> tuple[set[str], list[bytes]]:
    """Say which contents are here: the tokens, and the signed statements of them."""
    tokens = list_held_tokens(party)
    return tokens, list(make_held(tokens, server=party.centre.id, at_ms=at_ms, keys=party.keys))


def make_receipts(party: Party, at_ms: int) -> dict[str, list[bytes]]:
    """Say, as the centre, to each device that said what it holds, which of that is here."""
    assert party.files is not None
    found: dict[str, list[bytes]] = {}
    with party.storage.reading() as connection:
        life = current_life(connection)
        for reader in party.list_readers():
            told = find_held(connection, reader.device)
            units = {grant.unit for grant in reader.scope.grants}
            if told and (both := told & list_tokens(connection, party.files, units).keys()):
                signed = make_received(reader.device, both, incarnation=life, at_ms=at_ms, keys=party.keys)
                found[reader.device] = list(signed)
    return found
