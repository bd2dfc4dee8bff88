"""The laptop's downloads: page after page, each stored together with the cursor that leads on from it.

They never wait for uploads. What follows something that was out of sight is held, and the missing part is asked for
with the next request.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from sync.errors import DeviceRefused, WentBackwards
from sync.evicting import evict, list_leaving, look_again, may_evict, put_scope
from sync.feed import Cursor
from sync.giving import Gap, OwnTip
from sync.heads import list_branches, make_asks, note_received, note_standing, offer_wanted, sample
from sync.holding import list_missing, list_waiting
from sync.judging import Origin
from sync.lives import note_life
from sync.log import chain_at
from sync.messages import MAX_ASKED, Page, PullRequest, Transport
from sync.receiving import Receiver
from sync.segments import Segment, Tip
from sync.storage import Connection, Storage

MAX_PAGES = 100_000
BY_CENTRE = Origin(by_centre=True)
Changed = Callable[[Connection, set[str]], None]


@dataclass
class Pulled:
    """What pulling brought: pages, revisions, records that are to be shown anew."""

    pages: int = 0
    revisions: int = 0
    changed: set[str] = field(default_factory=set)


class Puller:
    """Pulls into one log."""

    def __init__(self, storage: Storage, receiver: Receiver, transport: Transport, on_change: Changed) -> None:
        self._storage = storage
        self._receiver = receiver
        self._transport = transport
        self._on_change = on_change

    def pull(self) -> Pulled:
        """Fetch everything that is new and everything that is missing.

        :raises DeviceRefused: if this device may have nothing any more.
        :raises WentBackwards: if the centre shows less than it showed before, in the same life.
        """
        pulled = Pulled()
        asked: PullRequest | None = None
        while pulled.pages < MAX_PAGES:
            with self._storage.reading() as connection:
                request = self.make_request(connection)
            page = self._fetch(request)
            self._take(request, page, pulled)
            pulled.pages += 1
            if self._is_end(page, request, is_repeated=request == asked):
                break
            asked = request
        self._tidy(pulled)
        return pulled

    def _fetch(self, request: PullRequest) -> Page:
        """Ask for a page. Who is refused can tell no more by its cursor whether the centre still has what it had."""
        try:
            return self._transport.pull(request)
        except DeviceRefused:
            if request.cursor is not None:
                with self._storage.writing() as connection:
                    connection.execute("DELETE FROM cursor")
            raise

    def _is_end(self, page: Page, request: PullRequest, *, is_repeated: bool) -> bool:
        """Tell whether nothing more is to be had: what is missing after the same was asked twice is not there."""
        if page.has_more or not page.is_known:
            return False
        if is_repeated:
            return True
        if request.gaps:
            return False
        with self._storage.reading() as connection:
            return not list_missing(connection)

    def make_request(self, connection: Connection) -> PullRequest:
        """Say what is wanted now."""
        return PullRequest(read_cursor(connection), tuple(self._own(connection)), tuple(self._gaps(connection)))

    def _own(self, connection: Connection) -> Iterator[OwnTip]:
        """Name what is not wanted back: own epochs of which every body, on every branch, is still here."""
        for branch in list_branches(connection, self._receiver.device):
            chain = chain_at(connection, branch.device, branch.epoch, branch.received) if branch.received else None
            is_partial = connection.value(
                "SELECT 1 FROM epoch JOIN revision USING (device, epoch) WHERE epoch.device = :device"
                " AND epoch.root = :root AND absent IN ('outside', 'quarantined') LIMIT 1",
                {"device": branch.device, "root": branch.root},
            )
            if chain is not None and not is_partial:
                yield OwnTip(branch.root, Tip(branch.received, chain))

    def _gaps(self, connection: Connection) -> list[Gap]:
        gaps = []
        for missing in list_missing(connection):
            tips = [
                tip
                for branch in list_branches(connection, missing.device, missing.epoch)
                for tip in sample(connection, branch)
            ]
            gaps.append(Gap(missing.device, missing.epoch, missing.upto, tuple(dict.fromkeys(tips))))
        return gaps

    def _take(self, request: PullRequest, page: Page, pulled: Pulled) -> None:
        if page.is_known and page.cursor == request.cursor and not page.segments and page.scope is None:
            return
        with self._storage.writing() as connection:
            note_life(connection, page.incarnation)
            if not page.is_known:
                if request.cursor is None or request.cursor.incarnation == page.incarnation:
                    raise WentBackwards(reason="position", incarnation=page.incarnation)
                connection.execute("DELETE FROM cursor")
                return
            if page.scope is not None:
                put_scope(connection, page.scope)
            changed = self._store(connection, page, pulled)
            self._on_change(connection, changed)
        pulled.changed |= changed

    def _store(self, connection: Connection, page: Page, pulled: Pulled) -> set[str]:
        changed: set[str] = set()
        must_pull_again = False
        for segment in page.segments:
            outcome = self._receiver.receive(connection, segment, BY_CENTRE)
            changed |= outcome.changed
            pulled.revisions += outcome.stored + len(outcome.filled)
            must_pull_again |= outcome.must_pull_again
            if outcome.filled:
                look_again(connection)
        if must_pull_again:
            connection.execute("DELETE FROM cursor")
        else:
            self._keep_cursor(connection, page.cursor)
        self._note_received(connection, page.segments)
        return changed

    def _note_received(self, connection: Connection, segments: Sequence[Segment]) -> None:
        for segment in segments:
            chains = segment.chains()
            lacking = [Tip(each, chains[each - segment.first + 1]) for each in segment.lacking]
            tip = Tip(segment.last, chains[-1])
            note_received(connection, segment.device, segment.epoch, tip, lacking, segment.first)
            for wanted in lacking:
                offer_wanted(connection, segment.device, segment.epoch, wanted)

    def _tidy(self, pulled: Pulled) -> None:
        """Let go of what is out of scope, if the centre has it, unless what it gave still waits for the rest."""
        with self._storage.reading() as connection:
            if not may_evict(connection) or any(held.origin.by_centre for held in list_waiting(connection)):
                return
            leaving = list_leaving(connection)
            branches = [each for each in list_branches(connection) if (each.device, each.root) in leaving.epochs]
        # What was received is asked again, not remembered: this cannot be undone.
        standings = self._transport.ask(make_asks(branches)).standings if branches else ()
        visible = self._find_visible(sorted(leaving.records))
        with self._storage.writing() as connection:
            for standing in standings:
                note_standing(connection, standing)
            changed = evict(connection, leaving.records.difference(visible))
            self._on_change(connection, changed)
        pulled.changed |= changed

    def _find_visible(self, records: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(records), MAX_ASKED):
            found.update(self._transport.find_visible(records[start : start + MAX_ASKED]))
        return found

    def _keep_cursor(self, connection: Connection, cursor: Cursor) -> None:
        put_cursor(connection, cursor)


def read_cursor(connection: Connection) -> Cursor | None:
    """Give how far was pulled; None before the first time."""
    row = connection.row(
        "SELECT incarnation, version, position, chain, before_version, before_position, before_chain FROM cursor"
        " WHERE id = 1"
    )
    if row is None:
        return None
    before = row["before_chain"]
    return Cursor(**{**row, "chain": bytes(row["chain"]), "before_chain": None if before is None else bytes(before)})


def put_cursor(connection: Connection, cursor: Cursor) -> None:
    """Keep how far was pulled; in the transaction that stores what came with it."""
    connection.execute("DELETE FROM cursor")
    connection.execute(
        "INSERT INTO cursor (id, incarnation, version, position, chain, before_version, before_position, before_chain)"
        " VALUES (1, :incarnation, :version, :position, :chain, :before_version, :before_position, :before_chain)",
        msgspec.structs.asdict(cursor),
    )
