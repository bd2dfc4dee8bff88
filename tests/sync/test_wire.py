"""A laptop and a centre over real HTTP: what they exchange, and what it costs."""

import itertools
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sync_scenes import DAY_MS, NOW_MS, Laptop, ServedCentre, list_bodies, serving

from sync.challenges import Challenges
from sync.client import HttpShelf, enrol
from sync.errors import (
    CertificateRefused,
    DeviceRefused,
    RequestUnsigned,
)
from sync.giving import Gap
from sync.heads import Ask, list_branches
from sync.keys import Keys, make_keys
from sync.log import Edit
from sync.messages import Claim, PullRequest
from sync.offering import Limits
from sync.quarantine import list_quarantined
from sync.safekeeping import note_backup
from sync.segments import Tip
from sync.wire import PART_BYTES, About, TalkRequest

YEAR_MS = 365 * DAY_MS


def test_two_laptops_and_the_centre_end_up_with_the_same(centre: ServedCentre, url: str) -> None:
    first, second = Laptop(centre, "u1"), Laptop(centre, "u1")
    for number in range(1_200):
        first.write(f"a{number}")
    second.write("b1")
    for laptop in (first, second, first):
        laptop.sync(laptop.transport(url))
    assert len(first.bodies()) == 1_201
    assert first.bodies() == second.bodies() == list_bodies(centre.storage)


