"""A line that breaks at any byte in either direction: nothing is lost or twice, and little is sent again."""

from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from collector.attachments.files import Files
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
TRIES = 60


def measure_whole(centre: Centre, laptop: Laptop, folder: Path) -> Proxy:
    """Let copies exchange everything over a line that never breaks; give it, with what went over it."""
    there, here = Centre(centre.copy(folder / "centre").root), Laptop(laptop.copy(folder / "laptop").root)
    with there.served():
        proxy = Proxy(there.port)
        here.sync(proxy.address)
        proxy.close()
    return proxy


def assert_little_came_again(proxy: Proxy, whole: Proxy, cuts: int) -> None:
    """Check what came down, requests and answers of every new beginning with it."""
    again = proxy.bytes_down - whole.bytes_down
    assert again <= cuts * CUT_BYTES + REQUEST_BYTES, (again, cuts, whole.bytes_down)


def send_through_cuts(centre: Centre, laptop: Laptop, random: Random, cuts: int, names: Iterable[str] = ()) -> Proxy:
    """Sync over a line that breaks so many times, until all arrived, these files too."""
    left = [cuts]

    def next_cut() -> int | None:
        if not left[0]:
            return None
        left[0] -= 1
        some, many = random.randint(1, 30_000), random.randint(90_000, 220_000)
        return random.choice((some, many, many, many, many))

    proxy = Proxy(centre.port, next_cut)
    for _ in range(TRIES):
        report = laptop.sync(proxy.address, must=False)
        assert_acknowledged_is_there(centre, [laptop])
        is_whole = all(Files(each.folder.attachments).size(name) for name in names for each in (centre, laptop))
        if report["done"] and not report["remaining"] and not left[0] and is_whole:
            break
    else:
        raise AssertionError("it never went through")
    proxy.close()
    return proxy


def play(centre: Centre, laptop: Laptop, reader: Laptop, folder: Path, seed: int, cuts: int, count: int) -> None:
    laptop.write(count, SIZE)
    whole = measure_whole(centre, laptop, folder / "up").bytes_up
    with centre.served() as address:
        proxy = send_through_cuts(centre, laptop, Random(seed), cuts)
        assert proxy.cut >= cuts // 2
        assert proxy.bytes_up <= whole + (proxy.cut + 1) * (CUT_BYTES + REQUEST_BYTES), (proxy.bytes_up, whole)
        assert_nothing_is_lost(centre, [laptop])
    down = measure_whole(centre, reader, folder / "down")
    with centre.served() as address:
        proxy = send_through_cuts(centre, reader, Random(seed + 1), cuts)
        assert proxy.cut >= cuts // 4
        assert_little_came_again(proxy, down, proxy.cut)
        laptop.sync(address)
    assert_same(laptop, reader)
    for machine in (centre, laptop, reader):
        machine.assert_sound()


def test_nothing_is_lost_and_little_is_sent_again_over_a_line_that_breaks(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    play(centre, an, em, tmp_path / "whole", seed=1, cuts=12, count=90)


def test_photos_go_on_where_the_line_broke_and_only_to_who_may_see_them(
    centre: Centre, an: Laptop, em: Laptop, binh: Laptop
) -> None:
    (programme,) = an.write(1)
    sizes = {an.photograph(size, programme): size for size in (400_000, 3_000, 150_000)}
    with centre.served() as address:
        proxy = send_through_cuts(centre, an, Random(3), 8, sizes)
        assert proxy.bytes_up < sum(sizes.values()) + 20_000 + (proxy.cut + 1) * (CUT_BYTES + REQUEST_BYTES)
        proxy = send_through_cuts(centre, em, Random(4), 8, sizes)
        assert proxy.bytes_down < sum(sizes.values()) + 20_000 + proxy.cut * CUT_BYTES
        binh.sync(address)
    for name in sizes:
        assert Files(em.folder.attachments).size(name) == Files(centre.folder.attachments).size(name) is not None
        assert Files(binh.folder.attachments).size(name) is None
    for machine in (centre, em, binh):
        machine.assert_sound()


def break_once(centre: Centre, reader: Laptop, whole: Proxy, after: int) -> None:
    """Let a laptop get everything over a line that breaks once after so many bytes, and stays away for a while."""
    left: list[int | None] = [after, 1, 1, 1]
    proxy = Proxy(centre.port, lambda: left.pop(0) if left else None)
    assert reader.sync(proxy.address, must=False)["problems"]
    left.clear()
    reader.sync(proxy.address)
    proxy.close()
    assert_little_came_again(proxy, whole, 1)


def play_single_cuts(centre: Centre, laptop: Laptop, reader: Laptop, folder: Path, places: Iterable[float]) -> None:
    laptop.write(60, SIZE)
    with centre.served() as address:
        laptop.sync(address)
    whole = measure_whole(centre, reader, folder / "whole")
    with centre.served():
        for number, place in enumerate(places):
            fresh = Laptop(reader.copy(folder / f"fresh{number}").root)
            break_once(centre, fresh, whole, int(whole.bytes_down * place))
            assert count_programmes(fresh) == count_programmes(laptop) >= 60


def test_one_cut_costs_at_most_64_kib_of_what_comes_down(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    play_single_cuts(centre, an, em, tmp_path, [0.35, 0.9])


@pytest.mark.slow
def test_one_cut_anywhere_costs_at_most_64_kib_of_what_comes_down(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path
) -> None:
    random = Random(7)
    play_single_cuts(centre, an, em, tmp_path, [random.uniform(0.02, 0.98) for _ in range(25)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 16))
def test_nothing_is_lost_over_a_line_that_breaks_many_times(
    centre: Centre, an: Laptop, em: Laptop, tmp_path: Path, seed: int
) -> None:
    play(centre, an, em, tmp_path / "whole", seed=seed, cuts=40, count=400)
