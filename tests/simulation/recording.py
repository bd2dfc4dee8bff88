"""What people do in a history: they write, upgrade and sync."""


from simulation.history import (
    FAULTS,
    UNITS,
    History,
    Line,
    attempt,
    connect,
    deliver,
    pull,
    push,
)
from simulation.nodes import (
    GROUPS,
    SHEETS,
    Laptop,
    Machine,
    make_body,
)
from sync.log import RECORDS, Edit
from sync.revisions import REMOVED, Value


def write(history: History) -> None:
    """Somebody records or changes something where its laptop may."""
    laptop = history.random.choice(history.alive())
    write_on(history, laptop)


def write_on(history: History, laptop: Laptop) -> None:
    """Record or change something on this laptop, where it may."""
    random = history.random
    record, kind, unit, lane = _choose_record(history, laptop)
    values: dict[str, Value] = {
        name: random.choice(("a", "b", "c", 1, True, None))
        for name in random.sample(("title", "place", "number", "year"), random.randint(1, 3))
    }
    if random.random() < 0.1:
        values = {REMOVED: random.random() < 0.8}
    if random.random() < 0.1:
        values["photo"] = laptop.shelf.add(random.randbytes(random.choice((10, 900, 2_000))))
    author = None if lane == SHEETS else laptop.device
    settles = frozenset(values) if random.random() < 0.3 else frozenset()
    erases = random.random() < 0.03
    laptop.edit(Edit(record, kind, unit, values, author, None, GROUPS, settles, lane, erases))


def _choose_record(history: History, laptop: Laptop) -> tuple[str, str, str, str]:
    random, setting = history.random, history.setting
    grants = setting.registry.grants(laptop.device)
    unit = random.choice([grant.unit for grant in grants])
    if random.random() < 0.03:
        unit = random.choice(UNITS)
    if random.random() < 0.65:
        with laptop.disk.reading() as connection:
            rows = list(
                connection.rows(
                    "SELECT record, kind, unit, lane FROM revision JOIN epoch USING (device, epoch)"
                    " WHERE body IS NOT NULL ORDER BY revision.position"
                )
            )
        if rows:
            row = random.choice(rows)
            moved = unit if random.random() < 0.1 else row["unit"]
            return row["record"], row["kind"], moved, row["lane"]
    kind = random.choice(("meeting", "opinion", "answer_sheet"))
    lane = SHEETS if kind == "answer_sheet" else RECORDS
    if lane == SHEETS and laptop.is_commune:
        kind, lane = "meeting", RECORDS
    return f"r{next(setting.numbers)}", kind, unit, lane


def write_poison(history: History) -> None:
    """A broken program writes what is no body."""
    laptop = history.random.choice(history.alive())
    data = history.random.choice((b"\x00\xff", b"[]", b'{"record":1}', b'{"record":"r"}'))
    laptop.write_raw(data + history.random.randbytes(8).hex().encode(), is_poison=True)


def write_later_version(history: History) -> None:
    """A later version writes a kind and members that the others do not know."""
    laptop = history.random.choice(history.alive())
    unit = history.setting.registry.grants(laptop.device)[0].unit
    record = f"r{next(history.setting.numbers)}"
    values: dict[str, Value] = {"later_field": "x", "title": "y"}
    laptop.write_raw(make_body(history.setting, record, unit, values, laptop.read_clock() << 16), is_poison=False)


def upgrade(history: History) -> None:
    """Somebody installs the version that writes a newer format."""
    machines: list[Machine] = [*history.alive(), history.server]
    history.random.choice(machines).version = 2


def sync(history: History) -> None:
    """A laptop finds a network, pulls and pushes, and is cut off at random."""
    laptop = history.random.choice(history.alive())
    faults = history.random.choice((0, FAULTS, 3 * FAULTS))
    steps = [pull, push, deliver]
    history.random.shuffle(steps)
    lines: list[Line] = []
    attempt(history, lambda: lines.append(connect(history, laptop, faults)))
    for line in lines:
        for step in steps[: history.random.randint(1, 3)]:
            attempt(history, lambda step=step, line=line: step(history, line))
