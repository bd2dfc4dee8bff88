"""Personal data is erased for good, on every laptop: from the log, the lists, search, exports and drafts."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conflict_scenes import browser, lines_of, words_of
from factories import services_of
from meetings.scenes import add_households, end, hold_meeting, rows_of, say, tick, vote
from two_laptops import Laptop, exchange, two_laptops

from collector.attachments.store import NewFile, add_attachment, remove_attachment
from collector.backups.caretaker import Caretaker
from collector.cache import differences
from collector.clock import now, utc_text
from collector.drafts.store import save_draft
from collector.errors import RecordUnsettled
from collector.history.erasing import ERASED_TEXT
from collector.meetings import finalising
from collector.registry import KINDS
from collector.replication.settling import settle
from collector.residue import clear_residue
from sync.log import verify_chains

NAME = "Pơloong Kín Đáo"
RARE = "Zrâhqwếp"
"""A syllable of nobody's name that stands nowhere else, and how search writes it."""
FOLDED = "zrahqwep"
Pair = tuple[Laptop, Laptop]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two laptops that hold the same village."""
    with two_laptops(tmp_path) as made:
        yield made


def erase(laptop: Laptop, kind: str, record: str, what: str = "personal", role: str = "head") -> Any:
    """Open the page that says what goes, and erase."""
    client = browser(laptop, role)
    page = client.get(f"/history/{kind}/{record}/erase").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    answer = client.post(f"/history/{kind}/{record}/erase", data={"seen": seen[1] if seen else "", "what": what})
    answer.close()  # as a server does, once it was sent
    return answer


def holds(laptop: Laptop, words: str) -> list[str]:
    """Name the tables of a laptop's database in which words stand."""
    found = []
    with laptop.database.reading() as connection:
        tables = [row["name"] for row in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.rows(f'SELECT * FROM "{table}"'):
                text = " ".join(
                    bytes(each).decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
                    for each in row.values()
                )
                if words in text:
                    found.append(table)
    return sorted(set(found))


def list_files_with(laptop: Laptop, *words: str) -> list[str]:
    """Name the files of a data folder, but for backups, in whose bytes one of these words stands."""
    folder = services_of(laptop.app).folder
    files = [path for path in folder.root.rglob("*") if path.is_file() and folder.backups not in path.parents]
    return sorted(
        path.name for path in files if any(word.encode() in path.read_bytes().lower() for word in map(str.lower, words))
    )


def find(laptop: Laptop, words: str) -> str:
    return words_of(browser(laptop).get("/search", query_string={"q": words}).text)


def is_whole(laptop: Laptop) -> bool:
    with laptop.database.reading() as connection:
        return verify_chains(connection) > 0 and not list(differences(connection, KINDS))


def test_a_speaker_is_erased_everywhere_and_what_was_said_stays(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Xin làm bể chứa.", speaker=NAME, topic="land")
    with one.database.recording() as recorder:
        recorder.update("opinion", opinion, {"speaker": f"{NAME} (xóm trên)"})
        save_draft(recorder.connection, "x", f"meeting:{meeting}:opinion:{opinion}", {"speaker": NAME}, "2026-03-05")
    exchange(*pair)
    assert "revision" in holds(other, NAME)
    assert "Xin làm bể chứa." in find(other, "kin dao")
    page = words_of(browser(one, "head").get(f"/history/opinion/{opinion}/erase").text)
    assert "Speaker: every version" in page
    assert "Backups from before" in page
    assert erase(one, "opinion", opinion).status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, NAME) == []
        assert holds(laptop, "Kín Đáo") == []
        (row,) = rows_of(laptop.app, "opinion", id=opinion)
        assert (row["text"], row["speaker"], row["topic"], row["number"]) == ("Xin làm bể chứa.", None, "land", 1)
        assert "Xin làm bể chứa." not in find(laptop, "kin dao")
        assert "Xin làm" in find(laptop, "bể chứa")
        assert "Alăng Thị Bhơ erased what this said before" in words_of(
            browser(laptop).get(f"/history/opinion/{opinion}").text
        )
        assert is_whole(laptop)
    assert NAME.encode() not in lines_of(one)
    assert lines_of(one) == lines_of(other)


@pytest.mark.in_file
def test_no_byte_of_a_name_is_left_in_any_file(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    said = [say(one.app, meeting, f"Xin làm bể số {each}.", speaker=f"{RARE} {each}") for each in range(40)]
    for number, opinion in enumerate(said):
        with one.database.recording() as recorder:
            recorder.update("opinion", opinion, {"speaker": f"{RARE} {number} " * (number % 8 + 1)})
            form = f"meeting:{meeting}:opinion:{opinion}"
            save_draft(recorder.connection, "x", form, {"speaker": RARE * number}, "2026-03-05")
    exchange(*pair)
    for laptop in pair:
        assert list_files_with(laptop, RARE, FOLDED)
    for opinion in said:
        assert erase(one, "opinion", opinion).status_code == 303
    assert list_files_with(one, RARE, FOLDED) == []
    exchange(*pair)
    assert "Xin làm" in find(other, "bể số 39")
    settle(services_of(other.app).folder, other.database)
    assert list_files_with(other, RARE, FOLDED) == []
    assert all(map(is_whole, pair))


def test_the_bytes_of_a_photo_go_with_the_last_record_that_names_it(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Xin làm bể chứa.")
    found = services_of(one.app)
    with one.database.recording() as recorder:
        photos = [
            add_attachment(
                recorder, found.files, one.village.unit, NewFile(kind, owner, "photo", "a.jpg", b"mat", "image/jpeg")
            )
            for kind, owner in (("meeting", meeting), ("opinion", opinion))
        ]
    (name,) = {row["sha256"] for row in rows_of(one.app, "attachment")}
    exchange(*pair)
    services_of(other.app).files.add(b"mat")
    part = services_of(other.app).folder.attachments / "parts" / "centre" / name
    part.parent.mkdir(parents=True)
    part.write_bytes(b"ma")
    for number, photo in enumerate(photos, 1):
        with one.database.recording() as recorder:
            remove_attachment(recorder, photo)
        assert erase(one, "attachment", photo, "everything").status_code == 303
        exchange(*pair)
        settle(services_of(other.app).folder, other.database)
        for laptop in pair:
            assert (services_of(laptop.app).files.find_path(name) is None) == (number == len(photos))
        assert part.exists() == (number < len(photos))
    assert all(map(is_whole, pair))


def test_what_was_only_removed_keeps_its_bytes(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    found = services_of(one.app)
    with one.database.recording() as recorder:
        new = NewFile("meeting", meeting, "photo", "a.jpg", b"mat", "image/jpeg")
        remove_attachment(recorder, add_attachment(recorder, found.files, one.village.unit, new))
    Caretaker(found).clear_residue()
    assert found.files.read(sha256(b"mat").hexdigest()) == b"mat"


@pytest.mark.in_file
def test_what_somebody_reads_meanwhile_is_cleared_later(pair: Pair) -> None:
    one, _other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Xin làm bể.", speaker=RARE)
    begun, done = threading.Event(), threading.Event()

    def read() -> None:
        with one.database.reading() as connection:
            assert connection.value("SELECT speaker FROM opinion") == RARE
            begun.set()
            done.wait(60)

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(60)
    assert erase(one, "opinion", opinion).status_code == 303
    assert list_files_with(one, RARE)
    done.set()
    reader.join()
    Caretaker(services_of(one.app)).clear_residue()
    assert list_files_with(one, RARE, FOLDED) == []
    assert not clear_residue(one.database, services_of(one.app).files)


def test_a_speaker_of_finalised_minutes_is_erased_and_nothing_counts_as_late(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Xin làm bể chứa.", speaker=NAME)
    vote(one.app, meeting, 40, 1, 0)
    end(one.app, meeting)
    found = services_of(one.app)
    finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting)
    exchange(*pair)
    assert "The signed minutes" in browser(one, "head").get(f"/history/opinion/{opinion}/erase").text
    assert erase(one, "opinion", opinion).status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, NAME) == []
        assert "Not in the signed minutes" not in browser(laptop).get(f"/meetings/{meeting}").text
        assert "not all of it in the signed minutes" not in browser(laptop).get("/meetings").text


def test_the_contact_of_a_speaker_goes_with_the_opinion(pair: Pair) -> None:
    one, _other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Đường ống.", speaker=NAME, anonymous=True)
    assert holds(one, NAME)
    assert erase(one, "opinion", opinion).status_code == 303
    assert holds(one, NAME) == []
    assert erase(one, "opinion", opinion).status_code == 303
    page = browser(one, "head").get(f"/history/opinion/{opinion}/erase").text
    assert "There is nothing of a person here" in page


def test_a_household_keeps_its_number_and_its_place_in_meetings(pair: Pair) -> None:
    one, _other = pair
    household = add_households(one.app, one.village, 1)[0]
    with one.database.recording() as recorder:
        recorder.update("household", household, {"head_name": NAME, "note": f"con của {NAME}", "cluster": "Tổ 1"})
    meeting = hold_meeting(one.app, one.village)
    tick(one.app, meeting, [household])
    exchange(*pair)
    assert erase(one, "household", household).status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, NAME) == []
        (row,) = rows_of(laptop.app, "household", id=household)
        assert [row[name] for name in ("number", "head_name", "note", "cluster")] == [1, ERASED_TEXT, None, "Tổ 1"]
        (came,) = rows_of(laptop.app, "attendance", meeting=meeting)
        assert (came["name"], came["household"]) == (None, household)
        for address in (f"/meetings/{meeting}", f"/meetings/{meeting}/live", "/households"):
            assert browser(laptop).get(address).status_code == 200


def test_a_person_is_erased_with_the_account_and_nobody_erases_themselves(pair: Pair) -> None:
    one, other = pair
    name = "Bling Thị Pơi"
    member = one.village.member
    assert erase(one, "person", one.village.head).status_code == 403
    assert "This is you." in browser(one, "head").get(f"/history/person/{one.village.head}/erase").text
    assert erase(one, "person", member).status_code == 303
    exchange(*pair)
    account = services_of(one.app).accounts.find(member)
    assert account
    assert (account.name, account.active) == (ERASED_TEXT, False)
    for laptop in pair:
        assert holds(laptop, name) == []
        assert rows_of(laptop.app, "person", id=member)[0]["role"] == "member"
        assert browser(laptop).get("/team").status_code == 200
    assert name.encode() not in lines_of(other)


def test_what_was_removed_can_be_erased_as_a_whole(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Ông Kín Đáo lấn đất.", speaker=NAME)
    exchange(*pair)
    assert erase(one, "opinion", opinion, "everything").status_code == 409
    with one.database.recording() as recorder:
        recorder.remove("opinion", opinion)
    assert erase(one, "opinion", opinion, "everything").status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, "Kín Đáo") == []
        page = browser(laptop).get(f"/history/opinion/{opinion}").text
        assert "Everything that this said was erased for good." in page
        assert browser(laptop).post(f"/history/opinion/{opinion}/restore").status_code == 404
        assert opinion not in {json.loads(line)["id"] for line in lines_of(laptop).splitlines()}


def test_what_was_removed_stays_removed_when_the_person_is_erased(pair: Pair) -> None:
    one, other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Xin làm bể.", speaker=NAME)
    with one.database.recording() as recorder:
        recorder.remove("opinion", opinion)
    exchange(*pair)
    assert erase(one, "opinion", opinion).status_code == 303
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, NAME) == []
        assert rows_of(laptop.app, "opinion") == []
        assert is_whole(laptop)
    with other.database.recording() as recorder:
        recorder.restore("opinion", opinion)
    exchange(*pair)
    for laptop in pair:
        (row,) = rows_of(laptop.app, "opinion")
        assert (row["text"], row["speaker"], row["conflicts"]) == ("Xin làm bể.", None, 0)


def test_a_change_that_was_made_elsewhere_meanwhile_is_not_lost(pair: Pair) -> None:
    one, other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Xin làm bể.", speaker=NAME)
    exchange(*pair)
    erase(one, "opinion", opinion)
    with other.database.recording() as recorder:
        recorder.update("opinion", opinion, {"text": "Xin làm bể chứa lớn."})
    exchange(*pair)
    for laptop in pair:
        assert holds(laptop, NAME) == []
        page = browser(laptop).get(f"/differences/opinion/{opinion}").text
        assert "Xin làm bể." in page
        assert "Xin làm bể chứa lớn." in page
    assert lines_of(one) == lines_of(other)


def test_what_differs_is_chosen_before_it_is_erased(pair: Pair) -> None:
    one, other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Xin làm bể.", speaker=NAME)
    exchange(*pair)
    for laptop, text in ((one, "Xin làm bể to."), (other, "Xin làm bể nhỏ.")):
        with laptop.database.recording() as recorder:
            recorder.update("opinion", opinion, {"text": text})
    exchange(*pair)
    assert "Please choose first" in browser(one, "head").get(f"/history/opinion/{opinion}/erase").text
    with pytest.raises(RecordUnsettled), one.database.recording() as recorder:
        recorder.erase_fields("opinion", opinion, {"speaker": None})


def test_only_heads_erase_and_an_old_page_erases_nothing(pair: Pair) -> None:
    one, _other = pair
    opinion = say(one.app, hold_meeting(one.app, one.village), "Xin làm bể.", speaker=NAME)
    assert erase(one, "opinion", opinion, role="secretary").status_code == 403
    assert "Erase personal data" not in browser(one, "member").get(f"/history/opinion/{opinion}").text
    assert "Erase personal data" in browser(one, "head").get(f"/history/opinion/{opinion}").text
    answer = browser(one, "head").post(f"/history/opinion/{opinion}/erase", data={"seen": "old"})
    assert answer.location.endswith("/erase")
    assert holds(one, NAME)


def test_drafts_go_with_removed_opinions_and_finalised_meetings(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Xin làm bể.")
    vote(one.app, meeting, 40, 1, 0)
    with one.database.recording() as recorder:
        for form in (f"meeting:{meeting}:opinion:{opinion}", f"meeting:{meeting}:opinion", "meeting:new"):
            save_draft(recorder.connection, "x", form, {"text": NAME}, "2026-03-05")
    browser(one).post(f"/meetings/{meeting}/opinions/{opinion}/remove")
    assert forms(one) == [f"meeting:{meeting}:opinion", "meeting:new"]
    end(one.app, meeting)
    found = services_of(one.app)
    finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting)
    assert forms(one) == ["meeting:new"]


def test_what_was_typed_is_forgotten_when_another_laptop_removed_or_finalised(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    opinion = say(one.app, meeting, "Xin làm bể.")
    vote(one.app, meeting, 40, 1, 0)
    exchange(*pair)
    old, new = utc_text(now() - timedelta(days=8)), utc_text(now())
    typed = {
        f"follow_up:{opinion}": old, f"meeting:{meeting}:opinion": old, f"meeting:{meeting}:reply": new,
        f"amendment:{meeting}": old, "meeting:new": old,
    }  # fmt: skip
    with other.database.recording() as recorder:
        for form, saved_at in typed.items():
            save_draft(recorder.connection, "x", form, {"text": NAME}, saved_at)
    caretaker = Caretaker(services_of(other.app))
    caretaker.forget_drafts()
    assert forms(other) == sorted(typed)
    with one.database.recording() as recorder:
        recorder.remove("opinion", opinion)
    end(one.app, meeting)
    found = services_of(one.app)
    finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting)
    exchange(*pair)
    caretaker.forget_drafts()
    assert forms(other) == sorted([f"meeting:{meeting}:reply", f"amendment:{meeting}", "meeting:new"])


def forms(laptop: Laptop) -> list[str]:
    with laptop.database.reading() as connection:
        return [row["form"] for row in connection.rows("SELECT DISTINCT form FROM draft ORDER BY form")]
