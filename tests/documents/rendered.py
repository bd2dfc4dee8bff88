"""A rendered paper as the tests see it: words with their places, ink in millimetres, and the PDF's objects."""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
import unicodedata
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from PIL import Image

from collector.documents import render_pdf
from collector.documents.content import Paper

from .paper_factories import SNAPSHOT_ID

MM_PER_POINT = 25.4 / 72
PIXELS_PER_MM = 10


@functools.cache
def render(document_name: str, paper: Paper, *, draft: bool = False) -> bytes:
    return render_pdf(document_name, paper, draft=draft, snapshot_id=None if draft else SNAPSHOT_ID)


def run_on(pdf: bytes, *command: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(pdf)
        filled = [part.replace("PAPER", str(path)) for part in command]
        return subprocess.run(filled, check=True, capture_output=True).stdout


def read_text(pdf: bytes) -> str:
    """All text with single spaces, as a reader meets it."""
    return squeeze(run_on(pdf, "pdftotext", "-raw", "PAPER", "-").decode())


def read_pages(pdf: bytes) -> list[str]:
    return [squeeze(page) for page in run_on(pdf, "pdftotext", "-raw", "PAPER", "-").decode().split("\f")[:-1]]


def squeeze(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True)
class Line:
    """One line of text; places in millimetres from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def read_lines(pdf: bytes) -> list[list[Line]]:
    """The lines of every page from top to bottom."""
    xml = run_on(pdf, "pdftotext", "-bbox-layout", "PAPER", "-").decode()
    pages = []
    for page in re.findall(r"<page .*?</page>", xml, re.S):
        lines = [_read_line(*found) for found in re.findall(r"<line ([^>]*)>(.*?)</line>", page, re.S)]
        pages.append(sorted(lines, key=lambda line: (round(line.top), line.left)))
    return pages


def _read_line(attributes: str, body: str) -> Line:
    words = [unescape(word) for word in re.findall(r"<word [^>]*>(.*?)</word>", body)]
    left, top, right, bottom = (
        float(value) * MM_PER_POINT for value in re.findall(r'[xy]M(?:in|ax)="([\d.]+)"', attributes)
    )
    return Line(squeeze(" ".join(words)), left, top, right, bottom)


def draw_page(pdf: bytes, number: int) -> Image.Image:
    """One page as a grey picture of ten pixels to the millimetre."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(pdf)
        output = Path(folder) / "page"
        command = ["pdftoppm", "-r", "254", "-gray", "-f", str(number), "-l", str(number), "-singlefile"]
        subprocess.run([*command, str(path), str(output)], check=True, capture_output=True)
        with Image.open(output.with_suffix(".pgm")) as image:
            return image.convert("L")


def measure_ink(image: Image.Image, *, from_mm: float = 0, to_mm: float = 297) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink between two heights, in millimetres of the page."""
    band = image.crop((0, int(from_mm * PIXELS_PER_MM), image.width, int(to_mm * PIXELS_PER_MM)))
    box = band.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None, "no ink"
    left, top, right, bottom = (value / PIXELS_PER_MM for value in box)
    return left, top + from_mm, right, bottom + from_mm


def list_rules(image: Image.Image, *, longer_than_mm: float) -> list[tuple[float, float, float]]:
    """Horizontal rules as (height, left, right) in millimetres, each once."""
    rules: list[tuple[float, float, float]] = []
    ink = image.point(lambda value: 1 if value < 128 else 0).tobytes()
    run = re.compile(rb"\x01{%d,}" % (longer_than_mm * PIXELS_PER_MM))
    for y in range(image.height):
        for found in run.finditer(ink, y * image.width, (y + 1) * image.width):
            left, right = (place % image.width / PIXELS_PER_MM for place in (found.start(), found.end() - 1))
            rule = (y / PIXELS_PER_MM, left, right + 1 / PIXELS_PER_MM)
            if rule[2] - rule[1] > longer_than_mm and not any(_is_same_rule(rule, known) for known in rules):
                rules.append(rule)
    return rules


def _is_same_rule(rule: tuple[float, float, float], known: tuple[float, float, float]) -> bool:
    return rule[0] - known[0] < 0.6 and abs(rule[1] - known[1]) < 1
