"""Expressions mean what ODK XForms says; what is not on the list is refused; nothing hangs."""

import contextlib
import math
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.clock import ZONE
from collector.errors import CollectorError
from collector.questionnaires.errors import EvaluationFailed, ExpressionRefused
from collector.questionnaires.expressions import read_expression
from collector.questionnaires.functions import FUNCTIONS, REFUSED
from collector.questionnaires.nodes import read_xml
from collector.questionnaires.scope import Scope, World
from collector.questionnaires.values import Value

ANSWERS = (
    "<data><a>5</a><b/><date>2020-01-31</date><s>x y z</s><if>k</if><g><in>v</in></g>"
    "<r><n>1</n><m>3</m></r><r><n>2</n><m/></r><yes>1</yes></data>"
)
LISTS = {
    "l": "<root><item><name>p</name><f>5</f></item><item><name>q</name><f>6</f></item></root>",
    "letters": "<root><item>A</item><item>B</item><item>C</item><item>D</item><item>E</item><item>F</item></root>",
}
NOW = datetime(2026, 3, 1, 6, 30, tzinfo=ZONE)


def evaluate(source: str, at: str = "a") -> object:
    """Evaluate an expression at a question of invented answers; of nodes, give their texts."""
    document = read_xml(ANSWERS)
    node = document.children[0].find(at)
    assert node is not None
    world = World(document, {name: read_xml(text) for name, text in LISTS.items()}, NOW, "seed")
    world.find_text = lambda name: f"text {name}"
    world.find_choice = lambda value, path: f"{path}:{value}"
    value: Value = read_expression(source).value(Scope(world, node, node))
    return [each.value for each in value] if isinstance(value, list) else value


