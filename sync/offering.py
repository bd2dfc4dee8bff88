"""Reads stretches of the log as segments of the size of a bundle: what a sender sends, with the proofs it holds."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sync.branches import root_of, stretches
from sync.heads import Branch, find_branch, is_lacking
from sync.log import chain_at
from sync.segments import MAX_BYTES, MAX_REVISIONS, WIPED_BYTES, Erased, Item, Proof, Segment, Tip, Wiped
from sync.storage import Connection, Row


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one bundle."""

    revisions: int = MAX_REVISIONS
    bytes: int = MAX_BYTES


LIMITS = Limits()


def read_rows(connection: Connection, device: str, epoch: str, first: int, last: int) -> Iterator[Row]:
    """Give the rows of a branch from `first` to `last`, quarantined bodies with them as `kept`."""
    for home, begin, end in stretches(epoch, first, last):
        yield from connection.rows(
            "SELECT revision.sequence, revision.record, revision.kind, revision.unit, revision.body, body_hash, chain,"
            " absent, quarantine.body AS kept FROM revision LEFT JOIN quarantine USING (device, epoch, sequence)"
            " WHERE device = :device AND epoch = :epoch AND sequence BETWEEN :first AND :last ORDER BY sequence",
            {"device": device, "epoch": home, "first": begin, "last": end},
        )


def _body_of(row: Row) -> bytes | None:
    """Give the body of a row, be it kept aside; None where only the hash is here."""
    data = row["body"] if row["body"] is not None else row["kept"]
    return None if data is None else bytes(data)


def read_segment(
    connection: Connection, branch: Branch, first: int, last: int, limits: Limits = LIMITS
) -> Segment:
    """Read numbers from `first` on, at most to `last` and no more than fit into a bundle, as all that is held of them.

    It ends where a bundle of the author ended too, so that the author's header proves it as a whole; what was cut off
    while it was sent is therefore read the same again.
    """
    last = min(last, first + limits.revisions - 1)
    proofs = list_proofs(connection, branch.device, branch.epoch, first, last)
    items: list[Item] = []
    size = 0
    for row in read_rows(connection, branch.device, branch.epoch, first, min([last, *proofs])):
        data = _body_of(row)
        size += WIPED_BYTES if data is None else len(data)
        if items and size > limits.bytes:
            break
        items.append(Wiped(bytes(row["body_hash"])) if data is None else data)
    before = chain_at(connection, branch.device, branch.epoch, first - 1) or b""
    end = first + len(items) - 1
    proven = tuple(proofs[each] for each in (end,) if each in proofs)
    return Segment(branch.device, branch.root, branch.lane, first, before, tuple(items), proofs=proven)


def read_segments(
    connection: Connection, branch: Branch, first: int, last: int, limits: Limits = LIMITS
) -> Iterator[Segment]:
    """Read numbers `first` to `last` of a branch, bundle by bundle."""
    while first <= last:
        segment = read_segment(connection, branch, first, last, limits)
        yield segment
        first = segment.last + 1


def read_lacking(connection: Connection, lane: str, device: str, root: str, tips: Iterable[Tip]) -> Iterator[Segment]:
    """Give, one by one, the bodies that the other side has only the hashes of, as far as they are held here."""
    for tip in tips:
        epoch = find_branch(connection, device, root, tip)
        if epoch is None:
            continue
        (row,) = read_rows(connection, device, epoch, tip.sequence, tip.sequence)
        data = _body_of(row)
        if data is not None:
            before = chain_at(connection, device, epoch, tip.sequence - 1)
            yield Segment(device, root, lane, tip.sequence, before or b"", (data,))


def give_item(row: Row, visible: Container[str]) -> Item:
    """Give what a reader gets of a row: the body where it may see the record, else the hash."""
    is_given = row["body"] is not None and row["record"] in visible
    return bytes(row["body"]) if is_given else Wiped(bytes(row["body_hash"]))


def note_absent(segment: Segment, rows: Sequence[Row], visible: Container[str]) -> Segment:
    """Add what only the centre may say of the rows of a segment: refused, of which it lacks the body, erased where."""
    return replace(
        segment,
        refused=tuple(row["sequence"] for row in rows if row["absent"] == "quarantined"),
        lacking=tuple(row["sequence"] for row in rows if is_lacking(row)),
        erased=tuple(
            Erased(row["sequence"], row["record"], row["kind"], row["unit"])
            for row in rows
            if row["absent"] == "erased" and row["record"] in visible
        ),
    )


def keep_proof(connection: Connection, device: str, root: str, proof: Proof) -> None:
    """Keep a header as its author signed it."""
    connection.execute(
        "INSERT INTO header (device, root, last, chain_after, signed)"
        " VALUES (:device, :root, :last, :after, :signed) ON CONFLICT DO NOTHING",
        {
            "device": device,
            "root": root,
            "last": proof.tip.sequence,
            "after": proof.tip.chain,
            "signed": proof.signed,
        },
    )


def list_proofs(connection: Connection, device: str, epoch: str, first: int, last: int) -> dict[int, Proof]:
    """Give the authors' headers that end between two numbers of a branch."""
    rows = connection.rows(
        "SELECT last, chain_after, signed FROM header WHERE device = :device AND root = :root"
        " AND last BETWEEN :first AND :last",
        {"device": device, "root": root_of(epoch), "first": first, "last": last},
    )
    found = [Proof(Tip(row["last"], bytes(row["chain_after"])), bytes(row["signed"])) for row in rows]
    return {
        proof.tip.sequence: proof
        for proof in found
        if chain_at(connection, device, epoch, proof.tip.sequence) == proof.tip.chain
    }
