"""What goes wrong in a history, and what the centre decides: copies, restored disks, clocks, full disks, scopes."""


from simulation.history import (
    BOTH,
    MIN_ALIVE,
    UNITS,
    YEAR_MS,
    History,
    Image,
    connect,
    exchange_words,
    pull,
    take_image,
)
from simulation.nodes import (
    Laptop,
    Machine,
    Server,
)
from sync.certificates import End, Revocation
from sync.clock import HybridClock
from sync.errors import (
    BodyRefused,
    BundleTooNew,
    ConnectionLost,
    DeviceRefused,
    StorageFull,
    WentBackwards,
)
from sync.heads import list_branches
from sync.log import RECORDS, Log
from sync.quarantine import list_quarantined
from sync.revisions import Reference, hash_body, make_mark
from sync.scopes import Grant


def copy_disk(history: History) -> None:
    """Somebody backs a laptop up."""
    laptop = history.random.choice(history.alive())
    history.images.append(take_image(laptop))


def clone(history: History) -> None:
    """Somebody copies a laptop's disk to another laptop, and both are used."""
    if len(history.laptops) > 8:
        return
    laptop = history.random.choice(history.alive())
    twin = Laptop(
        history.setting,
        laptop.device,
        image=laptop.disk.image(),
        skew_ms=laptop.skew_ms,
        is_commune=laptop.is_commune,
    )
    twin.written = set(laptop.written)
    twin.version = laptop.version
    twin.arriving = laptop.arriving
    twin.words = dict(laptop.words)
    twin.shelf.contents = dict(laptop.shelf.contents)
    history.laptops.append(twin)


def restore_laptop(history: History) -> None:
    """Somebody puts an old copy of a disk back, through the program or behind its back."""
    if not history.images:
        return
    random = history.random
    image = random.choice(history.images)
    old = image.machine
    assert isinstance(old, Laptop)
    if old.is_dead:
        return
    made = Laptop(
        history.setting, old.device, image=image.data, skew_ms=old.skew_ms, is_commune=old.is_commune
    )
    made.written = set(image.written)
    made.words = dict(image.words)
    made.version = old.version
    made.arriving = old.arriving
    made.shelf.contents = dict(image.contents)
    old.is_dead = True
    if random.random() < 0.5:
        with made.disk.writing() as connection:
            made.log.open_epoch(connection, made.device, "restored")
    history.laptops.append(made)


def lose_laptop(history: History) -> None:
    """A laptop falls into the river."""
    alive = history.alive()
    if len(alive) > MIN_ALIVE:
        history.random.choice(alive).is_dead = True


def copy_server(history: History) -> None:
    """The centre is backed up."""
    history.server_images.append(take_image(history.server))


def restore_server(history: History) -> None:
    """The centre comes back from a backup; mostly as a new life, sometimes as if nothing had happened.

    It does not know any more whom it revoked since.
    """
    if not history.server_images:
        return
    image = history.random.choice(history.server_images)
    _restore(history, image)


def _restore(history: History, image: Image) -> None:
    made = Server(history.setting, image=image.data)
    history.setting.registry.words = dict(image.words)
    history.setting.registry.remembered = dict(image.remembered)
    made.version = history.server.version
    made.shelf.contents = dict(image.contents)
    if history.random.random() < 0.7:
        made.centre.begin_life(history.random.randbytes)
    history.server = made


def forget_revocation(history: History) -> None:
    """The centre locks a laptop out, some hear of it, and then it comes back from a backup of the moment before."""
    image = take_image(history.server)
    revoke(history)
    for laptop in history.random.sample(history.alive(), 2):
        exchange_words(history, laptop)
    _restore(history, image)


def replay_server(history: History) -> None:
    """Somebody shows a laptop an old copy of the centre; later the true one is back."""
    if not history.server_images:
        return
    true, registry = history.server, history.setting.registry
    known = dict(registry.words), dict(registry.remembered)
    image = history.random.choice(history.server_images)
    registry.words, registry.remembered = dict(image.words), dict(image.remembered)
    history.server = Server(history.setting, image=image.data)
    history.server.version = true.version
    history.server.shelf.contents = dict(image.contents)
    laptop = history.random.choice(history.alive())
    try:
        pull(history, connect(history, laptop))
    except (WentBackwards, ConnectionLost, DeviceRefused, StorageFull, BundleTooNew) as error:
        history.told.append(f"replay: {error.code}")
    history.server = true
    registry.words, registry.remembered = known


def turn_clock(history: History) -> None:
    """A clock is set, wrongly or rightly."""
    laptop = history.random.choice(history.alive())
    laptop.skew_ms = history.random.choice((0, -20 * YEAR_MS, 10 * YEAR_MS, -3_600_000))
    laptop.log = Log(laptop.disk, HybridClock(laptop.read_clock), history.random.randbytes)
    laptop.receiver.log = laptop.log


def fill_disk(history: History) -> None:
    """For a while, commits fail here and there."""
    machines: list[Machine] = [*history.alive(), history.server]
    machine = history.random.choice(machines)
    left = [history.random.randint(1, 4)]

    def fails() -> bool:
        left[0] -= 1
        return left[0] == 0

    machine.disk.fails = fails


def change_scope(history: History) -> None:
    """The operators give a device another scope."""
    random, registry = history.random, history.setting.registry
    device = random.choice(("an", "binh", "chi", "dung", "xa"))
    lanes = (RECORDS,) if device == "xa" else BOTH
    units = random.sample(UNITS, random.randint(1, 2))
    kinds = random.choice(((), (), ("meeting", "opinion")))
    registry.give(device, tuple(Grant(unit, kinds, random.random() < 0.8, lanes) for unit in units))


def move_unit(history: History) -> None:
    """A unit takes over another: merged, or one part of a split."""
    old, new = history.random.sample(UNITS, 2)
    since = history.random.choice(("2026-01-01", "2025-07-01", "2027-01-01"))
    history.setting.registry.succeed(old, new, since)


def revoke(history: History) -> None:
    """A device is revoked."""
    device = history.random.choice(("an", "binh", "chi", "dung"))
    if history.setting.registry.is_revoked(device):
        return
    with history.server.disk.reading() as connection:
        ends = tuple(End(branch.root, *branch.tip) for branch in list_branches(connection, device))
    at_ms = history.setting.now_ms
    word = Revocation(device=device, after=0, issued=1, at_ms=at_ms, ends=ends, key=bytes(32))
    history.setting.registry.revoke(word)
    history.setting.ledger.note_revoked(device, at_ms)


def release(history: History) -> None:
    """A person looks at the centre's quarantine and lets something through."""
    with history.server.disk.reading() as connection:
        rows = list_quarantined(connection)
    if rows:
        row = history.random.choice(rows)
        try:
            history.server.centre.release(Reference(row["device"], row["epoch"], row["sequence"]))
            history.setting.ledger.released.add(make_mark(hash_body(bytes(row["body"]))))
        except (BodyRefused, StorageFull) as error:
            history.told.append(error.code)
