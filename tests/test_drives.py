"""Which drives count as sticks, read from tables like those of the system."""

from pathlib import Path

from collector import drives

TABLE = """\
/dev/vda / ext4 rw 0 0
proc /proc proc rw 0 0
/dev/sdb1 /media/an/TH\\303\\224N\\040M\\303\\231A vfat rw 0 0
/dev/sdc1 /srv/card vfat rw 0 0
/dev/sdd1 /srv/disk ext4 rw 0 0
/dev/sde1 /srv/usb ext4 rw 0 0
tmpfs /mnt/other tmpfs rw 0 0
/dev/loop0 /mnt/folder vfat ro 0 0
"""


def make_system(place: Path) -> Path:
    """A tree like /sys: sdc is removable, sdd is built in, sde hangs on USB."""
    for disk, bus, removable in (("sdc", "pci0/ata1", "1"), ("sdd", "pci0/ata2", "0"), ("sde", "pci0/usb3", "0")):
        folder = place / "devices" / bus / disk
        (folder / f"{disk}1").mkdir(parents=True)
        (folder / "removable").write_text(f"{removable}\n")
        link = place / "class" / "block" / f"{disk}1"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder / f"{disk}1")
    return place


def test_sticks_are_what_is_removable_or_mounted_by_people(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(TABLE)
    found = drives._mounted(table, make_system(tmp_path / "sys"))
    assert [str(path) for path in found] == ["/media/an/THÔN MÙA", "/srv/card", "/srv/usb", "/mnt/folder"]


def test_what_cannot_be_looked_at_is_left_out(tmp_path: Path) -> None:
    assert all(drive.path.is_dir() for drive in drives.list_drives())
    assert set(drives.list_sticks()) <= {drive.path for drive in drives.list_drives()}
