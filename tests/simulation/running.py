"""Runs histories: from a seed to the checks."""

from collections.abc import Iterable

from simulation.history import History, begin, live
from simulation.invariants import check, find_survivors
from simulation.nodes import Build
from simulation.settling import settle
from simulation.storages import Disks, MemoryDisks

LENGTH = 40
LONGER = 90
"""Enough for a machine without one of its protections to get into trouble soon."""


class Failed(AssertionError):
    """A history broke an invariant; says which one, so that it can be run again."""


def run(seed: int, disks: Disks | None = None, build: Build | None = None, length: int = LENGTH) -> History:
    """Run the history of a seed to its end and check it.

    :raises Failed: if something does not hold.
    """
    history = begin(seed, disks or MemoryDisks(), build or Build())
    try:
        live(history, length)
        survivors = find_survivors(history)
        settle(history)
        check(history, survivors)
    except Exception as error:
        raise Failed(f"seed {seed}: {error}") from error
    finally:
        for machine in (history.server, *history.laptops):
            machine.disk.close()
    return history


def find_failure(seeds: Iterable[int], build: Build) -> int | None:
    """Give the first seed whose history fails when the machines are built like this."""
    for seed in seeds:
        try:
            run(seed, build=build, length=LONGER)
        except Failed:
            return seed
    return None
