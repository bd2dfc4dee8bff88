"""What devices show or say of an earlier life of the centre lets nothing in that the centre had not let in then."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sync_scenes import Laptop, ServedCentre, make_centre

from sync import vouching
from sync.messages import Claim, Receipt
from sync.outbox import name_bundle
from sync.receipting import sign_receipt
from sync.revisions import Body, encode_body, extend_chain, hash_body, start_chain
from sync.segments import Item, Segment, Wiped, hash_item

EPOCH = "e1"
_salts = count()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    made = make_centre(tmp_path)
    yield made
    made.close()


def body(record: str, unit: str) -> bytes:
    """Make the bytes of a body."""
    salt = f"salt{next(_salts)}"
    return encode_body(Body(record=record, kind="meeting", unit=unit, stamp=1, salt=salt, set={"title": record}))


class Writer:
    """A device that writes one epoch as it likes, forks included."""

    def __init__(self, centre: ServedCentre, unit: str) -> None:
        self.laptop = Laptop(centre, unit)
        self.centre = centre
        self.id = self.laptop.keys.id

    def send(
        self, items: list[Item], before: list[Item] | None = None, claim: Claim | None = None, by: str = ""
    ) -> Receipt:
        """Send these revisions, which follow others; as somebody else does it, if that one is named."""
        chain = start_chain(self.id, EPOCH)
        for item in before or []:
            chain = extend_chain(chain, hash_item(item))
        segment = Segment(self.id, EPOCH, "records", len(before or []) + 1, chain, tuple(items))
        data = self.laptop.packer.seal(segment).data
        return self.centre.centre.take(by or self.id, name_bundle(data), 0, data, claim or Claim())


def applied(centre: ServedCentre) -> set[str]:
    """Name the records that count at the centre."""
    with centre.storage.reading() as connection:
        return {row["record"] for row in connection.rows("SELECT record FROM revision WHERE body IS NOT NULL")}


def forget_everything(centre: ServedCentre, folder: Path) -> ServedCentre:
    """Begin a life of the centre that was restored from a backup in which nothing was."""
    later = make_centre(folder)
    later.keys = centre.keys
    later.devices = centre.devices
    later.__post_init__()
    return later


@pytest.fixture
def later(centre: ServedCentre, tmp_path: Path) -> Iterator[ServedCentre]:
    """The same centre in a later life, which holds nothing."""
    (tmp_path / "later").mkdir()
    made = forget_everything(centre, tmp_path / "later")
    yield made
    made.close()


def claim_of(receipt: Receipt, vouched: int = 10**9) -> Claim:
    """Show a receipt and claim as much as possible."""
    return Claim(vouched, (), receipt.signed)


def test_a_receipt_counts_for_its_own_chain_alone(centre: ServedCentre, later: ServedCentre) -> None:
    writer = Writer(centre, "u1")
    receipt = writer.send([body("mine", "u1"), body("mine2", "u1")])
    stolen: list[Item] = [body("theirs", "u2"), body("theirs2", "u2")]
    for each in (centre, later):
        writer.centre = each
        writer.send(stolen, claim=claim_of(receipt))
        assert not applied(each) & {"theirs", "theirs2"}


def test_what_was_only_a_hash_then_was_never_let_in(centre: ServedCentre, later: ServedCentre) -> None:
    writer = Writer(centre, "u1")
    own, hidden = body("mine", "u1"), body("theirs", "u2")
    receipt = writer.send([own, Wiped(hash_body(hidden))])
    writer.centre = later
    writer.send([own, hidden], claim=claim_of(receipt))
    assert applied(later) == {"mine"}


def test_a_list_that_was_cut_vouches_no_further(
    centre: ServedCentre, later: ServedCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouching, "MAX_LISTED", 2)
    writer = Writer(centre, "u1")
    items: list[Item] = [body(f"theirs{number}", "u2") for number in range(4)]
    receipt = writer.send(items)
    assert receipt.tip is not None
    cut = msgspec.structs.replace(receipt, refused=receipt.refused[:2], signed=b"")
    cut = msgspec.structs.replace(cut, signed=sign_receipt(cut, centre.keys, centre.now_ms))
    writer.centre = later
    writer.send(items, claim=claim_of(cut))
    assert applied(later) == set()


def test_what_a_lost_laptop_had_handed_in_comes_back_with_its_receipt(
    centre: ServedCentre, later: ServedCentre
) -> None:
    writer = Writer(centre, "u1")
    first: list[Item] = [body("a", "u1"), body("b", "u1")]
    second: list[Item] = [body("c", "u1")]
    writer.send(first)
    receipt = writer.send(second, first)
    centre.devices.revoked.add(writer.id)
    after: list[Item] = [body("d", "u1")]
    writer.centre = later
    assert writer.send(first, claim=claim_of(receipt)).refused
    assert applied(later) == set()
    assert not writer.send(second, first, claim_of(receipt)).refused
    assert applied(later) == {"a", "b", "c"}
    assert writer.send(after, first + second, claim_of(receipt)).refused
    assert applied(later) == {"a", "b", "c"}
    with later.storage.reading() as connection:
        given = connection.rows("SELECT first FROM feed WHERE again = 1 ORDER BY first")
        assert [row["first"] for row in given] == [1, 2, 3]


def test_the_word_of_another_counts_about_what_it_may_read(centre: ServedCentre, later: ServedCentre) -> None:
    writer, friend, stranger = Writer(centre, "u1"), Writer(centre, "u1"), Writer(centre, "u3")
    centre.devices.revoked.add(writer.id)
    items: list[Item] = [body("mine", "u1"), body("theirs", "u2")]
    writer.centre = later
    writer.send(items, claim=Claim(2), by=stranger.id)
    assert applied(later) == set()
    writer.send(items, claim=Claim(2), by=friend.id)
    assert applied(later) == {"mine"}


def test_in_its_first_life_the_centre_believes_nobody_about_another(centre: ServedCentre) -> None:
    writer, friend = Writer(centre, "u1"), Writer(centre, "u1")
    centre.devices.revoked.add(writer.id)
    writer.send([body("mine", "u1")], claim=Claim(1), by=friend.id)
    assert applied(centre) == set()
