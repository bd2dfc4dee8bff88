"""Is a printed paper genuine: compares a PDF, or the text of its code, with what was finalised here.

The log says which papers were finalised (the snapshot or amendment, and the attachments that belong to it); the
stored file is compared byte by byte, because the pages of a PDF can be changed and its embedded record left alone.
"""

from typing import Any

from collector.attachments.files import FileMissing, Files
from collector.checks import hash_file
from collector.documents import parse_qr_text, read_embedded
from collector.query import list_records
from sync.errors import RecordUnknown
from sync.log import get_state
from sync.storage import Connection

OWNERS = ("snapshot", "amendment")


def check_sheet(connection: Connection, files: Files, given: str | bytes) -> dict[str, Any]:
    """Compare a paper with what was finalised; `status` is `matches`, `altered` or `unknown`.

    `reason` says what differs: `record` (what is printed) or `pages` (the file around it). A text of a code has no
    pages to compare.

    :raises SheetUnreadable: if the bytes are no PDF of this program.
    :raises InvalidQrText: if the text is not that of a code.
    """
    if isinstance(given, str):
        stated = parse_qr_text(given)
        owner, sha256 = stated.snapshot_id, stated.sha256
    else:
        embedded = read_embedded(given)
        owner, sha256 = embedded.snapshot_id, embedded.sha256
    found = {"owner": owner, "sha256": sha256, "number": None, "finalised_at": None, "document": None, "reason": None}
    described = _describe(connection, owner)
    if described is None:
        return found | {"status": "unknown"}
    document = _document_of(connection, files, owner, sha256)
    if document is None and described.pop("paper_sha256", None) != sha256:
        return found | described | {"status": "altered", "reason": "record"}
    described.pop("paper_sha256", None)
    found |= described | {"document": document}
    if isinstance(given, bytes) and not _is_stored(connection, files, owner, document, given):
        return found | {"status": "altered", "reason": "pages"}
    return found | {"status": "matches"}


def _describe(connection: Connection, owner: str) -> dict[str, Any] | None:
    try:
        state = get_state(connection, owner)
    except RecordUnknown:
        return None
    if state.kind not in OWNERS:
        return None
    values = state.values
    if state.kind == "snapshot":
        return {name: values.get(name) for name in ("finalised_at", "paper_sha256")} | {"number": values["number_text"]}
    above = _describe(connection, str(values.get("snapshot"))) or {}
    return {"number": f"{above.get('number', '')} (+{values.get('number')})", "finalised_at": above.get("finalised_at")}


def _document_of(connection: Connection, files: Files, owner: str, sha256: str) -> str | None:
    """Name the document whose stored paper has this hash; None if there is none or its file was altered."""
    for row in list_records(connection, "attachment", owner=owner, role="paper", sha256=sha256):
        try:
            if hash_file(files.path(sha256)) == sha256:
                return str(row["document"])
        except FileMissing:
            continue
    return None


def _is_stored(connection: Connection, files: Files, owner: str, document: str | None, given: bytes) -> bool:
    """Tell whether these are the bytes that were stored; where no PDF was stored there is nothing to compare."""
    same = {"document": document} if document else {}
    rows = list_records(connection, "attachment", owner=owner, role="pdf", **same)
    if not rows:
        return True
    stored = []
    for row in rows:
        try:
            stored.append(files.read(row["sha256"]))
        except FileMissing:
            continue
    return not stored or given in stored
