"""The centre's feed: its chain tells apart what a restored centre may have judged otherwise."""

from msgspec.structs import replace
from simulation.storages import Disk, MemoryDisks

from sync.clock import HybridClock
from sync.feed import Cursor, Feed
from sync.log import Edit, Log
from sync.quarantine import set_aside
from sync.revisions import Reference


def extend(disk: Disk, aside: Reference | None = None) -> Cursor:
    """Let the feed go on, after a revision was set aside if one is named; give the cursor at its end."""
    with disk.writing() as connection:
        if aside is not None:
            assert set_aside(connection, aside, "no_right")
        Feed().extend(connection)
        return Cursor("life", "v1", *Feed().head(connection))


def test_a_feed_that_grows_again_verifies_only_if_the_same_counts() -> None:
    disk = MemoryDisks().make()
    log = Log(disk, HybridClock(lambda: 1_790_000_000_000))
    with disk.writing() as connection:
        epoch = log.open_epoch(connection, "an", "new")
        for title in ("a", "b"):
            log.append(connection, Edit(title, "meeting", "u", {"title": title}))
    image = disk.image()
    cursor = extend(disk)
    for aside, is_same in ((None, True), (Reference("an", epoch, 2), False)):
        again = MemoryDisks().make(image)
        extend(again, aside)
        with again.reading() as connection:
            assert Feed().verifies(connection, cursor, "life") is is_same
            assert Feed().head(connection)[0] == cursor.position


def test_what_an_earlier_scope_had_given_is_verified_too() -> None:
    ends = []
    for title in ("a", "b"):
        disk = MemoryDisks().make()
        log = Log(disk, HybridClock(lambda: 1_790_000_000_000))
        with disk.writing() as connection:
            log.open_epoch(connection, "an", "new")
            log.append(connection, Edit(title, "meeting", "u", {"title": title}))
        ends.append(extend(disk))
    here, elsewhere = (
        Cursor("life", "v2", before_version="v1", before_position=end.position, before_chain=end.chain) for end in ends
    )
    with disk.reading() as connection:
        assert Feed().verifies(connection, elsewhere, "life")
        assert not Feed().verifies(connection, here, "life")
        assert not Feed().verifies(connection, replace(elsewhere, before_chain=None), "life")
