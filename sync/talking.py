"""One conversation of a laptop with the centre: asks and pulls in one request, so that an idle sync costs just one.

`Talk` stands between the protocol core and the network. Before anybody pushes or pulls it asks the centre everything
at once; `ask` and `pull` are then served from that answer, each once, if they still ask the very same. If the centre
is thought to have all that this folder wrote, a digest of the ends of its epochs stands for them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

import msgspec

from sync.branches import root_of
from sync.errors import DeviceRefused
from sync.feed import Cursor
from sync.giving import OwnTip
from sync.heads import Ask, Standing, find_branch, list_branches
from sync.messages import MAX_ASKED, Answer, Claim, Page, PullRequest, Receipt, Transport
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.safekeeping import list_saved_asks, note_saved, put_backup, read_backup
from sync.segments import Segment
from sync.storage import Connection, Storage
from sync.wire import About, Directory, TalkAnswer, TalkRequest

MAX_ASKS: Final = 250
"""How many epochs are asked about at once: the answer is to be so short that it can be asked again."""
Fits = Callable[[TalkRequest, PullRequest], bool]
"""Says whether the answer to an earlier question, with what it pulled, still serves."""
_DIGEST_BYTES: Final = 16
_encoder = msgspec.msgpack.Encoder()


class Link(Transport, Protocol):
    """A way to the centre that takes several questions at once."""

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once."""
        ...

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Give the page of an answer, its bundles opened."""
        ...

    def is_arriving(self, fits: Fits) -> bool:
        """Tell whether the answer to a question that fits came in part or as a whole; another one is thrown away."""
        ...

    def resume(self, request: PullRequest) -> Page | None:
        """Give the page that is arriving; None if it does not go on from this cursor, or the centre lost it."""
        ...

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Give the receipts of an answer, their signatures checked."""
        ...


def digest_tips(tips: Iterable[OwnTip]) -> bytes:
    """Give what stands for the ends of all epochs of one device."""
    lines = sorted(_encoder.encode(each) for each in tips)
    return hashlib.sha256(b"".join(lines)).digest()[:_DIGEST_BYTES]


def list_settled(connection: Connection, device: str) -> list[OwnTip] | None:
    """Give, at the centre, the ends of a device's epochs; None where more is to be said of them than that."""
    branches = list_branches(connection, device)
    found = [OwnTip(root_of(branch.epoch), branch.tip) for branch in branches]
    is_odd = connection.value(
        "SELECT 1 FROM revision WHERE device = :device AND absent IS NOT NULL AND (absent <> 'erased' OR record = '')"
        " LIMIT 1",
        {"device": device},
    )
    return None if is_odd or len({each.epoch for each in found}) < len(found) else found


def _find_settled(
    device: str, asks: Sequence[Ask], settled: Mapping[tuple[str, str], Standing], own: Sequence[OwnTip]
) -> bytes | None:
    """Give the digest if nothing but the ends of own epochs would be asked, and the centre had them all."""
    ends = {(ask.device, ask.epoch): ask.tips for ask in asks}
    mine = {(device, each.epoch): (each.tip,) for each in own}
    return digest_tips(own) if ends and ends == mine and ends.keys() == settled.keys() else None


