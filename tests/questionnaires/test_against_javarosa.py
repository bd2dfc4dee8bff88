"""Expressions give what JavaRosa, the engine inside ODK Collect, gives: one form with hundreds of calculations."""

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from collector import clock
from collector.questionnaires.form import Form
from collector.questionnaires.interview import Interview
from collector.questionnaires.submission import read_submission

CLIENT = Path(__file__).parents[1] / "openrosa" / "JavaRosaClient.java"
VALUES = {"a": "5", "b": "", "d": "2020-01-31", "s": "x y z", "t": "Cơ Tu", "z": "0", "n": "-2.5", "k": "hello world"}
LIST = "<root><item><name>p</name><f>5</f></item><item><name>q</name><f>6</f></item></root>"

EXPRESSIONS = """
/data/a + 1 | /data/a - 7 | /data/a * /data/n | /data/a div 2 | 7 div 3 | /data/a mod 3 | -7 mod 3 | 7 mod -3
-/data/a | /data/b + 1 | /data/a = 5 | /data/a != 5 | /data/a > 4 | /data/a >= 5 | /data/a < /data/n
/data/b = '' | /data/b != '' | /data/a = '5' | /data/t = 'Cơ Tu' | true() and false() | true() or false()
not(true()) | not(/data/b = '') | 1 = 1 | int(4.9) | int(-4.9) | int('7.2') | round(2.5) | round(-2.5)
round(2.345, 2) | round(1234, -2) | round(0.5) | abs(-3) | pow(2, 10) | sqrt(16) | exp(0) | exp10(2)
log10(1000) | round(pi(), 5) | round(sin(1), 5) | round(cos(1), 5) | round(tan(1), 5) | round(asin(1), 5)
round(acos(0), 5) | round(atan(1), 5) | round(atan2(1, 2), 5) | round(log(2), 5) | number('12.5')
number('') = number('') | number('abc') = number('abc') | number('-3') + 1 | number(true()) | min(3, 1, 2)
max(3, 1, 2) | max(/data/a, /data/z) | min(/data/a, /data/n) | sum(/data/a) | sum(/data/b) | sum(/data/n)
count(/data/a) | count-non-empty(/data/a) | count-non-empty(/data/b) | count(instance('l')/root/item)
if(/data/a = 5, 'yes', 'no') | if(/data/b, 'yes', 'no') | if(/data/s, 'yes', 'no') | if('', 'yes', 'no')
if(0, 'yes', 'no') | coalesce(/data/b, 'z') | coalesce(/data/a, 'z') | coalesce('', '')
boolean-from-string('true') | boolean-from-string('1') | boolean-from-string('yes') | boolean('x') | boolean('')
boolean(0) | boolean(2) | string(5) | string(5.5) | string(true()) | concat('a', 1, true())
concat(/data/a, /data/b, /data/t) | join('-', 'a', 'b', 'c') | join(', ', 1, 2) | concat('x')
substr('hello', 1, 3) | substr('hello', 2) | substr('hello', -2) | substr('hello', 0, -1) | substr('hello', 9)
substring-before('a-b', '-') | substring-after('a-b', '-') | substring-before('ab', '-')
substring-after('ab', '-') | string-length(/data/k) | string-length(/data/b) | string-length('Đà Nẵng')
normalize-space('  a   b ') | contains(/data/k, 'wor') | contains(/data/k, 'x') | starts-with(/data/k, 'hell')
ends-with(/data/k, 'world') | translate('bar', 'abc', 'AB') | translate('aaa', 'a', '')
regex(/data/k, '[a-z ]+') | regex(/data/k, 'hello') | regex('0905123456', '0[0-9]{9}')
regex('Cơ', '[\\p{L}]+') | regex('', 'a*') | regex('ab', '^ab$') | selected(/data/s, 'y')
selected(/data/s, 'w') | selected(/data/b, 'x') | count-selected(/data/s) | count-selected(/data/b)
selected-at(/data/s, 0) | selected-at(/data/s, 2) | selected-at(/data/s, 3) | selected-at(/data/s, -1)
checklist(1, 2, true(), false(), true()) | checklist(3, -1, true(), false())
weighted-checklist(3, 5, true(), 4, false(), 9) | date('2020-01-31') = /data/d | date(/data/d) + 1 | date(18292)
date(/data/d + 1) | /data/d > '2019-12-31' | date('2020-01-31') > date('2020-01-30')
date('2020-03-01') - date('2020-02-01') | today() > date('2020-01-01') | format-date(/data/d, '%d/%m/%Y')
format-date(/data/d, '%e/%n/%y') | format-date('2020-01-31', '%Y-%m') | format-date(/data/b, '%Y')
decimal-date-time('1970-01-02T00:00:00.000Z') | decimal-time('2020-01-31T18:00:00.000+07:00') | now() >= today()
instance('l')/root/item[f = 5]/name | instance('l')/root/item[f = /data/a]/name
instance('l')/root/item[2]/name | instance('l')/root/item[name = 'q']/f + 1
count(instance('l')/root/item[f > 5]) | string(instance('l')/root/item[f > 9]/name)
digest('abc', 'MD5', 'hex') | digest('abc', 'SHA-256', 'base64') | ../a + 1 | string(../t) | ./../a
position(..) | current()/../a | once('first') | string-length(uuid()) | random() < 1 | 1 div 0 | -1 div 0
0.1 + 0.2 | 1000000 * 1000000 | 3 * 4 - 2 * 5 | (1 + 2) * 3 | 2 > 1 and 3 > 2 | 1 - -1
"""
DIFFERENT = {
    "/data/d > '2019-12-31'": "the specification compares texts of days, JavaRosa knows days by their type",
    "instance('l')/root/item[2]/name": "JavaRosa takes no bare position in lists",
}
"""Where the specification is followed and JavaRosa does not."""
TRUTHS = {"true": "1", "false": "0"}
"""The specification stores truths as words, JavaRosa as digits."""


