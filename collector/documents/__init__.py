"""Papers of a village: what is printed, and the pages and PDF files made from it.

This package is the only place that knows WeasyPrint, and importing it does not load WeasyPrint: the engine is
loaded by `render_pdf` alone. It knows papers (`content`), not records: another package fills the papers from the
store. It must not read the database, the clock or the network.
"""

from __future__ import annotations

from .content import Paper
from .errors import PdfUnavailable
from .pages import DOCUMENTS, get_created_at, render_html
from .qr import QrRecord, make_qr_text, parse_qr_text
from .sheets import ATTACHMENT_NAME, EmbeddedRecord, read_embedded

__all__ = [
    "DOCUMENTS",
    "EmbeddedRecord",
    "PdfUnavailable",
    "QrRecord",
    "make_qr_text",
    "parse_qr_text",
    "read_embedded",
    "render_html",
    "render_pdf",
]


def render_pdf(document_name: str, paper: Paper, *, draft: bool, snapshot_id: str | None = None) -> bytes:
    """Return the document as a PDF file; equal arguments give equal bytes.

    A finalised paper (`snapshot_id` given, not a draft) carries its canonical JSON and the code that names it.

    :raises PdfUnavailable: if WeasyPrint or its libraries cannot be loaded; the page still prints from a browser.
    :raises DocumentError: as `render_html` raises.
    """
    try:
        from .engine import write_pdf
        from .fetching import STATIC_URL
    except (ImportError, OSError) as error:
        raise PdfUnavailable(f"the PDF engine cannot be loaded: {error}") from error
    html = render_html(document_name, paper, draft=draft, snapshot_id=snapshot_id, static_url=STATIC_URL)
    attachment = None
    if snapshot_id and not draft:
        attachment = (ATTACHMENT_NAME, make_qr_text(snapshot_id, paper.sha256), paper.to_json())
    return write_pdf(html, created_at=get_created_at(paper), attachment=attachment)
