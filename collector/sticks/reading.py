"""Reads sticks: any number of files in any order from any laptops, each by itself in one transaction.

What is for this folder is opened and received, what is for others is carried unopened, what cannot be used yet is kept
aside. Contents of attachments come after all records. What is damaged, forged or of another centre stays where it is.
Nothing on a stick is changed by reading it, and reading it again changes nothing here.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from collector.attachments.pieces import ContentWrong, NoRoomForPieces
from collector.errors import CollectorError
from collector.sticks.content_reading import PieceDesk
from collector.sticks.errors import (
    AuthorRevoked,
    AuthorUnknown,
    CarriedFull,
    ContentErased,
    ParkedFull,
    PieceOfStranger,
)
from collector.sticks.papers import PaperDesk
from collector.sticks.party import Party
from collector.sticks.report import Progress, ReadReport, be_quiet
from collector.sticks.shares import Shares
from collector.sticks.store import count_set_aside, is_complete, list_missing_parts
from sync.bundle import CAPS
from sync.errors import (
    BundleError,
    BundleForAnotherServer,
    BundleTooNew,
    SegmentRefused,
    StickError,
    SyncError,
)
from sync.headers import Header, split_frame, verify_header
from sync.outbox import name_bundle
from sync.parking import list_parked, park, read_parked, unpark
from sync.pieces import is_piece
from sync.relaying import carry, is_carried
from sync.segments import Tip
from sync.statements import find_purpose, is_statement
from sync.sticks import StickFile, list_files, read_file

_OF_PIECES: Final = (ContentErased, ContentWrong, NoRoomForPieces, PieceOfStranger)
_FIRST: Final = ("membership", "certificate", "revocation")
"""Papers that say whom to believe; they are read before the bundles."""


class Source(NamedTuple):
    """A file to be read: its name for people, and how to get its bytes."""

    name: str
    read: Callable[[], bytes]
    is_statement: bool
    is_piece: bool = False


def list_sources(place: Path) -> list[Source]:
    """List what lies on a stick or in a folder, in the order in which it is best read.

    :raises StickGone: if it is not there.
    """
    return [_make_source(found, place) for found in list_files(place)]


def _make_source(found: StickFile, place: Path) -> Source:
    name = found.path.relative_to(place).as_posix() if found.path.is_relative_to(place) else found.path.name
    return Source(name, lambda: read_file(found), found.header is None and not found.is_piece, found.is_piece)


def make_source(name: str, data: bytes) -> Source:
    """Make a source of bytes that came another way than from a stick."""
    return Source(name, lambda: data, is_statement(data), is_piece(data))


def make_file_source(path: Path, name: str = "") -> Source:
    """Make a source of a file that a person named, whatever it is; no more of it is read than anything of ours has.

    :raises OSError: if it cannot be opened.
    """
    with path.open("rb") as file:
        beginning = file.read(64)

    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(CAPS.sealed_bytes + 1)

    return Source(name or path.name, read, is_statement(beginning), is_piece(beginning))


def read_sources(party: Party, sources: Iterable[Source], progress: Progress = be_quiet) -> ReadReport:
    """Take in everything that these files hold.

    :raises StickGone: if the stick was pulled out; what was read until then stays.
    :raises StorageFull: if there is no room here; what was read until then stays.
    """
    reading = _Reading(party, ReadReport())
    reading.read(list(sources), progress)
    return reading.report


class _Reading:
    """One reading of files."""

    def __init__(self, party: Party, report: ReadReport) -> None:
        self.party = party
        self.report = report
        self.papers = PaperDesk(party, report)
        self._shares = Shares(party.files)

    def read(self, sources: list[Source], progress: Progress) -> None:
        pieces = [source for source in sources if source.is_piece]
        early, bundles, late = self._sort([source for source in sources if not source.is_piece])
        total = len(sources)
        self.report.files = total
        done = total - len(early) - len(bundles) - len(late) - len(pieces)
        steps = (
            (self._take_paper, early), (self.take_bundle, bundles), (self._take_paper, late),
            (self._take_piece, pieces),
        )  # fmt: skip
        for take, part in steps:
            if take == self.take_bundle:
                self._try_parked()
            for source in part:
                self._take(source, take)
                done += 1
                progress(done, total)
        self._note_missing()
        self._note_contents()

    def _sort(self, sources: list[Source]) -> tuple[list[Source], list[Source], list[Source]]:
        early: list[Source] = []
        bundles: list[Source] = []
        late: list[Source] = []
        for source in sources:
            if not source.is_statement:
                bundles.append(source)
                continue
            try:
                data = source.read()
            except (StickError, BundleError) as error:
                self._leave(source.name, error)
                continue
            # Its bytes are read again when it is taken: of thousands of papers only one is in memory at a time.
            if not is_statement(data):
                bundles.append(source)
            else:
                (early if find_purpose(data) in _FIRST else late).append(source)
        return early, bundles, late

    def _take(self, source: Source, take: Callable[[str, bytes], None]) -> None:
        try:
            take(source.name, source.read())
        except (StickError, BundleError, SegmentRefused, *_OF_PIECES, CarriedFull) as error:
            self._leave(source.name, error)

    def _leave(self, name: str, error: SyncError | CollectorError) -> None:
        """Note that a file is of no use; a stick that is gone ends the reading."""
        if error.code == "stick_gone":
            raise error
        self.report.leave(name, error)

    def _take_paper(self, name: str, data: bytes) -> None:
        self.papers.take(name, data)

    # Bundles

    def take_bundle(self, name: str, data: bytes) -> None:
        """Take in one bundle.

        :raises BundleError: if it is of no use here.
        :raises SegmentRefused: if it contradicts what is known.
        """
        try:
            header = verify_header(split_frame(data, CAPS.sealed_bytes).signed)
            if header.server not in self.party.servers | self.party.former_servers:
                raise BundleForAnotherServer(server=header.server)
            self._take_verified(name, data, header)
        except BundleTooNew as error:
            self._park(name, data, error)

    def _take_verified(self, name: str, data: bytes, header: Header) -> None:
        if self.party.take_at_centre is not None:
            self._take_at_centre(data, header)
        elif self.party.own_recipient not in header.recipients:
            self._carry(data, header)
        elif (doubt := self._doubt(header)) is not None:
            self._carry(data, header)
            self._park(name, data, doubt)
        elif self._brings_nothing(header):
            self.report.of(header.device).known += header.count
        else:
            self._open(data, header)

    def _brings_nothing(self, header: Header) -> bool:
        with self.party.storage.reading() as connection:
            return is_complete(connection, header)

    def _doubt(self, header: Header) -> AuthorUnknown | AuthorRevoked | None:
        """Say why what a laptop wrote cannot be believed yet; whatever the centre itself passes on can be."""
        author = header.device
        if author in self.party.certificates or self.party.centre.id in (author, header.signer):
            return None
        return AuthorRevoked(device=author) if self.papers.is_revoked(author) else AuthorUnknown(device=author)

    def _open(self, data: bytes, header: Header) -> None:
        segment = self.party.packer().open(data)
        with self.party.storage.reading() as connection:
            before = count_set_aside(connection, header.device)
        outcome = self.party.receive(segment, header.signer)
        with self.party.storage.reading() as connection:
            aside = count_set_aside(connection, header.device) - before
        found = self.report.of(header.device)
        if outcome.held:
            found.waiting += header.count
            return
        new = outcome.stored + len(outcome.filled)
        found.new += new
        found.known += max(header.count - new, 0)
        found.refused += max(aside, 0)
        found.is_forked |= bool(outcome.forked)
        self.report.records += len(outcome.changed)

    def _carry(self, data: bytes, header: Header) -> None:
        """Keep what is for others, unless it is this laptop's own."""
        found = self.report.of(header.device)
        if header.device == self.party.keys.id:
            found.known += header.count
            return
        with self.party.storage.writing() as connection:
            if is_carried(connection, name_bundle(data)):
                found.carried_before += 1
                return
            signer = header.signer if self.papers.is_vouched(header.signer) else ""
            self._shares.make_room(connection, signer, len(data))
            tip = Tip(header.last, header.after)
            carry(connection, header.device, header.epoch, header.first, tip, data, signer=signer)
        found.carried += 1

    def _take_at_centre(self, data: bytes, header: Header) -> None:
        assert self.party.take_at_centre is not None
        taken = self.party.take_at_centre(data, header)
        found = self.report.of(header.device)
        found.is_forked |= taken.is_forked
        found.refused += taken.refused
        if taken.waits:
            found.waiting += header.count
            return
        found.new += taken.new
        found.known += header.count - taken.new

    # Contents

    @cached_property
    def _desk(self) -> PieceDesk | None:
        """Give who takes pieces; the laptops that are known are those of the papers, which were read before."""
        party = self.party
        if party.files is None:
            return None
        return PieceDesk(
            party.storage, party.files, party.piece_keys, party.keys.id, party.centre.id,
            lambda device: device in party.certificates,
        )  # fmt: skip

    def _take_piece(self, name: str, data: bytes) -> None:
        if self._desk is not None:
            self._desk.take(data)

    def _note_contents(self) -> None:
        if self._desk is not None:
            self.report.contents_waiting = self._desk.try_waiting()
            self.report.contents, self.report.pieces_carried = self._desk.contents, self._desk.carried

    # What waits

    def _park(self, name: str, data: bytes, error: BundleTooNew | AuthorUnknown | AuthorRevoked) -> None:
        with self.party.storage.writing() as connection:
            is_kept = park(connection, data, error.code, str(error.context.get("device", "")))
        if is_kept:
            self.report.park(name, error)
        else:
            self.report.leave(name, ParkedFull())

    def _try_parked(self) -> None:
        """Try again what could not be used before; what still cannot stays parked without a word."""
        with self.party.storage.reading() as connection:
            parked = list_parked(connection)
        for each in parked:
            with self.party.storage.reading() as connection:
                data = read_parked(connection, each.id)
            if data is not None and self._is_usable(data):
                self._take(make_source(each.id[:8], data), self.take_bundle)
                with self.party.storage.writing() as connection:
                    unpark(connection, each.id)

    def _is_usable(self, data: bytes) -> bool:
        try:
            header = verify_header(split_frame(data, CAPS.sealed_bytes).signed)
        except BundleTooNew:
            return False
        except BundleError:
            return True
        return self.party.is_centre or self._doubt(header) is None

    def _note_missing(self) -> None:
        with self.party.storage.reading() as connection:
            self.report.missing = list(list_missing_parts(connection))
