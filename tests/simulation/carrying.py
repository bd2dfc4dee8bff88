"""Sticks in a history: written, read, lost and forged; receipts that are brought back."""


from simulation.history import (
    MIN_ALIVE,
    UNITS,
    History,
    attempt,
)
from simulation.nodes import (
    SMALL,
    Laptop,
    Machine,
    Server,
    make_body,
)
from simulation.packing import ForOthers, peek
from simulation.recording import write_on
from sync.errors import (
    BundleTooNew,
)
from sync.heads import list_branches
from sync.log import chain_at
from sync.messages import Claim
from sync.offering import read_segments
from sync.outbox import name_bundle
from sync.relaying import carry, list_receipts
from sync.segments import Segment, Tip


def write_stick(history: History) -> None:
    """Somebody copies bundles to a stick: of its own epochs, or of all that it holds, from anywhere on.

    What others wrote goes along as far as their headers, which end where bundles do, prove it.
    """
    random = history.random
    laptop = random.choice(history.alive())
    with laptop.disk.reading() as connection:
        branches = list_branches(connection, None if random.random() < 0.2 else laptop.device)
        packer = laptop.packer()
        for branch in branches:
            first = random.choice((1, 1, random.randint(1, branch.tip.sequence)))
            for segment in read_segments(connection, branch, first, branch.tip.sequence, SMALL):
                if segment.proofs or branch.device == laptop.device:
                    history.sticks.append(packer.seal(segment).data)


def read_stick(history: History) -> None:
    """Somebody reads some of the bundles that are about, in any order, some of them again."""
    random = history.random
    about = [*history.sticks, *history.forged]
    if not about:
        return
    some = [random.choice(about) for _ in range(random.randint(1, 6))]
    readers: list[Machine] = [*history.alive(), history.server]
    communes = [laptop for laptop in history.alive() if laptop.is_commune]
    reader = random.choice([*readers, *communes])
    for data in some:
        attempt(history, lambda data=data: take_stick(history, reader, data))


def take_stick(history: History, reader: Machine, data: bytes) -> None:
    """Read one bundle: the centre takes it in, a commune carries it too, who can open it does."""
    if isinstance(reader, Server):
        segment = peek(data)
        reader.centre.take(segment.device, name_bundle(data), 0, data, Claim())
        reader.note_received(segment.device, segment.epoch)
        return
    if isinstance(reader, Laptop) and reader.is_commune:
        segment = peek(data)
        with reader.disk.writing() as connection:
            tip = Tip(segment.last, segment.chains()[-1])
            carry(connection, segment.device, segment.epoch, segment.first, tip, data)
    try:
        reader.take_stick(data)
    except (ForOthers, BundleTooNew) as error:
        history.told.append(error.code)


def lose_sticks(history: History) -> None:
    """Sticks are lost, or used for something else."""
    history.sticks = [data for data in history.sticks if history.random.random() < 0.4]


def drown(history: History) -> None:
    """A village without network gives its stick to the commune; then its laptop falls into the river."""
    random, alive = history.random, history.alive()
    communes = [laptop for laptop in alive if laptop.is_commune]
    villagers = [laptop for laptop in alive if not laptop.is_commune]
    if not communes or len(alive) <= MIN_ALIVE or not villagers:
        return
    laptop, commune = random.choice(villagers), random.choice(communes)
    for _ in range(random.randint(0, 2)):
        write_on(history, laptop)
    with laptop.disk.reading() as connection:
        segments = [
            segment
            for branch in list_branches(connection, laptop.device)
            for segment in read_segments(connection, branch, 1, branch.tip.sequence, SMALL)
        ]
    for segment in segments:
        data = laptop.packer().seal(segment).data
        attempt(history, lambda data=data: take_stick(history, commune, data))
    laptop.is_dead = True


def forge(history: History) -> None:
    """A laptop says that somebody else wrote something: it goes on, or begins another way, in another's epoch."""
    random = history.random
    laptop = random.choice(history.alive())
    with laptop.disk.reading() as connection:
        others = [branch for branch in list_branches(connection) if branch.device != laptop.device]
        if not others:
            return
        branch = random.choice(others)
        before = chain_at(connection, branch.device, branch.epoch, branch.tip.sequence - 1) or b""
    first, before = random.choice(
        ((branch.tip.sequence + 1, branch.tip.chain), (branch.tip.sequence, before))
    )
    body = make_body(history.setting, "r1", random.choice(UNITS), {"title": "forged"}, 1 << 16)
    segment = Segment(branch.device, branch.root, branch.lane, first, before, (body,))
    data = laptop.packer().seal(segment).data
    history.forged.append(data)
    if random.random() < 0.5:
        attempt(history, lambda: take_stick(history, history.server, data))


def bring_receipts(history: History) -> None:
    """A commune's stick brings the centre's receipts to a village."""
    communes = [laptop for laptop in history.alive() if laptop.is_commune]
    laptop = history.random.choice(history.alive())
    if communes and laptop not in communes:
        with communes[0].disk.reading() as connection:
            receipts = [receipt for receipt in list_receipts(connection) if receipt.device == laptop.device]
        for receipt in receipts:
            attempt(history, lambda receipt=receipt: laptop.pusher(history.wire(laptop)).take_receipt(receipt))
