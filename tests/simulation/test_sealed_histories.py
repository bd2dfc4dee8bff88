"""The same histories with real bundles: signed, encrypted, compressed, instead of plain bytes."""

import pytest
from bundle_scenes import ESCROW, make_test_keys

import simulation.carrying
import simulation.invariants
import sync.headers
import sync.keys
from simulation.nodes import CENTRE, Machine
from simulation.running import run
from sync.bundle import ReaderKeys, Recipients
from sync.errors import BundleForOthers
from sync.headers import MAGIC
from sync.heads import find_branch
from sync.keys import Keys
from sync.packing import BundlePacker
from sync.segments import Segment, Tip

SEEDS = 30
MANY = 3_000
SERVERS = frozenset({CENTRE})
_names: dict[bytes, str] = {}


def keys_of(name: str) -> Keys:
    """Give the keys of a simulated device, whose id is its name."""
    keys = make_test_keys(name)
    _names[keys.public_signing] = name
    return keys


def make_packer(machine: Machine) -> BundlePacker:
    """Make what seals and opens bundles on a machine."""
    mine = keys_of(machine.device)

    def find_recipients(segment: Segment) -> Recipients:
        readers = tuple(keys_of(name).public_encryption for name in machine.setting.readers[segment.lane])
        return Recipients(keys_of(CENTRE).public_encryption, ESCROW.public_encryption, readers)

    def is_held(device: str, epoch: str, tip: Tip) -> bool:
        with machine.disk.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    reader = ReaderKeys((mine.encryption,), SERVERS, trusted=SERVERS)
    return BundlePacker(mine, CENTRE, find_recipients, reader, is_held=is_held)


def peek(data: bytes) -> Segment:
    """Open a bundle with the escrow key; only the judges of the simulation may."""
    reader = ReaderKeys((ESCROW.encryption,), SERVERS, trusted=SERVERS)
    packer = BundlePacker(ESCROW, CENTRE, lambda segment: pytest.fail("seals"), reader, is_held=lambda *_: True)
    return packer.open(data)


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all machines seal and open real bundles."""
    for module in (sync.keys, sync.headers):
        monkeypatch.setattr(module, "device_id", lambda key: _names.get(bytes(key), "unknown"))
    monkeypatch.setattr(Machine, "packer", make_packer)
    for module in (simulation.carrying, simulation.invariants):
        monkeypatch.setattr(module, "peek", peek)
    monkeypatch.setattr(simulation.carrying, "ForOthers", BundleForOthers)


def test_everybody_ends_with_the_same_truth_with_real_bundles() -> None:
    sticks = [data for seed in range(SEEDS) for data in run(seed).sticks]
    assert len(sticks) > SEEDS // 2
    assert all(data.startswith(MAGIC) for data in sticks)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, MANY, 500))
def test_everybody_ends_with_the_same_truth_with_real_bundles_in_many_more_histories(first: int) -> None:
    for seed in range(first, first + 500):
        run(seed)
