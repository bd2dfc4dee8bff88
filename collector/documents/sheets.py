"""Printed files read back: the record that a finalised PDF carries.

A PDF comes from a stick or a mail, so it is hostile until shown otherwise: its size and the record's size are capped,
the record's hash is computed and compared, and whatever is wrong gives one error, `SheetUnreadable`.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from typing import Any, NamedTuple

from .canonical import MAX_JSON_BYTES
from .errors import DocumentError, SheetUnreadable
from .qr import QrRecord, parse_qr_text

ATTACHMENT_NAME = "collector-paper.json"
MAX_PDF_BYTES = 64 * 1024 * 1024
_MAX_NAMES = 64


class EmbeddedRecord(NamedTuple):
    """A paper as embedded in a PDF; `data` is its canonical JSON and `sha256` was computed from it."""

    snapshot_id: str
    sha256: str
    data: bytes


def read_embedded(pdf_bytes: bytes) -> EmbeddedRecord:
    """Return the record that this program embedded in a PDF, with its hash checked.

    :raises SheetUnreadable: if the file is no PDF, damaged, too large, encrypted, without a record, or if the
        record is not the one that the file names.
    """
    if len(pdf_bytes) > MAX_PDF_BYTES:
        raise SheetUnreadable("the file is larger than this program prints")
    if not pdf_bytes.startswith(b"%PDF-"):
        raise SheetUnreadable("the file is not a PDF")
    try:
        named, data = _find_record(pdf_bytes)
    except DocumentError:
        raise
    except Exception as error:  # a parser of hostile files may fail in any way
        raise SheetUnreadable("the file is damaged") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != named.sha256:
        raise SheetUnreadable("the record is not the one that the file names")
    return EmbeddedRecord(named.snapshot_id, sha256, data)


def _find_record(pdf_bytes: bytes) -> tuple[QrRecord, bytes]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(pdf_bytes), strict=False)
    if reader.is_encrypted:
        raise SheetUnreadable("the file is encrypted")
    names: Any = reader.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    for reference in names[1 : 2 * _MAX_NAMES : 2]:
        specification = reference.get_object()
        if str(specification.get("/UF") or specification.get("/F")) == ATTACHMENT_NAME:
            return _parse_description(str(specification.get("/Desc", ""))), _inflate(specification["/EF"]["/F"])
    raise SheetUnreadable("the file carries no record of this program")


def _parse_description(text: str) -> QrRecord:
    try:
        return parse_qr_text(text)
    except DocumentError as error:
        raise SheetUnreadable("the record is not named") from error


def _inflate(reference: Any) -> bytes:
    """Unpack by hand, because a small stream may unpack to more than the memory holds."""
    stream = reference.get_object()
    raw: bytes = stream._data  # the only way in pypdf to the packed bytes
    if "/Filter" not in stream:
        return raw[: MAX_JSON_BYTES + 1]
    if stream["/Filter"] not in ("/FlateDecode", ["/FlateDecode"]):
        raise SheetUnreadable("the record is packed in a way this program does not use")
    inflater = zlib.decompressobj()
    data = inflater.decompress(raw, MAX_JSON_BYTES)
    if inflater.unconsumed_tail or not inflater.eof:
        raise SheetUnreadable("the record is too large or cut off")
    return data
