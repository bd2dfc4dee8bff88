"""Choosing between what two laptops recorded: one tap, one revision, nothing lost, the same everywhere afterwards."""

import json
import re
from typing import Any

import pytest
from conflict_scenes import browser, choose, choose_value, forms_of, lines_of, words_of
from elsewhere import STAMP, write_elsewhere
from factories import log_in
from meetings.scenes import hold_meeting, rows_of, say
from two_laptops import Laptop, exchange

from collector.cache import differences
from collector.errors import ChoiceOutdated
from collector.recorder import mark_siblings
from collector.registry import KINDS
from sync.certificates import Certificate, Scope, issue_certificate
from sync.directory import put_certificates
from sync.keys import make_keys
from sync.log import get_state, read_revisions

Pair = tuple[Laptop, Laptop]
LONG = "Xin làm cầu treo ở đầu thôn, chỗ suối hẹp nhất."
OTHER = "Xin làm cầu treo mới, vì cầu cũ đã mục."


def add(laptop: Laptop, kind: str, **values: Any) -> str:
    with laptop.database.recording(author=laptop.village.head) as recorder:
        return recorder.add(kind, laptop.village.unit, values)


def update(laptop: Laptop, kind: str, record: str, **values: Any) -> None:
    with laptop.database.recording(author=laptop.village.secretary) as recorder:
        recorder.update(kind, record, values)


def row_of(laptop: Laptop, kind: str, record: str) -> dict[str, Any]:
    with laptop.database.reading() as connection:
        found = connection.row(f'SELECT * FROM "{kind}" WHERE id = :id', {"id": record})
    assert found
    return found


def is_whole(laptop: Laptop) -> bool:
    with laptop.database.reading() as connection:
        return list(differences(connection, KINDS)) == []


@pytest.fixture
def programme(pair: Pair) -> str:
    """A programme whose name and budget the two laptops wrote differently."""
    one, other = pair
    made = add(one, "programme", name="Đường", budget=5_000_000, sector="transport")
    exchange(*pair)
    update(one, "programme", made, name="Đường bê tông", budget=7_000_000)
    update(other, "programme", made, name="Đường vào bản", budget=6_000_000)
    exchange(*pair)
    return made


def test_both_values_are_shown_with_who_where_and_when(pair: Pair, programme: str) -> None:
    one, _other = pair
    words = words_of(browser(one).get(f"/differences/programme/{programme}").text)
    for value in ("Đường bê tông", "Đường vào bản", "7,000,000", "6,000,000"):
        assert value in words
    assert words.count("on this laptop,") == 2
    assert len(re.findall(r"on laptop [A-Z2-7]{4},", words)) == 2
    assert words.count("shown for now") == 2
    assert "conflict" not in words.lower()


def test_one_tap_settles_one_field_and_the_page_goes_on_to_the_next(pair: Pair, programme: str) -> None:
    one, other = pair
    before = row_of(one, "programme", programme)["revision_count"]
    client = browser(one)
    page = client.get(f"/differences/programme/{programme}").text
    answer = client.post(f"/differences/programme/{programme}/choose", data=forms_of(page)[1])
    assert answer.location == f"/differences/programme/{programme}"
    row = row_of(one, "programme", programme)
    assert (row["conflicts"], row["revision_count"]) == (1, before + 1)
    answer = client.post(
        f"/differences/programme/{programme}/choose",
        data=forms_of(client.get(f"/differences/programme/{programme}").text)[0],
    )
    assert answer.location == "/differences"
    exchange(*pair)
    for laptop in pair:
        assert row_of(laptop, "programme", programme)["conflicts"] == 0
        assert is_whole(laptop)
        assert "Nothing differs anywhere." in browser(laptop).get("/differences").text
    assert lines_of(one) == lines_of(other)
    history = words_of(browser(other).get(f"/history/programme/{programme}").text)
    assert all(value in history for value in ("Đường bê tông", "Đường vào bản", "7,000,000", "6,000,000"))


