"""What a stick brought that cannot be used yet or is for others, kept until it can: bundles and signed papers.

A bundle is parked when this version is too old for it, or when nobody has said yet who its author is. It is tried again
when the program was updated or the list of laptops grew. Papers are statements for others, passed on unchanged.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sync.outbox import name_bundle
from sync.storage import Connection

MAX_PARKED_BYTES: Final = 256 * 1024 * 1024
"""More than this is left on the sticks: anybody can write files that look as if they came from the future."""


class Parked(NamedTuple):
    """A bundle that waits: its name, why (the code of an error) and whose it is, "" where that cannot be read."""

    id: str
    reason: str
    device: str
    size_bytes: int


class Paper(NamedTuple):
    """A signed paper that is carried: its purpose, whom it is about or for, and its bytes."""

    purpose: str
    subject: str
    data: bytes


def park(connection: Connection, data: bytes, reason: str, device: str) -> bool:
    """Keep a bundle that cannot be used yet; tell whether there was room."""
    name = name_bundle(data)
    taken = connection.value("SELECT sum(size_bytes) FROM parked WHERE id <> :id", {"id": name}) or 0
    if taken + len(data) > MAX_PARKED_BYTES:
        return False
    connection.execute(
        "INSERT INTO parked (id, reason, device, size_bytes, data) VALUES (:id, :reason, :device, :size, :data)"
        " ON CONFLICT (id) DO UPDATE SET reason = excluded.reason",
        {"id": name, "reason": reason, "device": device, "size": len(data), "data": data},
    )
    return True


def list_parked(connection: Connection) -> list[Parked]:
    """List what waits."""
    rows = connection.rows("SELECT id, reason, device, size_bytes FROM parked ORDER BY device, id")
    return [Parked(row["id"], row["reason"], row["device"], row["size_bytes"]) for row in rows]


def read_parked(connection: Connection, name: str) -> bytes | None:
    """Give the bytes of a bundle that waits; None if it does not any more."""
    found = connection.value("SELECT data FROM parked WHERE id = :id", {"id": name})
    return None if found is None else bytes(found)


def unpark(connection: Connection, name: str) -> None:
    """Forget a bundle: it was used, or is carried now."""
    connection.execute("DELETE FROM parked WHERE id = :id", {"id": name})


def keep_paper(connection: Connection, paper: Paper) -> bool:
    """Keep a paper to pass it on; tell whether it was new. A later one about the same does not take its place."""
    added = connection.execute(
        "INSERT INTO paper (id, purpose, subject, data) VALUES (:id, :purpose, :subject, :data) ON CONFLICT DO NOTHING",
        {"id": name_bundle(paper.data), **paper._asdict()},
    )
    return added > 0


def list_papers(connection: Connection) -> Iterator[Paper]:
    """Give the papers that are carried."""
    rows = connection.rows("SELECT purpose, subject, data FROM paper ORDER BY purpose, subject, id")
    for row in rows:
        yield Paper(row["purpose"], row["subject"], bytes(row["data"]))


def count_papers(connection: Connection, purpose: str) -> int:
    """Count the papers of a purpose that are carried."""
    return int(connection.value("SELECT count(*) FROM paper WHERE purpose = :purpose", {"purpose": purpose}))


def list_papers_of(connection: Connection, purpose: str, subject: str) -> list[bytes]:
    """List the papers of a purpose that are kept about something."""
    rows = connection.rows(
        "SELECT data FROM paper WHERE purpose = :purpose AND subject = :subject ORDER BY id",
        {"purpose": purpose, "subject": subject},
    )
    return [bytes(row["data"]) for row in rows]


def remove_papers(connection: Connection, purpose: str, subject: str) -> None:
    """Carry papers about something no longer: they arrived."""
    connection.execute(
        "DELETE FROM paper WHERE purpose = :purpose AND subject = :subject", {"purpose": purpose, "subject": subject}
    )


def remove_paper(connection: Connection, paper: Paper) -> None:
    """Carry one paper no longer: another takes its place."""
    connection.execute("DELETE FROM paper WHERE id = :id", {"id": name_bundle(paper.data)})
