"""The PDF engine: from an HTML page to a tagged PDF/A-3b file. The only module that imports WeasyPrint at work.

Loaded only when a PDF is made. The file has the sRGB output intent, embedded subset fonts, tags, and dates that the
paper states, so equal pages give equal bytes. That files follow PDF/A is aimed at, not validated here.
"""

from __future__ import annotations

import functools
import io
import logging
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pydyf
from weasyprint import HTML, Attachment
from weasyprint.css import ColorProfile

from .errors import ResourceRefused
from .fetching import STATIC_URL, PackageFetcher

try:
    from weasyprint.urls import FatalURLFetchingError
except ImportError:  # pragma: no cover -- other versions let the fetcher's own error through
    FatalURLFetchingError = ResourceRefused

INTENT = "paper-srgb"
OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True, "output_intent": INTENT}
logging.getLogger("fontTools").setLevel(logging.ERROR)


def write_pdf(html: str, *, created_at: str, attachment: tuple[str, str, bytes] | None = None) -> bytes:
    """Return the page as PDF.

    `created_at` is the ISO 8601 moment given to an attachment of (file name, description, bytes), which is the
    source of the paper.

    :raises ResourceRefused: if the page asks for a file that is not of this package.
    """
    attachments = [] if attachment is None else [_make_attachment(*attachment, created_at=created_at)]
    try:
        page = HTML(string=html, base_url=STATIC_URL, url_fetcher=PackageFetcher())
        profiles = {INTENT: _make_profile()}
        data = page.write_pdf(finisher=_finish, attachments=attachments, color_profiles=profiles, **OPTIONS)
    except FatalURLFetchingError as error:
        raise ResourceRefused(str(error.__cause__ or error)) from error
    assert isinstance(data, bytes)
    return data


def _make_attachment(name: str, description: str, data: bytes, *, created_at: str) -> Any:
    moment = datetime.fromisoformat(created_at).astimezone(UTC)  # the engine writes "Z"
    return Attachment(
        string=data,
        name=name,
        description=description,
        created=moment,
        modified=moment,
        relationship="Source",
    )


def _make_profile() -> Any:
    """Return a new profile for one file: the engine's own way to its sRGB profile leaves a file open."""
    return ColorProfile(io.BytesIO(_read_profile()), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


@functools.cache
def _read_profile() -> bytes:
    return files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes()


def _finish(document: Any, pdf: Any) -> None:
    """Name each associated file once: the engine lists an attachment both by its name and by its object."""
    associated = pdf.catalog.get("AF")
    if associated:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(associated))
