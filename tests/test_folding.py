"""Folding for search, held against a real FTS5 index."""

from __future__ import annotations

import sqlite3
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.folding import QUERY_LIMIT_TOKENS, contains, fold, highlight, query_words, tokens
from collector.index_engines import FullText

VIETNAMESE = st.text(
    "aăâeêioôơuưyđĐ áàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵbcdghklmnpqrstvx'-,. ",
    max_size=60,
)
ANY = st.one_of(VIETNAMESE, st.text(max_size=60))


def matching_rows(words: list[str], *texts: str) -> list[str]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE found USING fts5(folded, tokenize='unicode61 remove_diacritics 0')")
    database.executemany("INSERT INTO found VALUES (?)", [(fold(text),) for text in texts])
    sql = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid"
    rows = database.execute(sql, (FullText().match(words),)).fetchall()
    database.close()
    return [texts[row[0] - 1] for row in rows]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đại Lộc", "dai loc"),
        ("Xã Tây Giang, Thành phố Đà Nẵng", "xa tay giang thanh pho da nang"),
        ("hoà", "hoa"),
        ("hòa", "hoa"),
        ("Ðà Nẵng", "da nang"),
        ("QUẢNG   NAM\n", "quang nam"),
        ("Ch'ơm", "chom"),
        ("Tr’Hy", "trhy"),
        ("8041/KH-UBND", "8041 kh ubnd"),
        ("đ̣", "d"),
        ("a\u00adb\u200bc", "abc"),
        ("🙂!?\x00", ""),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_i_and_y_stay_different() -> None:
    assert fold("Mỹ") != fold("Mĩ")


@settings(deadline=None)
@given(ANY)
@example("İstanbul ǅ ß ﬁ ½ ｆｕｌｌ")
@example("ʼn")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(ANY)
def test_normal_forms_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@settings(deadline=None)
@given(ANY)
def test_folded_text_has_letters_digits_and_single_spaces_only(text: str) -> None:
    folded = fold(text)
    assert folded == folded.strip()
    assert "  " not in folded
    assert all(letter == " " or unicodedata.category(letter)[0] in "LN" for letter in folded)
    assert tokens(text) == folded.split(" ") if folded else tokens(text) == []


def test_every_vietnamese_letter_folds_to_plain_ascii() -> None:
    for base in "aăâeêioôơuưyđ":
        for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"):
            for letter in (base + mark, (base + mark).upper()):
                folded = fold(unicodedata.normalize("NFC", letter))
                assert len(folded) == 1
                assert folded in "aeiouyd"


def test_query_finds_what_is_written_with_accents() -> None:
    texts = ("Xã Đại Lộc", "Xã Thượng Đức", "Phường Hội An")
    assert matching_rows(query_words("dai loc"), *texts) == ["Xã Đại Lộc"]
    assert matching_rows(query_words("loc đại"), *texts) == ["Xã Đại Lộc"]
    assert matching_rows(query_words("thuo"), *texts) == ["Xã Thượng Đức"]
    assert matching_rows(query_words("oai"), *texts) == []


@pytest.mark.parametrize("rubbish", ["", "   ", '"', "***", "\x00", "🙂🙂", "--", "()", "' '"])
def test_rubbish_leaves_no_query(rubbish: str) -> None:
    assert query_words(rubbish) == []


@pytest.mark.parametrize(
    "typed",
    ['dai" OR "1', "dai AND", "NOT dai", "NEAR(dai loc, 2)", "folded:dai", "dai*", "^dai", "dai + loc", "{dai}"],
)
def test_operators_are_plain_words(typed: str) -> None:
    assert isinstance(matching_rows(query_words(typed), "Đại Lộc"), list)


@settings(deadline=None)
@given(ANY)
@example("\ud7fb\U0001e900 \u0370")
@example("a " * 5_000)
@example("x" * 20_000)
def test_any_text_makes_a_query_that_sqlite_takes(text: str) -> None:
    words = query_words(text)
    assert len(words) <= QUERY_LIMIT_TOKENS
    if words:
        matching_rows(words, "Xã Đại Lộc")


def test_ten_thousand_different_words_are_cut() -> None:
    words = query_words(" ".join(f"w{number}" for number in range(5_000)))
    assert len(words) == QUERY_LIMIT_TOKENS
    matching_rows(words, "w1")


@settings(deadline=None)
@given(VIETNAMESE, st.data())
def test_every_word_beginning_is_found_by_query_contains_and_highlight(text: str, data: st.DataObject) -> None:
    words = tokens(text)
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    beginning = word[: data.draw(st.integers(1, len(word)))]
    assert contains(text, beginning)
    assert matching_rows(query_words(beginning), text) == [text]
    assert any(is_match for _, is_match in highlight(text, beginning))


def test_contains_wants_every_word_and_only_beginnings() -> None:
    assert contains("Hộ bà Bhling Thị Mai", "mai bhl")
    assert not contains("Hộ bà Bhling Thị Mai", "mai lan")
    assert not contains("Đại Lộc", "ai")
    assert contains("Đại Lộc", "")


def test_highlight_marks_the_original_letters() -> None:
    assert highlight("Xã Đại Lộc", "dai lo") == [
        ("Xã ", False),
        ("Đại", True),
        (" ", False),
        ("Lộ", True),
        ("c", False),
    ]


def test_highlight_keeps_combining_marks_with_their_letter() -> None:
    text = unicodedata.normalize("NFD", "Lộc")
    assert highlight(text, "lo") == [(text[:-1], True), ("c", False)]


def test_highlight_takes_the_longest_word_and_skips_apostrophes() -> None:
    assert highlight("Ch'ơm", "c chom") == [("Ch'ơm", True)]
    assert highlight("'dai'", "dai") == [("'", False), ("dai", True), ("'", False)]
    assert highlight("", "dai") == []
    assert highlight("Đại", "") == [("Đại", False)]


@settings(deadline=None)
@given(ANY, ANY)
def test_highlight_loses_nothing(text: str, query: str) -> None:
    segments = highlight(text, query)
    assert "".join(segment for segment, _ in segments) == text
    assert all(segment for segment, _ in segments)
    assert all(first[1] != second[1] for first, second in pairwise(segments))
    if any(is_match for _, is_match in segments):
        assert tokens(query)


def test_a_megabyte_is_folded_word_by_word() -> None:
    text = "Cuộc họp của cộng đồng dân cư thôn Pơ Ning, xã Lăng bàn về đường bê tông."
    assert fold(f"{text} " * 14_000) == " ".join([fold(text)] * 14_000)
