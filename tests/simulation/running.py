"""Runs histories: from a seed to the checks."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from unittest import mock

from simulation.acts import live
from simulation.history import History, begin
from simulation.invariants import check, find_survivors
from simulation.mutants import Mutant
from simulation.nodes import Build
from simulation.settling import settle
from simulation.storages import Disks, MemoryDisks
from sync.errors import ChainBroken

LENGTH = 40
LONGER = 90
"""Enough for a machine without one of its protections to get into trouble soon."""


class Failed(AssertionError):
    """A history broke an invariant; says which one, so that it can be run again."""


@dataclass
class Tally:
    """How many histories were played, in how many seconds, and which seeds failed, with what."""

    played: int = 0
    seconds: float = 0.0
    failures: dict[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        rate = self.played / self.seconds if self.seconds else 0.0
        return f"{self.played} histories in {self.seconds:.0f} s ({rate:.0f}/s), {len(self.failures)} failed"


def run(
    seed: int, disks: Disks | None = None, build: Build | None = None, length: int = LENGTH, *, talks: bool = False
) -> History:
    """Run the history of a seed to its end and check it; `talks`: laptops ask everything at once, as over HTTP.

    :raises Failed: if something does not hold.
    """
    history = begin(seed, disks or MemoryDisks(), build or Build(), talks=talks)
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


def run_many(seeds: Iterable[int], told: Callable[[str], None], every: int = 500) -> Tally:
    """Run the histories of many seeds, telling how far it is; failures are gathered and do not end it."""
    tally, begun = Tally(), time.monotonic()
    for seed in seeds:
        try:
            run(seed)
        except Failed as error:
            tally.failures[seed] = str(error)
            told(str(error))
        tally.played += 1
        tally.seconds = time.monotonic() - begun
        if tally.played % every == 0:
            told(f"up to seed {seed}: {tally}")
    return tally


def find_failure(seeds: Iterable[int], mutant: Mutant) -> int | None:
    """Give the first seed whose history fails when the machines are built like this.

    :raises Failed: if something else happened than that an invariant is broken: such a machine proves nothing.
    """
    with ExitStack() as stack:
        for name, replacement in mutant.replaced:
            stack.enter_context(mock.patch(name, replacement))
        for seed in seeds:
            try:
                run(seed, build=mutant.build, length=LONGER)
            except Failed as error:
                if isinstance(error.__cause__, AssertionError | ChainBroken):
                    return seed
                raise
    return None
