"""Recovery phrases: the list never changes, mistakes are found."""

from __future__ import annotations

import hashlib
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.accounts.recovery import identity_of
from collector.escrow import escrow_identity
from collector.folding import fold
from collector.phrase import PHRASE_WORDS, PROBLEM_WORDS, check, list_words, make_phrase, normalise, suggest

RANDOM = st.binary(min_size=13, max_size=13)
WORDS_SHA256 = "a46adfddb921dac8c8349437c2341fe1c5680bd23dfb2f6fe8127df7a8c008e3"


def phrase_of(content: bytes) -> str:
    return make_phrase(lambda size: content[:size])


def test_the_list_never_changes() -> None:
    assert hashlib.sha256(" ".join(list_words()).encode()).hexdigest() == WORDS_SHA256


def test_what_words_on_paper_open_never_changes() -> None:
    words = "doang bong bat luot chiu biem roan coan bet bac nhai"
    assert phrase_of(bytes(range(13))) == words
    assert str(identity_of(words).to_public()) == "age17ngymzsrk3f97g66ujw2meg8v85gpeyg962y3ysl6cx5euyj9gmsqj3mse"
    assert escrow_identity(words).hex() == "20b6483feccb4cd85c38dd28b38e84d04d6e238f0e553ac983d3510584db0bf8"


def test_words_are_1024_different_plain_syllables() -> None:
    words = list_words()
    assert len(set(words)) == 1_024
    assert all(fold(word) == word and word.isascii() and word.isalpha() for word in words)
    assert all(2 <= len(word) <= 7 for word in words)


def test_words_follow_spelling_and_leave_out_rude_ones() -> None:
    words = set(list_words())
    assert not any(word.startswith(("ci", "ce", "gi", "ge", "ngi", "nge")) for word in words)
    assert not words & {"lon", "cac", "buoi", "dit", "deo", "cut", "moi", "ngu", "chet"}


def test_phrase_spends_a_hundred_bits() -> None:
    assert phrase_of(b"\x00" * 13).split()[:10] == [list_words()[0]] * 10
    assert phrase_of(b"\xff" * 13).split()[:10] == [list_words()[1_023]] * 10
    one_bit = (1 << 103).to_bytes(13, "big")
    lowest_used = (1 << 4).to_bytes(13, "big")
    unused = (1 << 3).to_bytes(13, "big")
    assert phrase_of(one_bit) != phrase_of(b"\x00" * 13)
    assert phrase_of(lowest_used) != phrase_of(b"\x00" * 13)
    assert phrase_of(unused) == phrase_of(b"\x00" * 13)


@settings(deadline=None)
@given(RANDOM)
def test_a_made_phrase_is_right_and_normal(content: bytes) -> None:
    phrase = phrase_of(content)
    assert len(phrase.split()) == PHRASE_WORDS
    assert check(phrase) == []
    assert normalise(phrase) == phrase


@settings(deadline=None)
@given(RANDOM, st.sampled_from(["\u0300", "\u0301", "\u0323"]))
def test_accents_capitals_commas_and_line_ends_do_not_matter(content: bytes, mark: str) -> None:
    phrase = phrase_of(content)
    written = phrase.replace("a", f"a{mark}").replace("d", "đ").upper().replace(" ", ",\n ")
    assert normalise(unicodedata.normalize("NFC", written)) == phrase
    assert check(written) == []


@settings(deadline=None)
@given(RANDOM, RANDOM)
def test_different_bits_make_different_phrases(first: bytes, second: bytes) -> None:
    same_bits = int.from_bytes(first, "big") >> 4 == int.from_bytes(second, "big") >> 4
    assert (phrase_of(first) == phrase_of(second)) == same_bits


@settings(deadline=None)
@given(RANDOM, st.integers(0, 9))
def test_a_word_that_does_not_exist_is_named_with_its_place(content: bytes, place: int) -> None:
    words = phrase_of(content).split()
    words[place] = "xyzzy"
    (problem,) = check(" ".join(words))
    assert (problem.code, problem.position, problem.word) == ("unknown_word", place + 1, "xyzzy")


def test_nearly_every_wrong_word_is_found_by_the_checksum() -> None:
    words = phrase_of(bytes(range(13))).split()
    missed = [word for word in list_words() if word != words[3] and not check(" ".join([*words[:3], word, *words[4:]]))]
    assert len(missed) <= 5


def test_swapped_words_are_found() -> None:
    words = phrase_of(bytes(range(13))).split()
    words[0], words[1] = words[1], words[0]
    assert [problem.code for problem in check(" ".join(words))] == ["wrong_checksum"]


def test_missing_and_extra_words_are_found() -> None:
    phrase = phrase_of(bytes(13))
    (problem,) = check(phrase.rsplit(" ", 1)[0])
    assert (problem.code, problem.have, problem.need) == ("wrong_count", 10, 11)
    assert [problem.code for problem in check(f"{phrase} bac")] == ["wrong_count"]
    assert [problem.code for problem in check("")] == ["wrong_count"]


def test_near_words_are_suggested() -> None:
    assert "khoai" in suggest("khoia")
    assert "nguyen" not in list_words()
    assert suggest("bacc")[0] in {"bac", "bach"}
    assert suggest("zzzzzzzz") == ()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_judged_and_every_sentence_can_be_filled(typed: str) -> None:
    for problem in check(typed):
        values = {"position": problem.position, "word": problem.word, "have": problem.have, "need": problem.need}
        assert PROBLEM_WORDS[problem.code] % values


def test_of_a_flood_of_words_only_the_first_are_compared() -> None:
    problems = check("xyz " * 20_000)
    assert [problem.code for problem in problems] == ["unknown_word"] * 2 * PHRASE_WORDS + ["wrong_count"]
    assert problems[-1].have == 20_000
