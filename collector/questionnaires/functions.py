"""The functions that expressions may call: those of ODK XForms that can be worked out on the server, and no others.

The list is closed: a form that calls anything else is told so when it is uploaded. Meanings follow the ODK XForms
specification; where it is silent, ODK Collect (JavaRosa): `sum`, `min` and `max` pass over what is no number, `regex`
takes the whole text, `substr` counts from 0. `random` and `uuid` give the same on every reading of one interview.
"""

import base64
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from collector.questionnaires import moments
from collector.questionnaires.errors import EvaluationFailed
from collector.questionnaires.nodes import Node
from collector.questionnaires.patterns import matches
from collector.questionnaires.scope import Scope
from collector.questionnaires.values import Value, checked_text, to_boolean, to_number, to_text

Argument = Callable[[], Value]
MAX_ROUNDING: Final = 30


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the least and the largest number of its arguments, and what works it out.

    `work` gets the scope and the arguments; with `lazy` they come as calls, so that only those needed are evaluated.
    """

    arguments: tuple[int, int | None]
    work: Callable[..., Value]
    lazy: bool = False

    def call(self, scope: Scope, arguments: list[Argument]) -> Value:
        """Call the function."""
        scope.world.spend()
        return self.work(scope, *(arguments if self.lazy else [argument() for argument in arguments]))


def _nodes(value: Value, name: str) -> list[Node]:
    if not isinstance(value, list):
        raise EvaluationFailed(reason="not_nodes", function=name)
    return value


def _items(values: tuple[Value, ...]) -> list[Value]:
    """Spread node-sets into their texts."""
    return [each for value in values for each in ([n.value for n in value] if isinstance(value, list) else [value])]


def _numbers(values: tuple[Value, ...]) -> list[float]:
    return [number for number in map(to_number, _items(values)) if not math.isnan(number)]


def _number(scope: Scope, *values: Value) -> Value:
    return to_number(values[0] if values else [scope.node])


def _string(scope: Scope, *values: Value) -> Value:
    return to_text(values[0] if values else [scope.node])


def _whole(_: Scope, value: Value) -> Value:
    number = to_number(value)
    return number if math.isnan(number) or math.isinf(number) else float(math.trunc(number))


def _round(_: Scope, value: Value, places: Value = 0.0) -> Value:
    number, digits = to_number(value), to_number(places)
    if math.isnan(number) or math.isinf(number):
        return number
    if math.isnan(digits) or abs(digits) > MAX_ROUNDING:
        return math.nan
    try:
        rounding = ROUND_HALF_UP if number >= 0 else ROUND_HALF_DOWN
        return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-int(digits)), rounding=rounding))
    except InvalidOperation:
        return number  # has no more digits than a number can hold


def _pow(_: Scope, base: Value, exponent: Value) -> Value:
    try:
        power = math.pow(to_number(base), to_number(exponent))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan
    return power


def _mathematical(work: Callable[..., float]) -> Callable[..., Value]:
    def call(_: Scope, *values: Value) -> Value:
        try:
            return float(work(*map(to_number, values)))
        except (ValueError, OverflowError):
            return math.nan

    return call


def _count_selected(_: Scope, value: Value) -> Value:
    return float(len(to_text(value).split()))


def _selected(_: Scope, value: Value, wanted: Value) -> Value:
    return to_text(wanted).strip() in to_text(value).split()


def _selected_at(_: Scope, value: Value, index: Value) -> Value:
    chosen, place = to_text(value).split(), to_number(index)
    return chosen[int(place)] if 0 <= place < len(chosen) else ""


def _if(_: Scope, condition: Argument, then: Argument, otherwise: Argument) -> Value:
    return then() if to_boolean(condition()) else otherwise()


def _coalesce(_: Scope, *arguments: Argument) -> Value:
    value: Value = ""
    for argument in arguments:
        value = argument()
        if to_text(value) not in ("", "NaN"):
            return value
    return value


def _once(scope: Scope, argument: Argument) -> Value:
    return scope.current.value or argument()


def _substr(_: Scope, value: Value, start: Value, end: Value = math.nan) -> Value:
    text = to_text(value)
    first, last = to_number(start), to_number(end)
    if math.isnan(first) or math.isinf(first) or math.isinf(last):
        return ""
    return text[int(first) : None if math.isnan(last) else int(last)]


def _substring(_: Scope, value: Value, start: Value, length: Value = math.inf) -> Value:
    text, first, count = to_text(value), to_number(start), to_number(length)
    if math.isnan(first) or math.isnan(count) or math.isinf(first):
        return ""
    first = math.floor(first + 0.5)
    last = first + (count if math.isinf(count) else math.floor(count + 0.5))
    return "".join(letter for place, letter in enumerate(text, start=1) if first <= place < last)


def _part(*, before: bool) -> Callable[..., Value]:
    def call(_: Scope, value: Value, mark: Value) -> Value:
        head, found, tail = to_text(value).partition(to_text(mark)) if to_text(mark) else ("", "x", to_text(value))
        return (head if before else tail) if found else ""

    return call


def _translate(_: Scope, value: Value, letters: Value, others: Value) -> Value:
    into = to_text(others)
    table: dict[int, str] = {}
    for place, letter in enumerate(to_text(letters)):
        table.setdefault(ord(letter), into[place : place + 1])
    return to_text(value).translate(table)


def _join(_: Scope, mark: Value, *values: Value) -> Value:
    return checked_text(to_text(mark).join(map(to_text, _items(values))))


def _normalize_space(scope: Scope, *values: Value) -> Value:
    return " ".join(to_text(values[0] if values else [scope.node]).split())


def _string_length(scope: Scope, *values: Value) -> Value:
    return float(len(to_text(values[0] if values else [scope.node])))


def _checklist(_: Scope, least: Value, most: Value, *values: Value) -> Value:
    count = sum(_is_ticked(value) for value in _items(values))
    low, high = to_number(least), to_number(most)
    return (low < 0 or count >= low) and (high < 0 or count <= high)


def _weighted_checklist(_: Scope, least: Value, most: Value, *pairs: Value) -> Value:
    spread = _items(pairs[0::2]), _items(pairs[1::2])
    if len(spread[0]) != len(spread[1]):
        raise EvaluationFailed(reason="pairs", function="weighted-checklist")
    total = sum(to_number(weight) for flag, weight in zip(*spread, strict=True) if _is_ticked(flag))
    return to_number(least) <= total <= to_number(most)


def _is_ticked(value: Value) -> bool:
    """Tell whether an entry of a checklist counts: the number of a text decides, as in the specification."""
    return to_number(value) > 0 if isinstance(value, str) else to_boolean(value)


def _position(scope: Scope, *values: Value) -> Value:
    if values:
        nodes = _nodes(values[0], "position")
        return float(place_of(nodes[0])) if nodes else 0.0
    return float(scope.position or place_of(scope.node))


def place_of(node: Node) -> int:
    """Give the position of a node among its siblings of the same name, from 1."""
    siblings = node.parent.list(node.name) if node.parent is not None else [node]
    return next(place for place, each in enumerate(siblings, start=1) if each is node)


def _last(scope: Scope) -> Value:
    return float(scope.size or 1)


def _indexed_repeat(scope: Scope, wanted: Value, *pairs: Value) -> Value:
    if len(pairs) % 2:
        raise EvaluationFailed(reason="pairs", function="indexed-repeat")
    found = _nodes(wanted, "indexed-repeat")
    for groups, index in zip(pairs[0::2], pairs[1::2], strict=True):
        number = max(1, int(to_number(index))) if math.isfinite(to_number(index)) else 1
        names = {node.path for node in _nodes(groups, "indexed-repeat")}
        scope.world.spend(len(found))
        found = [node for node in found if any(place_of(up) == number for up in _above(node) if up.path in names)]
    return found[:1]


def _above(node: Node) -> list[Node]:
    found: list[Node] = []
    parent = node.parent
    while parent is not None and parent.name:
        found.append(parent)
        parent = parent.parent
    return found


def _instance(scope: Scope, name: Value) -> Value:
    found = scope.world.instances.get(to_text(name))
    if found is None:
        raise EvaluationFailed(reason="no_instance", instance=to_text(name)[:60])
    return [found]


def _choice_name(scope: Scope, value: Value, path: Value) -> Value:
    return scope.world.find_choice(to_text(value), to_text(path).strip())


def _random(scope: Scope) -> Value:
    return scope.world.chance(scope, "random").random()


def _uuid(scope: Scope, length: Value = 0.0) -> Value:
    chance = scope.world.chance(scope, "uuid")
    if not length:
        return str(UUID(int=chance.getrandbits(128), version=4))
    letters = to_number(length)
    count = int(letters) if 0 < letters <= 100 else 0
    return "".join(chance.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(count))


def _randomize(scope: Scope, value: Value, seed: Value = "") -> Value:
    """Shuffle nodes as the specification says: inside-out Fisher-Yates, with a Park-Miller generator if seeded."""
    nodes = _nodes(value, "randomize")
    scope.world.spend(len(nodes))
    draw = scope.world.chance(scope, "randomize").random if to_text(seed) == "" else _park_miller(to_number(seed))
    shuffled: list[Node] = []
    for place, node in enumerate(nodes):
        other = int(draw() * (place + 1))
        shuffled.append(node)
        shuffled[place], shuffled[other] = shuffled[other], node
    return shuffled


def _park_miller(seed: float) -> Callable[[], float]:
    state = (int(seed) if math.isfinite(seed) else 0) % 2_147_483_647 or 2_147_483_646

    def draw() -> float:
        nonlocal state
        state = state * 16_807 % 2_147_483_647
        return (state - 1) / 2_147_483_646

    return draw


def _digest(_: Scope, value: Value, algorithm: Value, encoding: Value = "base64") -> Value:
    names = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    name = names.get(to_text(algorithm))
    if name is None or to_text(encoding) not in ("base64", "hex"):
        raise EvaluationFailed(reason="digest", function="digest")
    made = hashlib.new(name, to_text(value).encode(), usedforsecurity=False)
    return made.hexdigest() if to_text(encoding) == "hex" else base64.b64encode(made.digest()).decode()


def _text_function(work: Callable[..., Any]) -> Callable[..., Value]:
    def call(_: Scope, *values: Value) -> Value:
        found: Value = work(*map(to_text, values))
        return found

    return call


FUNCTIONS: Final[dict[str, Function]] = {
    # texts
    "string": Function((0, 1), _string),
    "concat": Function((1, None), lambda scope, *values: _join(scope, "", *values)),
    "join": Function((1, None), _join),
    "substr": Function((2, 3), _substr),
    "substring": Function((2, 3), _substring),
    "substring-before": Function((2, 2), _part(before=True)),
    "substring-after": Function((2, 2), _part(before=False)),
    "translate": Function((3, 3), _translate),
    "string-length": Function((0, 1), _string_length),
    "normalize-space": Function((0, 1), _normalize_space),
    "contains": Function((2, 2), _text_function(lambda text, part: part in text)),
    "starts-with": Function((2, 2), _text_function(str.startswith)),
    "ends-with": Function((2, 2), _text_function(str.endswith)),
    "regex": Function((2, 2), _text_function(matches)),
    "uuid": Function((0, 1), _uuid),
    "digest": Function((2, 3), _digest),
    # truths
    "if": Function((3, 3), _if, lazy=True),
    "coalesce": Function((2, None), _coalesce, lazy=True),
    "once": Function((1, 1), _once, lazy=True),
    "true": Function((0, 0), lambda _: True),
    "false": Function((0, 0), lambda _: False),
    "boolean": Function((1, 1), lambda _, value: to_boolean(value)),
    "boolean-from-string": Function((1, 1), _text_function(lambda text: text.lower() == "true" or text == "1")),
    "not": Function((1, 1), lambda _, value: not to_boolean(value)),
    "checklist": Function((2, None), _checklist),
    "weighted-checklist": Function((2, None), _weighted_checklist),
    # numbers
    "number": Function((0, 1), _number),
    "int": Function((1, 1), _whole),
    "round": Function((1, 2), _round),
    "floor": Function((1, 1), _mathematical(math.floor)),
    "ceiling": Function((1, 1), _mathematical(math.ceil)),
    "abs": Function((1, 1), _mathematical(abs)),
    "pow": Function((2, 2), _pow),
    "sqrt": Function((1, 1), _mathematical(math.sqrt)),
    "log": Function((1, 1), _mathematical(math.log)),
    "log10": Function((1, 1), _mathematical(math.log10)),
    "exp": Function((1, 1), _mathematical(math.exp)),
    "exp10": Function((1, 1), lambda scope, value: _pow(scope, 10.0, value)),
    "pi": Function((0, 0), lambda _: math.pi),
    "sin": Function((1, 1), _mathematical(math.sin)),
    "cos": Function((1, 1), _mathematical(math.cos)),
    "tan": Function((1, 1), _mathematical(math.tan)),
    "asin": Function((1, 1), _mathematical(math.asin)),
    "acos": Function((1, 1), _mathematical(math.acos)),
    "atan": Function((1, 1), _mathematical(math.atan)),
    "atan2": Function((2, 2), _mathematical(math.atan2)),
    "random": Function((0, 0), _random),
    "sum": Function((1, 1), lambda _, value: float(sum(_numbers((_nodes(value, "sum"),))))),
    "min": Function((1, None), lambda _, *values: min(_numbers(values), default=math.nan)),
    "max": Function((1, None), lambda _, *values: max(_numbers(values), default=math.nan)),
    # nodes
    "count": Function((1, 1), lambda _, value: float(len(_nodes(value, "count")))),
    "count-non-empty": Function(
        (1, 1), lambda _, value: float(sum(bool(node.value) for node in _nodes(value, "count-non-empty")))
    ),
    "position": Function((0, 1), _position),
    "last": Function((0, 0), _last),
    "instance": Function((1, 1), _instance),
    "current": Function((0, 0), lambda scope: [scope.current]),
    "randomize": Function((1, 2), _randomize),
    "indexed-repeat": Function((3, 11), _indexed_repeat),
    # days and times
    "today": Function((0, 0), lambda scope: scope.world.now.date().isoformat()),
    "now": Function((0, 0), lambda scope: scope.world.now.isoformat(timespec="milliseconds")),
    "date": Function((1, 1), moments.date),
    "date-time": Function((1, 1), moments.date_time),
    "format-date": Function((2, 2), moments.format_date),
    "format-date-time": Function((2, 2), moments.format_date),
    "decimal-date-time": Function((1, 1), moments.decimal_date_time),
    "decimal-time": Function((1, 1), moments.decimal_time),
    # selections and words
    "selected": Function((2, 2), _selected),
    "selected-at": Function((2, 2), _selected_at),
    "count-selected": Function((1, 1), _count_selected),
    "jr:choice-name": Function((2, 2), _choice_name),
    "jr:itext": Function((1, 1), lambda scope, name: scope.world.find_text(to_text(name))),
}
"""Every function by its name."""

REFUSED: Final = frozenset(
    {
        "pulldata", "area", "distance", "intersects", "geofence", "property", "version", "base64-decode",
        "extract-signed", "id", "name", "local-name", "namespace-uri", "lang",
    }
)  # fmt: skip
"""Functions that ODK or XPath know and that are not worked out here: they need other files, maps or the device."""
