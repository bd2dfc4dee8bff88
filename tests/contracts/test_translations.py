"""Every English source text has its words in every catalogue, and the Vietnamese ones keep to the glossary.

Extraction runs over the sources as they stand, so a forgotten `tools/update-messages.sh` fails here too.
"""

import gettext
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "translations"
CATALOGUES = TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")
TAGS = sorted({"vi"} | {path.parents[1].name for path in CATALOGUES})

SAME_IN_BOTH = {"%(size)s kB", "Collector", "PDF", "QR", "SHA-256", "CSV", "USB", "đồng"}
"""Texts with letters that may read the same in English and Vietnamese."""

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w+(?:!r)?\}")
ENGLISH = re.compile(
    r"(?<![-\w])(?:[Tt]he|[Aa]nd|of|is|are|was|were|not|[Ww]ith|[Tt]his|that|[Pp]lease|village|meetings?|opinions?)\b"
)
"""Words that no Vietnamese sentence has, unlike “to”, “do” or “in”."""
JSON_SAMPLE = re.compile(r'"\w+":"\w+"')
FORBIDDEN = {
    "xung đột": "say “chỗ khác nhau”",
    "không biết": "never an answer, since “biết” is a question; say “không nhớ rõ” or “chưa rõ”",
    "vui lòng": "say “Hãy”",
    "bạn": "elders are not addressed like that",
}
ONLY_WHEN = {"kiểm tra": "inspect", "đồng ý": "consent"}
"""Words with one meaning: allowed only where the English source has that meaning."""

MISPLACED_TONE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)", re.IGNORECASE)
"""Tone marks stand as in official papers: hòa, khỏe, thủy; not hoà, khoẻ, thuỷ."""

pytestmark = pytest.mark.parametrize("tag", TAGS)


@cache
def extract() -> dict[str, str | tuple[str, ...]]:
    """Collect the source texts by their (singular) text, with the mapping and keywords of the update script."""
    script = (ROOT / "tools" / "update-messages.sh").read_text(encoding="utf-8")
    keywords = DEFAULT_KEYWORDS | parse_keywords(re.findall(r"-k (\S+)", script))
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(ROOT), methods, options, keywords=keywords)
    texts: dict[str, str | tuple[str, ...]] = {}
    for _file, _line, text, _comments, _context in found:
        key = text if isinstance(text, str) else text[0]
        if key and (key not in texts or isinstance(text, tuple)):
            texts[key] = text
    return texts


@cache
def read_catalogue(tag: str) -> Catalog:
    with (TRANSLATIONS / tag / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=tag, abort_invalid=True)


def list_messages(tag: str) -> Iterator[tuple[str, Message]]:
    for message in read_catalogue(tag):
        if message.id:
            yield (message.id if isinstance(message.id, str) else message.id[0]), message


def forms_of(words: str | Iterable[str] | None) -> tuple[str, ...]:
    """Give the forms of a source text or a translation: one, or those of a plural."""
    return (words,) if isinstance(words, str) else tuple(words or ())


def list_strings(tag: str) -> list[tuple[str, str]]:
    """Give every translated text with its source; of a plural all forms."""
    return [(source, text) for source, message in list_messages(tag) for text in forms_of(message.string)]


def fill(text: str) -> str:
    """Render a text with every placeholder that it names."""
    named = re.findall(r"%\((\w+)\)", text)
    if named:
        return text % {name: 7 if f"%({name})d" in text else f"<{name}>" for name in named}
    braced = re.findall(r"\{(\w+)(?:!r)?\}", text)
    return text.format(**{name: f"<{name}>" for name in braced}) if braced else text


def as_a_template_shows(text: str) -> str:
    """Render a text as Jinja does: always with its values, so that a percent sign of its own is written twice."""
    return text % {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)", text)}


def without_values(text: str) -> str:
    return PLACEHOLDERS.sub("", text)


def test_the_catalogue_holds_exactly_the_texts_of_the_sources(tag: str):
    listed = dict(list_messages(tag))
    missing = sorted(extract().keys() - listed.keys())
    unused = sorted(listed.keys() - extract().keys())
    assert not missing, f"run make messages and translate: {missing}"
    assert not unused, f"run make messages; no source uses: {unused}"
    differing = [
        key for key, message in listed.items() if isinstance(message.id, str) != isinstance(extract()[key], str)
    ]
    assert not differing, f"singular in one place, plural in another: {differing}"


