"""The way to the centre, watched: counts what goes over it and ends when it is asked to."""

from collections.abc import Sequence

from collector.replication.progress import Progress
from sync.attachments import RemoteShelf
from sync.heads import Ask
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.talking import Fits, Link
from sync.wire import TalkAnswer, TalkRequest


class WatchedLink:
    """Another link, with its progress."""

    def __init__(self, link: Link, progress: Progress) -> None:
        self._link = link
        self._progress = progress

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once."""
        self._progress.check()
        return self._link.talk(request)

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Give the page of an answer, its bundles opened."""
        return self._count(self._link.read_page(request, answer))

    def is_arriving(self, fits: Fits) -> bool:
        """Tell whether the answer to a question that fits came in part or as a whole."""
        return self._link.is_arriving(fits)

    def resume(self, request: PullRequest) -> Page | None:
        """Give the page that is arriving, if it goes on from this cursor and the centre still has it."""
        self._progress.check()
        page = self._link.resume(request)
        return None if page is None else self._count(page)

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Give the receipts of an answer, their signatures checked."""
        return self._link.read_receipts(answer)

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        self._progress.check()
        return self._link.ask(asks)

    def find_offset(self, bundle: str) -> int:
        """Ask how many bytes of a bundle the centre has."""
        self._progress.check()
        return self._link.find_offset(bundle)

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle from `offset` on; give the receipt."""
        self._progress.check()
        receipt = self._link.send(bundle, offset, data, claim)
        self._progress.add(bundles=1)
        return receipt

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask which of these records the device may see."""
        self._progress.check()
        return self._link.find_visible(records)

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new."""
        self._progress.check()
        return self._count(self._link.pull(request))

    def _count(self, page: Page) -> Page:
        self._progress.add(done=sum(len(each.items) for each in page.segments), bundles=len(page.segments))
        return page


class WatchedShelf:
    """The centre's shelf, with the progress of what goes there and comes from there. `sent`: what arrived there."""

    def __init__(self, shelf: RemoteShelf, progress: Progress) -> None:
        self._shelf = shelf
        self._progress = progress
        self.sent: set[str] = set()

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Give, per name, the size if it is complete there, and the length of what is incomplete."""
        self._progress.check()
        return self._shelf.describe(names)

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
        self._progress.check()
        data = self._shelf.read(name, offset, length)
        self._progress.add(done=len(data))
        return data

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; with the last one the other side verifies."""
        self._progress.check()
        length = self._shelf.append(name, offset, data, is_last=is_last)
        self._progress.add(done=len(data))
        if is_last and length >= offset + len(data):
            self.sent.add(name)
        return length
