"""Either side is killed in the middle of an exchange: what was acknowledged is there, and the rest follows."""

import signal
from random import Random

import pytest

from faults.proxy import Proxy
from faults.world import (
    Centre,
    Laptop,
    assert_acknowledged_is_there,
    assert_nothing_is_lost,
    assert_same,
)

SIZE = 12_000
PROGRAMMES = 10
LATEST = 50_000
"""Bytes of an exchange after which somebody is killed at the latest: less than the new programmes are, compressed."""


def kill_laptop(centre: Centre, laptop: Laptop, after_bytes: int) -> None:
    """Begin to sync in a process, and kill it when so many bytes passed."""
    proxy = Proxy(centre.port)
    process = laptop.start_sync(proxy.address)
    proxy.kill(process, after_bytes)
    process.communicate(timeout=60)
    proxy.close()
    assert process.returncode == -signal.SIGKILL


def kill_centre(centre: Centre, laptop: Laptop, after_bytes: int) -> None:
    """Kill the centre when so many bytes passed of an exchange; start it again."""
    assert centre.process is not None
    proxy = Proxy(centre.port)
    proxy.kill(centre.process, after_bytes)
    laptop.sync(proxy.address, must=False)
    proxy.close()
    assert centre.process.wait(60) == -signal.SIGKILL
    centre.kill()
    centre.start()


def play(centre: Centre, writer: Laptop, reader: Laptop, seed: int, kills: int) -> None:
    random = Random(seed)
    writer.write(2 * kills * PROGRAMMES, SIZE)
    with centre.served() as address:
        for laptop in (writer, reader):
            for act in (kill_laptop, kill_centre):
                for _ in range(kills):
                    act(centre, laptop, random.randint(500, LATEST))
                    assert_acknowledged_is_there(centre, [writer, reader])
            laptop.sync(address)
        assert_nothing_is_lost(centre, [writer, reader])
        writer.sync(address)
    assert_same(writer, reader)
    for machine in (centre, writer, reader):
        machine.assert_sound()


def test_nothing_is_lost_when_laptop_or_centre_is_killed(centre: Centre, an: Laptop, em: Laptop) -> None:
    play(centre, an, em, seed=1, kills=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_nothing_is_lost_when_laptop_and_centre_are_killed_many_times(
    centre: Centre, an: Laptop, em: Laptop, seed: int
) -> None:
    play(centre, an, em, seed, kills=8)
