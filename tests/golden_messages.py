"""The messages over HTTP that `golden_scenes` freezes, with the signatures around them; the same bytes in every run."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from bundle_scenes import COURIER, LAPTOP, SERVER, make_bodies, make_header
from golden_papers import LIFE, NOW_MS, PHOTO, REST, UNIT

from sync.errors import SyncError
from sync.feed import Cursor
from sync.giving import Gap, OwnTip
from sync.heads import Ask, Standing
from sync.messages import Claim, PullRequest
from sync.scopes import Grant, Scope
from sync.segments import Tip
from sync.signing import Answered, Authorization, format_authorization, hash_content, seal_answer
from sync.talking import digest_tips
from sync.wire import (
    About,
    Described,
    Directory,
    Names,
    PageSaid,
    Papers,
    Refusal,
    TalkAnswer,
    TalkRequest,
    decode,
    encode,
    join_upload,
    split_upload,
)

TARGET: Final = "/sync/v1/talk?x=1"
CHALLENGE: Final = bytes(range(12))
ANSWERED: Final = Answered(CHALLENGE, NOW_MS, b"content")
CONTENT_NAMES: Final = [hashlib.sha256(each).hexdigest() for each in (PHOTO, REST)]
KINDS: Final[dict[str, Any]] = {
    "talk-request": TalkRequest,
    "talk-answer": TalkAnswer,
    "names": Names,
    "described": Described,
    "papers": Papers,
    "refusal": Refusal,
}


def _make_tips() -> Iterator[Tip]:
    return (Tip(number, make_header(make_bodies(number)).after) for number in (1, 4, 7, 12))


def make_messages() -> dict[str, Any]:
    """Make one message of every sort; every field of it says something."""
    first, second, third, last = _make_tips()
    before = {"before_version": "scope-0", "before_position": 20, "before_chain": third.chain}
    cursor = Cursor(LIFE, version="scope-1", position=9, chain=last.chain, **before)
    own = (OwnTip(epoch="epoch", tip=last), OwnTip(epoch="sheets", tip=first))
    return {
        "talk-request": TalkRequest(
            about=About(program="0.1", pending_records=5, pending_sheets=6, clock_s=NOW_MS // 1000),
            settled=digest_tips(own),
            pull=PullRequest(
                cursor=cursor, own=own, gaps=(Gap(device=LAPTOP.id, epoch="epoch", upto=last, tips=(first,)),), room=40
            ),
            directory="directory-1",
            backup=3,
            asks=(Ask(device=LAPTOP.id, epoch="epoch", tips=(first, last), receipt=True),),
            saved=(Ask(device=COURIER.id, epoch="other", tips=(second,)),),
            records=(UNIT,),
        ),
        "talk-answer": TalkAnswer(
            incarnation=LIFE,
            is_settled=False,
            page=PageSaid(
                cursor=cursor,
                bundles=(b"first bundle", b"second bundle"),
                scope=Scope(version="scope-1", grants=(Grant(UNIT, ("meeting",), write=True, lanes=("sheets",)),)),
                has_more=True,
                is_known=False,
            ),
            directory=Directory(version="directory-2", certificates=(b"certificate",), revocations=(b"revocation",)),
            backup=4,
            standings=(
                Standing(
                    device=LAPTOP.id,
                    epoch="epoch",
                    known=(first,),
                    heads=(second, third),
                    lacking=(third,),
                    refused=(second,),
                    waiting=(last,),
                ),
            ),
            saved=(12, 0),
            visible=(UNIT,),
            refusal="device_unknown",
            receipts=(b"receipt",),
        ),
        "names": tuple(CONTENT_NAMES),
        "described": {CONTENT_NAMES[0]: (3072, 1024), CONTENT_NAMES[1]: (None, 0)},
        "papers": (b"membership", b"revocation"),
        "refusal": Refusal(code="upload_refused", context={"offset": 7, "reason": "gap"}),
    }


def make_claim() -> tuple[Claim, bytes]:
    """Make what is uploaded: what is said of a bundle, and its bytes."""
    return Claim(vouched=12, disputed=(4, 7), receipt=b"receipt"), b"bundle"


def encode_messages() -> dict[str, bytes]:
    """Write every message down, and what goes up with a bundle."""
    written = {each: encode(message) for each, message in make_messages().items()}
    return {**written, "upload": join_upload(*make_claim())}


def decode_message(name: str, data: bytes) -> Any:
    """Read what `encode_messages` wrote under a name."""
    return split_upload(data) if name == "upload" else decode(data, KINDS[name])


def sign_both_ways() -> dict[str, str]:
    """Sign a request and the answer to it."""
    nonce, body_hash = b"nonce.", hash_content(b"body")
    signed = f"collector request\nPOST {TARGET}\n".encode() + body_hash + CHALLENGE + nonce
    said = Authorization(LAPTOP.id, CHALLENGE, nonce, LAPTOP.sign(signed))
    return {
        "authorization": format_authorization(said),
        "answer": seal_answer(SERVER, said.signature, 200, ANSWERED).hex(),
    }


def list_addresses(document: bytes) -> dict[str, list[str]]:
    """Give which methods every address knows."""
    found = msgspec.json.decode(document)["paths"]
    return {path: sorted(set(methods) - {"parameters"}) for path, methods in found.items()}


def list_codes(root: type[SyncError] = SyncError) -> dict[str, int]:
    """Give every error of the protocol by its code, with its HTTP status."""
    found = {root.code: root.status}
    for each in root.__subclasses__():
        if each.__module__.startswith("sync."):
            found |= list_codes(each)
    return dict(sorted(found.items()))


def describe_message(value: Any) -> Any:
    """Write down a message with the names of its fields, as it stands in `expected.json`."""
    if isinstance(value, msgspec.Struct):
        return {name: describe_message(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [describe_message(each) for each in value]
    if isinstance(value, dict):
        return {name: describe_message(each) for name, each in value.items()}
    return value
