"""The PDF engine reads style sheets and fonts of the package and nothing else."""

import subprocess
import sys

import pytest

from collector.documents.engine import write_pdf
from collector.documents.errors import ResourceRefused
from collector.documents.fetching import STATIC_FOLDER, STATIC_URL, PackageFetcher

REFUSED = [
    "http://127.0.0.1:8350/",
    "https://example.invalid/x.css",
    "file:///etc/passwd",
    STATIC_FOLDER.joinpath("paper.css").as_uri(),
    "data:text/css,p{color:red}",
    "data:image/png;base64,iVBORw0KGgo=",
    "ftp://example.invalid/x.css",
    f"{STATIC_URL}/../../__init__.py",
    f"{STATIC_URL}/fonts/../../../wording.css",
    f"{STATIC_URL}/%2e%2e/print/paper.css",
    f"{STATIC_URL}/nothing.css",
    f"{STATIC_URL}/paper.css?x=1",
    f"{STATIC_URL}/fonts/README.md",
    f"{STATIC_URL}paper.css",
    "paper.css",
    "",
]


@pytest.mark.parametrize("url", REFUSED)
def test_every_other_address_is_refused(url):
    with pytest.raises(ResourceRefused):
        PackageFetcher().fetch(url)


@pytest.mark.parametrize("name", ["paper.css", "draft.css", "demo.css", "fonts/tinos-regular.ttf"])
def test_files_of_the_package_are_read(name):
    assert PackageFetcher().fetch(f"{STATIC_URL}/{name}").read() == STATIC_FOLDER.joinpath(name).read_bytes()


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="file:///etc/hostname">',
        '<link rel="stylesheet" href="https://example.invalid/x.css">',
        '<p style="background: url(file:///etc/hostname)">x',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
        "<style>@import url(file:///etc/hostname);</style>",
        "<style>@font-face { font-family: x; src: url(file:///etc/hostname) }</style>",
    ],
)
def test_page_that_asks_for_another_file_stops_the_printing(html):
    with pytest.raises(ResourceRefused):
        write_pdf(f'<!DOCTYPE html><html lang="vi"><title>x</title>{html}', created_at="2026-02-09T00:00:00+07:00")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_does_not_load_the_engine():
    code = "import sys, collector.documents; print({'weasyprint', 'pydyf', 'pypdf'} & set(sys.modules))"
    assert _run(code) == "set()"


def test_missing_engine_is_told_by_its_code_and_pages_still_print():
    code = (
        "import sys; sys.modules['weasyprint'] = None; sys.path.insert(0, 'tests');"
        "from documents.paper_factories import make_meeting;"
        "from collector.documents import PdfUnavailable, render_html, render_pdf\n"
        "assert 'BIÊN BẢN' in render_html('minutes', make_meeting(), draft=True)\n"
        "try: render_pdf('minutes', make_meeting(), draft=True)\n"
        "except PdfUnavailable as error: print(error.code)"
    )
    assert _run(code) == "pdf_unavailable"
