"""Carrying for others: what the centre could not take now is tried again, what it never can take is not."""

from collections.abc import Sequence

import msgspec
import pytest
from simulation.storages import Disk, MemoryDisks

from sync.errors import (
    BundleDamaged,
    BundleTooNew,
    ConnectionLost,
    DeviceRefused,
    SegmentRefused,
    StorageFull,
    SyncError,
    UploadRefused,
)
from sync.heads import Ask, Standing
from sync.lives import note_life
from sync.messages import Answer, Claim, Receipt
from sync.relaying import Relay, carry, list_receipts
from sync.segments import Tip


class Line:
    """The way to a centre that answers every bundle with these, one after the other."""

    def __init__(self, *answers: SyncError | Receipt) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []
        self.asked: list[Ask] = []
        self.is_forgetful = False
        self.lacking: tuple[Tip, ...] = ()

    def ask(self, asks: Sequence[Ask]) -> Answer:
        self.asked.extend(asks)
        known = [() if self.is_forgetful else ask.tips for ask in asks]
        found = (
            Standing(ask.device, ask.epoch, tips, lacking=self.lacking) for ask, tips in zip(asks, known, strict=True)
        )
        return Answer("life", tuple(found))

    def find_offset(self, bundle: str) -> int:
        return 0

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        self.sent.append(data)
        answer = self.answers.pop(0)
        if isinstance(answer, SyncError):
            raise answer
        return answer


RECEIPT = Receipt("life", "an", "epoch", Tip(3, bytes(32)))


@pytest.fixture
def disk() -> Disk:
    made = MemoryDisks().make()
    with made.writing() as connection:
        note_life(connection, "life")
        carry(connection, "an", "epoch", 1, Tip(3, bytes(32)), b"bundle")
    return made


def deliver(disk: Disk, line: Line) -> int:
    return Relay(disk, line).deliver()  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [StorageFull, ConnectionLost, DeviceRefused])
def test_what_the_centre_could_not_take_now_is_delivered_later(disk: Disk, error: type[SyncError]) -> None:
    with pytest.raises(error):
        deliver(disk, Line(error()))
    line = Line(RECEIPT)
    assert deliver(disk, line) == 1
    assert line.sent == [b"bundle"]
    with disk.reading() as connection:
        assert list_receipts(connection) == [RECEIPT]


def test_a_centre_that_was_too_old_gets_the_bundle_after_its_upgrade(disk: Disk) -> None:
    deliver(disk, Line(BundleTooNew()))
    with disk.reading() as connection:
        assert connection.value("SELECT refusal FROM carried") == "bundle_too_new"
    assert deliver(disk, Line(RECEIPT)) == 1
    assert deliver(disk, Line()) == 0
    with disk.reading() as connection:
        assert connection.value("SELECT refusal FROM carried") == ""


@pytest.mark.parametrize("error", [BundleDamaged, SegmentRefused, UploadRefused])
def test_what_can_never_be_taken_is_not_sent_again_in_this_life(disk: Disk, error: type[SyncError]) -> None:
    deliver(disk, Line(error()))
    assert deliver(disk, Line()) == 0
    with disk.writing() as connection:
        note_life(connection, "another life")
    line = Line(RECEIPT)
    deliver(disk, line)
    assert line.sent == [b"bundle"]


def test_a_centre_that_went_back_without_knowing_it_gets_what_was_carried_again(disk: Disk) -> None:
    deliver(disk, Line(RECEIPT))
    line = Line(RECEIPT)
    assert deliver(disk, line) == 0
    assert line.asked == [Ask("an", "epoch", (Tip(3, bytes(32)),))]
    line.is_forgetful = True
    assert deliver(disk, line) == 1
    assert line.sent == [b"bundle"]


def test_a_body_of_which_the_centre_heard_by_its_hash_alone_is_delivered_again(disk: Disk) -> None:
    deliver(disk, Line(RECEIPT))
    line = Line(RECEIPT)
    line.lacking = (Tip(4, bytes(32)),)
    assert deliver(disk, line) == 0
    line.lacking = (Tip(2, bytes(32)), Tip(4, bytes(32)))
    assert deliver(disk, line) == 1
    assert line.sent == [b"bundle"]


def test_what_the_bundle_does_not_hold_either_is_not_delivered_again_and_again(disk: Disk) -> None:
    lacking = (Tip(2, bytes(32)),)
    line = Line(msgspec.structs.replace(RECEIPT, lacking=lacking))
    line.lacking = lacking
    assert [deliver(disk, line) for _ in range(3)] == [1, 0, 0]


def test_a_relay_asks_anew_about_an_epoch_that_the_centre_lost(disk: Disk) -> None:
    deliver(disk, Line(RECEIPT))
    with disk.writing() as connection:
        connection.execute(
            "INSERT INTO epoch (device, epoch, root, own, reason, head_sequence, head_chain, lane, received)"
            " VALUES ('an', 'epoch', 'epoch', 0, 'received', 3, :chain, 'records', 3)",
            {"chain": bytes(32)},
        )
    line = Line(RECEIPT)
    line.is_forgetful = True
    deliver(disk, line)
    with disk.reading() as connection:
        assert connection.value("SELECT received FROM epoch") == 0
