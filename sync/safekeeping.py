"""Which revisions are in the centre's last backup: the third state that people are shown, after "here" and "received".

A backup holds the centre's feed up to a position. The centre notes that position once the backup is complete; a laptop
asks, when it hears of another position, how far each epoch is in it. A new life of the centre resets both.
"""

from collections.abc import Sequence

from sync.branches import stretches
from sync.feed import Feed
from sync.heads import Ask, Branch, find_branch, list_branches
from sync.log import chain_at
from sync.segments import Tip
from sync.storage import Connection


def find_position(connection: Connection) -> int:
    """Give the position up to which a backup that begins now will hold the feed; for the centre."""
    return Feed().head(connection)[0]


def note_backup(connection: Connection, position: int | None = None) -> None:
    """Note that a backup is complete which holds the feed up to a position (None: to its end, as this view sees it).

    Whoever backs up asks for the position before, and notes it after.
    """
    reached = find_position(connection) if position is None else position
    put_backup(connection, reached)


def put_backup(connection: Connection, position: int) -> None:
    """Keep up to which position the last backup reaches."""
    connection.execute(
        "INSERT INTO backup (id, position) VALUES (1, :position)"
        " ON CONFLICT (id) DO UPDATE SET position = excluded.position",
        {"position": position},
    )


def read_backup(connection: Connection) -> int:
    """Give up to which position the last backup reaches, 0 if there is none."""
    return int(connection.value("SELECT position FROM backup WHERE id = 1") or 0)


def find_backed_up(connection: Connection, ask: Ask) -> int:
    """Say, at the centre, up to which number the first known tip's branch is in the last backup."""
    position = read_backup(connection)
    for tip in ask.tips:
        epoch = find_branch(connection, ask.device, ask.epoch, tip)
        if epoch is not None and position:
            return _measure(connection, ask.device, epoch, tip.sequence, position)
    return 0


def _measure(connection: Connection, device: str, epoch: str, last: int, position: int) -> int:
    reached = 0
    for home, _, end in stretches(epoch, 1, last):
        named = {"device": device, "epoch": home, "position": position}
        found = connection.row(
            "SELECT max(CASE WHEN again = 0 AND position <= :position THEN last END) AS inside,"
            " min(CASE WHEN again = 1 AND position > :position THEN first END) AS later"
            " FROM feed WHERE device = :device AND epoch = :epoch",
            named,
        )
        inside = min(end, (found and found["inside"]) or 0)
        later = found and found["later"]
        inside = min(inside, later - 1) if later else inside
        reached = max(reached, inside)
        if inside < end:
            break
    return reached


def list_saved_asks(connection: Connection) -> list[Ask]:
    """Ask about every branch here of which the centre holds something."""
    found = []
    for branch in list_branches(connection):
        tip = _received_tip(connection, branch)
        if tip is not None:
            found.append(Ask(branch.device, branch.root, (tip,)))
    return found


def _received_tip(connection: Connection, branch: Branch) -> Tip | None:
    chain = chain_at(connection, branch.device, branch.epoch, branch.received) if branch.received else None
    return None if chain is None else Tip(branch.received, chain)


def note_saved(connection: Connection, asks: Sequence[Ask], numbers: Sequence[int]) -> None:
    """Take over, at a laptop, up to which numbers these epochs are in the centre's backup."""
    for ask, number in zip(asks, numbers, strict=True):
        for tip in ask.tips[:1]:
            note_backed_up(connection, ask.device, ask.epoch, tip, number)


def note_backed_up(connection: Connection, device: str, root: str, tip: Tip, number: int) -> None:
    """Remember that the branch with this tip is in the centre's backup up to a number."""
    epoch = find_branch(connection, device, root, tip)
    if epoch is None:
        return
    for home, _, last in stretches(epoch, 1, min(number, tip.sequence)):
        connection.execute(
            "UPDATE epoch SET backed_up = :last WHERE device = :device AND epoch = :epoch AND backed_up < :last",
            {"last": last, "device": device, "epoch": home},
        )
