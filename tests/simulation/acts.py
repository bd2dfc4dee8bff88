"""All that can happen in a history and how often; a history lives through it at random."""

from collections.abc import Callable

from simulation.carrying import bring_receipts, drown, forge, lose_sticks, read_stick, write_stick
from simulation.history import (
    History,
)
from simulation.mishaps import (
    change_scope,
    clone,
    copy_disk,
    copy_server,
    fill_disk,
    forget_revocation,
    lose_laptop,
    move_unit,
    release,
    replay_server,
    restore_laptop,
    restore_server,
    revoke,
    turn_clock,
)
from simulation.recording import sync, upgrade, write, write_later_version, write_poison
from sync.errors import (
    StorageFull,
)

Act = Callable[[History], None]
ACTS: tuple[tuple[Act, int], ...] = (
    (write, 34),
    (write_poison, 1),
    (write_later_version, 1),
    (upgrade, 1),
    (sync, 22),
    (write_stick, 4),
    (read_stick, 7),
    (lose_sticks, 2),
    (forge, 2),
    (bring_receipts, 1),
    (copy_disk, 2),
    (clone, 2),
    (restore_laptop, 1),
    (lose_laptop, 1),
    (drown, 1),
    (copy_server, 2),
    (restore_server, 1),
    (forget_revocation, 1),
    (replay_server, 1),
    (turn_clock, 1),
    (fill_disk, 2),
    (change_scope, 2),
    (move_unit, 1),
    (revoke, 1),
    (release, 1),
)


def live(history: History, length: int) -> None:
    """Let things happen."""
    acts = [act for act, _ in ACTS]
    weights = [weight for _, weight in ACTS]
    for act in history.random.choices(acts, weights, k=length):
        history.setting.now_ms += history.random.randint(1, 3_600_000)
        try:
            act(history)
        except StorageFull as error:
            history.told.append(error.code)
