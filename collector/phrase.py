"""Recovery phrases: ten random syllables and an eleventh that finds typing mistakes; and one-time codes of eight.

The 1,024 syllables are read like Vietnamese and are written without accents, so that any keyboard types them and any
hand copies them from paper. Ten of them hold 100 random bits; the eleventh is taken from the SHA-256 of the ten and
adds no secret. The list is made by the code below and must never change: phrases on paper depend on it (a test pins
its hash). Nothing here stores or logs a phrase, and the random bytes come from the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from collector.folding import tokens
from collector.words import N_

WORD_COUNT: Final = 1_024
SECRET_WORDS: Final = 10
PHRASE_WORDS: Final = SECRET_WORDS + 1
CODE_WORDS: Final = 8
"""How long a one-time code is with which a laptop enrols; its last word is a checksum, too."""

UNKNOWN_WORD: Final = "unknown_word"
WRONG_COUNT: Final = "wrong_count"
WRONG_CHECKSUM: Final = "wrong_checksum"

PROBLEM_WORDS: Final = {
    UNKNOWN_WORD: N_("Word %(position)s, “%(word)s”, is not a word of a recovery phrase. Look at the paper again."),
    WRONG_COUNT: N_("The phrase has %(have)s words, not %(need)s. Type all words from the paper."),
    WRONG_CHECKSUM: N_("The words do not belong together. Look for a wrong or swapped word."),
}
CODE_PROBLEM_WORDS: Final = {
    UNKNOWN_WORD: N_("Word %(position)s, “%(word)s”, is not a word of a code. Look at the paper again."),
    WRONG_COUNT: N_("The code has %(have)s words, not %(need)s. Type all words that the officer gave."),
    WRONG_CHECKSUM: PROBLEM_WORDS[WRONG_CHECKSUM],
}

# One onset of each pair that many people say or write alike (tr and ch, x and s, gi and d) is left out.
_ONSETS: Final = ("b", "ch", "c", "d", "g", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "r", "s", "t", "th", "v")
_RIMES: Final = (
    *("a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay"),
    *("e", "em", "en", "eo", "et", "i", "ich", "im", "in", "inh", "it", "iu"),
    *("ia", "iec", "iem", "ien", "iep", "iet", "ieu", "o", "oc", "oi", "om", "on", "ong", "op", "ot"),
    *("oa", "oai", "oan", "oang", "oat", "u", "uc", "ui", "um", "un", "ung", "up", "ut"),
    *("ua", "uoc", "uoi", "uom", "uon", "uong", "uot", "uy", "uyen"),
)
# Rude, frightening or offensive with one of the accents that readers may add.
# fmt: off
_LEFT_OUT: Final = frozenset((
    "ba", "bich", "buoi", "bu", "cac", "cai", "chet", "chim", "cho", "chich", "cu", "cum", "cut", "da", "dai",
    "dam", "dan", "dang", "deo", "di", "diem", "dich", "dit", "do", "du", "duc", "dui", "giet", "hiep", "ia", "khi",
    "khon", "lao", "loi", "lon", "lo", "ma", "man", "me", "meo", "moi", "mu", "ngu", "nguc", "nhuc", "nung", "nut",
    "phan", "phet", "phuc", "ran", "rap", "ro", "sat", "so", "te", "tiet", "tit", "to", "toc", "toi", "tham",
    "thiet", "ti", "vu", "vui",
))
# fmt: on
_MOST_CHECKED: Final = 2 * PHRASE_WORDS
_SPELLING: Final = {"c": "k", "g": "gh", "ng": "ngh"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a typed phrase; `position` counts from 1 and is None for the phrase as a whole."""

    code: str
    position: int | None = None
    word: str = ""
    suggestions: tuple[str, ...] = ()
    have: int = 0
    need: int = PHRASE_WORDS


@cache
def list_words() -> tuple[str, ...]:
    """List the 1,024 syllables; the place of a word in the list is its value."""
    made = [_spell(onset, rime) for rime in _RIMES for onset in _ONSETS]
    kept = [word for word in dict.fromkeys(made) if word not in _LEFT_OUT]
    return tuple(sorted(kept[:WORD_COUNT]))


def make_phrase(random_bytes: Callable[[int], bytes]) -> str:
    """Make a phrase of ten random words and a checksum word; pass `secrets.token_bytes`."""
    words = pick_words(random_bytes(13), SECRET_WORDS)
    return " ".join((*words, _checksum_word(words)))


def make_code(random_bytes: Callable[[int], bytes]) -> str:
    """Make a one-time code of seven random words (70 bits) and a checksum word; pass `secrets.token_bytes`."""
    words = pick_words(random_bytes(9), CODE_WORDS - 1)
    return " ".join((*words, _checksum_word(words)))


def pick_words(data: bytes, count: int) -> list[str]:
    """Write the first bits of some bytes as words, ten bits each."""
    bits = int.from_bytes(data, "big") >> 8 * len(data) - 10 * count
    return [list_words()[bits >> 10 * place & 1_023] for place in range(count)]


def normalise(phrase: str) -> str:
    """Bring a typed phrase into the form in which it was made: folded, small letters, single spaces."""
    return " ".join(tokens(phrase))


def check(phrase: str, need: int = PHRASE_WORDS) -> list[Problem]:
    """List what is wrong with a typed phrase of `need` words: unknown words with near ones, their number, the checksum.

    An empty list means that the phrase was typed as it was made; it does not say whose it is.
    """
    words = tokens(phrase)
    known = frozenset(list_words())
    problems = [
        Problem(UNKNOWN_WORD, position, word, suggest(word))
        for position, word in enumerate(words[:_MOST_CHECKED], start=1)
        if word not in known
    ]
    if len(words) != need:
        problems.append(Problem(WRONG_COUNT, have=len(words), need=need))
    elif not problems and words[-1] != _checksum_word(words[:-1]):
        problems.append(Problem(WRONG_CHECKSUM, have=len(words), need=need))
    return problems


def suggest(word: str, limit: int = 3) -> tuple[str, ...]:
    """Suggest the words of the list that are the fewest typing mistakes away, at most two."""
    near = sorted(
        (distance, known)
        for known in list_words()
        if abs(len(word) - len(known)) <= 2 and (distance := _distance(word, known)) <= 2
    )
    return tuple(known for distance, known in near[:limit] if distance == near[0][0])


def _checksum_word(words: list[str]) -> str:
    digest = hashlib.sha256(" ".join(words).encode("ascii")).digest()
    return list_words()[int.from_bytes(digest[:2], "big") >> 6]


def _spell(onset: str, rime: str) -> str:
    """Write a syllable by the rules of Vietnamese spelling: k, gh and ngh before e and i."""
    return _SPELLING.get(onset, onset) + rime if rime[0] in "ei" else onset + rime


def _distance(left: str, right: str) -> int:
    """Count insertions, deletions, changes and swaps of neighbours that lead from one word to the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, start=1):
        before, above, row = row, before, [i]
        for j, other in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]
