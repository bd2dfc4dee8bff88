"""One conversation instead of many questions: it changes nothing about what laptops and centre end up with."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from sync_scenes import Laptop, ServedCentre, forget, list_bodies, make_centre

from sync.answering import answer_talk
from sync.errors import ConnectionLost
from sync.heads import Ask
from sync.lives import current_life
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.receipting import read_one_receipt
from sync.talking import Fits, Talk, make_page
from sync.wire import TalkAnswer, TalkRequest, decode, encode


class Direct:
    """The way to the centre without HTTP; `faults` is how often it breaks, before or after the centre acted."""

    def __init__(self, centre: ServedCentre, laptop: Laptop, random: Random, faults: float) -> None:
        self._centre = centre
        self._laptop = laptop
        self._random = random
        self._faults = faults
        self.talks: list[TalkRequest] = []

    def _break(self) -> None:
        if self._random.random() < self._faults:
            raise ConnectionLost()

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once."""
        self._break()
        self.talks.append(request)
        certificate = self._centre.devices.certificates[self._laptop.keys.id]
        answer = answer_talk(self._centre.site, certificate, decode(encode(request), TalkRequest))
        self._break()
        return decode(encode(answer), TalkAnswer)

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Open the bundles of an answer."""
        bundles = answer.page.bundles if answer.page else ()
        return make_page(request, answer, [self._laptop.packer.open(each) for each in bundles])

    def is_arriving(self, fits: Fits) -> bool:
        """Keep nothing of an answer that did not come."""
        return False

    def resume(self, request: PullRequest) -> Page | None:
        """Go on with nothing."""
        return None

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Read the receipts of an answer."""
        return tuple(read_one_receipt(signed, frozenset({self._centre.keys.id})) for signed in answer.receipts)

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        answer = self.talk(TalkRequest(asks=tuple(asks)))
        return Answer(answer.incarnation or "", answer.standings, self.read_receipts(answer))

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new."""
        return self.read_page(request, self.talk(TalkRequest(pull=request)))

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask which records may be seen."""
        return self.talk(TalkRequest(records=tuple(records))).visible if records else []

    def find_offset(self, bundle: str) -> int:
        """Ask how much of a bundle is there."""
        self._break()
        return self._centre.centre.find_offset(self._laptop.keys.id, bundle)

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle, perhaps a part of it only."""
        device = self._laptop.keys.id
        if self._random.random() < self._faults:
            self._centre.centre.keep_part(device, bundle, offset, data[: self._random.randrange(len(data) + 1)])
            raise ConnectionLost()
        receipt = self._centre.centre.take(device, bundle, offset, data, claim)
        self._break()
        return receipt


def converse(laptop: Laptop, link: Direct) -> None:
    talk = Talk(link, laptop.keys.id)
    pusher = Pusher(laptop.storage, laptop.receiver, talk, laptop.packer, forget)
    puller = Puller(laptop.storage, laptop.receiver, talk, forget)
    talk.begin(laptop.storage, pusher, puller, "")
    pusher.push()
    puller.pull()
    talk.note_backup(laptop.storage)


def copy_disk(laptop: Laptop, image: bytes) -> Laptop:
    """A laptop with a copy of another one's disk, keys included."""
    return Laptop(laptop.centre, laptop.unit, keys=laptop.keys, image=image)


def take_image(laptop: Laptop) -> bytes:
    return bytes(laptop.storage._connection().serialize())


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    made = make_centre(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_breaks_all_end_up_with_the_same(centre: ServedCentre, seed: int) -> None:
    random = Random(seed)
    laptops = [Laptop(centre, "u1"), Laptop(centre, "u1"), Laptop(centre, "u1", "u2")]
    images = {0: take_image(laptops[0])}
    for number in range(60):
        at = random.randrange(len(laptops))
        laptop = laptops[at]
        act = random.random()
        if act < 0.45:
            laptop.write(f"r{random.randrange(8)}", title=f"{number} by {at}")
        elif act < 0.9:
            try:
                converse(laptop, Direct(centre, laptop, random, 0.15))
            except ConnectionLost:
                continue
        elif act < 0.94 and len(laptops) < 5:
            laptops.append(copy_disk(laptop, take_image(laptop)))
        elif act < 0.97:
            images[at] = take_image(laptop)
        elif at in images:
            laptops[at] = copy_disk(laptop, images[at])
        else:
            centre.centre.begin_life()
    for _ in range(4):
        for laptop in laptops:
            converse(laptop, Direct(centre, laptop, random, 0))
    held = list_bodies(centre.storage)
    assert all(laptop.bodies() == held for laptop in laptops)
    for laptop in laptops:
        link = Direct(centre, laptop, random, 0)
        converse(laptop, link)
        assert len(link.talks) == 1, f"an idle laptop asked {len(link.talks)} times"


def test_a_laptop_that_has_nothing_new_sends_a_digest_alone(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    link = Direct(centre, laptop, Random(0), 0)
    converse(laptop, link)
    link.talks.clear()
    converse(laptop, link)
    (asked,) = link.talks
    assert asked.settled is not None and asked.asks == () and asked.pull is not None and asked.pull.own == ()


def test_a_digest_that_differs_costs_one_question_more(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    link = Direct(centre, laptop, Random(0), 0)
    converse(laptop, link)
    image = take_image(laptop)
    laptop.write("a2")
    converse(laptop, link)
    restored = copy_disk(laptop, image)
    link = Direct(centre, restored, Random(0), 0)
    converse(restored, link)
    assert [each.settled is None for each in link.talks[:2]] == [False, True]
    assert restored.bodies() == list_bodies(centre.storage)


def test_another_life_of_the_centre_is_noticed_by_an_idle_laptop(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    converse(laptop, Direct(centre, laptop, Random(0), 0))
    life = centre.centre.begin_life()
    converse(laptop, Direct(centre, laptop, Random(0), 0))
    with laptop.storage.reading() as connection:
        assert current_life(connection) == life
    assert list_bodies(centre.storage) == laptop.bodies()
