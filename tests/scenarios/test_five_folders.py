"""Three villages, a commune and a centre: edits everywhere while offline, sticks, cuts, a clone, a restored laptop.

After everybody has synced, everybody shows the same, every edit is current, replaced or shown as a difference, and
nothing is there twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from postgres_server import Server, running_server

from sync.branches import root_of
from sync.log import read_revisions
from sync.postgres import PostgresStorage
from sync.revisions import EVERYTHING, Revision
from tests.commands.runs import Served, read_json, serve
from tests.scenarios.cutting import CuttingProxy
from tests.scenarios.laptops import Laptop, Story

COMMUNE = "20455"
VILLAGES = ("Thôn Một (giả định)", "Thôn Hai (giả định)", "Thôn Ba (giả định)")
MOST_ROUNDS = 6


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@dataclass
class Cast:
    """Who takes part; `database` is that of the centre, `place` where sticks and backups lie."""

    story: Story
    centre: Laptop
    served: Served
    database: str
    place: Path
    commune: Laptop
    villages: list[Laptop]

    @property
    def laptops(self) -> list[Laptop]:
        """Everybody but the centre."""
        return [self.commune, *self.villages]


@pytest.fixture
def cast(tmp_path: Path, postgres: Server, request: pytest.FixtureRequest) -> Iterator[Cast]:
    story = Story(Random(request.param))
    centre = Laptop(story, "centre", tmp_path / "centre")
    centre.set_up("central")
    database = postgres.make_database()
    with serve(centre.data, "--role", "central", "--database", database) as served:
        story.address = served.address
        centre.environment = {"COLLECTOR_DATABASE": database}
        commune = Laptop(story, "commune", tmp_path / "commune")
        commune.set_up("commune", "--unit", COMMUNE)
        villages = []
        for number, name in enumerate(VILLAGES):
            village = Laptop(story, name, tmp_path / f"village{number}")
            village.set_up("village", "--unit", COMMUNE, "--village", name)
            villages.append(village)
        yield Cast(story, centre, served, database, tmp_path, commune, villages)


def issue(cast: Cast, village: str = "") -> str:
    """Have the centre issue a code."""
    named = ("--village", village) if village else ()
    made = read_json(
        "device", "issue", "--unit", COMMUNE, *named, "--data", cast.centre.data, **cast.centre.environment
    )
    return str(made["code"])


def enrol_all(cast: Cast) -> None:
    """Everybody joins, the commune last, so that its villages are there already."""
    for village, name in zip(cast.villages, VILLAGES, strict=True):
        village.enrol(issue(cast, name))
    cast.commune.enrol(issue(cast))


def everybody_edits(cast: Cast, count: int) -> None:
    """Everybody writes: villages in their own units, the commune in all that it sees."""
    for village in cast.villages:
        village.edit([village.unit], count)
    seen = {line["unit"] for line in cast.commune.lines().values()} & {each.unit for each in cast.villages}
    if seen:
        cast.commune.edit(sorted(seen), count)


def carry_sticks(cast: Cast, villages: list[Laptop]) -> None:
    """A stick goes round: villages in any order, the commune, and back."""
    stick = cast.place / f"stick{cast.story.random.randrange(10**9)}"
    stick.mkdir()
    order = cast.story.random.sample(villages, len(villages))
    for village in order:
        village.write_stick(stick)
    cast.commune.read_stick(stick)
    cast.commune.write_stick(stick)
    for village in order[::-1]:
        village.read_stick(stick)


def sync_until_quiet(cast: Cast) -> None:
    """Everybody syncs until nothing changes any more."""
    before: list[bytes] = []
    for _ in range(MOST_ROUNDS):
        for laptop in cast.story.random.sample(cast.laptops, len(cast.laptops)):
            assert laptop.sync() == 0, laptop.name
        now = [b"".join(laptop.lines_of(village.unit)) for laptop in cast.laptops for village in cast.villages]
        if now == before:
            return
        before = now
    raise AssertionError("never quiet")


SEEDS = (20261126, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(12)))


@pytest.mark.parametrize("cast", SEEDS, indirect=True)
def test_everybody_ends_with_the_same_and_nothing_is_lost(cast: Cast) -> None:
    one, two, three = cast.villages
    enrol_all(cast)
    everybody_edits(cast, 6)
    assert one.sync() == 0
    assert cast.commune.sync() == 0
    everybody_edits(cast, 6)  # the commune changes what the first village changes meanwhile
    carry_sticks(cast, [one, two, three])
    assert cast.commune.sync() == 0
    carry_sticks(cast, [three, one])

    copy = three.clone(cast.place / "copy")
    three.edit([three.unit], 5)
    copy.edit([three.unit], 5)
    cast.villages.append(copy)

    archive = two.back_up(cast.place / "backups")
    two.edit([two.unit], 5)
    assert two.sync() == 0
    two.restore(archive)
    two.edit([two.unit], 5)

    with CuttingProxy(cast.served.port, cast.story.random) as proxy:
        for _ in range(40):
            codes = [laptop.sync(proxy.address) for laptop in cast.laptops]
            if not any(codes):
                break
            everybody_edits(cast, 1)
        assert proxy.cuts > 0
        assert not any(codes)

    carry_sticks(cast, [one, two, three, copy])
    sync_until_quiet(cast)
    assert_all_show_the_same(cast)
    assert_every_edit_survived(cast)
    assert_all_are_in_contact(cast)
    for laptop in cast.laptops:
        laptop.check()


def assert_all_are_in_contact(cast: Cast) -> None:
    """The centre knows of every laptop, and that nothing waits there any more."""
    found = read_json("device", "list", "--data", cast.centre.data, **cast.centre.environment)["devices"]
    assert len(found) == len(VILLAGES) + 1
    assert {(each["pending_records"], each["pending_sheets"]) for each in found} == {(0, 0)}


def assert_all_show_the_same(cast: Cast) -> None:
    """Whoever has a unit in scope prints the same bytes for it."""
    assert {each.unit for each in cast.villages} == {each.unit for each in cast.villages[:3]}
    for village in cast.villages:
        expected = cast.centre.lines_of(village.unit)
        assert expected, village.name
        assert village.lines_of(village.unit) == expected, village.name
        assert cast.commune.lines_of(village.unit) == expected, village.name


def assert_every_edit_survived(cast: Cast) -> None:
    """Every word stands once in the log of the centre, and is shown, listed as a difference, or was replaced."""
    lines = cast.centre.lines()
    storage = PostgresStorage(cast.database)
    with storage.reading() as connection:
        known = {edit.record: read_revisions(connection, edit.record) for edit in cast.story.edits}
        same = "SELECT count(*) FROM (SELECT body_hash FROM revision GROUP BY body_hash HAVING count(*) > 1) AS same"
        assert connection.value(same) == 0
    storage.close()
    for edit in cast.story.edits:
        (written,) = (each for each in known[edit.record] if each.body.set.get(edit.field) == edit.word)
        line = lines.get(edit.record, {})
        is_shown = edit.word in (line.get(edit.field), *line.get("conflicts", {}).get(edit.field, ()))
        assert is_shown or is_replaced(written, edit.field, known[edit.record]), edit


def is_replaced(written: Revision, name: str, known: list[Revision]) -> bool:
    """Tell whether somebody who saw a value wrote another one, or removed the record."""
    seen = [named.reference for each in known for field in (name, EVERYTHING) for named in each.names(field)]
    return any(
        (reference.device, root_of(reference.epoch), reference.sequence)
        == (written.reference.device, root_of(written.reference.epoch), written.reference.sequence)
        for reference in seen
    )
