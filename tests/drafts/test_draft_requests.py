"""Keystrokes as a browser may send them: half an emoji, or something that is no form at all."""

import pytest
from factories import Village, log_in, services_of
from flask import Flask

from collector.drafts.store import find_draft


def test_half_a_character_does_not_lose_the_other_words(app: Flask, village: Village) -> None:
    client = log_in(app.test_client(), "member")
    body = '{"form": "meeting:new", "fields": {"title": "họp \\ud83d"}}'
    assert client.post("/drafts", data=body, content_type="application/json").status_code == 200
    with services_of(app).database.reading() as connection:
        draft = find_draft(connection, village.member, "meeting:new")
    assert draft is not None
    assert draft.fields == {"title": "họp ?"}


@pytest.mark.parametrize("body", ["[]", "{", '{"form": 1, "fields": {}}', "[" * 5_000])
def test_what_is_no_form_is_refused(app: Flask, village: Village, body: str) -> None:
    client = log_in(app.test_client(), "member")
    assert client.post("/drafts", data=body, content_type="application/json").status_code == 400
