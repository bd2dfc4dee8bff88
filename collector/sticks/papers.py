"""Signed papers from sticks: receipts, certificates, revocations, what others hold, requests and answers of enrolment.

Only the own centre is believed; what another signed is left where it is. Papers for others are carried.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NoReturn

from collector.sticks.content_papers import take_held, take_received
from collector.sticks.errors import ReceiptOfAnEarlierLife, RequestsFull
from collector.sticks.party import Party
from collector.sticks.report import ReadReport
from sync.certificates import Certificate, read_certificate, read_revocation
from sync.contents import HELD, RECEIVED
from sync.directory import put_certificate, remove_certificate
from sync.enrolment import MEMBERSHIP, REQUEST, Membership, read_request, split_answer
from sync.errors import CertificateRefused, ConnectionLost, StatementRefused, SyncError
from sync.heads import Ask
from sync.holdings import has_spoken, note_holdings, read_holdings
from sync.lives import current_life
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.parking import Paper, count_papers, keep_paper, list_papers, remove_papers
from sync.pushing import Pusher
from sync.receipting import read_receipts
from sync.receipts import read_receipt
from sync.relaying import list_receipts
from sync.statements import find_purpose, read_statement
from sync.storage import Connection

MAX_REQUESTS: Final = 200
"""More requests to belong are not carried: anybody can make them up."""


class Nowhere:
    """The way to the centre of who only reads sticks: there is none."""

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask nobody."""
        self._fail()

    def find_offset(self, bundle: str) -> int:
        """Ask nobody."""
        self._fail()

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send nothing."""
        self._fail()

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask nobody."""
        self._fail()

    def pull(self, request: PullRequest) -> Page:
        """Receive nothing."""
        self._fail()

    def _fail(self) -> NoReturn:
        raise ConnectionLost(when="before")