def test_everything_is_translated_and_nothing_is_left_fuzzy_or_obsolete(tag: str):
    assert [source for source, text in list_strings(tag) if not text.strip()] == []
    assert [source for source, message in list_messages(tag) if message.fuzzy] == []
    assert list(read_catalogue(tag).obsolete) == []


def test_plurals_have_as_many_forms_as_the_language(tag: str):
    forms = read_catalogue(tag).num_plurals
    wrong = [
        source
        for source, message in list_messages(tag)
        if len(forms_of(message.string)) != (1 if isinstance(message.id, str) else forms)
    ]
    assert wrong == []


def test_placeholders_are_the_same_in_both(tag: str):
    wrong = []
    for source, message in list_messages(tag):
        allowed = [set(PLACEHOLDERS.findall(text)) for text in forms_of(message.id)]
        wrong += [(source, text) for text in forms_of(message.string) if set(PLACEHOLDERS.findall(text)) not in allowed]
    assert wrong == []


def test_both_render_with_their_values(tag: str):
    for source, text in list_strings(tag):
        assert "%(" not in fill(source), source
        assert "%(" not in fill(text), text


def test_percent_signs_are_doubled_in_templates_and_only_there(tag: str):
    for source, message in list_messages(tag):
        for text in forms_of(message.string):
            in_template = any(str(file).endswith(".html") for file, _line in message.locations)
            if in_template:
                assert as_a_template_shows(text), source
            elif "%(" not in text:
                assert "%%" not in text, source


def test_translations_are_composed_and_tidy(tag: str):
    strings = list_strings(tag)
    assert [text for _source, text in strings if unicodedata.normalize("NFC", text) != text] == []
    assert [text for _source, text in strings if text != text.strip() or "  " in text] == []
    assert [source for source, text in strings if source.endswith(".") and not text.endswith((".", "…"))] == []
    assert [source for source, text in strings if source.endswith(":") != text.endswith(":")] == []


def test_compiled_catalogues_load_and_answer(tag: str):
    file = io.BytesIO()
    write_mo(file, read_catalogue(tag))
    file.seek(0)
    loaded = gettext.GNUTranslations(file)
    for _source, message in list_messages(tag):
        ids = forms_of(message.id)
        for count in (1, 5):
            told = loaded.ngettext(ids[0], ids[1], count) if len(ids) > 1 else loaded.gettext(ids[0])
            assert told in forms_of(message.string)


class TestVietnamese:
    """What the glossary asks of the words themselves."""

    @pytest.fixture(autouse=True)
    def _only_vietnamese(self, tag: str):
        if tag != "vi":
            pytest.skip("rules of Vietnamese")

    def test_no_text_is_left_in_english(self, tag: str):
        same = [
            source
            for source, text in list_strings(tag)
            if source == text and source not in SAME_IN_BOTH and re.search(r"[^\W\d_]", without_values(source))
        ]
        assert same == []

    def test_no_english_word_is_left_inside(self, tag: str):
        mixed = [
            (found.group(), text)
            for _source, text in list_strings(tag)
            if (found := ENGLISH.search(without_values(text)))
        ]
        assert mixed == []

    @pytest.mark.parametrize("word", sorted(FORBIDDEN))
    def test_forbidden_words_are_nowhere(self, tag: str, word: str):
        found = [text for _source, text in list_strings(tag) if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
        assert found == [], FORBIDDEN[word]

    @pytest.mark.parametrize("word", sorted(ONLY_WHEN))
    def test_words_keep_their_one_meaning(self, tag: str, word: str):
        found = [
            (source, text)
            for source, text in list_strings(tag)
            if re.search(rf"\b{word}\b", text, re.IGNORECASE) and ONLY_WHEN[word] not in source.casefold()
        ]
        assert found == [], f"“{word}” only means “{ONLY_WHEN[word]}”"

    def test_tone_marks_stand_as_in_official_papers(self, tag: str):
        assert [text for _source, text in list_strings(tag) if MISPLACED_TONE.search(text)] == []

    def test_quotes_are_the_round_ones(self, tag: str):
        straight = [text for _source, text in list_strings(tag) if re.search(r"['\"]", JSON_SAMPLE.sub("", text))]
        assert straight == []

    def test_what_asks_says_hay(self, tag: str):
        asking = [
            (source, text)
            for source, text in list_strings(tag)
            if re.search(r"\bPlease\b", source) and not re.search(r"\bhãy\b", text, re.IGNORECASE)
        ]
        assert asking == []
