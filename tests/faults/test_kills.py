"""Either side is killed in the middle of an exchange: what was acknowledged is there, and the rest follows."""

import signal
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from faults.proxy import Proxy
from faults.world import (
    CUT_BYTES,
    REQUEST_BYTES,
    Centre,
    Laptop,
    assert_acknowledged_is_there,
    assert_nothing_is_lost,
    assert_same,
    count_programmes,
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


def measure_down(centre: Centre, laptop: Laptop) -> int:
    """Give how many bytes come down when nobody is killed."""
    proxy = Proxy(centre.port)
    laptop.sync(proxy.address)
    proxy.close()
    return proxy.bytes_down


def kill_and_count(centre: Centre, laptop: Laptop, places: Iterable[int]) -> tuple[int, int]:
    """Kill a laptop's exchange at each of these places of what goes over the line, then let it finish.

    Give how many bytes came down in all, and how often it was killed.
    """
    down = killed = 0
    for place in places:
        proxy = Proxy(centre.port)
        process = laptop.start_sync(proxy.address)
        proxy.on_bytes = lambda passed, place=place, process=process: passed < place or process.kill()  # type: ignore[misc]
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        proxy.close()
        down += proxy.bytes_down
    return down + measure_down(centre, laptop), killed


def play_downloads(centre: Centre, writer: Laptop, reader: Laptop, folder: Path, places: list[int]) -> None:
    writer.write(60, SIZE)
    with centre.served() as address:
        writer.sync(address)
        whole = measure_down(centre, Laptop(reader.copy(folder / "other").root))
        down, killed = kill_and_count(centre, reader, places)
    assert killed == len(places)
    assert down <= whole + killed * CUT_BYTES + REQUEST_BYTES, (down, whole, killed)
    assert count_programmes(reader) == count_programmes(writer) >= 60
    reader.assert_sound()


def test_a_killed_download_costs_at_most_64_kib(centre: Centre, an: Laptop, em: Laptop, tmp_path: Path) -> None:
    play_downloads(centre, an, em, tmp_path, [150_000, 90_000])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_download_that_is_killed_again_and_again_costs_little(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    play_downloads(centre, an, em, tmp_path, [random.randint(64_000, 100_000) for _ in range(4)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_nothing_is_lost_when_laptop_and_centre_are_killed_many_times(
    centre: Centre, an: Laptop, em: Laptop, seed: int
) -> None:
    play(centre, an, em, seed, kills=8)
