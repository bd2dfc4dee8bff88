"""What pages say of where a record is, and that they say nothing of single answer sheets."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from answer_scenes import answer, make_survey, rows_of
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from replication.scenes import CentreHere, Machine
from sync.safekeeping import note_backup

HERE, THERE, SAFE = "only on this laptop", "received by the commune or city", "in the centre&#39;s backup"


@pytest.fixture
def machine(app: Flask, village: Village, tmp_path: Path) -> Machine:
    """The application's folder as a laptop that belongs to a centre."""
    services = services_of(app)
    services.folder.write_settings(language="en")
    return Machine.of(CentreHere(tmp_path / "centre"), services.folder, services.database, village.unit)


@pytest.fixture
def writer(client: FlaskClient, machine: Machine) -> Iterator[FlaskClient]:
    """The secretary of the village."""
    return log_in(client, "secretary")


def text(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


@pytest.fixture
def programme(machine: Machine, writer: FlaskClient) -> str:
    """The address of a programme that was recorded just now."""
    return f"/programmes/{machine.add_programme()}"


def test_a_page_says_where_its_record_is(machine: Machine, writer: FlaskClient, programme: str) -> None:
    assert HERE in text(writer, programme)
    machine.sync()
    page = text(writer, programme)
    assert THERE in page
    assert "as the centre said at" in page
    with machine.centre.database.storage.writing() as connection:
        note_backup(connection)
    machine.sync()
    assert SAFE in text(writer, programme)
    assert SAFE in text(writer, "/history/programme/" + programme.rpartition("/")[2])


def test_a_list_marks_what_was_not_sent_as_a_whole(machine: Machine, writer: FlaskClient, programme: str) -> None:
    assert HERE not in text(writer, "/programmes")  # before it ever heard of a centre, that is no news
    machine.sync()
    assert HERE not in text(writer, "/programmes")
    typed = {"item": "3", "form": "posting", "starts_on": "2026-03-01", "place": "Nhà Gươl"}
    writer.post(f"{programme}/disclosures/new", data=typed)
    assert text(writer, "/programmes").count(HERE) == 1
    machine.sync()
    assert HERE not in text(writer, "/programmes")


def test_meetings_opinions_and_rounds_say_it_too(
    app: Flask, village: Village, machine: Machine, writer: FlaskClient
) -> None:
    typed = {"meeting_type": "community", "title": "Đường", "starts_at": "2026-03-01T19:00", "place": "Gươl"}
    writer.post("/meetings/new", data=typed)
    (meeting,) = rows_of(app, "meeting")
    survey = make_survey(app, village)
    machine.sync()
    with machine.database.recording() as recorder:
        opinion = recorder.add("opinion", village.unit, {"meeting": meeting["id"], "number": 1, "text": "Xin cầu"})
    assert HERE in text(writer, f"/meetings/{meeting['id']}")
    assert text(writer, "/meetings").count(HERE) == 1
    assert HERE in text(writer, f"/opinions/{opinion}")
    assert THERE in text(writer, f"/rounds/{survey}")
    assert HERE not in text(writer, "/rounds")


def test_sheets_are_counted_and_never_told_one_by_one(
    app: Flask, village: Village, machine: Machine, writer: FlaskClient
) -> None:
    survey = make_survey(app, village)
    machine.sync()
    answer(app, village, survey, count=39)
    page = text(writer, f"/rounds/{survey}")
    assert "of this round are only on this laptop" not in page
    assert THERE in page
    answer(app, village, survey)
    page = text(writer, f"/rounds/{survey}")
    assert "20 answer sheets of this round are only on this laptop." in page
    assert THERE in page  # the sheets leave the state of the round as it is
    sheet = rows_of(app, "answer_sheet")[0]["id"]
    assert writer.get(f"/history/answer_sheet/{sheet}").status_code in (403, 404)
    machine.sync()
    assert "only on this laptop" not in text(writer, f"/rounds/{survey}")


def test_what_was_refused_is_named_with_its_title(machine: Machine, writer: FlaskClient) -> None:
    machine.sync()
    machine.centre.registry.revoke(machine.device)
    machine.add_programme("Đường bị từ chối")
    machine.sync()
    page = text(writer, "/send-and-receive")
    assert "Not accepted by the centre" in page
    assert "Đường bị từ chối" in page
    assert "Đường bị từ chối" not in text(writer, "/programmes")