class PaperDesk:
    """Takes papers for one party."""

    def __init__(self, party: Party, report: ReadReport) -> None:
        self.party = party
        self.report = report
        self._revoked = self._list_revoked()
        self._vouched: dict[str, int] = {}

    def is_revoked(self, device: str) -> bool:
        """Tell whether a revocation of this device is held."""
        return device in self._revoked

    def is_vouched(self, device: str) -> bool:
        """Tell whether the centre vouches for a device, by what is held here or came with this reading."""
        held = self.party.certificates.get(device)
        issued = max(held.issued if held else 0, self._vouched.get(device, 0))
        return device == self.party.centre.id or issued > self._revoked.get(device, 0)

    def take(self, name: str, data: bytes) -> None:
        """Take a paper, or note why it was left."""
        takers: dict[str, Callable[[bytes], None]] = {
            "receipt": self._take_receipt,
            "certificate": self._take_certificate,
            "revocation": self._take_revocation,
            "holdings": self._take_holdings,
            MEMBERSHIP: self._take_membership,
            REQUEST: self._take_request,
            HELD: partial(take_held, self.party),
            RECEIVED: partial(take_received, self.party, self.report),
        }
        try:
            takers.get(find_purpose(data), self._refuse)(data)
        except SyncError as error:
            if error.code.startswith("storage"):
                raise
            self.report.leave(name, error)
        except (ReceiptOfAnEarlierLife, RequestsFull) as error:
            self.report.leave(name, error)

    def _refuse(self, data: bytes) -> None:
        read_statement(data, Certificate, "none of those known here")

    # Whom to believe

    def _take_certificate(self, data: bytes) -> None:
        given = read_certificate(data, self.party.servers)
        is_revoked = self._revoked.get(given.device, 0) >= given.issued
        if self.party.is_centre or is_revoked:
            return
        self._vouched[given.device] = max(given.issued, self._vouched.get(given.device, 0))
        if not self._concerns_us(given):
            return
        with self.party.storage.writing() as connection:
            is_new = put_certificate(connection, data, self.party.centre.id)
        if is_new:
            self.party.learn(given)
            self.report.papers += 1

    def _concerns_us(self, given: Certificate) -> bool:
        """Tell whether a laptop shares a unit with this one; of a whole city only few do."""
        own = self.party.certificates.get(self.party.keys.id)
        if own is None or given.device == own.device:
            return True
        return bool({scope.unit for scope in own.scopes} & {scope.unit for scope in given.scopes})

    def _take_revocation(self, data: bytes) -> None:
        word = read_revocation(data, self.party.servers)
        if self.party.is_centre:
            self.report.papers += self.party.remember([data])
            return
        known = self.party.certificates.get(word.device)
        with self.party.storage.writing() as connection:
            is_new = keep_paper(connection, Paper("revocation", word.device, data))
            if known is not None and known.issued <= word.issued:
                remove_certificate(connection, word.device)
                self.party.forget(word.device)
        self._revoked[word.device] = max(word.issued, self._revoked.get(word.device, 0))
        self.report.papers += is_new

    def _list_revoked(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with self.party.storage.reading() as connection:
            papers = [paper for paper in list_papers(connection) if paper.purpose == "revocation"]
        for paper in papers:
            # A laptop may have belonged to another centre before.
            with suppress(StatementRefused, CertificateRefused):
                word = read_revocation(paper.data, self.party.servers)
                found[word.device] = max(word.issued, found.get(word.device, 0))
        return found

    # What was received

    def _take_receipt(self, data: bytes) -> None:
        said = read_receipt(data, self.party.servers)
        if self.party.is_centre:
            return
        with self.party.storage.reading() as connection:
            self._refuse_earlier_life(connection, said.incarnation, said.at_ms)
            is_known = any(receipt.signed == data for receipt in list_receipts(connection))
        party = self.party
        pusher = Pusher(party.storage, party.receiver, Nowhere(), party.packer(), party.on_change)
        receipts = read_receipts(data, party.servers)
        for receipt in receipts:
            pusher.take_receipt(receipt)
        self.report.heard_ms = max(self.report.heard_ms, said.at_ms)
        if not is_known:
            self.report.receipts += 1
            self.report.own_receipts += any(receipt.device == party.keys.id for receipt in receipts)

    def _refuse_earlier_life(self, connection: Connection, incarnation: str, at_ms: int) -> None:
        """A life of the centre that is unknown here may be a new one, or one that ended before any was known here."""
        life = current_life(connection)
        if life in ("", incarnation):
            return
        latest = 0
        for each in list_receipts(connection):
            if each.incarnation == life:
                with suppress(StatementRefused):
                    latest = max(latest, read_receipt(each.signed, self.party.servers).at_ms)
        if at_ms < latest or connection.value(
            "SELECT 1 FROM incarnation WHERE name = :name", {"name": incarnation}
        ):
            raise ReceiptOfAnEarlierLife()

    def _take_holdings(self, data: bytes) -> None:
        said = read_holdings(data, self.party.servers)
        if said.signer == self.party.keys.id or said.signer not in self.party.certificates:
            return
        with self.party.storage.writing() as connection:
            note_holdings(connection, said)
            # Who says what it holds belongs to the centre by now: what was carried for that has arrived.
            for purpose in (REQUEST, MEMBERSHIP):
                remove_papers(connection, purpose, said.signer)

    # Enrolment

    def _take_membership(self, data: bytes) -> None:
        said = read_statement(split_answer(data), Membership, MEMBERSHIP)
        if said.device == self.party.keys.id:
            self.report.papers += self.party.take_membership(split_answer(data), said)
            return
        if self.party.is_centre:
            self._take_back(said, data)
            return
        if said.server != self.party.centre.id:
            raise StatementRefused(reason="issuer")
        if self._has_arrived(said.device) or self.is_revoked(said.device):
            return
        with self.party.storage.writing() as connection:
            self.report.papers += keep_paper(connection, Paper(MEMBERSHIP, said.device, data))
            remove_papers(connection, REQUEST, said.device)

    def _take_back(self, said: Membership, data: bytes) -> None:
        """At the centre: know a laptop again that joined after the backup from which the centre was restored."""
        if said.server == self.party.centre.id and self.party.remember([split_answer(data)]):
            self.party.learn(said.read_certificate())
            self.report.papers += 1

    def _has_arrived(self, device: str) -> bool:
        """Tell whether a device said what it holds, so that it belongs to the centre by now."""
        with self.party.storage.reading() as connection:
            return has_spoken(connection, device)

    def _take_request(self, data: bytes) -> None:
        request, _proof = read_request(data)
        if request.device == self.party.keys.id or self._has_arrived(request.device):
            return
        paper = Paper(REQUEST, request.device, data)
        with self.party.storage.writing() as connection:
            is_new = keep_paper(connection, paper)
            if is_new and count_papers(connection, REQUEST) > MAX_REQUESTS:
                raise RequestsFull()
            self.report.requests += is_new
