"""What leads elsewhere is never followed, and kept words come back as they were."""

import pytest

from collector.accounts.keeping import Kept, local_path, unpack

ELSEWHERE = [
    "", None, "meetings", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https://evil.example/", "javascript:alert(1)", "http:/evil.example", "/\t/evil.example", "/\n/evil.example",
    " /meetings", "/meet\x00ings", "/ok\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_only_paths_of_this_application_are_followed(text: str | None):
    assert local_path(text) == ""


@pytest.mark.parametrize("text", ["/", "/meetings?q=h%E1%BB%8Dp", "/meetings/1#top", "/a//b", "/họp"])
def test_own_paths_are_followed(text: str):
    assert local_path(text) == text


def test_kept_words_come_back_as_they_were():
    kept = Kept("/meetings/new", (("text", 'Bà nói:\r\n"Đường hỏng"'), ("tick", "1"), ("tick", "2")), ("ảnh.jpg",))
    assert unpack(kept.pack()) == kept


TAMPERED = [
    "", "{", "[]", "null", '["/x", [["a"]], []]', '["//evil.example", [], []]', "[1,2,3]", "[" * 100_000,
]


@pytest.mark.parametrize("text", TAMPERED)
def test_kept_words_that_were_tampered_with_are_dropped(text: str):
    assert unpack(text) is None
