"""Photos and scans by stick: village, commune, centre and back, without any network, whatever happens to a stick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sticks.photo_folders import Computer, introduce, make_photo, open_computers, pieces_on
from sync.pieces import PIECE_BYTES

SMALL, LARGE = make_photo(1), make_photo(2, 2 * PIECE_BYTES + 5_000)


@pytest.fixture
def computers(tmp_path: Path) -> Iterator[dict[str, Computer]]:
    """The centre, a commune and two villages that know each other."""
    found = open_computers(tmp_path)
    introduce(found, tmp_path)
    yield found
    for each in found.values():
        each.database.storage.close()


def test_photos_come_from_a_village_to_the_centre_by_stick_alone_and_the_village_hears_of_it(
    computers: dict[str, Computer], stick: Path
) -> None:
    an, xa, centre = computers["an"], computers["xa"], computers["centre"]
    small, large = an.add_photo(SMALL), an.add_photo(LARGE)
    assert an.standing() == (2, 0, 0)
    written = an.write(stick)
    assert (written.contents, written.contents_left, len(pieces_on(stick))) == (2, 0, 4)
    assert xa.read(stick).contents == 2
    xa.write(stick)
    assert centre.read(stick).contents in (0, 2)
    assert (centre.find(small), centre.find(large)) == (SMALL, LARGE)
    centre.write(stick)
    xa.read(stick)
    xa.write(stick)
    read = an.read(stick)
    assert read.contents_received == 2
    assert an.standing() == (0, 2, 0)
    assert xa.standing().only_here == 0
    again = an.write(stick)
    assert (again.contents, again.contents_present) == (0, 0)
    assert not [path for path in pieces_on(stick) if path.name.startswith(an.device[:8])]
    assert an.write(stick).is_empty
