"""What this folder keeps of the centre that it belongs to: the signed word of its membership.

It lies in `membership.json`, outside the database, so that it survives the database being made anew. Read it with
`read_membership`; None means that the folder belongs to no centre.
"""

import base64
import json
from typing import TYPE_CHECKING, Final

from collector.errors import FolderDamaged
from collector.folder import DataFolder, read_json, write_atomically

if TYPE_CHECKING:
    from sync.enrolment import Membership

FILE: Final = "membership.json"


def keep_membership(folder: DataFolder, statement: bytes) -> "Membership":
    """Keep the centre's signed word and give what it says; an earlier one is replaced.

    :raises AnswerRefused: if it is damaged or for another device.
    """
    from collector.device import ensure_device
    from sync.enrolment import read_membership as check

    membership = check(statement, ensure_device(folder))
    kept = {"centre": membership.server, "url": membership.url, "statement": base64.b64encode(statement).decode()}
    write_atomically(folder.root / FILE, json.dumps(kept, ensure_ascii=False, indent=1).encode())
    return membership


def read_membership(folder: DataFolder) -> "Membership | None":
    """Read what is kept; None if this folder belongs to no centre.

    :raises FolderDamaged: if the file is there and does not hold a membership.
    """
    path = folder.root / FILE
    kept = read_json(path, None)
    if kept is None:
        return None
    from sync.enrolment import MEMBERSHIP, Membership
    from sync.errors import StatementRefused
    from sync.statements import read_statement

    try:
        return read_statement(base64.b64decode(kept["statement"]), Membership, MEMBERSHIP)
    except (KeyError, TypeError, ValueError, StatementRefused) as error:
        raise FolderDamaged(path=str(path)) from error


def belongs_to_centre(folder: DataFolder) -> bool:
    """Tell whether this folder was enrolled; reads no key."""
    return (folder.root / FILE).exists()