def test_later_changes_nothing_and_blocks_nothing(pair: Pair, programme: str) -> None:
    one, other = pair
    page = browser(one).get(f"/differences/programme/{programme}").text
    assert re.search(r'<a class="button" href="/differences">[^<]*(<svg.*?</svg>)?Later</a>', page, re.S)
    update(one, "programme", programme, sector="water")
    exchange(*pair)
    assert row_of(other, "programme", programme)["sector"] == "water"
    assert row_of(other, "programme", programme)["conflicts"] == 2


def test_a_form_that_sends_every_field_settles_nothing_unseen(pair: Pair, programme: str) -> None:
    one, _other = pair
    row = row_of(one, "programme", programme)
    update(one, "programme", programme, name=row["name"], budget=row["budget"], sector="water")
    assert row_of(one, "programme", programme)["conflicts"] == 2


def test_a_page_that_is_out_of_date_chooses_nothing(pair: Pair, programme: str) -> None:
    one, _other = pair
    client = browser(one)
    sent = forms_of(client.get(f"/differences/programme/{programme}").text)[0]
    write_elsewhere(one.database, "programme", programme, {"name": "Đường liên thôn"}, seen=1)
    before = row_of(one, "programme", programme)["revision_count"]
    answer = client.post(f"/differences/programme/{programme}/choose", data=sent, follow_redirects=True)
    assert "The content has just changed. Please choose again." in words_of(answer.text)
    assert "Đường liên thôn" in answer.text
    assert row_of(one, "programme", programme)["revision_count"] == before


def test_the_recorder_refuses_what_is_out_of_date(pair: Pair, programme: str) -> None:
    one, _other = pair
    with one.database.reading() as connection:
        seen = mark_siblings(get_state(connection, programme), ["name"])
    write_elsewhere(one.database, "programme", programme, {"name": "Đường liên thôn"}, seen=1)
    with pytest.raises(ChoiceOutdated), one.database.recording() as recorder:
        recorder.settle("programme", programme, {"name": "Đường bê tông"}, seen)


def test_the_same_choice_on_two_laptops_does_not_differ_again(pair: Pair, programme: str) -> None:
    for laptop in pair:
        assert choose_value(laptop, "programme", programme, "Đường bê tông") == 303
    exchange(*pair)
    for laptop in pair:
        row = row_of(laptop, "programme", programme)
        assert (row["name"], row["conflicts"]) == ("Đường bê tông", 1)


def test_different_choices_on_two_laptops_leave_only_these_two(pair: Pair, programme: str) -> None:
    one, other = pair
    write_elsewhere(one.database, "programme", programme, {"name": "Đường liên thôn"}, seen=1)
    exchange(*pair)
    assert choose_value(one, "programme", programme, "Đường bê tông") == 303
    assert choose_value(other, "programme", programme, "Đường liên thôn") == 303
    exchange(*pair)
    for laptop in pair:
        with laptop.database.reading() as connection:
            siblings = get_state(connection, programme).unsettled["name"]
        assert {each.value for each in siblings} == {"Đường bê tông", "Đường liên thôn"}
    assert choose_value(one, "programme", programme, "Đường liên thôn") == 303
    exchange(*pair)
    assert lines_of(one) == lines_of(other)
    assert row_of(other, "programme", programme)["name"] == "Đường liên thôn"


def test_three_values_stand_side_by_side_and_one_choice_replaces_all(pair: Pair, programme: str) -> None:
    one, _other = pair
    future = 1_999_999_999_999 << 16
    write_elsewhere(one.database, "programme", programme, {"name": "Đường liên thôn"}, seen=1, stamp=future)
    page = browser(one).get(f"/differences/programme/{programme}").text
    section = page[page.index('id="field-name"') : page.index('id="field-budget"')]
    assert len(forms_of(section)) == 3
    assert words_of(section).count("The clock of that laptop was wrong.") == 1
    assert choose_value(one, "programme", programme, "Đường bê tông") == 303
    with one.database.reading() as connection:
        assert [each.value for each in get_state(connection, programme).siblings["name"]] == ["Đường bê tông"]