CASES: list[tuple[str, object]] = [
    # paths and predicates
    ("/data/a", ["5"]),
    (".", ["5"]),
    ("../s", ["x y z"]),
    ("./../g/in", ["v"]),
    ("/data/if", ["k"]),
    ("/data/r[2]/n", ["2"]),
    ("/data/r/n[1]", ["1", "2"]),
    ("(/data/r/n)[1]", ["1"]),
    ("/data/r[position() = last()]/n", ["2"]),
    ("//n", ["1", "2"]),
    ("/data/*[. = 'k']", ["k"]),
    ("/data/a | /data/if", ["5", "k"]),
    ("/data/g/node()", ["v"]),
    ("/data/nowhere", []),
    ("../../../..", []),
    ("parent::data/child::a", ["5"]),
    ("/data/r[1]/following-sibling::r/n", ["2"]),
    ("/data/r/n/ancestor::r/m", ["3", ""]),
    ("/data/a/text()", ["5"]),
    ("instance('l')/root/item[f = current()]/name", ["p"]),
    ("instance('l')/root/item[f = /data/a]/name", ["p"]),
    ("instance('l')/root/item[f = current()/../a + 1]/name", ["q"]),
    # numbers
    ("/data/a + 1", 6.0),
    ("/data/b + 1", math.nan),
    ("-/data/a", -5.0),
    ("7 mod 3", 1.0),
    ("-7 mod 3", -1.0),
    ("7 div 2", 3.5),
    ("1 div 0", math.inf),
    ("0 div 0", math.nan),
    ("3 * 4 - 2", 10.0),
    ("number('12.5')", 12.5),
    ("number('2020-01-31')", 18292.0),
    ("number('abc')", math.nan),
    ("number(true())", 1.0),
    ("int(4.9)", 4.0),
    ("int(-4.9)", -4.0),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -2.0),
    ("round(2.345, 2)", 2.35),
    ("round(1234, -2)", 1200.0),
    ("floor(1.9)", 1.0),
    ("ceiling(1.1)", 2.0),
    ("abs(-3)", 3.0),
    ("pow(2, 10)", 1024.0),
    ("sqrt(16)", 4.0),
    ("sqrt(-1)", math.nan),
    ("log(1)", 0.0),
    ("log10(100)", 2.0),
    ("exp(0)", 1.0),
    ("exp10(2)", 100.0),
    ("exp10(1000)", math.inf),
    ("round(pi(), 2)", 3.14),
    ("sin(0)", 0.0),
    ("cos(0)", 1.0),
    ("tan(0)", 0.0),
    ("asin(0)", 0.0),
    ("acos(1)", 0.0),
    ("atan(0)", 0.0),
    ("atan2(0, 1)", 0.0),
    ("sum(/data/r/n)", 3.0),
    ("sum(/data/r/m)", 3.0),
    ("min(/data/r/n)", 1.0),
    ("max(4, 9, 2)", 9.0),
    ("max(/data/b)", math.nan),
    ("count(/data/r)", 2.0),
    ("count-non-empty(/data/r/m)", 1.0),
    ("position(/data/r[2])", 2.0),
    ("random() >= 0 and random() < 1", True),
    ("random() = random()", True),
    # comparisons
    ("/data/a = 5", True),
    ("/data/a = '5'", True),
    ("'05' = 5", True),
    ("/data/a > 4 and /data/a < 6", True),
    ("/data/b > 0", False),
    ("/data/b = ''", True),
    ("/data/nowhere = ''", False),
    ("/data/r/n = 2", True),
    ("/data/r/n != 2", True),
    ("today() > /data/date", True),
    ("now() >= today()", True),
    ("/data/a = /data/r/n", False),
    ("true() = 'x'", True),
    # truths
    ("true()", True),
    ("false()", False),
    ("not(/data/b)", True),
    ("not(/data/a)", False),
    ("boolean('')", False),
    ("boolean(0)", False),
    ("boolean-from-string('true')", True),
    ("boolean-from-string('1')", True),
    ("boolean-from-string('yes')", False),
    ("if(/data/a = 5, 'then', 'else')", "then"),
    ("if(/data/b, 'then', 'else')", "else"),
    ("coalesce(/data/b, 'z')", "z"),
    ("coalesce(/data/a, 'z')", ["5"]),
    ("once(7)", "5"),
    ("checklist(1, 2, '1', '0', true())", True),
    ("checklist(3, -1, '1', '0', true())", False),
    ("weighted-checklist(3, 5, '1', 4, '0', 9)", True),
    # texts
    ("string(5)", "5"),
    ("string(5.50)", "5.5"),
    ("string(1 div 0)", "Infinity"),
    ("string(/data/b + 1)", "NaN"),
    ("concat('a', 1, true())", "a1true"),
    ("concat(/data/r/n)", "12"),
    ("join(', ', /data/r/n, 'x')", "1, 2, x"),
    ("substr('hello', 1, 3)", "el"),
    ("substr('hello', -2)", "lo"),
    ("substring('hello', 2, 3)", "ell"),
    ("substring-before('a-b', '-')", "a"),
    ("substring-after('a-b', '-')", "b"),
    ("substring-after('ab', '-')", ""),
    ("translate('bar', 'abc', 'AB')", "BAr"),
    ("string-length('Đà Nẵng')", 7.0),
    ("string-length(.)", 1.0),
    ("normalize-space('  a   b ')", "a b"),
    ("contains('abc', 'b')", True),
    ("starts-with('abc', 'ab')", True),
    ("ends-with('abc', 'bc')", True),
    ("regex('0905123456', '0[0-9]{9}')", True),
    ("regex('x0905', '[0-9]+')", False),
    ("regex('Cơ Tu', '[\\p{L} ]+')", True),
    ("string-length(uuid())", 36.0),
    ("string-length(uuid(8))", 8.0),
    ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
    ("digest('abc', 'SHA-1')", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
    # days and times
    ("today()", "2026-03-01"),
    ("now()", "2026-03-01T06:30:00.000+07:00"),
    ("date(/data/date + 1)", "2020-02-01"),
    ("date('2020-01-31') + 1", 18293.0),
    ("date('')", ""),
    ("date-time('2020-01-31')", "2020-01-31T00:00:00.000+07:00"),
    ("format-date(/data/date, '%e/%n/%Y')", "31/1/2020"),
    ("format-date('2020-01-01', '%y-%m-%d %a %b')", "20-01-01 T4 Th 1"),
    ("format-date-time(now(), '%H:%M:%S.%3 %h')", "06:30:00.000 6"),
    ("format-date(/data/b, '%Y')", ""),
    ("int((today() - date('2000-03-01')) div 365.25)", 25.0),
    ("decimal-date-time('1970-01-02T00:00:00Z')", 1.0),
    ("decimal-date-time('1970-01-02T07:00:00+07:00')", 1.0),
    ("decimal-time('18:00')", 0.75),
    # selections, words, repeats
    ("selected(/data/s, 'y')", True),
    ("selected(/data/s, 'x y')", False),
    ("selected-at(/data/s, 2)", "z"),
    ("selected-at(/data/s, 3)", ""),
    ("count-selected(/data/s)", 3.0),
    ("jr:choice-name(/data/a, ' /data/a ')", "/data/a:5"),
    ("jr:itext('hello')", "text hello"),
    ("indexed-repeat(/data/r/n, /data/r, 2)", ["2"]),
    ("indexed-repeat(/data/r/n, /data/r, 9)", []),
    ("count(randomize(instance('l')/root/item))", 2.0),
    ("join('', randomize(instance('letters')/root/item, 42))", "AFCBDE"),
]


@pytest.mark.parametrize(("source", "expected"), CASES, ids=[case[0] for case in CASES])
def test_an_expression_means_what_the_specification_says(source: str, expected: object) -> None:
    found = evaluate(source)
    assert found == expected or (found != found and expected != expected)


