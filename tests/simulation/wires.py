"""The way to the simulated centre: it breaks before, in the middle and after, like the real one."""

from collections.abc import Sequence
from types import SimpleNamespace

import msgspec

from simulation.nodes import RECEIPTS, Arriving, Laptop, Server
from sync.answering import answer_talk
from sync.errors import ConnectionLost, DeviceRefused, SyncError
from sync.heads import Ask
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.talking import Fits, make_page
from sync.wire import TalkAnswer, TalkRequest


class Wire:
    """Carries one laptop's requests to the server; `faults` is how often one of them goes wrong."""

    def __init__(self, laptop: Laptop, server: Server, faults: float) -> None:
        self._laptop = laptop
        self._server = server
        self._faults = faults
        self._random = laptop.setting.random

    def _breaks(self) -> bool:
        return self._faults > 0 and self._random.random() < self._faults

    def is_damaging(self) -> bool:
        """Tell whether this part of an attachment arrives otherwise than it was sent; bad lines do that often."""
        return self._faults > 0 and self._random.random() < 0.5

    def _check(self) -> None:
        if self._breaks():
            raise ConnectionLost(when="before")

    def _check_after(self) -> None:
        if self._breaks():
            raise ConnectionLost(when="after")

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Read the receipts of an answer."""
        return tuple(RECEIPTS.check(signed) for signed in answer.receipts)

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        self._check()
        found = self._server.centre.ask(asks)
        self._check_after()
        return found

    def find_visible(self, records: Sequence[str]) -> list[str]:
        """Ask which records may be seen."""
        self._check()
        return self._server.centre.find_visible(self._laptop.device, records)

    def find_offset(self, bundle: str) -> int:
        """Ask how much of a bundle the centre has."""
        self._check()
        return self._server.centre.find_offset(self._laptop.device, bundle)

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle; a part of it may arrive, or all of it without the receipt coming back."""
        if self._breaks():
            length = self._random.randrange(len(data) + 1)
            self._server.centre.keep_part(self._laptop.device, bundle, offset, data[:length])
            raise ConnectionLost(when="during")
        receipt = self._server.centre.take(self._laptop.device, bundle, offset, data, claim)
        self._server.assert_holds(receipt)
        self._server.note_received(receipt.device, receipt.epoch)
        self._check_after()
        return receipt

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new."""
        self._laptop.arriving = None
        self._check()
        bounded = msgspec.structs.replace(request, room=self._random.randrange(1, 30))
        page = self._server.centre.pull(self._laptop.device, bounded)
        self._check_after()
        return page

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once."""
        self._check()
        server, device = self._server, self._laptop.device
        site = SimpleNamespace(centre=server.centre, devices=server.setting.registry, packer=server.packer())
        answer = answer_talk(site, SimpleNamespace(device=device), request)  # type: ignore[arg-type]
        is_whole = not self._breaks()
        if request.pull is not None and answer.page is not None and answer.page.bundles:
            self._laptop.arriving = Arriving(request, answer, server.centre.find_mark(device), is_whole=is_whole)
        if not is_whole:
            raise ConnectionLost(when="during")
        return answer

    def is_arriving(self, fits: Fits) -> bool:
        """Tell whether a page came in part or as a whole, and still serves."""
        known = self._laptop.arriving
        if known is not None and known.question.pull is not None and fits(known.question, known.question.pull):
            return True
        self._laptop.arriving = None
        return False

    def resume(self, request: PullRequest) -> Page | None:
        """Go on with the page that is arriving, if the centre may still give it."""
        known = self._laptop.arriving
        if known is None or known.question.pull is None or known.question.pull.cursor != request.cursor:
            return None
        if not known.is_whole:
            self._check()
            if self._server.centre.find_mark(self._laptop.device) != known.mark:
                self._laptop.arriving = None
                return None
            self._check_after()
        try:
            return self.read_page(request, known.answer)
        except SyncError:
            self._laptop.arriving = None
            raise

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Give the page of an answer, its bundles opened."""
        bundles = answer.page.bundles if answer.page else ()
        packer = self._laptop.packer()
        return make_page(request, answer, [packer.open(bundle) for bundle in bundles])


class RemoteFiles:
    """The centre's attachments, over the same network."""

    def __init__(self, wire: Wire, laptop: Laptop, server: Server) -> None:
        self._wire = wire
        self._shelf = server.shelf
        self._server = server
        self._laptop = laptop

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Say what is there."""
        self._wire._check()
        if self._server.setting.registry.is_revoked(self._laptop.device):
            raise DeviceRefused(device=self._laptop.device)
        known = self._server.list_photos_for(self._laptop.device) if names else set()
        return {name: (self._shelf.size(name), self._shelf.part_size(name)) for name in names if name in known}

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part, perhaps less than was asked for."""
        self._wire._check()
        data = self._shelf.read(name, offset, min(length, 700))
        return data[:-1] + b"?" if self._wire.is_damaging() else data

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; when the connection breaks, some of it arrived."""
        if self._wire._breaks():
            self._shelf.append(name, offset, data[: len(data) // 2])
            raise ConnectionLost(when="during")
        length = self._shelf.append(name, offset, data)
        if is_last and length == offset + len(data) and not self._shelf.finish(name):
            return 0
        return length
