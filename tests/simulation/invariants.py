"""What must hold after everybody synced, judged by the ledger and not by the protocol's own word."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from simulation.history import History, list_photos
from simulation.ledger import Ledger, Write
from simulation.nodes import Laptop, Machine
from simulation.packing import peek
from simulation.views import compute, read_cache
from sync.branches import home_of, root_of
from sync.erasing import is_erased
from sync.evicting import read_scope
from sync.holding import list_waiting
from sync.log import list_states, verify_chains
from sync.pulling import read_cursor
from sync.revisions import Reference, extend_chain, make_mark, start_chain
from sync.scopes import Scope
from sync.segments import Segment, hash_item
from sync.storage import Connection
from sync.visibility import find_places


@dataclass(frozen=True)
class Held:
    """A revision in somebody's log."""

    reference: Reference
    mark: str
    record: str
    lane: str
    has_body: bool
    absent: str | None
    is_kept: bool
    body_hash: bytes
    chain: bytes


def read_log(connection: Connection) -> list[Held]:
    """Give everything that a log holds."""
    rows = connection.rows(
        "SELECT revision.device, revision.epoch, revision.sequence, record, lane,"
        " revision.body IS NOT NULL AS has_body, absent, quarantine.body IS NOT NULL AS is_kept, body_hash, chain"
        " FROM revision JOIN epoch USING (device, epoch)"
        " LEFT JOIN quarantine USING (device, epoch, sequence)"
    )
    return [
        Held(
            Reference(row["device"], row["epoch"], row["sequence"]),
            make_mark(bytes(row["body_hash"])),
            row["record"],
            row["lane"],
            bool(row["has_body"]),
            row["absent"],
            bool(row["is_kept"]),
            bytes(row["body_hash"]),
            bytes(row["chain"]),
        )
        for row in rows
    ]


Places = dict[tuple[str, str, int, bytes], bytes]
"""For every known place in an epoch (device, root, number, chain there): the chain before it."""


def find_survivors(history: History) -> set[str]:
    """Name the writes whose body some disk that still syncs, or a stick, holds with all that precedes it.

    To be called before the last sync. A body whose predecessors are lost everywhere cannot be placed by anybody.
    """
    places: Places = {}
    bodies: dict[tuple[str, str, int, bytes], str] = {}
    for machine in _syncing(history):
        with machine.disk.reading() as connection:
            _collect_log(connection, places, bodies)
            for held in list_waiting(connection):
                _collect_segment(held.segment, places, bodies)
            for row in connection.rows("SELECT data FROM carried"):
                _collect_segment(peek(bytes(row["data"])), places, bodies)
    for data in history.sticks:
        _collect_segment(peek(data), places, bodies)
    written = history.setting.ledger.writes
    return {mark for place, mark in bodies.items() if mark in written and _is_rooted(place, places)}


def _syncing(history: History) -> list[Machine]:
    return [history.server, *history.alive()]


def _collect_log(
    connection: Connection, places: Places, bodies: dict[tuple[str, str, int, bytes], str]
) -> None:
    log = read_log(connection)
    chains = {held.reference: held.chain for held in log}
    for held in log:
        device, epoch, sequence = held.reference
        home = Reference(device, home_of(epoch, sequence - 1), sequence - 1)
        before = chains[home] if sequence > 1 else start_chain(device, root_of(epoch))
        place = (device, root_of(epoch), sequence, extend_chain(before, held.body_hash))
        places[place] = before
        if held.has_body or held.is_kept:
            bodies[place] = held.mark


def _collect_segment(
    segment: Segment, places: Places, bodies: dict[tuple[str, str, int, bytes], str]
) -> None:
    chains = segment.chains()
    for at, item in enumerate(segment.items):
        place = (segment.device, segment.epoch, segment.first + at, chains[at + 1])
        places[place] = chains[at]
        if isinstance(item, bytes):
            bodies[place] = make_mark(hash_item(item))


def _is_rooted(place: tuple[str, str, int, bytes], places: Places) -> bool:
    device, root, sequence, chain = place
    while sequence > 0:
        before = places.get((device, root, sequence, chain))
        if before is None:
            return False
        sequence, chain = sequence - 1, before
    return chain == start_chain(device, root)


def check(history: History, survivors: set[str]) -> None:
    """Check everything.

    :raises AssertionError: saying what does not hold.
    """
    server = history.server
    ledger = history.setting.ledger
    with server.disk.reading() as connection:
        central = read_log(connection)
        lines = _check_log(server, connection)
        _check_survival(connection, central, survivors - _list_undone(history))
        _check_refused(history, central)
        _check_merging(connection, ledger)
        head = connection.value("SELECT max(position) FROM feed") or 0
        places = find_places(connection, lines)
    for laptop in history.alive():
        if history.setting.registry.is_revoked(laptop.device):
            continue
        scope = history.setting.registry.find_scope(laptop.device)
        assert scope is not None
        with laptop.disk.reading() as connection:
            shown = _check_log(laptop, connection)
            mine = read_log(connection)
            _check_scope(laptop, mine, central, places, scope)
            _check_view(laptop, shown, lines, places, scope, central)
            _check_own(laptop, connection, mine, central, ledger)
            cursor = read_cursor(connection)
            assert cursor is not None, f"{laptop.name} has no cursor"
            assert cursor.position == head, f"{laptop.name} is at {cursor.position} of {head}"
            assert read_scope(connection) == scope
            photos = list_photos(connection)
        _check_photos(history, laptop, photos)


def _check_log(machine: Machine, connection: Connection) -> dict[str, str]:
    verify_chains(connection)
    shown = compute(connection)
    assert read_cache(connection) == shown, f"the cache of {machine.name} differs from its log"
    return shown