def test_every_function_of_the_list_is_tested() -> None:
    called = {name for source, _ in CASES for name in read_expression(source).functions}
    bare = {name.removeprefix("jr:") for name in FUNCTIONS}
    assert bare <= called


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "syntax"),
        ("1 or", "syntax"),
        ("a b", "syntax"),
        ("'never ends", "syntax"),
        ("1 = 2 = 3", "syntax"),
        ("9" * 5_000, "syntax"),
        ("if(1, 2)", "syntax"),
        ("/data/a/instance('l')[1]", "syntax"),
        ("$x", "feature"),
        ("@id", "feature"),
        ("comment()", "feature"),
        ("pulldata('f', 'a', 'b', 'c')", "function"),
        ("if(true(), 1, secret())", "function"),
        ("jr:secret(1)", "function"),
        ("choice-name(1, 2)", "function"),
        ("x" * 20_001, "too_long"),
        ("(" * 60 + "1" + ")" * 60, "too_deep"),
        ("-" * 5_000 + "1", "too_deep"),
        ("+".join(["1"] * 400), "too_deep"),
        *((f"{name}(1)", "function") for name in sorted(REFUSED)),
    ],
)
def test_what_is_not_on_the_list_is_refused_when_read(source: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        read_expression(source)
    assert refused.value.context["reason"] in (reason, "syntax")
    if reason == "function":
        assert refused.value.context["reason"] == "function"
        assert refused.value.context["function"] in source


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("count('a')", "not_nodes"),
        ("sum(1)", "not_nodes"),
        ("('a')/b", "not_nodes"),
        ("instance('nowhere')/root", "no_instance"),
        ("date('tomorrow')", "not_a_date"),
        ("date(99999999999)", "not_a_date"),
        ("decimal-time('noon')", "not_a_time"),
        ("regex('a', '(a)\\1')", "pattern"),
        ("regex('a', '[')", "pattern"),
        ("digest('a', 'CRC')", "digest"),
        ("weighted-checklist(1, 2, 'a')", "pairs"),
        ("//*[//*[//*[//*[//*[//*[//*]]]]]]", "too_much_work"),
    ],
)
def test_what_cannot_be_evaluated_fails_with_a_reason(source: str, reason: str) -> None:
    with pytest.raises(EvaluationFailed) as failed:
        evaluate(source)
    assert failed.value.context["reason"] == reason


@pytest.mark.parametrize(
    "source",
    [
        f"regex('{'a' * 1_900}b', '(a+)+$')",
        f"regex('{'a' * 1_900}', '(a|a)*(a|a)*b')",
        "regex('aaaaaaaaaaaaaaaaaaaaaaaa', '(a?){30}a{30}')",
        "//*[//*[//*[//*[//*[//*[//*]]]]]]",
    ],
)
def test_hostile_expressions_end_soon(source: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(CollectorError):
        evaluate(source)
    assert time.monotonic() - began < 60


def test_chance_differs_between_interviews_and_questions_only() -> None:
    document = read_xml(ANSWERS)
    a, b = document.children[0].children[:2]

    def draw(seed: str, at: int) -> object:
        node = (a, b)[at]
        return read_expression("random()").value(Scope(World(document, {}, NOW, seed), node, node))

    assert draw("one", 0) == draw("one", 0)
    assert len({draw("one", 0), draw("two", 0), draw("one", 1)}) == 3


MARKS = (
    "( ( ) ) , / // . .. [ ] * + - = < >= != | and or div mod : @ $ { } n é /data/a /data/r 1 0.5 'x' '' '2020-01-31'"
)
CALLS = "child:: ancestor:: instance('l') current() today() node() text()"
PIECES = st.sampled_from([*FUNCTIONS, *MARKS.split(), *CALLS.split(), " ", '"', "\x00"])
TERMS = st.recursive(
    st.sampled_from(
        ["/data/a", "/data/b", "/data/r/n", ".", "'x'", "''", "'2020-01-31'", "1", "-3.5", "true()", "//m"]
    ),
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", " div ", " mod ", "=", "<", ">=", "!=", " and ", " or ", "|"]), inner
        ).map("".join),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, max_size=4)).map(
            lambda c: f"{c[0]}({','.join(c[1])})"
        ),
        st.tuples(inner, inner).map(lambda c: f"({c[0]})[{c[1]}]"),
        st.tuples(inner, inner).map(lambda c: f"{c[0]}/{c[1]}"),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), TERMS, st.text(max_size=60)))
def test_no_expression_raises_anything_but_our_own_errors(source: str) -> None:
    try:
        found = evaluate(source)
    except CollectorError:
        return
    assert isinstance(found, str | float | bool | list)
