"""The error tree of the documents package.

Each class has a stable `code`; the words for the screen are added at the edge. Nothing here knows Flask.
"""

from __future__ import annotations


class DocumentError(Exception):
    """Something kept a paper from being printed or read."""

    code = "document_error"
    status = 500


class PdfUnavailable(DocumentError):
    """The PDF engine or its libraries cannot be loaded; pages still print from a browser."""

    code = "pdf_unavailable"
    status = 503


class UnknownDocument(DocumentError):
    """There is no document of this name."""

    code = "unknown_document"
    status = 404


class WrongPaper(DocumentError):
    """The document is made from another kind of paper."""

    code = "wrong_paper"
    status = 400


class InvalidPaper(DocumentError):
    """A paper's content breaks a rule, for example a date that is no date or a field of another type."""

    code = "invalid_paper"
    status = 400


class ResourceRefused(DocumentError):
    """A page asked for a file that is not a file of this package."""

    code = "resource_refused"
    status = 400


class InvalidQrText(DocumentError):
    """A QR text is not one that this program prints."""

    code = "invalid_qr_text"
    status = 400


class SheetUnreadable(DocumentError):
    """A PDF file is damaged, too large, or carries no record that this program embedded."""

    code = "sheet_unreadable"
    status = 400
