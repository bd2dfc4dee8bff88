"""Values are brought into one form, whatever is typed or sent, and what is wrong has a code."""

import unicodedata
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.kinds import Choice, Field, Kind, Type, clean_value
from collector.registry import KINDS

SAMPLES = {each: Field(each.value, each.value, each, choices=(Choice("a", "A"), Choice("b", "B"))) for each in Type}
KIND = Kind("sample", "Sample", (*SAMPLES.values(), Field("name", "Name", required=True)), title="name")
DANANG = timezone(timedelta(hours=7))


def clean(declared: Type | Field, raw: object) -> object:
    """Give the cleaned value, or the code of what is wrong with it in brackets."""
    field = SAMPLES[declared] if isinstance(declared, Type) else declared
    kind = Kind("k", "K", (field,), title=field.name)
    cleaned, errors = kind.clean({field.name: raw}, complete=False)
    return f"<{errors[0].code}>" if errors else cleaned[field.name]


@pytest.mark.parametrize(
    ("declared", "raw", "cleaned"),
    [
        (Type.TEXT, "  Họp   thôn \r\n A Rớt ", "Họp thôn A Rớt"),
        (Type.TEXT, unicodedata.normalize("NFD", "Đường bê tông"), "Đường bê tông"),
        (Type.TEXT, "a\x00b\x1b\x7f", "ab"),
        (Type.TEXT, "a\x00\u0301", "á"),
        (Type.TEXT, "\x00\x01", None),
        (Type.TEXT, " \t\n", None),
        (Type.TEXT, 7, "<not_text>"),
        (Type.TEXT, "\ud800", "<not_text>"),
        (Type.TEXT, "x" * 300, "x" * 300),
        (Type.TEXT, "x" * 301, "<too_long>"),
        (Type.LONG_TEXT, " dòng 1\r\ndòng 2\rdòng 3\n", "dòng 1\ndòng 2\ndòng 3"),
        (Type.LONG_TEXT, "x" * 20_001, "<too_long>"),
        (Type.INTEGER, "68", 68),
        (Type.INTEGER, " 5.000.000 ", 5_000_000),
        (Type.INTEGER, "5,000,000", 5_000_000),
        (Type.INTEGER, "5 000\u00a0000", 5_000_000),
        (Type.INTEGER, "1.5", "<not_a_number>"),
        (Type.INTEGER, "1,25", "<not_a_number>"),
        (Type.INTEGER, "5.00.000", "<not_a_number>"),
        (Type.INTEGER, "6o", "<not_a_number>"),
        (Type.INTEGER, "६८", "<not_a_number>"),
        (Type.INTEGER, "1e3", "<not_a_number>"),
        (Type.INTEGER, 1.0, "<not_a_number>"),
        (Type.INTEGER, True, "<not_a_number>"),
        (Type.INTEGER, "9" * 400, "<not_a_number>"),
        (Type.INTEGER, 2**53, 2**53),
        (Type.INTEGER, 2**53 + 1, "<too_large>"),
        (Type.INTEGER, "-1", "<too_small>"),
        (Type.BOOLEAN, "on", True),
        (Type.BOOLEAN, 0, False),
        (Type.BOOLEAN, "false", False),
        (Type.BOOLEAN, "", None),
        (Type.BOOLEAN, "có", "<not_yes_or_no>"),
        (Type.BOOLEAN, [], "<not_yes_or_no>"),
        (Type.DATE, "2026-03-05", "2026-03-05"),
        (Type.DATE, date(2026, 3, 5), "2026-03-05"),
        (Type.DATE, "05/03/2026", "<not_a_date>"),
        (Type.DATE, "2026-02-30", "<not_a_date>"),
        (Type.DATE, "1899-12-31", "<not_a_date>"),
        (Type.DATE, datetime(2026, 3, 5, tzinfo=DANANG), "<not_a_date>"),
        (Type.INSTANT, datetime(2026, 3, 5, 19, 30, tzinfo=DANANG), "2026-03-05T12:30:00Z"),
        (Type.INSTANT, "2026-03-05T19:30:00+07:00", "2026-03-05T12:30:00Z"),
        (Type.INSTANT, "2026-03-05T12:30:00Z", "2026-03-05T12:30:00Z"),
        (Type.INSTANT, "2026-03-05T12:30", "<no_time_zone>"),
        (Type.INSTANT, "0001-01-01T00:00:00+14:00", "<not_a_time>"),
        (Type.INSTANT, "9999-12-31T23:59:59-12:00", "<not_a_time>"),
        (Type.INSTANT, "tonight", "<not_a_time>"),
        (Type.CHOICE, "a", "a"),
        (Type.CHOICE, "c", "<not_a_choice>"),
        (Type.CHOICE, ["a"], "<not_a_choice>"),
        (Type.CHOICE, {}, "<not_a_choice>"),
        (Type.REFERENCE, "0192a0b0-0000-7000-8000-000000000001", "0192a0b0-0000-7000-8000-000000000001"),
        (Type.REFERENCE, "0192a0b0-0000-7000-8000-000000000001\n", "<not_a_reference>"),
        (Type.REFERENCE, "0192A0B0-0000-7000-8000-000000000001", "<not_a_reference>"),
        (Type.REFERENCE, "../../etc", "<not_a_reference>"),
        (Type.SHA256, "ab" * 32, "ab" * 32),
        (Type.SHA256, "AB" * 32, "<not_a_hash>"),
        (Type.SHA256, "ab", "<not_a_hash>"),
    ],
)
def test_a_value_is_brought_into_its_form_or_refused(declared: Type, raw: object, cleaned: object) -> None:
    assert clean(declared, raw) == cleaned
    assert type(clean(declared, raw)) is type(cleaned)


