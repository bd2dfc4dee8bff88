"""What another laptop wrote, made without another laptop: single revisions that arrive under an invented device."""

from collections.abc import Mapping

from collector import cache
from collector.database import Database
from collector.registry import KINDS, get_kind
from sync.heads import list_branches
from sync.judging import Admission
from sync.log import Edit, _changes, _replaces, read_revisions
from sync.merge import merge
from sync.receiving import Receiver
from sync.revisions import Body, Reference, Value, encode_body, start_chain
from sync.segments import Segment

ELSEWHERE = "abcdefghij2345"
STAMP = 1_772_700_000_000 << 16
"""5 March 2026."""


def write_elsewhere(
    database: Database,
    kind: str,
    record: str,
    values: Mapping[str, Value],
    *,
    seen: int | None = None,
    author: str | None = None,
    stamp: int = STAMP,
    device: str = ELSEWHERE,
) -> Reference:
    """Have another laptop change a record of which it knows the first `seen` revisions (None: all); receive that."""
    with database.storage.writing() as connection:
        known = read_revisions(connection, record)
        unit = known[0].body.unit
        known = known if seen is None else known[:seen]
        edit = Edit(record, kind, unit, values, groups=get_kind(kind).groups, settles=frozenset(values))
        state = merge(known) if known else None
        changes = _changes(edit, state)
        branch = next(iter(list_branches(connection, device, "e")), None)
        tip = branch.tip if branch else None
        body = Body(
            record=record,
            kind=kind,
            unit=unit,
            stamp=stamp,
            salt="x",
            set=changes,
            replaces=_replaces(changes, state, {"device": device, "epoch": "e"}),
            author=author,
        )
        before = tip.chain if tip else start_chain(device, "e")
        number = tip.sequence + 1 if tip else 1
        segment = Segment(device, "e", "records", number, before, (encode_body(body),))
        outcome = Receiver(database.log, "nobody", Admission()).receive(connection, segment)
        cache.refresh(connection, KINDS, outcome.changed)
    return Reference(device, "e", number)
