"""Where epochs end, here and elsewhere: what a sender asks before it sends, and what the answer means.

Positions are never remembered, they are asked: a sender names the ends (tips) of what it holds, the centre says which
of them it knows and how far it goes itself. Chains make the comparison exact: an equal chain at a number means that
everything up to it is equal.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sync.branches import base_of, stretches
from sync.log import Log, chain_at
from sync.names import Name
from sync.revisions import Reference
from sync.segments import Tip
from sync.storage import Connection, Row

MAX_LISTED: Final = 1_000


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """An epoch, by its root name, and the tips that the asking side holds of it.

    `receipt`: whoever asks brings it for somebody else, and wants the centre's signed word if it is there already.
    """

    device: Name
    epoch: Name
    tips: Annotated[tuple[Tip, ...], Meta(max_length=MAX_LISTED)] = ()
    receipt: bool = False


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """What the centre holds of an epoch that was asked for.

    `known` are the asked tips that it holds, `waiting` those that wait there for what precedes them; `heads` is where
    it ends (several places after a fork); of `lacking` it has only the hash and wants the body; `refused` it
    quarantined.
    """

    device: str
    epoch: str
    known: tuple[Tip, ...] = ()
    heads: tuple[Tip, ...] = ()
    lacking: tuple[Tip, ...] = ()
    refused: tuple[Tip, ...] = ()
    waiting: tuple[Tip, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The epoch that this is about."""
        return (self.device, self.epoch)


class Branch(msgspec.Struct, frozen=True):
    """An epoch or branch as it is stored here."""

    device: str
    epoch: str
    root: str
    lane: str
    tip: Tip
    received: int
    vouched: int


def find_branch(connection: Connection, device: str, root: str, tip: Tip) -> str | None:
    """Give the stored name under which an epoch has this chain after this number; None if it is not held."""
    rows = connection.rows(
        "SELECT revision.epoch FROM epoch JOIN revision USING (device, epoch)"
        " WHERE epoch.device = :device AND epoch.root = :root AND sequence = :sequence AND chain = :chain",
        {"device": device, "root": root, "sequence": tip.sequence, "chain": tip.chain},
    )
    return next((str(row["epoch"]) for row in rows), None)


def list_branches(connection: Connection, device: str | None = None, root: str | None = None) -> list[Branch]:
    """List epochs and branches that hold something, of everybody or of one device."""
    rows = connection.rows(
        "SELECT device, epoch, root, lane, head_sequence, head_chain, received, vouched FROM epoch"
        " WHERE head_sequence > 0 AND (:device = '' OR device = :device) AND (:root = '' OR root = :root)"
        " ORDER BY device, epoch",
        {"device": device or "", "root": root or ""},
    )
    return [
        Branch(
            row["device"],
            row["epoch"],
            row["root"],
            row["lane"],
            Tip(row["head_sequence"], bytes(row["head_chain"])),
            row["received"],
            row["vouched"],
        )
        for row in rows
    ]


def make_asks(branches: Iterable[Branch], waiting: Iterable[tuple[str, str, Tip]] = ()) -> list[Ask]:
    """Ask for these branches and for the ends of what waits here, one question per epoch."""
    tips: dict[tuple[str, str], list[Tip]] = {}
    for branch in branches:
        tips.setdefault((branch.device, branch.root), []).append(branch.tip)
    for device, root, tip in waiting:
        tips.setdefault((device, root), []).append(tip)
    return [Ask(device, root, tuple(dict.fromkeys(found))) for (device, root), found in tips.items()]


def answer(connection: Connection, asks: Iterable[Ask]) -> list[Standing]:
    """Say for every asked epoch what is held here; once, however often it is asked for."""
    tips: dict[tuple[str, str], dict[Tip, None]] = {}
    for ask in asks:
        tips.setdefault((ask.device, ask.epoch), {}).update(dict.fromkeys(ask.tips))
    return [_stand(connection, Ask(*epoch, tuple(found))) for epoch, found in tips.items()]


def _stand(connection: Connection, ask: Ask) -> Standing:
    heads = tuple(branch.tip for branch in list_branches(connection, ask.device, ask.epoch))
    known = tuple(
        tip for tip in ask.tips if tip in heads or find_branch(connection, ask.device, ask.epoch, tip) is not None
    )
    lacking, refused = [], []
    for row in _list_absent(connection, ask):
        if is_lacking(row):
            lacking.append(Tip(row["sequence"], bytes(row["chain"])))
        elif row["absent"] == "quarantined":
            refused.append(Tip(row["sequence"], bytes(row["chain"])))
    waiting = tuple(tip for tip in ask.tips if tip not in known and _waits(connection, ask, tip))
    return Standing(
        ask.device, ask.epoch, known, heads, tuple(lacking[:MAX_LISTED]), tuple(refused[:MAX_LISTED]), waiting
    )


def _waits(connection: Connection, ask: Ask, tip: Tip) -> bool:
    return bool(
        connection.value(
            "SELECT 1 FROM held WHERE device = :device AND root = :root AND last = :last AND chain_after = :chain",
            {"device": ask.device, "root": ask.epoch, "last": tip.sequence, "chain": tip.chain},
        )
    )


def is_lacking(row: Row) -> bool:
    """Tell whether the body of a row is wanted: it never came, or was erased before anybody saw where it lay."""
    return row["absent"] == "outside" or (row["absent"] == "erased" and not row["record"])