class Talk:
    """A `Transport` that serves the first questions from one answer.

    After `begin`, `directory` holds the certificates if they changed, and `life` names that of the centre.
    """

    def __init__(self, link: Link, device: str) -> None:
        self._link = link
        self._device = device
        self._asked: tuple[list[Ask], Answer] | None = None
        self._pulled: tuple[PullRequest, TalkAnswer] | None = None
        self._life: str | None = None
        self._backup: int | None = None
        self.directory: Directory | None = None
        self.life = ""

    def begin(
        self, storage: Storage, pusher: Pusher, puller: Puller, directory: str | None = None, about: About | None = None
    ) -> None:
        """Ask everything that pushing and pulling are going to ask; `directory` is the version known here.

        A page of which a part came earlier is not asked for anew: `pull` goes on with it.
        """
        with storage.reading() as connection:
            asks, settled = pusher.make_asks(connection)
            pull = puller.make_request(connection)
            backup = read_backup(connection)
            is_arriving = self._link.is_arriving(partial(self._fits, connection, pull))
        request = TalkRequest(about=about, directory=directory, backup=backup)
        if len(asks) > MAX_ASKS or max(len(pull.own), len(pull.gaps)) > MAX_ASKED:
            answer = self._link.talk(request)
            self._keep(request, answer, {})
            self._asked = self._pulled = None
        else:
            wanted = None if is_arriving else pull
            request = msgspec.structs.replace(request, pull=wanted, asks=tuple(asks))
            answer, assumed = self._ask(request, pull.own, settled)
            self._keep(request, answer, assumed)
        if is_arriving:
            self._pulled, self._life = None, answer.incarnation

    def _ask(
        self, request: TalkRequest, own: Sequence[OwnTip], settled: Mapping[tuple[str, str], Standing]
    ) -> tuple[TalkAnswer, Mapping[tuple[str, str], Standing]]:
        digest = _find_settled(self._device, request.asks, settled, own)
        if digest is not None:
            short = request.pull and msgspec.structs.replace(request.pull, own=())
            answer = self._link.talk(msgspec.structs.replace(request, settled=digest, pull=short, asks=()))
            if answer.is_settled:
                return answer, settled
        return self._link.talk(request), {}

    def _fits(self, connection: Connection, wanted: PullRequest, question: TalkRequest, asked: PullRequest) -> bool:
        """Tell whether a page for an earlier question has all that is wanted now: nothing was lost here since."""
        if asked.cursor != wanted.cursor:
            return False
        if question.settled is not None:
            return digest_tips(wanted.own) == question.settled
        return _has_less(asked, wanted) and all(
            find_branch(connection, self._device, own.epoch, own.tip) is not None for own in asked.own
        )

    def _keep(self, request: TalkRequest, answer: TalkAnswer, settled: Mapping[tuple[str, str], Standing]) -> None:
        pull = request.pull or PullRequest()
        standings = answer.standings or tuple(settled.values())
        self.life = _life(pull, answer)
        receipts = self._link.read_receipts(answer)
        self._asked = (list(request.asks), Answer(self.life, standings, receipts))
        self._pulled = (pull, answer)
        self._backup = None if answer.backup == request.backup else answer.backup
        self.directory = answer.directory

    def tell(self, about: About) -> None:
        """Say anew what the laptop is, because it changed meanwhile."""
        self._link.talk(TalkRequest(about))

    def note_backup(self, storage: Storage) -> None:
        """If the centre made another backup, ask how far each epoch is in it and keep that. To be called at the end."""
        if self._backup is None:
            return
        with storage.reading() as connection:
            asks = list_saved_asks(connection)
        numbers: list[int] = []
        for start in range(0, len(asks), MAX_ASKED):
            numbers += self._link.talk(TalkRequest(saved=tuple(asks[start : start + MAX_ASKED]))).saved
        with storage.writing() as connection:
            note_saved(connection, asks, numbers)
            put_backup(connection, self._backup)
        self._backup = None

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Say what the centre holds."""
        known, self._asked = self._asked, None
        return known[1] if known and known[0] == list(asks) else self._link.ask(asks)

    def pull(self, request: PullRequest) -> Page:
        """Give what is new."""
        page = self._give_known(request) or self._resume(request)
        return self._link.pull(request) if page is None else page

    def _give_known(self, request: PullRequest) -> Page | None:
        """Give the page that was asked for in the beginning. If something was sent since, there may be more by now."""
        known, self._pulled = self._pulled, None
        if known is None:
            return None
        asked, answer = known
        if asked == request:
            return self._link.read_page(request, answer)
        has_news = answer.page is not None and answer.page.bundles and _has_less(asked, request)
        return replace(self._link.read_page(request, answer), has_more=True) if has_news else None

    def _resume(self, request: PullRequest) -> Page | None:
        """Go on with a page of which a part came earlier, unless the centre began another life since."""
        life, self._life = self._life, None
        if life is None:
            return None
        page = self._link.resume(request)
        return replace(page, has_more=True) if page is not None and page.incarnation == life else None

    def find_offset(self, bundle: str) -> int:
        """Ask how many bytes of a bundle the centre has."""
        return self._link.find_offset(bundle)

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle from `offset` on."""
        return self._link.send(bundle, offset, data, claim)

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask which of these records may be seen."""
        return self._link.find_visible(records)


def _has_less(asked: PullRequest, wanted: PullRequest) -> bool:
    """Tell whether who asked earlier, from the same cursor, had of its own no more than now."""
    ends = {own.epoch: own.tip.sequence for own in wanted.own}
    return asked.cursor == wanted.cursor and all(own.tip.sequence <= ends.get(own.epoch, 0) for own in asked.own)


def _life(pull: PullRequest, answer: TalkAnswer) -> str:
    known = pull.cursor.incarnation if pull.cursor else ""
    return known if answer.incarnation is None else answer.incarnation


def make_page(request: PullRequest, answer: TalkAnswer, segments: Sequence[Segment]) -> Page:
    """Give the page that an answer holds; `segments` are its bundles, opened.

    :raises DeviceRefused: if the centre gives this device nothing.
    """
    if answer.refusal:
        raise DeviceRefused(reason=answer.refusal, at="centre")
    life, said = _life(request, answer), answer.page
    if said is None:
        return Page(life, request.cursor or Cursor(life, ""))
    return Page(life, said.cursor, segments, said.scope, said.has_more, said.is_known)

