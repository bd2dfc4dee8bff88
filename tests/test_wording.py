"""Words at the edge: numbers in sentences as people here write them, on pages and in modules alike."""

from pathlib import Path

from flask import Flask, render_template_string, session

import collector
from collector.kinds import FieldError
from collector.registry import KINDS
from collector.wording import field_sentence, ngettext

PAGE = '{{ ngettext("%(num)s entry was set aside", "%(num)s entries were set aside by <%(who)s>", number, who=who) }}'


def test_a_page_that_counts_groups_thousands_and_escapes_what_it_names(app: Flask) -> None:
    with app.test_request_context():
        session["language"] = "en"
        assert render_template_string(PAGE, number=30_000, who="<b>") == (
            "30,000 entries were set aside by &lt;&lt;b&gt;&gt;"
        )
        assert render_template_string(PAGE, number=1, who="") == "1 entry was set aside"


def test_a_count_has_the_dot_of_vietnamese(app: Flask) -> None:
    with app.test_request_context():
        session["language"] = "vi"
        assert ngettext("%(num)s household", "%(num)s households", 1_002) == "1.002 hộ"


def test_the_length_of_a_text_is_grouped_and_a_bound_that_may_be_a_year_is_not(app: Flask) -> None:
    kind = next(iter(KINDS.values()))
    with app.test_request_context():
        session["language"] = "vi"
        long = field_sentence(kind, FieldError("x", "too_long", {"length": 30_000, "limit": 20_000}))
        assert "30.000" in long
        assert "20.000" in long
        assert "1900" in field_sentence(kind, FieldError("x", "too_small", {"minimum": 1900}))


def test_nobody_counts_without_separators() -> None:
    root = Path(collector.__file__).parent
    importing = (line for path in root.rglob("*.py") for line in path.read_text("utf-8").splitlines())
    assert not [line for line in importing if line.startswith("from flask_babel import") and "ngettext" in line]
