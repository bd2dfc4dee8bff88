"""Two laptops finalise one meeting offline: both minutes stay with their numbers, a person says which were signed."""

import re
from typing import Any

from conflict_scenes import browser, forms_of, lines_of, words_of
from factories import services_of
from meetings.scenes import add_households, hold_meeting, rows_of, say, tick, vote
from two_laptops import Laptop, exchange

from collector.meetings import finalising, store
from collector.recorder import is_finalised
from collector.signed import find_minutes, list_minutes

Pair = tuple[Laptop, Laptop]


def end(laptop: Laptop, meeting: str) -> None:
    with laptop.database.recording() as recorder:
        recorder.update("meeting", meeting, {"state": "ended", "ended_at": "2026-03-05T14:00:00Z"})


def finalise(laptop: Laptop, meeting: str) -> str:
    found = services_of(laptop.app)
    return finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting)


def hold_on_both(pair: Pair) -> str:
    """Hold a meeting on the first laptop that both hold then."""
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    tick(one.app, meeting, add_households(one.app, one.village, 3))
    vote(one.app, meeting, 2, 1, 0)
    say(one.app, meeting, "Xin làm bể chứa.")
    end(one, meeting)
    exchange(*pair)
    return meeting


def finalise_on_both(pair: Pair) -> tuple[str, str, str]:
    """Have both laptops finalise one meeting, each with an opinion that the other does not know."""
    one, other = pair
    meeting = hold_on_both(pair)
    say(one.app, meeting, "Đường ống qua rẫy.")
    say(other.app, meeting, "Cần thêm một vòi nước.")
    minutes = finalise(one, meeting), finalise(other, meeting)
    exchange(*pair)
    return meeting, *minutes


def minutes_of(laptop: Laptop, meeting: str) -> list[Any]:
    with laptop.database.reading() as connection:
        return list_minutes(connection, meeting)


def test_both_minutes_are_kept_with_their_number_and_shown_alike(pair: Pair) -> None:
    meeting, first, second = finalise_on_both(pair)
    shown = []
    for laptop in pair:
        rows = minutes_of(laptop, meeting)
        assert {row["id"] for row in rows} == {first, second}
        assert {row["number_text"] for row in rows} == {"01/NQ-CĐDC"}
        shown.append(rows[0]["id"])
    assert shown[0] == shown[1]
    assert lines_of(pair[0]) == lines_of(pair[1])


def test_a_person_decides_which_were_signed_and_all_laptops_follow(pair: Pair) -> None:
    meeting, first, _second = finalise_on_both(pair)
    one, other = pair
    client = browser(other)
    assert "1 place differs" in words_of(client.get("/").text)
    page = client.get(f"/meetings/{meeting}/minutes-of-two-laptops").text
    assert "Đường ống qua rẫy." in page
    assert "Cần thêm một vòi nước." in page
    assert words_of(page).count("this number was given twice") == 2
    places = [row["id"] for row in minutes_of(other, meeting)]
    sent = forms_of(page)[places.index(first)]
    record = re.search(r'action="(/differences/signed_minutes/[^"]+/choose)"', page)
    assert record
    assert client.post(record[1], data=sent).status_code == 303
    exchange(*pair)
    for laptop in pair:
        with laptop.database.reading() as connection:
            found = find_minutes(connection, meeting)
            assert found
            assert found["id"] == first
        page = words_of(browser(laptop).get(f"/meetings/{meeting}").text)
        assert "Minutes of another laptop" in page
        assert "carry the same number 01/NQ-CĐDC" in page
        assert "number given twice" in words_of(browser(laptop).get("/meetings").text)
        assert "Cần thêm một vòi nước." in page[page.index("Not in the signed minutes") :]
    assert "place differs" not in words_of(browser(one).get("/").text)


def test_what_only_the_unsigned_minutes_say_begins_an_amendment(pair: Pair) -> None:
    meeting, first, second = finalise_on_both(pair)
    one, _other = pair
    with one.database.reading() as connection:
        shown = find_minutes(connection, meeting)
    assert shown
    rival, said = (second, "vòi nước") if shown["id"] == first else (first, "rẫy")
    page = browser(one).get(f"/meetings/{meeting}/amend", query_string={"of": rival}).text
    typed = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.S)
    assert typed
    assert said in typed[1]
    assert "bể chứa" not in typed[1]


def test_a_meeting_stays_finalised_when_an_edit_of_its_state_arrives_later(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    vote(one.app, meeting, 2, 1, 0)
    exchange(*pair)
    end(one, meeting)
    finalise(one, meeting)
    with other.database.recording() as recorder:
        recorder.update("meeting", meeting, {"state": "ended", "ended_at": "2026-03-05T15:00:00Z"})
    exchange(*pair)
    for laptop in pair:
        with laptop.database.reading() as connection:
            assert is_finalised(connection, meeting)
            assert store.get_meeting(connection, meeting)["state"] == "finalised"
        page = words_of(browser(laptop).get("/meetings").text)
        assert "Finalised" in page
        assert "not all of it in the signed minutes" in page
        assert "Finalise the minutes" not in words_of(browser(laptop).get("/").text)
    for _ in range(2):
        page = browser(other).get(f"/differences/meeting/{meeting}").text
        assert browser(other).post(f"/differences/meeting/{meeting}/choose", data=forms_of(page)[0]).status_code == 303
    exchange(*pair)
    for laptop in pair:
        (row,) = rows_of(laptop.app, "meeting", id=meeting)
        assert (row["state"], row["ended_at"], row["conflicts"]) == ("finalised", "2026-03-05T14:00:00Z", 0)
        assert "not all of it" not in browser(laptop).get("/meetings").text


def test_what_arrives_for_finalised_minutes_is_marked_and_only_what_was_signed_can_be_chosen(pair: Pair) -> None:
    one, other = pair
    meeting = hold_on_both(pair)
    opinion = rows_of(one.app, "opinion")[0]["id"]
    with one.database.recording() as recorder:
        recorder.update("opinion", opinion, {"text": "Xin làm bể chứa lớn."})
    with other.database.recording() as recorder:
        recorder.update("opinion", opinion, {"text": "Xin làm hai bể chứa."})
    finalise(one, meeting)
    exchange(*pair)
    client = browser(other)
    late = words_of(client.get(f"/meetings/{meeting}").text)
    assert "Not in the signed minutes" in late
    assert "not in the signed minutes" in words_of(client.get(f"/opinions/{opinion}").text)
    page = client.get(f"/differences/opinion/{opinion}").text
    assert words_of(page).count("not in the signed minutes") == 1
    (sent,) = forms_of(page)
    assert "Keep what was signed" in page
    unsigned = {**sent, "choice": other_key(page, sent)}
    assert client.post(f"/differences/opinion/{opinion}/choose", data=unsigned).status_code == 409
    assert client.post(f"/differences/opinion/{opinion}/choose", data=sent).status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert rows_of(laptop.app, "opinion", id=opinion)[0]["text"] == "Xin làm bể chứa lớn."
        assert rows_of(laptop.app, "opinion", id=opinion)[0]["conflicts"] == 0
        assert "Not in the signed minutes" not in browser(laptop).get(f"/meetings/{meeting}").text


def other_key(page: str, sent: dict[str, str]) -> str:
    """Give the key of the option that has no button."""
    import hashlib
    import json

    keys = {
        hashlib.sha256(json.dumps({"text": text}, sort_keys=True).encode()).hexdigest()[:16]
        for text in ("Xin làm bể chứa lớn.", "Xin làm hai bể chứa.")
    }
    (found,) = keys - {sent["choice"]}
    return found
