"""Expressions of forms: parsed once by elementpath's grammar, then turned into calls that give a value in a scope.

Everything an expression can do is listed here and in `functions`; the rest is refused when the form is read, never when
somebody answers. Lengths, nesting and work are capped, so that no form can hang or crash the laptop. Absolute paths
start in the answers, also inside predicates on lists of choices, as the ODK XForms specification says.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from collector.questionnaires.errors import EvaluationFailed, ExpressionRefused
from collector.questionnaires.functions import FUNCTIONS, REFUSED, Argument
from collector.questionnaires.nodes import Node
from collector.questionnaires.scope import Scope
from collector.questionnaires.values import Value, to_boolean, to_number, to_text

MAX_LENGTH: Final = 20_000
MAX_NESTING: Final = 40
MAX_DEPTH: Final = 250
Work = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that is ready to be evaluated."""

    source: str
    paths: frozenset[str]
    """The absolute paths that it names, without predicates."""
    functions: frozenset[str]
    work: Work

    def value(self, scope: Scope) -> Value:
        """Evaluate it.

        :raises EvaluationFailed: if that is not possible with these answers, or takes too much work.
        """
        try:
            return self.work(scope)
        except (RecursionError, OverflowError, MemoryError) as error:
            raise EvaluationFailed(reason="too_much_work", expression=self.source[:100]) from error

    def text(self, scope: Scope) -> str:
        """Evaluate it as text."""
        return to_text(self.value(scope))

    def holds(self, scope: Scope) -> bool:
        """Evaluate it as a truth."""
        return to_boolean(self.value(scope))


@lru_cache(maxsize=4_000)
def read_expression(source: str) -> Expression:
    """Parse an expression.

    :raises ExpressionRefused: if it is wrong, or uses what is not evaluated here.
    """
    _refuse_size(source)
    from collector.questionnaires.grammar import XFormsParser

    try:
        tree = XFormsParser().parse(source)
    except Exception as error:  # the parser raises what it stumbles over, from SyntaxError to RecursionError
        raise _refusal(source, error) from error
    if _depth(tree) > MAX_DEPTH:
        raise ExpressionRefused(reason="too_deep", expression=source[:100])
    compiler = _Compiler(source)
    return Expression(source, frozenset(_paths(tree)), frozenset(_functions(tree)), compiler.compile(tree))


def _refuse_size(source: str) -> None:
    if len(source) > MAX_LENGTH:
        raise ExpressionRefused(reason="too_long", expression=source[:100])
    depth = 0
    for letter in source:
        depth += (letter in "([") - (letter in ")]")
        if depth > MAX_NESTING:
            raise ExpressionRefused(reason="too_deep", expression=source[:100])


def _refusal(source: str, error: Exception) -> ExpressionRefused:
    called = {name for name in _called(source) if name not in FUNCTIONS}
    if called:
        return ExpressionRefused(reason="function", function=min(called, key=source.index), expression=source[:200])
    return ExpressionRefused(reason="syntax", expression=source[:200], detail=str(error)[:200])