def test_limits_of_a_field_are_kept() -> None:
    number = Field("n", "N", Type.INTEGER, minimum=1, maximum=68)
    assert [clean(number, each) for each in (0, 1, 68, 69)] == ["<too_small>", 1, 68, "<too_large>"]
    assert clean(Field("t", "T", limit=3), "abcd") == "<too_long>"


def test_missing_fields_are_asked_for_when_the_record_must_be_complete() -> None:
    assert [error.code for error in KIND.clean({})[1]] == ["missing"]
    assert KIND.clean({}, complete=False)[1] == []
    assert [error.code for error in KIND.clean({"name": "  "}, complete=False)[1]] == ["missing"]
    assert KIND.clean({"name": "Họp"})[1] == []


def test_a_wrong_value_is_not_called_missing_as_well() -> None:
    assert [error.code for error in KIND.clean({"name": "x" * 301})[1]] == ["too_long"]


def test_unknown_fields_are_refused() -> None:
    assert [(error.field, error.code) for error in KIND.clean({"colour": 1}, complete=False)[1]] == [
        ("colour", "unknown_field")
    ]


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(list(Type)), rubbish)
def test_rubbish_gives_a_storable_value_or_an_error(declared: Type, raw: object) -> None:
    field = SAMPLES[declared]
    cleaned, errors = KIND.clean({field.name: raw}, complete=False)
    if errors:
        assert [error.field for error in errors] == [field.name]
        return
    value = cleaned[field.name]
    assert value is None or isinstance(value, str | int | bool)
    assert value != ""
    if isinstance(value, str):
        assert value == unicodedata.normalize("NFC", value)
        value.encode()
    elif isinstance(value, int):
        assert abs(value) < 2**63


@given(st.sampled_from(list(Type)), rubbish)
def test_cleaning_twice_changes_nothing(declared: Type, raw: object) -> None:
    field = SAMPLES[declared]
    cleaned, errors = KIND.clean({field.name: raw}, complete=False)
    if not errors:
        assert clean_value(field, cleaned[field.name]) == cleaned[field.name]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_of_the_application_is_declared_soundly(kind: Kind) -> None:
    names = kind.field_names
    assert len(set(names)) == len(names)
    assert kind.title in names
    assert not set(names) & {"id", "unit", "removed", "conflicts", "broken", "unknown", "first_stamp", "last_stamp"}
    assert all(set(index) <= {*names, "id", "unit"} for index in kind.indexes)
    assert all(each.refers_to in KINDS for each in kind.fields if each.refers_to)
    assert all((each.type is Type.CHOICE) == bool(each.choices) for each in kind.fields)
    assert not kind.belongs_to or kind.field(kind.belongs_to).refers_to in KINDS
    assert not kind.locked or kind.name == "meeting" or kind.belongs_to
    assert all(each.type in (Type.TEXT, Type.LONG_TEXT) for each in kind.fields if each.searched)