def test_many_small_pushes_are_pulled_as_few_bundles(centre: ServedCentre, url: str) -> None:
    writers, reader = [Laptop(centre, "u1"), Laptop(centre, "u1")], Laptop(centre, "u1")
    for number in range(30):
        for writer in writers:
            writer.write(f"{writer.keys.id[:8]}{number}")
            writer.sync(writer.transport(url))
    transport = reader.transport(url)
    reader.sync(transport)
    assert reader.bodies() == list_bodies(centre.storage)
    assert transport.line.received < 60 * 500
    with reader.storage.reading() as connection:
        assert connection.value("SELECT count(*) FROM header") == 2
    centre.centre.begin_life()
    with centre.storage.writing() as connection:
        for table in ("feed", "revision", "header", "receipt"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE epoch SET head_sequence = 0, fed = 0")
        connection.execute("DELETE FROM epoch WHERE own = 0")
    reader.sync(reader.transport(url))
    assert list_bodies(centre.storage) == reader.bodies()


def test_pages_end_where_the_puller_has_room(centre: ServedCentre, url: str) -> None:
    writer, reader = Laptop(centre, "u1"), Laptop(centre, "u1")
    for number in range(40):
        writer.write(f"a{number}")
        writer.sync(writer.transport(url))
    with reader.storage.reading() as connection:
        assert connection.value("SELECT count(*) FROM revision") == 0
    link = reader.transport(url)
    first = link.pull(PullRequest())
    page = link.read_page(PullRequest(first.cursor), link.talk(TalkRequest(pull=PullRequest(first.cursor, room=7))))
    assert [len(segment.items) for segment in page.segments] == [7]
    assert page.has_more and page.cursor.position == 7


def test_what_is_lacking_comes_once_and_in_bounds_however_often_it_is_asked(
    centre: ServedCentre, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = Laptop(centre, "u1"), Laptop(centre, "u1")
    for number in range(12):
        writer.write(f"a{number}")
    writer.sync(writer.transport(url))
    with writer.storage.reading() as connection:
        (branch,) = list_branches(connection, writer.keys.id)
    cursor = reader.transport(url).pull(PullRequest()).cursor
    gap = Gap(branch.device, branch.root, branch.tip)
    other = Gap(branch.device, branch.root, branch.tip, (Tip(1, bytes(32)),))

    def given(*gaps: Gap) -> int:
        page = centre.centre.pull(reader.keys.id, PullRequest(cursor, (), gaps))
        pulled = sum(len(segment.items) for segment in centre.centre.pull(reader.keys.id, PullRequest(cursor)).segments)
        return sum(len(segment.items) for segment in page.segments) - pulled

    assert given(*[gap] * 1_000) == 12
    monkeypatch.setattr("sync.centre.GAP_REVISIONS", 12)
    assert given(gap, other) == 12
    monkeypatch.setattr("sync.centre.GAP_BYTES", 1)
    monkeypatch.setattr(centre.centre, "limits", Limits(revisions=4))
    assert given(gap, other) == 4


def test_an_epoch_is_answered_once_however_often_it_is_asked_for(centre: ServedCentre, url: str) -> None:
    writer = Laptop(centre, "u1")
    writer.write("a1")
    writer.sync(writer.transport(url))
    with writer.storage.reading() as connection:
        (branch,) = list_branches(connection, writer.keys.id)
    wrong = Tip(1, bytes(32))
    asks = [Ask(branch.device, branch.root, (tip,)) for tip in (branch.tip, wrong) * 500]
    (standing,) = centre.centre.ask([*asks, asks[0]]).standings
    assert (standing.known, standing.heads) == ((branch.tip,), (branch.tip,))


def test_a_second_courier_gets_the_receipt_too_once_however_often_it_asks(centre: ServedCentre, url: str) -> None:
    writer = Laptop(centre, "u1")
    writer.write("a1")
    writer.sync(writer.transport(url))
    with writer.storage.reading() as connection:
        (branch,) = list_branches(connection, writer.keys.id)
    wanted = Ask(branch.device, branch.root, (branch.tip,), receipt=True)
    lacking = Ask(branch.device, branch.root, (Tip(2, bytes(32)),), receipt=True)
    with closing(Laptop(centre, "u2").transport(url)) as transport:
        (receipt,) = transport.ask([wanted, lacking, wanted]).receipts
    assert (receipt.device, receipt.tip) == (writer.keys.id, branch.tip)


def test_what_is_out_of_scope_does_not_travel(centre: ServedCentre, url: str) -> None:
    here, there = Laptop(centre, "u1"), Laptop(centre, "u2")
    here.write("a1")
    here.sync(here.transport(url))
    there.sync(there.transport(url))
    assert there.bodies() == []


def test_an_idle_sync_is_one_small_request(centre: ServedCentre, url: str, tmp_path: Path) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    laptop.write("a2", kind="answer_sheet")
    with laptop.storage.writing() as connection:
        laptop.log.append(connection, Edit("s1", "answer_sheet", "u1", {"note": "x"}, lane="sheets"))
    kept = Challenges(tmp_path / "challenge")
    before = laptop.transport(url, kept)
    laptop.sync(before)
    laptop.sync(before, "d1")
    before.close()
    transport = laptop.transport(url, Challenges(tmp_path / "challenge"))
    changes = laptop.storage._connection().total_changes
    laptop.sync(transport, "d1", About("0.1.0", 0, 0, laptop.read_clock() // 1_000))
    assert transport.line.requests == 1
    assert transport.line.sent + transport.line.received <= 580
    assert laptop.storage._connection().total_changes == changes


def test_the_centre_learns_what_a_device_says_of_itself(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1", skew_ms=-3 * YEAR_MS)
    about = About("0.1.0", 3, 20, laptop.read_clock() // 1_000)
    laptop.sync(laptop.transport(url), about=about)
    assert centre.contacts == [(laptop.keys.id, about, -3 * YEAR_MS)]


@pytest.mark.parametrize("years", [-30, 0, 12])
def test_a_clock_wrong_by_years_harms_nothing_and_is_said(centre: ServedCentre, url: str, years: int) -> None:
    laptop = Laptop(centre, "u1", skew_ms=years * YEAR_MS)
    laptop.write("a1")
    transport = laptop.transport(url)
    laptop.sync(transport)
    assert list_bodies(centre.storage) == laptop.bodies()
    assert transport.clock_error_ms == years * YEAR_MS


def test_a_challenge_ends_by_the_clock_of_the_centre(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    transport = laptop.transport(url)
    laptop.sync(transport)
    centre.now_ms += DAY_MS
    requests = transport.line.requests
    laptop.sync(transport)
    assert transport.line.requests == requests + 2


def test_a_certificate_ends_by_the_clock_of_the_centre(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1", skew_ms=-20 * YEAR_MS)
    centre.now_ms = NOW_MS + YEAR_MS
    with pytest.raises(CertificateRefused) as refused:
        laptop.sync(laptop.transport(url))
    assert refused.value.context["reason"] == "expired"


def test_an_unknown_device_is_refused(centre: ServedCentre, url: str) -> None:
    stranger = Laptop(centre)
    with pytest.raises(DeviceRefused):
        stranger.sync(stranger.transport(url))


class Impostor(Keys):
    claimed = ""

    @property
    def id(self) -> str:
        return self.claimed


def test_who_signs_for_another_is_refused(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    forger = laptop.transport(url)
    other = make_keys()
    forger._keys = Impostor(other.signing, other.encryption)
    Impostor.claimed = laptop.keys.id
    with pytest.raises(RequestUnsigned):
        forger.talk(TalkRequest())


def test_a_revoked_device_may_hand_in_and_ask_but_gets_nothing(centre: ServedCentre, url: str) -> None:
    good, lost = Laptop(centre, "u1"), Laptop(centre, "u1")
    good.write("a1")
    good.sync(good.transport(url))
    centre.devices.revoked.add(lost.keys.id)
    lost.write("b1")
    with pytest.raises(DeviceRefused):
        lost.sync(lost.transport(url))
    assert lost.bodies() == []
    with lost.storage.reading() as connection:
        assert [each["reason"] for each in list_quarantined(connection)] == ["centre"]
    with centre.storage.reading() as connection:
        assert [each["reason"] for each in list_quarantined(connection)] == ["revoked"]
    with pytest.raises(DeviceRefused):
        HttpShelf(lost.transport(url)).describe(["0" * 64])


def test_the_directory_comes_when_it_changed(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    first = laptop.sync(laptop.transport(url), "")
    assert first.directory is not None and first.directory.certificates == (laptop.keys.id.encode(),)
    assert laptop.sync(laptop.transport(url), first.directory.version).directory is None


def test_a_backup_of_the_centre_is_told(centre: ServedCentre, url: str) -> None:
    writer, reader = Laptop(centre, "u1"), Laptop(centre, "u1")
    transport, reading = writer.transport(url), reader.transport(url)
    writer.write("a1")
    writer.sync(transport)
    with centre.storage.writing() as connection:
        note_backup(connection)
    writer.write("a2")
    writer.sync(transport)
    reader.sync(reading)
    assert read_backed_up(writer, writer) == read_backed_up(reader, writer) == 1
    with centre.storage.writing() as connection:
        note_backup(connection)
    requests = writer.sync(transport) and transport.line.requests
    assert read_backed_up(writer, writer) == 2
    writer.sync(transport)
    assert transport.line.requests == requests + 1
    centre.centre.begin_life()
    writer.sync(transport)
    assert read_backed_up(writer, writer) == 0


def read_backed_up(laptop: Laptop, author: Laptop) -> int:
    with laptop.storage.reading() as connection:
        sql = "SELECT backed_up FROM epoch WHERE device = :device AND head_sequence > 0"
        return int(connection.value(sql, {"device": author.keys.id}))


def test_contents_go_up_and_down_in_parts(centre: ServedCentre, url: str) -> None:
    from simulation.shelves import MemoryShelf

    from sync.attachments import fetch_attachments, send_attachments

    sender, taker = Laptop(centre, "u1"), Laptop(centre, "u1")
    shelf, other = MemoryShelf(), MemoryShelf()
    names = [shelf.add(bytes(size)) for size in (0, 10, PART_BYTES, 3 * PART_BYTES + 1)]
    sent = HttpShelf(sender.transport(url))
    centre.shelf.append(names[3], 0, bytes(PART_BYTES))
    send_attachments(shelf, sent, names)
    send_attachments(shelf, sent, names)
    assert centre.shelf.contents == shelf.contents
    assert sorted(fetch_attachments(other, HttpShelf(taker.transport(url)), names)) == sorted(names)
    assert other.contents == shelf.contents


def test_enrolling_passes_requests_on(centre: ServedCentre, url: str) -> None:
    assert enrol(url, b"please") == b"welcome"
    assert centre.enrolled == [b"please"]


def test_a_centre_below_a_path_of_a_proxy_is_found(centre: ServedCentre) -> None:
    inner = centre.make_app()

    def below(environ: dict[str, Any], start_response: Any) -> Any:
        assert environ["PATH_INFO"].startswith("/collector/")
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/collector", environ["PATH_INFO"].removeprefix("/collector")
        return inner(environ, start_response)

    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    with serving(below) as url:
        laptop.sync(laptop.transport(f"{url}/collector/"))
    assert list_bodies(centre.storage) == laptop.bodies()


def test_bodies_that_come_in_chunks_are_taken(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    for number in range(300):
        laptop.write(f"a{number}", title=secrets.token_urlsafe(720))
    transport = laptop.transport(url)
    exchange = transport.line.exchange

    def in_chunks(method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        if len(body) < PART_BYTES:
            return exchange(method, target, headers, body)
        pieces = [body[start : start + 10_000] for start in range(0, len(body), 10_000)]
        coded = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
        others = {name: value for name, value in headers.items() if name != "Content-Length"}
        return exchange(method, target, {**others, "Transfer-Encoding": "chunked"}, coded)

    transport.line.exchange = in_chunks  # type: ignore[method-assign]
    laptop.sync(transport)
    assert list_bodies(centre.storage) == laptop.bodies()


def test_progress_is_told_while_bytes_go(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    for number in range(200):
        laptop.write(f"a{number}", title=secrets.token_urlsafe(720))
    told: list[tuple[int, int]] = []
    transport = laptop.transport(url, watch=lambda sent, received: told.append((sent, received)))
    laptop.sync(transport)
    assert told == sorted(told) and told[-1] == (transport.line.sent, transport.line.received)
    assert max(after[0] - before[0] for before, after in itertools.pairwise(told)) <= PART_BYTES


def test_a_bundle_for_nobody_here_is_refused_and_forgotten(centre: ServedCentre, url: str) -> None:
    from sync.errors import BundleError
    from sync.outbox import name_bundle

    laptop = Laptop(centre, "u1")
    data = make_keys().signing * 5_000
    with pytest.raises(BundleError) as refused:
        laptop.transport(url).send(name_bundle(data), 0, data, Claim())
    assert refused.value.context["at"] == "centre"
    assert laptop.transport(url).find_offset(name_bundle(data)) == 0
