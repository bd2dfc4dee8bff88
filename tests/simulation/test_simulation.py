"""Whole histories with every fault we know; whatever happens, all end with the same truth.

A failure names its seed: `run(seed)` plays the same history again. `--hypothesis-seed` moves the seeds of the long run,
which says how far it is, goes on after a failure and counts in the end.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulation.acts import ACTS
from simulation.mutants import MUTANTS
from simulation.nodes import Build
from simulation.running import LONGER, find_failure, run, run_many
from simulation.storages import FileDisks

QUICK = 2_000
LONG = 50_000
CHUNK = 125
MANY = 2_500
MUTANT_SEEDS = 1_500


@pytest.mark.parametrize("first", range(0, QUICK, CHUNK))
def test_everybody_ends_with_the_same_truth(first: int) -> None:
    for seed in range(first, first + CHUNK):
        run(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, LONG, MANY))
def test_everybody_ends_with_the_same_truth_in_many_more_histories(
    first: int,
    pytestconfig: pytest.Config,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    start = int(pytestconfig.getoption("--hypothesis-seed") or 1) * 1_000_000 + first

    def tell(words: str) -> None:
        with capfd.disabled():
            print(f"\nsimulation: {words}", file=sys.stderr, flush=True)

    tally = run_many(range(start, start + MANY), tell)
    record_property("histories", tally.played)
    record_property("failed_histories", sorted(tally.failures))
    assert not tally.failures


@pytest.mark.parametrize("seed", range(6))
def test_the_same_histories_hold_on_files(seed: int, tmp_path: Path) -> None:
    assert run(seed, FileDisks(tmp_path)).told == run(seed).told


@pytest.mark.parametrize("name", MUTANTS)
def test_every_protection_is_needed(name: str) -> None:
    mutant = MUTANTS[name]
    seed = find_failure(range(mutant.first, mutant.first + MUTANT_SEEDS), mutant)
    assert seed is not None
    run(seed, length=LONGER)  # and it is this protection that makes the difference


def test_every_fault_happens() -> None:
    missing = {
        "connection_lost", "storage_full", "device_refused", "bundle_too_new", "bundle_for_others", "bundle_forged",
        "replay",
    }  # fmt: skip
    for seed in range(150):
        missing -= {"replay" if code.startswith("replay") else code for code in run(seed).told}
        if not missing:
            break
    assert not missing
    assert len(ACTS) == len({act.__name__ for act, _ in ACTS})


def test_a_history_is_the_same_every_time() -> None:
    assert run(3).told == run(3).told
    assert run(3, build=Build()).setting.ledger.writes == run(3).setting.ledger.writes
