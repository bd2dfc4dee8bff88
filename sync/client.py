"""The laptop's HTTP side: every request signed, every answer checked. What the centre did not sign is not from it."""

import base64
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sync.arriving import Arriving
from sync.challenges import Challenges
from sync.clock import wall_clock_ms
from sync.errors import (
    AnswerForged,
    AnswerGone,
    ConnectionLost,
    DeviceRefused,
    RequestRefused,
    RequestUnsigned,
    SyncError,
)
from sync.giving import MAX_ROOM, ROOM
from sync.heads import Ask, Standing
from sync.keys import SIGNATURE_BYTES, Keys, device_id
from sync.line import TIMEOUT_SECONDS, Line, Reply, Watcher, explain_stranger, ignore
from sync.messages import MAX_ASKED, Answer, Claim, Packer, Page, PullRequest, Receipt
from sync.receipting import read_one_receipt
from sync.signing import (
    NO_CHALLENGE,
    find_target,
    format_authorization,
    hash_content,
    open_answer,
    read_unproven,
    sign_request,
)
from sync.talking import MAX_ASKS, Fits, make_page
from sync.wire import (
    ANSWERS,
    BUNDLES,
    BYTES,
    CONTENTS,
    ENROL,
    HELD,
    MAX_ANSWER_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_PAPERS,
    MESSAGE,
    PAPERS,
    PIECE_BYTES,
    ROOT,
    TALK,
    Described,
    TalkAnswer,
    TalkRequest,
    decode,
    decode_error,
    encode,
    join_upload,
)

QUICK_SECONDS: Final = 2.0
"""A page that came within this time may be followed by one twice as large."""
PARTIAL: Final = 206
"""The status of the first piece of a long answer."""
_RANGE: Final = re.compile(r"bytes 0-([0-9]{1,9})/([0-9]{1,9})\Z")


