"""Full disks on either side: nothing is acknowledged in vain, nothing half done stays, more room is all it needs."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.world import (
    Centre,
    Laptop,
    assert_acknowledged_is_there,
    assert_nothing_is_lost,
    assert_same,
)

Resize = Callable[[str], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Resize]]:
    """A disk of its own and what changes its size; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a disk")

    def resize(size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)

    yield place, resize
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(place: Path, resize: Resize, kilobytes: int) -> None:
    """Make the disk so small that only so much room is left."""
    used = shutil.disk_usage(place).used // 1024
    resize(f"{used + kilobytes}k")


def test_a_full_disk_at_the_centre_loses_nothing(
    centre: Centre, an: Laptop, disk: tuple[Path, Resize]
) -> None:
    place, resize = disk
    full = Centre(centre.copy(place / "centre").root)
    an.write(40, 12_000)
    with full.served() as address:
        leave(place, resize, 300)
        for _ in range(3):
            report = an.sync(address, must=False)
            assert_acknowledged_is_there(full, [an])
        assert report["remaining"] > 0
        assert {problem["code"] for problem in report["problems"]} == {"centre_troubled"}
        resize("64m")
        an.sync(address)
    assert_nothing_is_lost(full, [an])
    full.assert_sound()
    an.assert_sound()


@pytest.mark.slow
def test_a_full_disk_on_the_laptop_loses_nothing(
    centre: Centre, an: Laptop, em: Laptop, disk: tuple[Path, Resize]
) -> None:
    place, resize = disk
    an.write(40, 12_000)
    with centre.served() as address:
        an.sync(address)
        full = Laptop(em.copy(place / "em").root)
        full.sync(address, must=False)
        an.write(40, 12_000)
        an.sync(address)
        leave(place, resize, 200)
        report = full.sync(address, must=False)
        assert "storage_full" in {problem["code"] for problem in report["problems"]}
        resize("64m")
        full.sync(address)
        an.sync(address)
    assert_same(an, full)
    full.assert_sound()
