"""The end of a history: no more faults, everybody syncs until nothing moves."""

from contextlib import suppress

from simulation.carrying import take_stick
from simulation.history import History, connect, deliver, pull, push
from simulation.nodes import Laptop, Machine
from sync.errors import BundleForged, DeviceRefused, WentBackwards

MAX_ROUNDS = 12


def settle(history: History) -> None:
    """Upgrade everybody, read every stick at the centre, and let all sync until nothing changes any more.

    :raises AssertionError: if it does not come to rest.
    """
    machines: list[Machine] = [*history.alive(), history.server]
    for machine in machines:
        machine.version = 2
        machine.disk.fails = lambda: False
    for data in history.sticks:
        take_stick(history, history.server, data)
    for data in history.forged:
        with suppress(BundleForged):
            take_stick(history, history.server, data)
    for _ in range(MAX_ROUNDS):
        before = _count_changes(history)
        for laptop in history.alive():
            _sync(history, laptop)
        if _count_changes(history) == before:
            words = history.setting.registry.words.values()
            history.setting.ledger.settle_revoked((word.device, word.at_ms) for word in words)
            return
    raise AssertionError("it does not come to rest")


def _sync(history: History, laptop: Laptop) -> None:
    line = connect(history, laptop)
    for step in (pull, push, deliver):
        try:
            step(history, line)
        except DeviceRefused:
            continue
        except WentBackwards:
            history.server.centre.begin_life(history.random.randbytes)


def _count_changes(history: History) -> list[int]:
    machines: list[Machine] = [history.server, *history.alive()]
    return [machine.disk.count_changes() for machine in machines]
