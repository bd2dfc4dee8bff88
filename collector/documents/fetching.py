"""What the PDF engine may read: the style sheets and fonts of this package by name, and nothing else.

A page never reaches the network, another file of the disk or data inside an address; asking for it stops the
printing. Loaded only when printing, because it imports WeasyPrint.
"""

from __future__ import annotations

import re
from pathlib import Path

from weasyprint.urls import URLFetcher, URLFetcherResponse

from .errors import ResourceRefused

STATIC_FOLDER = Path(__file__).resolve().parent.parent / "static" / "print"
STATIC_URL = "https://print.invalid"  # a name that never exists (RFC 2606); relative addresses need a known scheme
_ALLOWED = re.compile(rf"{re.escape(STATIC_URL)}/((?:[a-z0-9-]+\.css|fonts/[a-z0-9-]+\.ttf))")
_CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".ttf": "font/ttf"}


class PackageFetcher(URLFetcher):  # type: ignore[misc]
    """Answer `https://print.invalid/<file>` from the package and refuse every other address."""

    def __init__(self) -> None:
        super().__init__(allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Return a style sheet or font of this package.

        :raises ResourceRefused: if the address is anything else.
        """
        match = _ALLOWED.fullmatch(url)
        path = STATIC_FOLDER / match[1] if match else None
        if path is None or not path.is_file():
            raise ResourceRefused(f"refused: {url[:200]}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _CONTENT_TYPES[path.suffix]})
