"""Joining a centre: makes the request, takes in the answer, and keeps what the laptop belongs to.

Over the network the words of a code prove either side to the other. On a stick nothing does, so a person compares six
words that stand for the centre's key. A laptop that belongs to a centre never changes to another by itself.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from collector import read_version
from collector.clock import now
from collector.database import Database
from collector.device import ensure_keys
from collector.errors import FolderNotSetUp
from collector.folder import DataFolder
from collector.joining.errors import (
    AddressMissing,
    AddressMistyped,
    AnswerNotConfirmed,
    CentreCannotJoin,
    CodeMistyped,
    DemoCannotJoin,
    JoinedAlready,
)
from collector.membership import keep_membership, read_membership
from collector.phrase import CODE_WORDS, check, normalise, pick_words
from collector.query import find_record
from collector.units.aliases import FIELD, add_alias
from sync.enrolment import (
    NO_UNIT,
    EnrolRequest,
    Membership,
    derive_root,
    fingerprint_bytes,
    make_code_keys,
    open_answer,
    sign_request,
    split_answer,
)
from sync.enrolment import read_membership as check_membership

Send = Callable[[str, bytes], bytes]
"""Sends a request to a centre at an address; gives its answer."""
SHOWN_WORDS: Final = 6
MAX_ANSWER_BYTES: Final = 300 * 1024
_NAME: Final = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)


class Typed(NamedTuple):
    """A code and an address as somebody typed them, or one text that holds both."""

    words: str
    address: str


def read_typed(code: str, address: str = "") -> Typed:
    """Read a code of eight words, or a text `ADDRESS#WORDS` as it stands in a QR code.

    :raises CodeMistyped: if the words are not those of a code.
    :raises AddressMistyped: if the address is none.
    """
    before, mark, after = code.strip().rpartition("#")
    words = normalise(unquote(after).replace("-", " ") if mark else code)
    problems = check(words, CODE_WORDS)
    if problems:
        raise CodeMistyped(problems=problems)
    return Typed(words, check_address(address.strip() or before))


def check_address(address: str) -> str:
    """Give an address with its scheme and without what follows the name; https where none is said.

    :raises AddressMissing: if nothing was typed.
    :raises AddressMistyped: if it is none.
    """
    if not address.strip():
        raise AddressMissing()
    full = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(full.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise AddressMistyped(address=address[:200]) from error
    host = parts.netloc.rpartition("@")[2].removesuffix(port)
    if parts.scheme not in ("http", "https") or not _NAME.fullmatch(host) or "@" in parts.netloc:
        raise AddressMistyped(address=address[:200])
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def make_request(folder: DataFolder, database: Database, words: str = "") -> bytes:
    """Make a signed request to belong to a centre; with a code, it proves that the laptop has it.

    :raises FolderNotSetUp: if the first run was not finished.
    :raises DemoCannotJoin: if the village is an invented one.
    :raises CentreCannotJoin: if the folder is that of a centre.
    """
    settings = folder.read_settings()
    refuse_unfit(settings)
    keys = ensure_keys(folder)
    with database.reading() as connection:
        village = find_record(connection, "unit", settings["unit"]) or {}
    name = str(village.get("name") or settings.get("village_name") or "")[:200]
    request = EnrolRequest(
        device=keys.id,
        encryption=keys.public_encryption,
        name=name,
        role=settings.get("role", "village"),
        unit=settings["unit"],
        unit_name=name,
        commune_code=str(village.get("commune_code") or settings.get("unit_code") or ""),
        commune_valid_from=str(village.get("commune_valid_from") or ""),
        local_number=str(village.get("local_number") or ""),
        demo=bool(village.get("demo") or settings.get("demo")),
        program=read_version(),
        made_ms=max(0, int(now().timestamp() * 1000)),
        key=keys.public_signing,
    )
    return sign_request(request, keys, make_code_keys(derive_root(words)) if words else None)


def refuse_unfit(settings: dict[str, Any]) -> None:
    """Refuse folders that never join a centre."""
    if not settings.get("set_up"):
        raise FolderNotSetUp()
    if settings.get("demo"):
        raise DemoCannotJoin()
    if settings.get("role") == "central":
        raise CentreCannotJoin()


def join(folder: DataFolder, database: Database, typed: Typed, send: Send, *, leaves: bool = False) -> Membership:
    """Join the centre that gave a code; `leaves` says that the laptop may leave another centre for it.

    :raises AnswerRefused: if the answer does not come from who gave the code.
    :raises JoinedAlready: if the laptop belongs to another centre.
    """
    request = make_request(folder, database, typed.words)
    answer = send(typed.address, request)
    code = make_code_keys(derive_root(typed.words))
    membership, statement = open_answer(answer, request, code, ensure_keys(folder).id)
    return _keep(folder, database, membership, Kept(statement, typed.address, leaves))


def join_as_second(folder: DataFolder, typed: Typed, send: Send) -> Membership:
    """Join before anything was set up here, as a further computer of the village that the code names.

    :raises EnrolmentRefused: if the code is not good, or names no village.
    :raises AnswerRefused: if the answer does not come from who gave the code.
    """
    keys = ensure_keys(folder)
    code = make_code_keys(derive_root(typed.words))
    asked = EnrolRequest(
        device=keys.id,
        encryption=keys.public_encryption,
        name="",
        role="village",
        unit=NO_UNIT,
        unit_name="",
        program=read_version(),
        made_ms=max(0, int(now().timestamp() * 1000)),
        key=keys.public_signing,
    )
    request = sign_request(asked, keys, code)
    _membership, statement = open_answer(send(typed.address, request), request, code, keys.id)
    return keep_membership(folder, statement, typed.address)


class Kept(NamedTuple):
    """What is kept with a membership: the signed bytes, where the centre was reached ("": as it says itself), and
    whether the laptop may leave another centre for it."""

    statement: bytes
    address: str
    leaves: bool


def take_answer(
    folder: DataFolder, database: Database, answer: bytes, confirmed: str = "", *, leaves: bool = False
) -> Membership:
    """Take in an answer that came as a file; `confirmed` are the words of the centre as a person compared them.

    A laptop that belongs to this centre already needs nobody's word.

    :raises AnswerRefused: if it is no answer for this laptop.
    :raises AnswerNotConfirmed: if nobody compared the words, or others.
    :raises JoinedAlready: if the laptop belongs to another centre.
    """
    refuse_unfit(folder.read_settings())
    statement = split_answer(answer[:MAX_ANSWER_BYTES])
    membership = check_membership(statement, ensure_keys(folder).id)
    known = read_membership(folder)
    words = name_centre(membership.signing)
    if (known is None or known.server != membership.server) and normalise(confirmed) != words:
        raise AnswerNotConfirmed(words=words)
    return _keep(folder, database, membership, Kept(statement, "", leaves))


def _keep(folder: DataFolder, database: Database, membership: Membership, kept: Kept) -> Membership:
    known = read_membership(folder)
    if known is not None and known.server != membership.server and not kept.leaves:
        raise JoinedAlready(centre=known.centre_name or known.url or name_centre(known.signing))
    held = keep_membership(folder, kept.statement, kept.address)
    settle_village(folder, database)
    return held


def settle_village(folder: DataFolder, database: Database) -> bool:
    """Record that the laptop's own village is the one that the centre knows, where they differ; tell if that was new.

    It may be said again at any time, for example after the power went between joining and recording.
    """
    membership, own = read_membership(folder), folder.read_settings().get("unit")
    if membership is None or own is None or membership.unit == own:
        return False
    with database.recording() as recorder:
        village = find_record(recorder.connection, "unit", own)
        if village is None or village[FIELD] == membership.unit:
            return False
        add_alias(recorder, own, membership.unit)
    return True


def name_centre(signing: bytes) -> str:
    """Give six words that stand for a centre's public key, for people to compare."""
    return " ".join(pick_words(fingerprint_bytes(signing), SHOWN_WORDS))
