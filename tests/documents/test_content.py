"""Canonical bytes: equal papers give equal bytes, and damaged bytes give one error."""

import json
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest

from collector.documents.content import MeetingPaper, OpinionEntry, TallyPaper, read_paper
from collector.documents.errors import InvalidPaper

from .paper_factories import ALL_DOCUMENTS, make_meeting, make_resolution


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_every_paper_comes_back_from_its_bytes(name):
    paper = ALL_DOCUMENTS[name]
    assert read_paper(paper.to_json()) == paper
    assert type(paper).from_json(paper.to_json()) == paper


def test_bytes_are_canonical():
    data = make_resolution().to_json()
    plain = json.loads(data)
    assert data == json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert "thôn Mẫu".encode() in data


def test_composed_and_decomposed_letters_give_the_same_hash():
    subject = "họp về đường"
    composed = make_meeting(subject=unicodedata.normalize("NFC", subject))
    decomposed = make_meeting(subject=unicodedata.normalize("NFD", subject))
    assert composed.subject != decomposed.subject
    assert composed.sha256 == decomposed.sha256


def test_any_change_gives_another_hash():
    assert make_meeting().sha256 != make_meeting(number=2).sha256
    assert make_meeting().sha256 != make_meeting(is_demo=True).sha256


def test_withheld_name_is_nowhere_in_the_bytes():
    named = OpinionEntry(number=1, text="Xin sửa đường", speaker_name="Zơrâm Thị Kín")
    withheld = replace(named, speaker_name=None)
    assert "Zơrâm Thị Kín".encode() in make_meeting(opinions=(named,)).to_json()
    assert "Kín".encode() not in make_meeting(opinions=(withheld,)).to_json()


def _damage(change):
    plain = json.loads(make_meeting().to_json())
    change(plain)
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        _damage(lambda plain: plain.update(format="collector-paper/2")),
        _damage(lambda plain: plain.update(paper="letter")),
        _damage(lambda plain: plain.update(paper=["meeting"])),
        _damage(lambda plain: plain.update(extra=1)),
        _damage(lambda plain: plain["content"].pop("subject")),
        _damage(lambda plain: plain["content"].update(subject=7)),
        _damage(lambda plain: plain["content"].update(number=True)),
        _damage(lambda plain: plain["content"].update(number=1.5)),
        _damage(lambda plain: plain["content"].update(kind="party")),
        _damage(lambda plain: plain["content"].update(opinions={})),
        _damage(lambda plain: plain["content"]["issuer"].update(seal="x")),
        _damage(lambda plain: plain["content"].update(subject="\ud800")),
    ],
)
def test_damaged_bytes_are_refused_with_one_error(data):
    with pytest.raises(InvalidPaper):
        paper = read_paper(data)
        paper.to_json()


def test_another_kind_of_paper_is_refused():
    with pytest.raises(InvalidPaper):
        TallyPaper.from_json(make_meeting().to_json())


def test_number_that_is_no_whole_number_has_no_place_on_a_paper():
    with pytest.raises(InvalidPaper):
        make_meeting(number=1.5).to_json()


def test_pure_part_loads_the_standard_library_only():
    code = (
        "import sys, types; package = types.ModuleType('collector.documents');"
        "import collector, pathlib;"
        "package.__path__ = [str(pathlib.Path(list(collector.__path__)[0]) / 'documents')];"
        "before = set(sys.modules);"
        "sys.modules['collector.documents'] = package;"
        "import collector.documents.content;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'collector'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_papers_cannot_be_changed():
    with pytest.raises(AttributeError):
        make_meeting().subject = "x"  # type: ignore[misc]
    assert not hasattr(MeetingPaper, "__dict__") or "__dict__" not in dir(make_meeting())
