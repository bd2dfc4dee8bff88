"""Regular expressions that cannot hang: a pattern becomes states that a text is walked through once.

Python's own matcher tries alternatives one after the other and may take years over thirty letters; here the work is at
most length of the text times number of states. Back references and look-around are refused. As in ODK Collect the whole
text must match. Java's `\\p{L}` and its kin are understood.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from collector.questionnaires.errors import EvaluationFailed

MAX_PATTERN: Final = 1_000
MAX_STATES: Final = 1_000
MAX_SUBJECT: Final = 2_000
Test = Callable[[int], bool]
_PROPERTY: Final = re.compile(r"\\p\{(?:Is|is)?([A-Za-z]+)\}")
_PROPERTIES: Final[dict[str, tuple[int, Callable[[str], bool]]]] = {
    "L": (0xF0001, str.isalpha),
    "Alpha": (0xF0001, str.isalpha),
    "Alphabetic": (0xF0001, str.isalpha),
    "Lu": (0xF0002, str.isupper),
    "Upper": (0xF0002, str.isupper),
    "Ll": (0xF0003, str.islower),
    "Lower": (0xF0003, str.islower),
    "N": (0xF0004, str.isdigit),
    "Nd": (0xF0004, str.isdigit),
    "Digit": (0xF0004, str.isdigit),
    "Alnum": (0xF0005, str.isalnum),
    "Z": (0xF0006, str.isspace),
    "Zs": (0xF0006, str.isspace),
    "Space": (0xF0006, str.isspace),
}
"""Each property, the private letter that stands for it inside the pattern, and what it means."""
_BY_LETTER: Final = dict(_PROPERTIES.values())
_CATEGORIES: Final[dict[str, Callable[[str], bool]]] = {
    "CATEGORY_DIGIT": lambda letter: letter.isdigit() and letter.isascii(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda letter: letter.isascii() and (letter.isalnum() or letter == "_"),
}
"""`\\d`, `\\s` and `\\w` as Java has them: ASCII only but for spaces."""


def matches(text: str, pattern: str) -> bool:
    """Tell whether the whole text matches.

    :raises EvaluationFailed: if the pattern is wrong, too large, or uses what cannot be matched in one pass.
    """
    if len(text) > MAX_SUBJECT:
        raise EvaluationFailed(reason="text_too_long")
    return _compile(pattern).matches(text)


@lru_cache(maxsize=200)
def _compile(pattern: str) -> "_Machine":
    if len(pattern) > MAX_PATTERN:
        raise EvaluationFailed(reason="pattern_too_large")
    try:
        parsed = import_module("re._parser").parse(_PROPERTY.sub(_letter, pattern))
        machine = _Machine()
        machine.finish(machine.add(parsed, machine.START))
    except (re.error, RecursionError, OverflowError) as error:
        raise EvaluationFailed(reason="pattern", pattern=pattern[:80], detail=str(error)) from error
    return machine


def _letter(found: re.Match[str]) -> str:
    if found[1] not in _PROPERTIES:
        raise re.error(f"unknown property {found[1]}")
    return chr(_PROPERTIES[found[1]][0])


class _Machine:
    """States with edges: free ones, some of them only at the start or end, and ones that take a letter."""

    START: Final = 0

    def __init__(self) -> None:
        self.free: list[list[tuple[int, str]]] = [[]]
        self.taking: list[list[tuple[Test, int]]] = [[]]
        self.end = 0

    def finish(self, state: int) -> None:
        self.end = state

    def matches(self, text: str) -> bool:
        states = self._reach({self.START}, start=True, end=not text)
        for position, letter in enumerate(text, start=1):
            code = ord(letter)
            states = {to for state in states for test, to in self.taking[state] if test(code)}
            states = self._reach(states, start=False, end=position == len(text))
            if not states:
                return False
        return self.end in states

    def _reach(self, states: set[int], *, start: bool, end: bool) -> set[int]:
        pending = list(states)
        while pending:
            for to, condition in self.free[pending.pop()]:
                if to not in states and {"": True, "start": start, "end": end}[condition]:
                    states.add(to)
                    pending.append(to)
        return states

    def new(self) -> int:
        if len(self.free) >= MAX_STATES:
            raise re.error("too many states")
        self.free.append([])
        self.taking.append([])
        return len(self.free) - 1

    def add(self, parsed: Any, state: int) -> int:
        """Add the parts of a parsed pattern behind a state; give the state that they end in."""
        for operation, argument in parsed:
            state = self._add_part(str(operation), argument, state)
        return state

    def _add_part(self, operation: str, argument: Any, state: int) -> int:
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeat(argument, state)
        if operation == "SUBPATTERN":
            return self.add(argument[3], state)
        if operation == "BRANCH":
            return self._branch(argument[1], state)
        if operation == "AT":
            return self._anchor(str(argument), state)
        after = self.new()
        self.taking[state].append((_make_test(operation, argument), after))
        return after

    def _branch(self, branches: Any, state: int) -> int:
        after = self.new()
        for branch in branches:
            begin = self.new()
            self.free[state].append((begin, ""))
            self.free[self.add(branch, begin)].append((after, ""))
        return after

    def _repeat(self, argument: Any, state: int) -> int:
        low, high, part = argument
        for _ in range(int(low)):
            state = self.add(part, state)
        if str(high) == "MAXREPEAT":
            loop = self.new()
            self.free[state].append((loop, ""))
            self.free[self.add(part, loop)].append((loop, ""))
            return loop
        after = self.new()
        self.free[state].append((after, ""))
        for _ in range(int(high) - int(low)):
            state = self.add(part, state)
            self.free[state].append((after, ""))
        return after

    def _anchor(self, where: str, state: int) -> int:
        conditions = {"AT_BEGINNING": "start", "AT_BEGINNING_STRING": "start", "AT_END": "end", "AT_END_STRING": "end"}
        if where not in conditions:
            raise re.error("word boundaries are not supported")
        after = self.new()
        self.free[state].append((after, conditions[where]))
        return after


def _make_test(operation: str, argument: Any) -> Test:
    if operation == "LITERAL":
        return _make_literal(argument)
    if operation == "NOT_LITERAL":
        return lambda code: code != argument
    if operation == "ANY":
        return lambda code: code != 10
    if operation == "CATEGORY":
        return _make_category(str(argument))
    if operation == "RANGE":
        low, high = argument
        return lambda code: low <= code <= high
    if operation == "IN":
        return _make_set(argument)
    raise re.error(f"{operation.lower()} is not supported")


def _make_literal(wanted: int) -> Test:
    if wanted in _BY_LETTER:
        holds = _BY_LETTER[wanted]
        return lambda code: holds(chr(code))
    return lambda code: code == wanted


def _make_category(name: str) -> Test:
    holds = _CATEGORIES[name.replace("_NOT_", "_")]
    wanted = "_NOT_" not in name
    return lambda code: holds(chr(code)) is wanted


def _make_set(parts: Any) -> Test:
    negated = bool(parts) and str(parts[0][0]) == "NEGATE"
    tests = [_make_test(str(operation), argument) for operation, argument in parts[1 if negated else 0 :]]
    return lambda code: any(test(code) for test in tests) is not negated
