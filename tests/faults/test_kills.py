"""Either side is killed in the middle of an exchange: what was acknowledged is there, and the rest follows."""

from contextlib import suppress
from random import Random
from threading import Event

import pytest

from faults.proxy import Proxy
from faults.world import (
    Centre,
    Laptop,
    assert_acknowledged_is_there,
    assert_nothing_is_lost,
    assert_same,
    wait_for,
)

SIZE = 12_000


def kill_laptop(centre: Centre, laptop: Laptop, after_bytes: int) -> bool:
    """Begin to sync in a process, and kill it when so many bytes passed; tell whether it lived that long."""
    proxy, reached = Proxy(centre.port), Event()
    proxy.on_bytes = lambda passed: reached.set() if passed >= after_bytes else None
    process = laptop.start_sync(proxy.address)
    wait_for(lambda: reached.is_set() or process.poll() is not None)
    was_running = process.poll() is None
    process.kill()
    process.communicate(timeout=30)
    proxy.close()
    return was_running


def kill_centre(centre: Centre, laptop: Laptop, after_bytes: int) -> bool:
    """Kill the centre when so many bytes passed of an exchange; start it again. Tell whether it came to that."""
    proxy, killed = Proxy(centre.port), Event()

    def kill(passed: int) -> None:
        if passed >= after_bytes and not killed.is_set():
            killed.set()
            with suppress(ProcessLookupError, AttributeError):
                centre.process.kill()  # type: ignore[union-attr]

    proxy.on_bytes = kill
    laptop.sync(proxy.address, must=False)
    proxy.close()
    if killed.is_set():
        centre.kill()
        centre.start()
    return killed.is_set()


def play(centre: Centre, writer: Laptop, reader: Laptop, seed: int, kills: int) -> None:
    random = Random(seed)
    writer.write(20 + 2 * kills, SIZE)
    killed = 0
    with centre.served() as address:
        for laptop in (writer, reader):
            for act in (kill_laptop, kill_centre):
                for _ in range(kills):
                    killed += act(centre, laptop, random.randint(500, 150_000))
                    assert_acknowledged_is_there(centre, [writer, reader])
            laptop.sync(address)
        assert_nothing_is_lost(centre, [writer, reader])
        writer.sync(address)
    assert killed > kills
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
