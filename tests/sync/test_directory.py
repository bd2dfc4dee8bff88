"""For whom a laptop seals: never for a reader who may not have all of it, always for the centre and the escrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_scenes import make_body
from enrolment_scenes import NUI_COMMUNE, SONG_COMMUNE, CentreScene, Laptop, make_commune
from golden_scenes import UNIT

from sync.bundle import ReaderKeys, open_bundle
from sync.devices import SHEETS
from sync.directory import (
    MAX_READERS,
    DirectoryRecipients,
    directory_version,
    list_readers,
    put_certificates,
)
from sync.errors import BundleForOthers, CertificateRefused, StatementRefused
from sync.log import RECORDS
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.packing import BundlePacker
from sync.revisions import hash_body, start_chain
from sync.segments import Segment, Wiped
from sync.sqlite import SqliteStorage


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreScene]:
    """A centre to which nobody belongs yet."""
    storage = SqliteStorage(tmp_path / "centre.sqlite")
    yield CentreScene(storage)
    storage.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[SqliteStorage]:
    """The database of a laptop."""
    storage = SqliteStorage(tmp_path / "laptop.sqlite")
    storage.migrate(NAMESPACE, MIGRATIONS)
    yield storage
    storage.close()


def learn(here: SqliteStorage, centre: CentreScene, laptop: Laptop) -> DirectoryRecipients:
    """Take over what the centre says of a laptop's directory."""
    version = centre.registry.directory_version(laptop.id)
    with here.writing() as connection:
        put_certificates(connection, version, centre.registry.list_certificates(laptop.id), centre.keys.id)
        assert directory_version(connection) == version
    return DirectoryRecipients(
        here,
        own=laptop.id,
        server=centre.keys.id,
        encryption=centre.keys.public_encryption,
        escrow=centre.escrow.public_encryption,
    )


def make_segment(laptop: Laptop, *units: str, lane: str = RECORDS) -> Segment:
    """Make a segment with one body in each unit, and one that was wiped."""
    bodies = [make_body(number).replace(UNIT.encode(), unit.encode()) for number, unit in enumerate(units, 1)]
    wiped = Wiped(hash_body(b"anything"))
    return Segment(laptop.id, "epoch", lane, 1, start_chain(laptop.id, "epoch"), (*bodies, wiped))


def test_records_are_sealed_for_who_may_read_them(centre: CentreScene, here: SqliteStorage) -> None:
    village, second, commune, other = Laptop(), Laptop(), make_commune(), Laptop()
    centre.enrol(village)
    centre.enrol(second, unit=village.unit)
    centre.enrol(commune)
    centre.enrol(other)
    find = learn(here, centre, village)
    found = find(make_segment(village, village.unit, second.unit))
    assert (found.server, found.escrow) == (centre.keys.public_encryption, centre.escrow.public_encryption)
    assert found.readers == (second.keys.public_encryption, commune.keys.public_encryption)
    assert find(make_segment(village, village.unit, lane=SHEETS)).readers == (second.keys.public_encryption,)
    with here.reading() as connection:
        assert list_readers(connection, village.unit, "meeting", SHEETS, centre.keys.id) == [
            each.keys.public_encryption for each in sorted((village, second), key=lambda each: each.id)
        ]


def test_what_a_commune_writes_for_two_villages_is_for_neither(centre: CentreScene, here: SqliteStorage) -> None:
    village, other, commune = Laptop(), Laptop(), make_commune()
    for laptop in (village, other, commune):
        centre.enrol(laptop)
    find = learn(here, centre, commune)
    assert find(make_segment(commune, village.unit)).readers == (village.keys.public_encryption,)
    assert find(make_segment(commune, village.unit, other.unit)).readers == ()
    assert find(make_segment(commune, SONG_COMMUNE)).readers == ()
    assert find(make_segment(commune)).readers == ()


def test_a_body_that_cannot_be_read_is_for_the_centre_alone(centre: CentreScene, here: SqliteStorage) -> None:
    village, commune = Laptop(), make_commune()
    centre.enrol(village)
    centre.enrol(commune)
    find = learn(here, centre, village)
    segment = Segment(village.id, "epoch", RECORDS, 1, start_chain(village.id, "epoch"), (b"{}",))
    assert find(segment).readers == ()


def test_however_many_read_the_centre_and_the_escrow_stay(centre: CentreScene, here: SqliteStorage) -> None:
    village = Laptop()
    centre.enrol(village)
    for _ in range(MAX_READERS + 3):
        centre.approve(Laptop(), village.unit)
    segment = make_segment(village, village.unit)
    find = learn(here, centre, village)
    assert len(find(segment).all) == MAX_READERS + 2
    packer = BundlePacker(village.keys, centre.keys.id, find, ReaderKeys((), frozenset()))
    sealed = packer.seal(segment).data
    for keys in (centre.keys, centre.escrow):
        opened = open_bundle(sealed, ReaderKeys((keys.encryption,), frozenset({centre.keys.id})))
        assert len(opened.bodies) == 2


def test_a_commune_cannot_open_sheets(centre: CentreScene, here: SqliteStorage) -> None:
    village, commune = Laptop(), make_commune()
    centre.enrol(village)
    centre.enrol(commune)
    packer = BundlePacker(village.keys, centre.keys.id, learn(here, centre, village), ReaderKeys((), frozenset()))
    reader = ReaderKeys((commune.keys.encryption,), frozenset({centre.keys.id}))
    open_bundle(packer.seal(make_segment(village, village.unit)).data, reader)
    with pytest.raises(BundleForOthers):
        open_bundle(packer.seal(make_segment(village, village.unit, lane=SHEETS)).data, reader)


def test_who_was_revoked_reads_no_more_once_that_is_known(centre: CentreScene, here: SqliteStorage) -> None:
    village, commune = Laptop(), make_commune()
    centre.enrol(village)
    centre.enrol(commune)
    find = learn(here, centre, village)
    assert len(find(make_segment(village, village.unit)).readers) == 1
    centre.registry.revoke(commune.id)
    learn(here, centre, village)
    assert find(make_segment(village, village.unit)).readers == ()


def test_only_the_own_centre_fills_the_directory(centre: CentreScene, here: SqliteStorage, tmp_path: Path) -> None:
    village = Laptop()
    centre.enrol(village)
    learn(here, centre, village)
    false_centre = CentreScene(SqliteStorage(tmp_path / "false.sqlite"))
    spy = Laptop(unit=village.unit)
    false_centre.enrol(spy)
    forged = false_centre.registry.list_certificates(spy.id)
    for certificates, error in ((forged, CertificateRefused), ([b"rubbish"], StatementRefused)):
        with pytest.raises(error), here.writing() as connection:
            put_certificates(connection, "x", certificates, centre.keys.id)
    with here.reading() as connection:
        assert directory_version(connection) == centre.registry.directory_version(village.id)
        assert list_readers(connection, village.unit, "meeting", RECORDS, centre.keys.id) == [
            village.keys.public_encryption
        ]


def test_a_stranger_is_not_in_the_directory(centre: CentreScene, here: SqliteStorage) -> None:
    village, stranger = Laptop(), Laptop()
    centre.enrol(village)
    centre.enrol(stranger, commune=NUI_COMMUNE)
    assert learn(here, centre, village)(make_segment(village, stranger.unit)).readers == ()
