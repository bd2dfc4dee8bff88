"""The pages of a centre about laptops."""

import io
import re

import pytest
from enrolment_scenes import Laptop
from factories import LA_DEE
from flask import Flask
from flask.testing import FlaskClient

from central.scenes import running_in
from collector.joining.store import name_centre
from collector.phrase import CODE_WORDS, check
from collector.units.communes import make_unit_id
from sync.enrolment import derive_root, make_code_keys, open_answer, read_membership
from sync.registry import Contact

COMMUNE = make_unit_id("commune", LA_DEE)


def words_on(page: str) -> str:
    """Read the words of the code on a page."""
    found = re.search(r'<ol class="code-words"[^>]*>(.*?)</ol>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.findall(r"<li>([a-z]+)</li>", found[1]))


def join(app: Flask, laptop: Laptop, words: str) -> None:
    """Let a laptop join with a code over HTTP, as it does it."""
    request = laptop.request(words)
    answer = app.test_client().post(
        "/sync/v1/enrol", data=request, content_type="application/octet-stream", headers={"Host": "centre.example"}
    )
    assert answer.status_code == 200
    from sync.signing import read_unproven

    content = read_unproven(answer.data)
    assert content is not None
    open_answer(content, request, make_code_keys(derive_root(words)), laptop.id)


def test_an_empty_centre_says_what_to_do_first(admin: FlaskClient) -> None:
    page = admin.get("/laptops").text
    assert "Chưa có máy nào thuộc trung tâm này" in page
    assert 'href="/laptops/codes/new"' in page


def test_a_code_is_shown_once_and_lets_a_laptop_in(centre_app: Flask, admin: FlaskClient) -> None:
    to_note = 'href="/laptops#address-title"'
    wanted = {"kind": "village", "words": LA_DEE, "village": "Thôn A Rớt"}
    assert to_note in admin.post("/laptops/codes/new", data={**wanted, "village": "Thôn Khác"}).text
    admin.post("/laptops/address", data={"address": "https://centre.example/"})
    shown = admin.post("/laptops/codes/new", data=wanted)
    assert shown.status_code == 200 and to_note not in shown.text
    words = words_on(shown.text)
    assert check(words, CODE_WORDS) == []
    assert f"https://centre.example#{words.replace(' ', '-')}" in shown.text
    assert "<svg" in shown.text
    listed = admin.get("/laptops").text
    assert "Thôn A Rớt" in listed and words.split()[0] + " " + words.split()[1] not in listed
    laptop = Laptop(name="Thôn A Rớt")
    join(centre_app, laptop, words)
    listed = admin.get("/laptops").text
    assert f"/laptops/{laptop.id}" in listed
    assert "Chưa có mã nào chờ dùng" not in listed and "Thôn Khác" in listed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"words": ""}, "Chưa chọn xã"),
        ({"words": "zzzz"}, "zzzz"),
        ({"words": "xa"}, "Hãy chọn xã trong danh sách"),
    ],
)
def test_a_commune_that_is_not_clear_is_asked_again(admin: FlaskClient, typed: dict[str, str], said: str) -> None:
    answer = admin.post("/laptops/codes/new", data={"kind": "village", "village": "Thôn Giữ Lại", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Thôn Giữ Lại" in answer.text


def test_a_code_is_taken_back(centre_app: Flask, admin: FlaskClient) -> None:
    admin.post("/laptops/codes/new", data={"kind": "commune", "words": LA_DEE})
    (code,) = running_in(centre_app).office.enrolling.list_codes()
    where = f"/laptops/codes/{bytes(code['id']).hex()}/remove"
    assert admin.post(where).status_code == 303
    assert running_in(centre_app).office.enrolling.list_codes() == []
    assert admin.post(where).status_code == 404
    assert admin.post("/laptops/codes/zz/remove").status_code == 404


def upload(admin: FlaskClient, data: bytes, **more: str) -> tuple[int, str, str]:
    """Send a request file; give status, page and where it leads."""
    sent = {"kind": "village", "words": LA_DEE, "file": (io.BytesIO(data), "request.collector"), **more}
    answer = admin.post("/laptops/requests/new", data=sent)
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def test_a_request_file_is_approved_and_its_answer_downloaded(centre_app: Flask, admin: FlaskClient) -> None:
    laptop = Laptop(name="Thôn Xa")
    status, _page, where = upload(admin, laptop.request())
    assert (status, where) == (303, f"/laptops/{laptop.id}")
    page = admin.get(where).text
    keys = running_in(centre_app).office.registry.keys
    assert name_centre(keys.public_signing) in page
    answer = admin.get(f"{where}/answer")
    membership = read_membership(answer.data, laptop.id)
    assert (membership.server, membership.unit, membership.commune) == (keys.id, laptop.unit, COMMUNE)


def test_a_bad_request_file_is_refused_with_its_reason(centre_app: Flask, admin: FlaskClient) -> None:
    for data, said in (
        (b"rubbish", "chưa phải đơn"),
        (Laptop().request(demo=True), "thôn giả định"),
        (b"", "Chưa chọn tệp"),
    ):
        status, page, _where = upload(admin, data)
        assert status == 422 and said in page
    assert running_in(centre_app).office.registry.list_devices() == []


def test_what_a_laptop_told_is_shown(centre_app: Flask, admin: FlaskClient) -> None:
    laptop = Laptop(name="Thôn Kể")
    upload(admin, laptop.request())
    page = admin.get(f"/laptops/{laptop.id}").text
    assert "chưa cho biết" in page
    registry = running_in(centre_app).office.registry
    registry.note_contact(laptop.id, Contact(3 * 365 * 86_400_000, "0.1", 12, 30))
    listed, page = admin.get("/laptops").text, admin.get(f"/laptops/{laptop.id}").text
    assert "Còn chờ gửi: 42" in listed and "Đồng hồ sai" in listed
    assert "3 năm" in page and "0.1" in page and ">12<" in page and ">30<" in page


def test_two_laptops_of_one_village_are_told_apart(centre_app: Flask, admin: FlaskClient) -> None:
    first, second, other = Laptop(name="Thôn Một"), Laptop(name="Thôn Một"), Laptop(name="Thôn Ba")
    for laptop in (first, second, other):
        upload(admin, laptop.request())
    page = admin.get("/laptops").text
    shorts = [f"Máy {laptop.id[:4].upper()}" for laptop in (first, second, other)]
    assert [short in page for short in shorts] == [True, True, False]
    assert shorts[0] in admin.get(f"/laptops/{first.id}/revoke").text


def test_locking_out_is_asked_first(centre_app: Flask, admin: FlaskClient) -> None:
    laptop = Laptop(name="Thôn Mất Máy")
    upload(admin, laptop.request())
    asked = admin.get(f"/laptops/{laptop.id}/revoke")
    assert asked.status_code == 200 and "Thôn Mất Máy" in asked.text
    assert not running_in(centre_app).office.registry.is_revoked(laptop.id)
    assert admin.post(f"/laptops/{laptop.id}/revoke").status_code == 303
    assert running_in(centre_app).office.registry.is_revoked(laptop.id)
    assert "Đã khóa" in admin.get("/laptops").text
    assert 'href="/laptops/codes/new"' in admin.get(f"/laptops/{laptop.id}").text
    assert admin.get(f"/laptops/{laptop.id}/answer").status_code == 404
    assert admin.get("/laptops/nobody").status_code == 404


def test_nobody_else_sees_these_pages(centre_app: Flask) -> None:
    stranger = centre_app.test_client()
    for where in ("/laptops", "/laptops/codes/new", "/laptops/requests/new", "/set-aside"):
        assert stranger.get(where).status_code == 302
    assert stranger.post("/laptops/codes/new").status_code == 401


def test_pages_answer_under_the_address_of_the_centre_only(admin: FlaskClient) -> None:
    assert admin.get("/laptops", headers={"Host": "centre.example"}).status_code == 421
    admin.post("/laptops/address", data={"address": "https://centre.example"})
    assert admin.get("/laptops", headers={"Host": "centre.example"}).status_code == 302  # nobody is logged in there
    assert admin.get("/laptops", headers={"Host": "evil.example"}).status_code == 421
    wrong = admin.post("/laptops/address", data={"address": "javascript:alert(1)"})
    assert wrong.status_code == 422 and "javascript" in wrong.text and "0.0.0.0" not in wrong.text


def test_the_centre_shows_its_name_where_it_has_one(centre_app: Flask, admin: FlaskClient) -> None:
    page = admin.get("/laptops").text
    assert re.search(r'class="brand-village">\s*Trung tâm|class="brand-village">\s*The centre', page)
    admin.post("/laptops/address", data={"address": "", "name": "  Thành phố  Thử "})
    assert 'class="brand-village">Thành phố Thử<' in admin.get("/laptops").text
    assert running_in(centre_app).office.enrolling.facts.name == "Thành phố Thử"
    admin.post("/laptops/address", data={"address": "https://centre.example"})
    assert running_in(centre_app).office.name == "Thành phố Thử"
