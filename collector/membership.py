"""What this folder keeps of the centre that it belongs to: the signed word of its membership.

It lies in `membership.json`, outside the database, so that it survives the database being made anew. Read it with
`read_membership`; None means that the folder belongs to no centre.
"""

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from collector.errors import FolderDamaged
from collector.folder import DataFolder, read_json, write_atomically

if TYPE_CHECKING:
    from sync.enrolment import Membership

FILE: Final = "membership.json"


def keep_membership(folder: DataFolder, statement: bytes, url: str = "") -> "Membership":
    """Keep the centre's signed word and give what it says; an earlier one is replaced.

    `url` is where the laptop reached the centre, if not where the centre says. A centre that says nothing of it is
    still where it was reached before.

    :raises AnswerRefused: if it is damaged or for another device.
    """
    from collector.device import ensure_device
    from sync.enrolment import read_membership as check

    membership = check(statement, ensure_device(folder))
    url = url or membership.url or _find_known_url(folder, membership.server)
    _write(folder, {"url": url, "statement": base64.b64encode(statement).decode()})
    return _read(folder, read_json(folder.root / FILE, None))


def _find_known_url(folder: DataFolder, server: str) -> str:
    """Give where a centre was reached until now, "" if that is not known."""
    with suppress(FolderDamaged):
        known = read_membership(folder)
        return known.url if known is not None and known.server == server else ""
    return ""


def move_centre(folder: DataFolder, url: str) -> None:
    """Note that the centre is reached at another address; who it is does not change."""
    _write(folder, read_json(folder.root / FILE, {}) | {"url": url})


def _write(folder: DataFolder, kept: dict[str, str]) -> None:
    write_atomically(folder.root / FILE, json.dumps(kept, ensure_ascii=False, indent=1).encode())


def read_membership(folder: DataFolder) -> "Membership | None":
    """Read what is kept; None if this folder belongs to no centre.

    :raises FolderDamaged: if the file is there and does not hold a membership.
    """
    kept = read_json(folder.root / FILE, None)
    return None if kept is None else _read(folder, kept)


def _read(folder: DataFolder, kept: Any) -> "Membership":
    import msgspec

    from sync.enrolment import MEMBERSHIP, Membership
    from sync.errors import StatementRefused
    from sync.statements import read_statement

    try:
        membership = read_statement(base64.b64decode(kept["statement"]), Membership, MEMBERSHIP)
        return msgspec.structs.replace(membership, url=str(kept["url"]))
    except (KeyError, TypeError, ValueError, StatementRefused) as error:
        raise FolderDamaged(path=str(folder.root / FILE)) from error


def read_signed(folder: DataFolder) -> bytes:
    """Give the centre's word of the membership as it was signed; b"" if this folder belongs to no centre.

    :raises FolderDamaged: if the file is there and does not hold one.
    """
    kept = read_json(folder.root / FILE, None)
    if kept is None:
        return b""
    _read(folder, kept)
    return base64.b64decode(kept["statement"])


def belongs_to_centre(folder: DataFolder) -> bool:
    """Tell whether this folder was enrolled; reads no key."""
    return (folder.root / FILE).exists()
