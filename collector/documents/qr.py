"""The codes on papers: their texts, and the pictures of them.

A finalised paper names its snapshot: `COLLECTOR1:<snapshot id>:<SHA-256 in hex>`. A blank answer sheet names its round
and its number: `COLLECTORSHEET1:<round id>:<number>`. The picture is inline SVG without styles, so that it passes
a strict content security policy. Nothing here reads a PDF or a paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import segno
from markupsafe import Markup

from .errors import InvalidQrText

PREFIX = "COLLECTOR1"
SHEET_PREFIX = "COLLECTORSHEET1"
_SHEET_TEXT = re.compile(rf"{SHEET_PREFIX}:([0-9a-f-]{{36}}):([1-9][0-9]{{0,5}})")
_QR_TEXT = re.compile(rf"{PREFIX}:([0-9A-Za-z._-]{{1,64}}):([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class QrRecord:
    """What a QR text states."""

    snapshot_id: str
    sha256: str

    @property
    def short_id(self) -> str:
        """The first characters of the snapshot's id, for people to compare."""
        return self.snapshot_id[:13]

    @property
    def short_sha256(self) -> str:
        """The first 16 hex digits in groups of four, for people to compare."""
        return " ".join(self.sha256[start : start + 4] for start in range(0, 16, 4))


def make_qr_text(snapshot_id: str, sha256: str) -> str:
    """Return the text of the code.

    :raises InvalidQrText: if the id or the hash has a form that `parse_qr_text` would refuse.
    """
    text = f"{PREFIX}:{snapshot_id}:{sha256}"
    parse_qr_text(text)
    return text


def parse_qr_text(text: str) -> QrRecord:
    """Return the snapshot's id and hash that a scanned text states.

    :raises InvalidQrText: if this program did not print it.
    """
    match = _QR_TEXT.fullmatch(text.strip())
    if match is None:
        raise InvalidQrText("not a code of this program")
    return QrRecord(match[1], match[2])


def make_sheet_text(round_id: str, number: int) -> str:
    """Return the text of the code on a blank answer sheet.

    :raises InvalidQrText: if the round or the number has a form that `parse_sheet_text` would refuse.
    """
    text = f"{SHEET_PREFIX}:{round_id}:{number}"
    parse_sheet_text(text)
    return text


def parse_sheet_text(text: str) -> tuple[str, int]:
    """Return the round and the number that the scanned text of an answer sheet states.

    :raises InvalidQrText: if this program did not print it.
    """
    match = _SHEET_TEXT.fullmatch(text.strip())
    if match is None:
        raise InvalidQrText("not the code of an answer sheet")
    return match[1], int(match[2])


def draw_sheet_qr(round_id: str, number: int) -> Markup:
    """Return the code of a blank answer sheet as inline SVG."""
    return draw_qr(make_sheet_text(round_id, number))


def draw_qr(text: str) -> Markup:
    """Return the code as inline SVG, black, scaled by the style sheet, with the border that readers need."""
    code = segno.make_qr(text, error="m")
    svg = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, title="Mã của bản in", border=2)
    return Markup(svg)  # noqa: S704 -- drawn here from a checked text
