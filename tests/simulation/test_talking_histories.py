"""The same histories with laptops that ask everything at once, and pages that come as bundles, as over HTTP."""

from types import SimpleNamespace

import pytest

from simulation.packing import PlainPacker
from simulation.running import run

SEEDS = 150
MANY = 10_000
CHUNK = 500
FAILED_ONCE = (
    *(3110001660, 3120000875, 4110000151, 4120000537, 4120000692),
    *(5120000889, 5120002709, 6110012697, 6110019904, 7120011760),
    *(9110002084, 9310000408),
)
"""Odd ones ask everything at once. What they found is mended; the same numbers tell other things once acts change."""


@pytest.fixture(autouse=True)
def packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages packed for their reader alone, as plain bytes."""

    def make_packer(site: SimpleNamespace, certificate: SimpleNamespace) -> PlainPacker:
        centre = site.packer
        readers = dict.fromkeys(centre.readers, (certificate.device,))
        return PlainPacker(centre.device, centre.version, readers, lambda *_: False)

    monkeypatch.setattr("sync.answering.make_packer", make_packer)


def test_everybody_ends_with_the_same_truth_when_asking_at_once() -> None:
    for seed in range(SEEDS):
        run(seed, talks=True)


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_a_history_that_failed_once_holds(seed: int) -> None:
    run(seed, talks=bool(seed % 2))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, MANY, CHUNK))
def test_everybody_ends_with_the_same_truth_when_asking_at_once_in_many_more_histories(first: int) -> None:
    for seed in range(first, first + CHUNK):
        run(seed, talks=True)