def _called(source: str) -> Iterator[str]:
    """Give the names before an opening bracket, outside of quotes."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "''", source)
    for found in re.finditer(r"((?:jr:)?[^\W\d][\w.-]*)\s*\(", plain):
        if found[1] not in _KIND_TESTS and found[1] not in _OPERATORS:
            yield found[1]


_KIND_TESTS: Final = {"node", "text"}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_OPERATORS: Final = {"and", "or", "div", "mod"}


def _depth(tree: Any) -> int:
    deepest, pending = 0, [(tree, 1)]
    while pending:
        token, depth = pending.pop()
        deepest = max(deepest, depth)
        pending.extend((child, depth + 1) for child in token)
    return deepest


def _walk(tree: Any) -> Iterator[Any]:
    pending = [tree]
    while pending:
        token = pending.pop()
        yield token
        pending.extend(token)


def _functions(tree: Any) -> Iterator[str]:
    return (token.symbol for token in _walk(tree) if token.label == "function")


def _paths(tree: Any) -> Iterator[str]:
    for token in _walk(tree):
        names = _path_names(token)
        if names:
            yield "/" + "/".join(names)


def _plain_path(token: Any) -> str:
    """Give an absolute path if it is one and has no predicates, or an empty text."""
    names = _path_names(token)
    return "" if any(each.symbol == "[" for each in _walk(token)) else "/".join(["", *names]) if names else ""


def _path_names(token: Any) -> list[str]:
    """Give the names of an absolute path of plain steps, or nothing."""
    names: list[str] = []
    while token.symbol == "/" and len(token) == 2:
        name = _step_name(token[1])
        if not name:
            return []
        names.append(name)
        token = token[0]
    if token.symbol != "/" or len(token) != 1 or not _step_name(token[0]):
        return []
    return [_step_name(token[0]), *reversed(names)]


def _step_name(token: Any) -> str:
    while token.symbol == "[":
        token = token[0]
    if token.symbol == ":" and token[1].symbol == "(name)":
        token = token[1]
    return str(token.value) if token.symbol == "(name)" else ""


class _Compiler:
    """Turns the tokens of one expression into calls."""

    def __init__(self, source: str) -> None:
        self.source = source

    def compile(self, token: Any) -> Work:
        """Give the call that evaluates a token.

        :raises ExpressionRefused: if it means something that is not evaluated here.
        """
        symbol, count = token.symbol, len(token)
        if token.label == "function":
            return self.call(symbol, token)
        if token.label == "literal":
            value = token.value if isinstance(token.value, str) else float(token.value)
            return lambda _: value
        if symbol in _COMPARISONS:
            return _comparison(symbol, self.compile(token[0]), self.compile(token[1]))
        if symbol in ("and", "or"):
            return self.logic(symbol, token)
        if symbol in ("+", "-", "*", "div", "mod") and count:
            return self.arithmetic(symbol, token)
        return self.nodes(symbol, token)

    def nodes(self, symbol: str, token: Any) -> Work:
        if symbol == "(":
            return self.compile(token[0])
        if symbol == ":" and token[1].label == "function":
            return self.call(f"jr:{token[1].symbol}", token[1])
        if symbol == "|":
            return _union(self.compile(token[0]), self.compile(token[1]))
        if symbol == "[":
            return _filter(self.compile(token[0]), self.compile(token[1]))
        if symbol in ("/", "//"):
            return self.path(symbol, token)
        return self.step(symbol, token)

    def step(self, symbol: str, token: Any) -> Work:
        if symbol in _AXES:
            return _make_step(_AXES[symbol], self.test(token[0]))
        if symbol == ".":
            return lambda scope: [scope.node]
        if symbol == "..":
            return _make_step(_AXES["parent"], "*")
        return _make_step(_AXES["child"], self.test(token))

    def test(self, token: Any) -> str:
        """Give the name that a step asks for, `*` for any, an empty name for the text of the node."""
        if token.symbol in ("*", "node"):
            return "*"
        if token.symbol == "text":
            return ""
        name = _step_name(token) if token.symbol != "[" else ""
        if not name:
            raise ExpressionRefused(reason="feature", feature=str(token.symbol), expression=self.source[:200])
        return name

    def call(self, name: str, token: Any) -> Work:
        function = FUNCTIONS.get(name)
        if function is None or name in REFUSED:
            raise ExpressionRefused(reason="function", function=name, expression=self.source[:200])
        arguments = [self.compile(each) for each in token]

        def work(scope: Scope) -> Value:
            calls: list[Argument] = [lambda argument=argument: argument(scope) for argument in arguments]  # type: ignore[misc]
            return function.call(scope, calls)

        return work

    def logic(self, symbol: str, token: Any) -> Work:
        left, right = self.compile(token[0]), self.compile(token[1])
        if symbol == "and":
            return lambda scope: to_boolean(left(scope)) and to_boolean(right(scope))
        return lambda scope: to_boolean(left(scope)) or to_boolean(right(scope))

    def arithmetic(self, symbol: str, token: Any) -> Work:
        left = self.compile(token[0])
        if len(token) == 1:
            sign = -1.0 if symbol == "-" else 1.0
            return lambda scope: sign * to_number(left(scope))
        right, calculate = self.compile(token[1]), _ARITHMETIC[symbol]
        return lambda scope: calculate(to_number(left(scope)), to_number(right(scope)))

    def path(self, symbol: str, token: Any) -> Work:
        deep = symbol == "//"
        whole = _plain_path(token)
        if whole:
            return lambda scope: scope.world.find(whole)
        if not len(token):
            return lambda scope: [scope.world.document]
        if len(token) == 1:
            return _walk_on(lambda scope: [scope.world.document], self.compile(token[0]), deep=deep)
        right = token[1]
        if right.symbol in ("(", "[") and right[0].symbol in ("(", "instance", "current", "randomize"):
            raise ExpressionRefused(reason="syntax", expression=self.source[:200])
        return _walk_on(self.compile(token[0]), self.compile(right), deep=deep)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.nan if not right or math.isinf(left) else math.fmod(left, right)


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _remainder,
}


def _ancestors(node: Node, *, itself: bool) -> list[Node]:
    found = [node] if itself else []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def _siblings(node: Node, *, after: bool) -> list[Node]:
    children = node.parent.children if node.parent is not None else [node]
    place = next(index for index, child in enumerate(children) if child is node)
    return children[place + 1 :] if after else children[:place][::-1]


_AXES: Final[dict[str, Callable[[Node], list[Node]]]] = {
    "child": lambda node: node.children,
    "self": lambda node: [node],
    "parent": lambda node: [node.parent] if node.parent is not None else [],
    "descendant": lambda node: [each for each in node.walk() if each is not node],
    "descendant-or-self": lambda node: list(node.walk()),
    "ancestor": lambda node: _ancestors(node, itself=False),
    "ancestor-or-self": lambda node: _ancestors(node, itself=True),
    "following-sibling": lambda node: _siblings(node, after=True),
    "preceding-sibling": lambda node: _siblings(node, after=False),
}


def _make_step(axis: Callable[[Node], list[Node]], name: str) -> Work:
    if not name:  # text(): answers are leaves, so that a node stands for its own text
        return lambda scope: [scope.node] if scope.node.text else []

    def work(scope: Scope) -> Value:
        reached = axis(scope.node)
        scope.world.spend(len(reached) + 1)
        return list(reached) if name == "*" else [node for node in reached if node.name == name]

    return work


def _as_nodes(value: Value) -> list[Node]:
    if not isinstance(value, list):
        raise EvaluationFailed(reason="not_nodes", function="/")
    return value


def _walk_on(left: Work, right: Work, *, deep: bool) -> Work:
    def work(scope: Scope) -> Value:
        found: dict[int, Node] = {}
        for node in _as_nodes(left(scope)):
            places = list(node.walk()) if deep else [node]
            scope.world.spend(len(places))
            for place in places:
                inner = Scope(scope.world, place, scope.current)
                found.update((id(each), each) for each in _as_nodes(right(inner)))
        return list(found.values())

    return work


def _filter(left: Work, predicate: Work) -> Work:
    def work(scope: Scope) -> Value:
        nodes = _as_nodes(left(scope))
        scope.world.spend(len(nodes))
        kept = []
        for position, node in enumerate(nodes, start=1):
            value = predicate(Scope(scope.world, node, scope.current, position, len(nodes)))
            if position == value if isinstance(value, float) else to_boolean(value):
                kept.append(node)
        return kept

    return work


def _union(left: Work, right: Work) -> Work:
    def work(scope: Scope) -> Value:
        chosen = {id(node) for node in (*_as_nodes(left(scope)), *_as_nodes(right(scope)))}
        ordered = []
        for top in (scope.world.document, *scope.world.instances.values()):
            for node in top.walk():
                scope.world.spend()
                if id(node) in chosen:
                    ordered.append(node)
        return ordered

    return work


def _comparison(symbol: str, left: Work, right: Work) -> Work:
    compare = _COMPARISONS[symbol]

    def work(scope: Scope) -> Value:
        first, second = left(scope), right(scope)
        if isinstance(first, bool) or isinstance(second, bool):
            one, two = to_boolean(first), to_boolean(second)
            return compare(one, two)
        pairs = _pairs(scope, first, second)
        if symbol in ("=", "!=") and not (isinstance(first, float) or isinstance(second, float)):
            return any(compare(to_text(one), to_text(two)) for one, two in pairs)
        return any(compare(to_number(one), to_number(two)) for one, two in pairs)

    return work


def _pairs(scope: Scope, first: Value, second: Value) -> Iterator[tuple[Value, Value]]:
    ones: list[Value] = [node.value for node in first] if isinstance(first, list) else [first]
    twos: list[Value] = [node.value for node in second] if isinstance(second, list) else [second]
    scope.world.spend(len(ones) * len(twos))
    return ((one, two) for one in ones for two in twos)