def _list_absent(connection: Connection, ask: Ask) -> Iterator[Row]:
    return connection.rows(
        "SELECT sequence, chain, absent, record FROM epoch JOIN revision USING (device, epoch)"
        " WHERE epoch.device = :device AND epoch.root = :root AND absent IS NOT NULL ORDER BY sequence",
        {"device": ask.device, "root": ask.epoch},
    )


def sample(connection: Connection, branch: Branch) -> tuple[Tip, ...]:
    """Name places of a branch, dense at its end, sparse at its beginning: to find where two copies part."""
    places, step, at = [], 1, branch.tip.sequence
    while at > 0:
        places.append(at)
        at, step = at - step, step * 2
    found = ((each, chain_at(connection, branch.device, branch.epoch, each)) for each in places)
    return tuple(Tip(sequence, chain) for sequence, chain in found if chain is not None)


def is_on(connection: Connection, branch: Branch, tip: Tip) -> bool:
    """Tell whether a branch has this chain after this number."""
    if tip.sequence > branch.tip.sequence:
        return False
    return chain_at(connection, branch.device, branch.epoch, tip.sequence) == tip.chain


def find_common(connection: Connection, branch: Branch, standing: Standing) -> int | None:
    """Give up to which number the centre holds what this branch holds; None if the answer does not tell."""
    tips = [tip for tip in (*standing.known, *standing.heads) if is_on(connection, branch, tip)]
    if tips:
        return max(tip.sequence for tip in tips)
    return None if standing.heads else 0


def note_received(
    connection: Connection, device: str, root: str, tip: Tip, lacking: Sequence[Tip] = (), first: int = 1
) -> None:
    """Remember that the centre holds an epoch from number `first` to a place, but for bodies that it lacks.

    What is remembered ends before the first such body that is here, and does not reach over numbers before `first`
    of which nothing was said.
    """
    branch = find_branch(connection, device, root, tip)
    if branch is None:
        return
    upto = tip.sequence if len(lacking) < MAX_LISTED else min(tip.sequence, lacking[-1].sequence)
    wanted = (each.sequence for each in lacking if each.sequence <= upto and _has(connection, device, root, each))
    upto = min(wanted, default=upto + 1) - 1
    for home, begin, last in stretches(branch, first, upto):
        connection.execute(
            "UPDATE epoch SET received = CASE WHEN received > :last THEN received ELSE :last END,"
            " vouched = CASE WHEN vouched > :last THEN vouched ELSE :last END"
            " WHERE device = :device AND epoch = :epoch AND (received >= :begin - 1 OR :begin = :base)"
            " AND (received < :last OR vouched < :last)",
            {"last": last, "device": device, "epoch": home, "begin": begin, "base": base_of(home)},
        )


def note_standing(connection: Connection, standing: Standing) -> None:
    """Take over what the centre holds of an epoch, be it less than was remembered.

    Where it refuses what is applied here nothing counts as received, so that pushing asks about it and learns.
    """
    connection.execute(
        "UPDATE epoch SET received = 0 WHERE device = :device AND root = :root",
        {"device": standing.device, "root": standing.epoch},
    )
    if any(is_applied(connection, standing.device, standing.epoch, tip) for tip in standing.refused):
        return
    for tip in (*standing.known, *standing.heads):
        note_received(connection, standing.device, standing.epoch, tip, standing.lacking)


def is_applied(connection: Connection, device: str, root: str, tip: Tip) -> bool:
    """Tell whether the body of the revision at a place is part of the records here."""
    return bool(
        connection.value(
            "SELECT 1 FROM epoch JOIN revision USING (device, epoch) WHERE epoch.device = :device"
            " AND epoch.root = :root AND sequence = :sequence AND chain = :chain AND body IS NOT NULL",
            {"device": device, "root": root, "sequence": tip.sequence, "chain": tip.chain},
        )
    )


def _has(connection: Connection, device: str, root: str, tip: Tip) -> bool:
    epoch = find_branch(connection, device, root, tip)
    return epoch is not None and bool(
        connection.value(
            "SELECT 1 FROM revision LEFT JOIN quarantine USING (device, epoch, sequence)"
            " WHERE device = :device AND epoch = :epoch AND sequence = :sequence"
            " AND (revision.body IS NOT NULL OR quarantine.body IS NOT NULL)",
            {"device": device, "epoch": epoch, "sequence": tip.sequence},
        )
    )


def offer_again(connection: Connection, reference: Reference) -> None:
    """A body came that was known by its hash only: the centre may lack it, so its epoch is offered again from there."""
    connection.execute(
        "UPDATE epoch SET received = :sequence - 1,"
        " backed_up = CASE WHEN backed_up >= :sequence THEN :sequence - 1 ELSE backed_up END"
        " WHERE device = :device AND epoch = :epoch AND received >= :sequence",
        reference._asdict(),
    )


def offer_wanted(connection: Connection, device: str, root: str, tip: Tip) -> None:
    """Offer an epoch again from a body that is here and that the centre lacks, also if it had it once."""
    epoch = find_branch(connection, device, root, tip)
    if epoch is not None and _has(connection, device, root, tip):
        offer_again(connection, Reference(device, epoch, tip.sequence))


def fork_own(connection: Connection, log: Log, device: str, root: str, reason: str = "cloned") -> bool:
    """Go on in a new epoch if this folder writes `root`; tell whether it did."""
    lane = connection.value(
        "SELECT lane FROM lane_writer WHERE device = :device AND epoch = :epoch", {"device": device, "epoch": root}
    )
    if lane is None:
        return False
    log.open_epoch(connection, device, reason, lane)
    return True