def make_form(expressions: list[str]) -> str:
    """Make a form that calculates every expression."""
    places = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in VALUES.items())
    calculated = "".join(f"<c{number}/>" for number in range(len(expressions)))
    types = {"a": "int", "d": "date", "z": "int", "n": "decimal"}
    binds = "".join(f'<bind nodeset="/data/{name}" type="{types.get(name, "string")}"/>' for name in VALUES)
    binds += "".join(
        f'<bind nodeset="/data/c{number}" type="string" calculate={quoteattr(each)}/>'
        for number, each in enumerate(expressions)
    )
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"'
        ' xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>t</h:title><model><instance>'
        f'<data id="t" version="1">{places}{calculated}<meta><instanceID/></meta></data></instance>'
        f'<instance id="l">{LIST}</instance>{binds}'
        '<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>'
        '<h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>'
    )


def ask_javarosa(folder: Path, xform: str) -> dict[str, str]:
    """Have JavaRosa work everything out; give the answers."""
    path = folder / "form.xml"
    path.write_text(xform, encoding="utf-8")
    jar = files("pyxform.validators.odk_validate").joinpath("bin", "ODK_Validate.jar")
    command = ["java", "-cp", str(jar), "-Duser.timezone=GMT+7", str(CLIENT), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return read_submission(done.stdout.encode(), Form.parse(xform)).answers


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java development kit here")
def test_every_expression_gives_what_collect_gives(tmp_path: Path) -> None:
    expressions = [each.strip() for line in EXPRESSIONS.strip().splitlines() for each in line.split(" | ")]
    xform = make_form(expressions)
    theirs = ask_javarosa(tmp_path, xform)
    ours = Interview(Form.parse(xform), now=clock.now(), seed="x").answers()
    found = {
        each: (ours.get(f"/data/c{number}", ""), theirs.get(f"/data/c{number}", ""))
        for number, each in enumerate(expressions)
    }
    different = {each: pair for each, pair in found.items() if not is_same(*pair)}
    assert set(different) == set(DIFFERENT), different
    assert len(found) > 150


def is_same(one: str, other: str) -> bool:
    """Tell whether two answers are the same: as numbers if they are, moments of midnight as days."""
    one, other = TRUTHS.get(one, one), TRUTHS.get(other, other).removesuffix("T00:00:00.000+07:00")
    try:
        return one == other or abs(float(one) - float(other)) < 1e-9
    except ValueError:
        return False
