"""Joining a centre by stick: the request goes out on it, and the answer comes back on it.

Nothing on a stick proves that an answer is the centre's, so a person compares six words before it is taken in.
"""

from pathlib import Path
from typing import NamedTuple

from collector.database import Database
from collector.device import ensure_keys
from collector.folder import DataFolder
from collector.joining.store import make_request, name_centre, take_answer
from collector.sticks.exchange import stick_lock
from collector.sticks.places import check_place
from collector.sticks.shelf import Shelf
from sync.enrolment import MEMBERSHIP, REQUEST, Membership, read_membership, read_request, split_answer
from sync.errors import AnswerRefused, BundleError, EnrolmentRefused, StickError
from sync.names import make_printable
from sync.statements import find_purpose
from sync.sticks import list_files, read_file


class FoundAnswer(NamedTuple):
    """An answer for this computer that lies on a stick, and the words that stand for who signed it."""

    data: bytes
    membership: Membership
    words: str


def write_request(folder: DataFolder, database: Database, place: Path) -> None:
    """Write a request to belong to a centre onto a stick; one that lies there from before is replaced.

    :raises DemoCannotJoin: if the village is an invented one.
    :raises StickPlaceRefused: if that is no folder outside of the data folder.
    :raises StickError: if it cannot be written there.
    """
    check_place(folder, place)
    data = make_request(folder, database)
    device = ensure_keys(folder).id
    with stick_lock(folder):
        Shelf(place, device).replace_statements(f"{REQUEST}-{device[:8]}", [data])


def find_answers(folder: DataFolder, place: Path) -> list[FoundAnswer]:
    """Find what centres answered this computer; what is damaged or for others is passed over.

    :raises StickGone: if the stick is no longer there.
    """
    device = ensure_keys(folder).id
    found: dict[str, FoundAnswer] = {}
    for file in list_files(place):
        if file.header is not None or file.problem is not None:
            continue
        try:
            data = read_file(file)
            if find_purpose(data) != MEMBERSHIP:
                continue
            membership = read_membership(split_answer(data), device)
        except (BundleError, StickError, AnswerRefused):
            continue
        known = found.get(membership.server)
        if known is None or known.membership.issued_ms < membership.issued_ms:
            found[membership.server] = FoundAnswer(data, membership, name_centre(membership.signing))
    return sorted(found.values(), key=lambda each: each.words)


def join_by_stick(folder: DataFolder, database: Database, place: Path, words: str) -> Membership:
    """Take in the answer of the centre for which these words stand, since a person compared them.

    :raises AnswerNotConfirmed: if no answer there is of that centre.
    :raises DemoCannotJoin: if the village is an invented one.
    """
    answers = find_answers(folder, place)
    if not answers:
        raise AnswerRefused(reason="device")
    chosen = next((each for each in answers if each.words == words), answers[0])
    return take_answer(folder, database, chosen.data, words)


def name_requester(data: bytes) -> str:
    """Give how a laptop that asks to belong calls itself; "" if the request cannot be read."""
    try:
        return make_printable(read_request(data)[0].name)
    except EnrolmentRefused:
        return ""
