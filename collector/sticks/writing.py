"""Writes onto a stick what others lack: for the centre, for the laptops that may read, and what is carried for others.

Records always come first; contents of attachments follow as long as there is room (`content_writing`).

Everything goes as whole files of the size of a bundle, each by itself; when the stick is pulled out or full, what was
written is of use and writing again goes on there. Writing is not arriving: only a receipt says that (`departures`).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from collector.clock import now, utc_text
from collector.sticks.content_papers import list_held_tokens, make_receipts, make_statements
from collector.sticks.content_writing import ContentWriting
from collector.sticks.party import Party
from collector.sticks.report import Progress, WriteReport, be_quiet
from collector.sticks.shelf import Shelf
from sync.clock import wall_clock_ms
from sync.contents import HELD, RECEIVED, HeldContents, read_held, read_received, split_tokens
from sync.departures import note_written
from sync.errors import StatementRefused
from sync.headers import MAX_RECIPIENTS, Header, decode_header, read_header, split_frame
from sync.heads import Branch, find_branch
from sync.holdings import HeldEpoch, has_told, list_held_epochs, make_holdings, read_holdings
from sync.keys import recipient_id
from sync.lives import current_life
from sync.messages import Sealed
from sync.offering import keep_proof
from sync.packing import BundlePacker
from sync.parking import Paper, list_papers
from sync.receipts import read_receipt
from sync.relaying import Carried, list_carried, list_receipts, read_carried
from sync.segments import Segment, Tip
from sync.stocking import Need, Reader, cut, list_needs, list_offers, list_waiting_segments, read_offer
from sync.storage import Connection

MAX_READERS: Final = MAX_RECIPIENTS - 2
_Covered = list[tuple[int, int, frozenset[str]]]


def write_stick(party: Party, stick: Path, progress: Progress = be_quiet) -> WriteReport:
    """Write everything that others are not known to have.

    :raises StickError: one of its classes; what was written until then is whole and noted.
    """
    shelf = Shelf(stick, party.keys.id, lambda: list_held_tokens(party))
    writing = _Writing(party, shelf, WriteReport(str(stick)), progress)
    try:
        writing.write_papers()
        if not party.is_centre:
            writing.write_for_centre()
        writing.write_for_readers()
        writing.write_carried()
        writing.write_holdings()
        writing.tidy()
        writing.write_contents()
    finally:
        writing.note()
    return writing.report


@dataclass
class _Writing:
    """One stick being written."""

    party: Party
    shelf: Shelf
    report: WriteReport
    progress: Progress
    _done: int = 0
    _total: int = 0
    _noted: dict[tuple[str, str], int] = field(default_factory=dict)
    _covered: dict[tuple[str, str], _Covered] = field(default_factory=dict)
    _carried: list[Carried] = field(default_factory=list)

    # Papers

    def write_papers(self) -> None:
        """Write receipts first, then what laptops have to know of each other, then papers for others."""
        with self.party.storage.reading() as connection:
            receipts = [receipt for receipt in list_receipts(connection) if self._is_of_centre(receipt.signed)]
            papers = list(list_papers(connection))
        for receipt in receipts:
            label = f"receipt-{receipt.device[:8]}-{receipt.epoch[:8]}"
            self.report.receipts += self.shelf.replace_statements(label, [receipt.signed])
        for label, data in self.party.own_papers:
            self.report.papers += self.shelf.replace_statements(label, [data])
        for paper in papers:
            if paper.purpose in (HELD, RECEIVED):
                continue  # those of one laptop take the place of earlier ones
            self.report.papers += self.shelf.put_statement(f"{paper.purpose}-{paper.subject[:8]}", paper.data)

        self._write_content_papers(papers)

    def _write_content_papers(self, papers: list[Paper]) -> None:
        """Write the receipts of contents, which take the place of earlier ones, and say which contents are here."""
        party, at_ms = self.party, wall_clock_ms()
        if party.files is None:
            return
        self._write_held(papers)
        receipts: dict[str, list[bytes]] = {}
        for paper in papers:
            if paper.purpose == RECEIVED and self._is_of_centre(paper.data, read_received):
                receipts.setdefault(paper.subject, []).append(paper.data)
        for device, signed in (make_receipts(party, at_ms) if party.is_centre else receipts).items():
            self.report.receipts += self.shelf.replace_statements(f"{RECEIVED}-{device[:8]}", signed)
        if not party.is_centre:
            tokens, said = make_statements(party, at_ms)
            label = f"{HELD}-{party.keys.id[:8]}"
            if self._read_tokens(label) != tokens:
                self.report.papers += self.shelf.replace_statements(label, said)

    def _write_held(self, papers: list[Paper]) -> None:
        """Write what others say that they hold, unless the stick holds a later word of them."""
        carried: dict[str, list[bytes]] = {}
        for paper in papers:
            if paper.purpose == HELD and self._is_of_centre(paper.data, read_held):
                carried.setdefault(paper.subject, []).append(paper.data)
        for device, data in carried.items():
            label, at_ms = f"{HELD}-{device[:8]}", read_held(data[0], self.party.servers).at_ms
            if all(said.at_ms <= at_ms for said in self._read_held(label)):
                self.report.papers += self.shelf.replace_statements(label, data)

    def _read_held(self, label: str) -> Iterator[HeldContents]:
        for path in self.shelf.list_statements(label):
            with suppress(OSError, StatementRefused):
                yield read_held(path.read_bytes(), self.party.servers)

    def _read_tokens(self, label: str) -> set[str] | None:
        """Read which contents the stick says are here; None if it says nothing."""
        said = [each for each in self._read_held(label) if each.signer == self.party.keys.id]
        return set().union(*(split_tokens(each.tokens) for each in said)) if said else None

    def _is_of_centre(
        self, receipt: bytes, read: Callable[[bytes, frozenset[str]], object] = read_receipt
    ) -> bool:
        """Tell whether the present centre signed a receipt: a laptop may have belonged to another before."""
        try:
            read(receipt, self.party.servers)
        except StatementRefused:
            return False
        return True

    def write_holdings(self) -> None:
        """Say what is held here, unless the stick says just that."""
        with self.party.storage.reading() as connection:
            held = list_held_epochs(connection)
        label = f"holdings-{self.party.keys.id[:8]}"
        if self._read_holdings(label) == sorted(held):
            return
        said = make_holdings(held, server=self.party.centre.id, at_ms=wall_clock_ms(), keys=self.party.keys)
        self.report.papers += self.shelf.replace_statements(label, list(said))

    def _read_holdings(self, label: str) -> list[HeldEpoch] | None:
        found = []
        for path in self.shelf.list_statements(label):
            try:
                found.append(read_holdings(path.read_bytes(), self.party.servers))
            except (OSError, StatementRefused):
                return None
        return sorted(held for said in found if said.signer == self.party.keys.id for held in said.epochs)

    # Bundles

    def write_for_centre(self) -> None:
        """Write what the centre is not known to hold: own epochs, others' that can be proven, and what waits here."""
        own = self.party.keys.id
        with self.party.storage.reading() as connection:
            offers = list_offers(connection)
            waiting = list_waiting_segments(connection, own)
            self._carried = [each for each in list_carried(connection) if not each.refusal]
        self._total = sum(offer.branch.tip.sequence - offer.first + 1 for offer in offers)
        for offer in offers:
            self._write_offer(offer.branch, offer.first)
        for segment in waiting:
            self._put(self.party.packer().seal(segment))

    def _write_offer(self, branch: Branch, first: int) -> None:
        packer = self.party.packer()
        while first <= branch.tip.sequence:
            with self.party.storage.reading() as connection:
                segment = read_offer(connection, branch, first, self.party.keys.id)
            if segment is None:
                self.report.unproven += 1
                self._advance(branch.tip.sequence - first + 1)
                return
            if not self._is_carried(segment):
                self._write_segment(branch, segment, packer)
            self._noted[branch.device, branch.epoch] = segment.last
            self._advance(len(segment.items))
            first = segment.last + 1

    def _is_carried(self, segment: Segment) -> bool:
        """Tell whether the author's own bundle of this is carried, which may hold more than can be read here."""
        return any(
            (each.device, each.epoch) == (segment.device, segment.epoch)
            and each.first <= segment.first
            and segment.last <= each.last
            for each in self._carried
        )

    def _write_segment(self, branch: Branch, segment: Segment, packer: BundlePacker) -> None:
        sealed = packer.seal(segment)
        self._keep_proof(sealed, segment)
        if self._put(sealed):
            self.report.revisions += len(segment.items)
        covered = self._covered.setdefault((branch.device, branch.epoch), [])
        covered.append((segment.first, segment.last, frozenset(_header_of(sealed.data).recipients)))

    def _keep_proof(self, sealed: Sealed, segment: Segment) -> None:
        """Keep an own header before it leaves, as when it is sent: what is read again ends in the same place."""
        if sealed.proof is not None:
            with self.party.storage.writing() as connection:
                keep_proof(connection, segment.device, segment.epoch, sealed.proof)

    def write_for_readers(self) -> None:
        """Write what other laptops may read and did not say that they hold."""
        readers = self.party.list_readers()
        with self.party.storage.reading() as connection:
            needs = list(list_needs(connection, readers, self.party.keys.id, is_centre=self.party.is_centre))
        self._total += sum(need.last - need.first + 1 for need in needs)
        for need in needs:
            for readers_at_once in self._split(need):
                self._write_need(need, readers_at_once)
            self._advance(need.last - need.first + 1)

    def _split(self, need: Need) -> Iterator[tuple[Reader, ...]]:
        """Leave out who can open what was written for the centre; never name more readers than a header takes."""
        covered = self._covered.get((need.branch.device, need.branch.epoch), ())
        lacking = [
            reader
            for reader in need.readers
            if not any(
                first <= need.first and need.last <= last and recipient_id(reader.encryption) in recipients
                for first, last, recipients in covered
            )
        ]
        for start in range(0, len(lacking), MAX_READERS):
            yield tuple(lacking[start : start + MAX_READERS])

    def _write_need(self, need: Need, readers: tuple[Reader, ...]) -> None:
        with self.party.storage.reading() as connection:
            segment = cut(
                connection, need.branch, need.first, need.last, readers[0].scope, is_centre=self.party.is_centre
            )
        if segment.device == self.party.keys.id:
            # What was written before has to come out the same, whether or not its header was kept meanwhile.
            segment = replace(segment, proofs=())
        if self._put(self.party.packer(readers).seal(segment)):
            for reader in readers:
                before = self.report.for_laptops.get(reader.device, 0)
                self.report.for_laptops[reader.device] = before + len(segment.items)

    def _put(self, sealed: Sealed) -> bool:
        is_new = self.shelf.put_sealed(sealed.data)
        self.report.bundles += is_new
        self.report.present += not is_new
        return is_new

    def write_carried(self) -> None:
        """Write what is carried for others: to the centre as long as it has it not, to laptops that can open it."""
        with self.party.storage.reading() as connection:
            carried = list_carried(connection)
        for each in carried:
            with self.party.storage.reading() as connection:
                data = read_carried(connection, each.id)
                travels = self._travels(connection, each, data)
            if travels:
                self.report.carried += self.shelf.put_bundle(data)

    def _travels(self, connection: Connection, carried: Carried, data: bytes) -> bool:
        header = read_header(data)
        if header.server not in self.party.servers:
            return False
        if not carried.delivered_to or carried.delivered_to != current_life(connection):
            return True
        return any(
            recipient_id(reader.encryption) in header.recipients
            and reader.device != header.device
            and not has_told(connection, reader.device, header.device, header.epoch, header.last)
            for reader in self.party.list_readers()
        )

    def tidy(self) -> None:
        """Take from the stick what was written before and nobody lacks any more."""

        def is_held(header: Header) -> bool:
            with self.party.storage.reading() as connection:
                return find_branch(connection, header.device, header.epoch, Tip(header.last, header.after)) is not None

        self.report.removed = self.shelf.remove_unneeded(is_held)

    # Contents

    def write_contents(self) -> None:
        """Write the contents of attachments, small ones first, as many as fit."""
        if self.party.files is None:
            return
        writing = ContentWriting(self.party, self.party.files, self.shelf.pieces, self.report)
        self._total += writing.prepare()
        writing.write(self._advance)

    # Progress and notes

    def _advance(self, count: int) -> None:
        self._done += count
        self.progress(self._done, self._total)

    def note(self) -> None:
        """Note what was written for the centre, also when writing ended early."""
        if not self._noted:
            return
        at = utc_text(now())
        with self.party.storage.writing() as connection:
            for (device, epoch), sequence in self._noted.items():
                note_written(connection, device, epoch, sequence, at)


def _header_of(data: bytes) -> Header:
    return decode_header(split_frame(data, len(data)).signed.data)