class HttpTransport:
    """The way to the centre over HTTP: a `messages.Transport` and a `talking.Link`.

    `server_key` is the centre's pinned public signing key. After an answer `clock_error_ms` says by how much the clock
    here is ahead of the centre's. `max_room` bounds how many revisions a page has, and so how long storing it takes.
    `arriving` keeps what came of a page if the line breaks.
    """

    def __init__(
        self,
        url: str,
        keys: Keys,
        server_key: bytes,
        packer: Packer,
        *,
        watch: Watcher = ignore,
        challenges: Challenges | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.line = Line(url, watch, timeout_seconds)
        self.clock_error_ms: int | None = None
        self._keys = keys
        self._server_key = server_key
        self._servers = frozenset({device_id(server_key)})
        self._packer = packer
        self._challenges = challenges or Challenges()
        self._now_ms = now_ms
        self.max_room = MAX_ROOM
        self.arriving = Arriving()
        self._room = ROOM

    def close(self) -> None:
        """Close the connection."""
        self._challenges.save()
        self.line.close()

    def request(
        self,
        method: str,
        address: str,
        body: bytes = b"",
        media: str = "",
        question: TalkRequest | None = None,
    ) -> bytes:
        """Send a signed request; give the content of the answer. With an old challenge it is sent once more.

        `question` says that a long answer may come piece by piece, and what is remembered of the request then.

        :raises SyncError: as the centre says, or one of `ConnectionLost` if the answer is not from the centre.
        """
        try:
            return self._request(method, address, body, media, question)
        except RequestUnsigned as error:
            if error.context.get("reason") != "challenge":
                raise
        return self._request(method, address, body, media, question)

    def _request(
        self, method: str, address: str, body: bytes, media: str, question: TalkRequest | None
    ) -> bytes:
        path, _, query = f"{ROOT}{address}".partition("?")
        target = find_target(path, query)
        body_hash = hash_content(body)
        said = sign_request(self._keys, method, target, body_hash, self._challenges.get())
        headers = {"Authorization": format_authorization(said)}
        if body or method != "GET":
            headers["Content-Length"] = str(len(body))
        if media:
            headers["Content-Type"] = media
        if method == "PUT":
            headers["Content-Digest"] = f"sha-256=:{base64.b64encode(body_hash).decode()}:"
        reply = self.line.exchange(method, target, headers, body)
        if question is not None and reply.status == PARTIAL:
            return self._begin_long(reply, said.signature, question)
        return self._believe(reply, said.signature)

    def _believe(self, reply: Reply, signature: bytes) -> bytes:
        """Give the content of an answer that the centre signed.

        :raises AnswerForged: if it looks like the centre's and is not.
        :raises CaptivePortal: if it is from something else.
        """
        answered = open_answer(self._server_key, signature, reply.status, reply.body)
        if answered is None:
            raise explain_stranger(reply)
        if answered.challenge != NO_CHALLENGE:
            self._challenges.put(answered.challenge)
        self.clock_error_ms = self._now_ms() - answered.clock_ms
        if reply.status != 200:
            raise decode_error(reply.status, answered.content)
        return answered.content

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once. A page that comes piece by piece is gone on with after a cut."""
        answer: TalkAnswer = _read_answer(self.request("POST", TALK, encode(request), question=request), TalkAnswer)
        return answer

    def is_arriving(self, fits: Fits) -> bool:
        """Tell whether the answer to a question that fits came in part or as a whole; another one is thrown away."""
        question = self.arriving.question
        if question is not None and question.pull is not None and fits(question, question.pull):
            return True
        self.arriving.forget()
        return False

    def resume(self, request: PullRequest) -> Page | None:
        """Give the page that is arriving, if it goes on from this cursor and the centre still has it."""
        if not self._is_about(request):
            return None
        try:
            answer = _read_answer(self._finish(self.arriving), TalkAnswer)
        except AnswerGone:
            return None
        try:
            return self.read_page(request, answer)
        except SyncError:
            self.arriving.forget()
            raise

    def _is_about(self, request: PullRequest) -> bool:
        """Tell whether what is arriving goes on from the same cursor."""
        question = self.arriving.question
        return question is not None and question.pull is not None and question.pull.cursor == request.cursor

    def _begin_long(self, reply: Reply, signature: bytes, question: TalkRequest) -> bytes:
        """Keep the first piece of a long answer, fetch the others, give the content."""
        length = _find_length(reply)
        if length is None:
            raise explain_stranger(reply)
        arriving = Arriving() if question.pull is None else self.arriving
        arriving.begin(question, signature, length, reply.body)
        try:
            return self._finish(arriving)
        except AnswerGone as error:
            raise ConnectionLost(reason="gone") from error

    def _finish(self, arriving: Arriving) -> bytes:
        """Fetch the pieces that are missing of an answer; believe it as a whole.

        :raises AnswerGone: if it cannot be gone on with, or is not from the centre; then it is thrown away here too.
        :raises ConnectionLost: if the line breaks; what came is kept.
        """
        while not arriving.is_whole:
            address = f"{ANSWERS}/{arriving.name}?offset={arriving.size}"
            try:
                piece = self.request("GET", address)
            except (AnswerGone, DeviceRefused, RequestRefused) as error:
                arriving.forget()
                raise AnswerGone(reason=error.code) from error
            if not piece:
                arriving.forget()
                raise AnswerGone(reason="short")
            arriving.add(piece)
        answered = open_answer(self._server_key, arriving.signature, 200, arriving.data)
        if answered is None:
            arriving.forget()
            raise AnswerGone(reason="damaged")
        return answered.content

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Give the page of an answer, its bundles opened.

        :raises DeviceRefused: if the centre gives this device nothing.
        """
        bundles = answer.page.bundles if answer.page else ()
        return make_page(request, answer, [self._packer.open(bundle) for bundle in bundles])

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Give the receipts of an answer.

        :raises AnswerForged: if one is not the centre's.
        """
        return tuple(self._read_receipt(signed) for signed in answer.receipts)

    def hand_in(self, papers: Sequence[bytes]) -> int:
        """Hand in what the centre signed once and may have forgotten since; give how much of it was news there."""
        sent = (self.request("POST", PAPERS, encode(part), MESSAGE) for part in _share_out(papers))
        return sum(int(_read_answer(content, int)) for content in sent)

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        standings: list[Standing] = []
        receipts: list[Receipt] = []
        life = ""
        for part in _split(asks):
            answer = self.talk(TalkRequest(asks=tuple(part)))
            standings += answer.standings
            receipts += self.read_receipts(answer)
            life = answer.incarnation or ""
        return Answer(life, tuple(standings), tuple(receipts))

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask which of these records may be seen."""
        return [each for part in _split(records) for each in self.talk(TalkRequest(records=tuple(part))).visible]

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new. Pages grow while they come quickly, so that a bad network loses little of one.

        What arrived before was stored by now, or is of no use.
        """
        self.arriving.forget()
        room = min(self._room, self.max_room)
        bounded = PullRequest(request.cursor, request.own[:MAX_ASKED], request.gaps[:MAX_ASKED], room)
        start = time.monotonic()
        answer = self.talk(TalkRequest(pull=bounded))
        is_quick = time.monotonic() - start < QUICK_SECONDS
        self._room = min(self._room * 2 if is_quick else ROOM, self.max_room)
        return self.read_page(request, answer)

    def find_offset(self, bundle: str) -> int:
        """Ask how many bytes of a bundle the centre has."""
        return int(_read_answer(self.request("GET", f"{BUNDLES}/{bundle}"), int))

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle from `offset` on; give the receipt."""
        address = f"{BUNDLES}/{bundle}" + (f"?offset={offset}" if offset else "")
        return self._read_receipt(self.request("PUT", address, join_upload(claim, data), BYTES))

    def _read_receipt(self, signed: bytes) -> Receipt:
        try:
            return read_one_receipt(signed, self._servers)
        except SyncError as error:
            raise AnswerForged(reason="receipt") from error

    def confirm_held(self, statement: bytes) -> bytes:
        """Hand over what a laptop says on a stick that it holds; give the signed receipt, empty if there is none."""
        return self.request("POST", HELD, statement, BYTES)


def _read_answer(content: bytes, expected: Any) -> Any:
    try:
        return decode(content, expected)
    except SyncError as error:
        raise AnswerForged(reason="message") from error


def _find_length(reply: Reply) -> int | None:
    """Give how long the answer is of which a reply is the first piece; None if it is none of the centre's."""
    found = _RANGE.match(reply.headers.get("Content-Range", ""))
    is_ours = reply.headers.get_content_type() == BYTES and "Content-Encoding" not in reply.headers
    if not is_ours or found is None or int(found[1]) != len(reply.body) - 1:
        return None
    length = int(found[2])
    return length if SIGNATURE_BYTES <= len(reply.body) < length <= MAX_ANSWER_BYTES else None


def _split(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield from (things[start : start + MAX_ASKS] for start in range(0, max(1, len(things)), MAX_ASKS))


def _share_out(papers: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Part papers into messages that are not too long; the first, which shows who sends them, stands in each."""
    part: list[bytes] = []
    for paper in papers:
        if part and (len(part) == MAX_PAPERS or sum(map(len, part)) + len(paper) > MAX_MESSAGE_BYTES // 2):
            yield tuple(part)
            part = [papers[0]]
        part.append(paper)
    if part:
        yield tuple(part)


class HttpShelf:
    """The centre's attachments over HTTP, or where it takes sealed pieces that are carried for others."""

    def __init__(self, transport: HttpTransport, place: str = CONTENTS) -> None:
        self._transport = transport
        self._place = place

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Say what is there; nothing is asked about nothing."""
        found: dict[str, tuple[int | None, int]] = {}
        for part in _split(names) if names else ():
            content = self._transport.request("POST", self._place, encode(part), MESSAGE)
            found |= _read_answer(content, Described)
        return found

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part, less than 64 KiB with everything around it."""
        bounded = min(length, PIECE_BYTES)
        return self._transport.request("GET", f"{self._place}/{name}?offset={offset}&length={bounded}")

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; give how long it is there now, 0 if it was complete and not what its name says."""
        address = f"{self._place}/{name}?offset={offset}" + ("&last=1" if is_last else "")
        return int(_read_answer(self._transport.request("PUT", address, data, BYTES), int))


def enrol(url: str, request: bytes, timeout_seconds: float = TIMEOUT_SECONDS) -> bytes:
    """Hand in a request to belong to a centre whose key is not known yet; give the answer, which has to prove itself.

    :raises SyncError: if it is refused, or nobody like a centre answers.
    """
    line = Line(url, timeout_seconds=timeout_seconds)
    headers = {"Content-Length": str(len(request)), "Content-Type": BYTES}
    try:
        reply = line.exchange("POST", f"{ROOT}{ENROL}", headers, request)
    finally:
        line.close()
    content = read_unproven(reply.body)
    if content is None or reply.headers.get_content_type() != BYTES:
        raise explain_stranger(reply)
    if reply.status != 200:
        raise decode_error(reply.status, content)
    return content