def _list_undone(history: History) -> set[str]:
    """Name what a laptop erased before the centre heard again that it had been revoked: that cannot be undone."""
    writes, late = history.setting.ledger.writes.values(), history.setting.registry.came_late
    return {mark for write in writes if write.device in late for mark in write.erases}


def _check_survival(connection: Connection, central: list[Held], survivors: set[str]) -> None:
    by_mark: dict[str, list[Held]] = {}
    for held in central:
        by_mark.setdefault(held.mark, []).append(held)
    for mark, found in by_mark.items():
        assert len(found) == 1, f"{mark} is {len(found)} times at the centre: {found}"
    for mark in survivors:
        assert mark in by_mark, f"{mark} is lost"
        (held,) = by_mark[mark]
        is_gone = held.absent == "erased" and is_erased(connection, held.reference, held.body_hash)
        assert held.has_body or is_gone or (held.absent == "quarantined" and held.is_kept), f"no body of {held}"


def _check_refused(history: History, central: list[Held]) -> None:
    """Nothing counts that nobody wrote, that its author never had the right to, or that it wrote after it was revoked.

    Unless a person let it through.
    """
    ledger, registry = history.setting.ledger, history.setting.registry
    for held in central:
        write = ledger.writes.get(held.mark)
        assert write is not None or not (held.has_body or held.is_kept), f"nobody wrote {held}"
        if write is None or not held.has_body or held.mark in ledger.released:
            continue
        may = any(scope.writes(write.unit, write.kind) for scope in registry.list_scopes(write.device))
        assert may, f"{held} counts without a right"
        is_late = ledger.order[held.mark] >= ledger.revoked.get(write.device, len(ledger.order))
        assert not is_late, f"{held} counts though {write.device} was revoked before"


def _check_merging(connection: Connection, ledger: Ledger) -> None:
    """Every applied write is current or was replaced by somebody who had seen it."""
    applied: dict[str, list[Write]] = {}
    rows = connection.rows("SELECT record, body_hash FROM revision WHERE body IS NOT NULL")
    for row in rows:
        applied.setdefault(row["record"], []).append(ledger.writes[make_mark(bytes(row["body_hash"]))])
    for state in list_states(connection):
        writes = applied[state.record]
        for name in {name for write in writes for name in write.fields}:
            replaced = {mark for write in writes for mark in write.replaces.get(name, ())}
            expected = {write.mark for write in writes if name in write.fields} - replaced
            found = {sibling.mark for sibling in state.siblings.get(name, ())}
            assert found == expected, f"{state.record}.{name}: shown {found}, true {expected}"


def _visible(places: dict[str, set[tuple[str, str]]], record: str, scope: Scope, lane: str) -> bool:
    return any(scope.reads(unit, kind, lane) for unit, kind in places.get(record, ()))


def _check_scope(
    laptop: Laptop,
    log: Iterable[Held],
    central: Iterable[Held],
    places: dict[str, set[tuple[str, str]]],
    scope: Scope,
) -> None:
    mine = {held.mark: held for held in log}
    for held in central:
        if held.has_body and _visible(places, held.record, scope, held.lane):
            found = mine.get(held.mark)
            assert found is not None, f"{laptop.name} lacks {held}"
            assert found.has_body, f"{laptop.name} has no body of {held}: {found}"
    allowed = {held.mark for held in central if held.has_body and _visible(places, held.record, scope, held.lane)}
    for found in mine.values():
        assert not found.has_body or found.mark in allowed, f"{laptop.name} has what is out of its scope: {found}"


def _check_view(
    laptop: Laptop,
    shown: dict[str, str],
    lines: dict[str, str],
    places: dict[str, set[tuple[str, str]]],
    scope: Scope,
    central: list[Held],
) -> None:
    lanes = {held.record: held.lane for held in central if held.has_body}
    expected = {
        record: line for record, line in lines.items() if _visible(places, record, scope, lanes.get(record, ""))
    }
    assert shown == expected, f"{laptop.name} shows something else than the centre"


def _check_own(
    laptop: Laptop, connection: Connection, log: list[Held], central: list[Held], ledger: Ledger
) -> None:
    """What this disk wrote is still there, unless it was erased, or left its scope after it was received.

    A copy of the disk may have erased it, under the same name: that is nowhere else, even if the centre refuses it.
    """
    erased = {mark for write in ledger.writes.values() if write.device == laptop.device for mark in write.erases}
    there = {held.mark for held in central if held.has_body or held.is_kept or held.absent == "erased"}
    there |= ledger.received
    mine = {held.mark: held for held in log}
    for mark in laptop.written:
        assert mark in mine, f"{laptop.name} lost its own {mark}"
        held = mine[mark]
        assert held.reference.device == laptop.device
        is_here = held.has_body or held.is_kept or held.absent == "erased"
        assert is_here or held.mark in there or held.mark in erased, f"{laptop.name} lost {held}"
    for waiting in list_waiting(connection):
        assert waiting.segment.first > 1


def _check_photos(history: History, laptop: Laptop, photos: list[str]) -> None:
    for name, data in (*laptop.shelf.contents.items(), *history.server.shelf.contents.items()):
        assert hashlib.sha256(data).hexdigest() == name, f"{laptop.name} or the centre keeps something else as {name}"
    for name in photos:
        if history.server.shelf.size(name) is not None:
            assert laptop.shelf.size(name) is not None, f"{laptop.name} lacks the photo {name}"
    for machine in history.alive():
        if not history.setting.registry.is_revoked(machine.device):
            with machine.disk.reading() as connection:
                wanted = list_photos(connection)
            for name in wanted:
                if machine.shelf.size(name) is not None:
                    assert history.server.shelf.size(name) is not None, f"the centre lacks the photo {name}"