def test_values_are_shown_in_words(pair: Pair) -> None:
    one, _other = pair
    roads, water = add(one, "programme", name="Đường"), add(one, "programme", name="Nước")
    meeting = hold_meeting(one.app, one.village, programme=roads)
    exchange(*pair)
    update(one, "meeting", meeting, programme=water, meeting_type="dialogue", invited_on="2026-03-01")
    write_elsewhere(
        one.database, "meeting", meeting, {"programme": None, "meeting_type": "other", "invited_on": "2026-03-02"},
        seen=1,
    )  # fmt: skip
    words = words_of(browser(one).get(f"/differences/meeting/{meeting}").text)
    for each in ("Nước", "(empty)", "Dialogue meeting", "Other meeting", "01/03/2026", "02/03/2026"):
        assert each in words
    assert water not in words


def test_fields_of_a_group_are_chosen_together(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    question = add(one, "question", meeting=meeting, position=1, text="Góp công", matter="1")
    tally = add(one, "tally", question=question, yes=40, no=5)
    exchange(*pair)
    update(one, "tally", tally, yes=48, no=12)
    update(other, "tally", tally, yes=41, issued=68, collected=60, valid=58, invalid=2)
    exchange(*pair)
    page = browser(one).get(f"/differences/tally/{tally}").text
    assert len(forms_of(page)) == 2
    assert choose_value(one, "tally", tally, "41") == 303
    exchange(*pair)
    row = row_of(other, "tally", tally)
    assert [row[name] for name in ("yes", "no", "issued", "valid", "conflicts")] == [41, 5, 68, 58, 0]


def test_a_group_that_two_laptops_recorded_first_is_not_mixed(pair: Pair) -> None:
    one, other = pair
    question = add(one, "question", meeting=hold_meeting(one.app, one.village), position=1, text="Góp", matter="1")
    exchange(*pair)
    record = "0192a0b0-0000-7000-8000-00000000abcd"
    for laptop, counts in ((one, {"yes": 40, "no": 5}), (other, {"yes": 30, "issued": 50, "collected": 50})):
        with laptop.database.recording() as recorder:
            recorder.add("tally", laptop.village.unit, {"question": question, **counts}, record=record)
    exchange(*pair)
    row = row_of(one, "tally", record)
    assert (row["yes"], row["no"], row["issued"]) in ((40, 5, None), (30, None, 50))
    assert choose_value(one, "tally", record, "40") == 303
    row = row_of(one, "tally", record)
    assert (row["yes"], row["no"], row["issued"], row["collected"]) == (40, 5, None, None)


@pytest.mark.parametrize("is_kept", [True, False])
def test_an_edit_against_a_removal_is_kept_or_removed(pair: Pair, is_kept: bool) -> None:
    one, other = pair
    programme = add(one, "programme", name="Đường")
    exchange(*pair)
    update(one, "programme", programme, name="Đường bê tông")
    with other.database.recording() as recorder:
        recorder.remove("programme", programme)
    exchange(*pair)
    assert lines_of(one) == lines_of(other)
    lines = [json.loads(line) for line in lines_of(one).splitlines()]
    (line,) = [each for each in lines if each["id"] == programme]
    assert line["conflicts"]["removed"] == [True, False]
    page = browser(one).get(f"/differences/programme/{programme}").text
    assert "Removed here, changed there" in page
    assert "Đường bê tông" in page
    assert choose(one, "programme", programme, 0 if is_kept else 1) == 303
    exchange(*pair)
    for laptop in pair:
        row = row_of(laptop, "programme", programme)
        assert (row["removed"], row["conflicts"], row["name"]) == (int(not is_kept), 0, "Đường bê tông")
    assert lines_of(one) == lines_of(other)


def test_an_edit_that_comes_while_a_removal_is_chosen_is_not_lost(pair: Pair) -> None:
    one, other = pair
    programme = add(one, "programme", name="Đường")
    exchange(*pair)
    update(one, "programme", programme, name="Đường bê tông")
    with other.database.recording() as recorder:
        recorder.remove("programme", programme)
    exchange(*pair)
    client = browser(one)
    sent = forms_of(client.get(f"/differences/programme/{programme}").text)[1]
    write_elsewhere(one.database, "programme", programme, {"sector": "water"}, seen=1)
    answer = client.post(f"/differences/programme/{programme}/choose", data=sent, follow_redirects=True)
    assert "just changed" in answer.text


def test_a_record_that_was_removed_by_who_saw_both_values_waits_for_nobody(pair: Pair, programme: str) -> None:
    one, other = pair
    with one.database.recording() as recorder:
        recorder.remove("programme", programme)
    exchange(*pair)
    assert row_of(other, "programme", programme)["conflicts"] == 0
    assert "place differs" not in words_of(browser(other).get("/").text)
    with other.database.recording() as recorder:
        recorder.restore("programme", programme)
    assert row_of(other, "programme", programme)["conflicts"] == 2


@pytest.fixture
def opinion(pair: Pair) -> str:
    """An opinion whose words the two laptops wrote differently."""
    one, other = pair
    made = say(one.app, hold_meeting(one.app, one.village), "Xin làm cầu treo.")
    exchange(*pair)
    update(one, "opinion", made, text=LONG)
    update(other, "opinion", made, text=OTHER)
    exchange(*pair)
    return made


def combined(page: str) -> tuple[str, str]:
    """Give the text that a form begins with, and its mark of what was seen."""
    text = re.search(r'<textarea[^>]*name="text"[^>]*>\s*(.*?)</textarea>', page, re.S)
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert text
    assert seen
    return text[1].replace("\r\n", "\n"), seen[1]


def test_long_texts_are_combined_without_loss(pair: Pair, opinion: str) -> None:
    one, _other = pair
    address = f"/differences/opinion/{opinion}/combine/text"
    text, seen = combined(browser(one).get(address).text)
    assert LONG in text
    assert OTHER in text
    assert browser(one).post(address, data={"text": text, "seen": seen}).status_code == 303
    exchange(*pair)
    for laptop in pair:
        row = row_of(laptop, "opinion", opinion)
        assert (row["text"], row["conflicts"]) == (text, 0)


def test_a_combined_text_that_is_out_of_date_keeps_what_was_typed(pair: Pair, opinion: str) -> None:
    one, _other = pair
    address = f"/differences/opinion/{opinion}/combine/text"
    _text, seen = combined(browser(one).get(address).text)
    write_elsewhere(one.database, "opinion", opinion, {"text": "Xin làm hai cầu."}, seen=1)
    answer = browser(one).post(address, data={"text": "Tôi đã ghép xong.", "seen": seen})
    assert answer.status_code == 409
    text, seen = combined(answer.text)
    assert text == "Tôi đã ghép xong."
    assert "Xin làm hai cầu." in answer.text
    assert browser(one).post(address, data={"text": text, "seen": seen}).status_code == 303
    assert row_of(one, "opinion", opinion)["text"] == "Tôi đã ghép xong."


def test_a_combined_text_that_is_too_long_says_so(pair: Pair, opinion: str) -> None:
    one, _other = pair
    address = f"/differences/opinion/{opinion}/combine/text"
    _text, seen = combined(browser(one).get(address).text)
    answer = browser(one).post(address, data={"text": "á" * 20_001, "seen": seen})
    assert answer.status_code == 422
    assert "Please shorten it" in answer.text
    assert row_of(one, "opinion", opinion)["conflicts"] == 1


def test_a_combined_text_that_is_empty_says_so(pair: Pair, opinion: str) -> None:
    one, _other = pair
    address = f"/differences/opinion/{opinion}/combine/text"
    _text, seen = combined(browser(one).get(address).text)
    answer = browser(one).post(address, data={"text": " ", "seen": seen})
    assert answer.status_code == 422
    assert "is not filled in yet" in answer.text
    assert row_of(one, "opinion", opinion)["conflicts"] == 1


def test_only_long_texts_are_combined(pair: Pair, programme: str) -> None:
    one, _other = pair
    assert "Combine" not in browser(one).get(f"/differences/programme/{programme}").text
    assert browser(one).get(f"/differences/programme/{programme}/combine/name").status_code == 303


def test_who_may_not_change_a_kind_does_not_settle_it(pair: Pair) -> None:
    one, _other = pair
    write_elsewhere(one.database, "unit", one.village.unit, {"name": "Thôn A Rớt 2"}, seen=0)
    update(one, "unit", one.village.unit, name="Thôn A Rớt 3")
    write_elsewhere(one.database, "unit", one.village.unit, {"name": "Thôn A Rớt 4"}, seen=0)
    member = log_in(one.app.test_client(), "member")
    page = member.get(f"/differences/unit/{one.village.unit}").text
    assert forms_of(page) == []
    sent = forms_of(browser(one, "head").get(f"/differences/unit/{one.village.unit}").text)[0]
    assert member.post(f"/differences/unit/{one.village.unit}/choose", data=sent).status_code == 403


def test_contacts_of_speakers_are_shown_to_keepers_alone(pair: Pair, opinion: str) -> None:
    one, _other = pair
    contact = add(one, "speaker_contact", opinion=opinion, name="Zơrâm Kín")
    update(one, "speaker_contact", contact, name="Zơrâm Văn Kín")
    write_elsewhere(one.database, "speaker_contact", contact, {"name": "Zơrâm Thị Kín"}, seen=1)
    assert "2 places differ" in words_of(browser(one).get("/").text)
    assert "1 place differs" in words_of(browser(one, "member").get("/").text)
    assert browser(one, "member").get(f"/differences/speaker_contact/{contact}").status_code == 403
    assert "Kín" not in browser(one, "member").get("/differences").text


def test_the_banner_leads_from_every_page_of_a_record(pair: Pair, programme: str, opinion: str) -> None:
    one, _other = pair
    meeting = rows_of(one.app, "meeting")[0]["id"]
    for address in (f"/programmes/{programme}", f"/opinions/{opinion}", f"/meetings/{meeting}"):
        page = browser(one).get(address).text
        assert "Compare and choose" in page, address
        assert re.search(r'href="/differences/(programme|opinion)/', page), address
    history = browser(one).get(f"/history/programme/{programme}").text
    assert f'href="/differences/programme/{programme}#field-budget"' in history


def test_an_old_value_of_another_version_can_be_chosen(pair: Pair, programme: str) -> None:
    one, _other = pair
    write_elsewhere(one.database, "programme", programme, {"sector": "from_a_later_version"}, seen=1, stamp=STAMP)
    update(one, "programme", programme, sector="water")
    write_elsewhere(one.database, "programme", programme, {"sector": "later_still"}, seen=1, stamp=STAMP + 1)
    assert choose_value(one, "programme", programme, "later_still") == 303
    with one.database.reading() as connection:
        assert get_state(connection, programme).values["sector"] == "later_still"
        assert len(read_revisions(connection, programme)) == 7


def test_the_laptop_of_another_village_is_named_after_it(pair: Pair, programme: str) -> None:
    one, other = pair
    centre, keys = make_keys(), make_keys()
    scopes = (Scope(one.village.unit, (), write=True), Scope(programme))
    certificate = Certificate(
        device=keys.id, signing=keys.public_signing, encryption=keys.public_encryption, scopes=scopes, issued=1,
        expires_ms=0, key=centre.public_signing,
    )  # fmt: skip
    with one.database.storage.writing() as connection:
        put_certificates(connection, "1", [issue_certificate(certificate, centre)], centre.id)
    write_elsewhere(one.database, "programme", programme, {"name": "Đường liên thôn"}, seen=1, device=keys.id)
    words = words_of(browser(one).get(f"/differences/programme/{programme}").text)
    assert f"on laptop {keys.id[:4].upper()} of Thôn A Rớt," in words
    assert f"on laptop {other.device[:4].upper()}," in words
