"""Vietnamese words made from values: leading zeros, results and their reasons."""

import pytest

from collector.documents import wording
from collector.documents.content import OptionTally
from collector.documents.errors import InvalidPaper

from .paper_factories import ISSUER, MAJORITY, TWO_THIRDS, make_failed_question, make_question


@pytest.mark.parametrize(
    ("count", "words"), [(0, "00"), (1, "01"), (9, "09"), (10, "10"), (68, "68"), (1200, "1.200"), (None, "…")]
)
def test_numbers_under_ten_take_a_leading_zero(count, words):
    assert wording.say_count(count) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-01-05", "ngày 05 tháng 01 năm 2026"),
        ("2026-02-28", "ngày 28 tháng 02 năm 2026"),
        ("2026-03-09", "ngày 09 tháng 3 năm 2026"),
        ("2026-09-10", "ngày 10 tháng 9 năm 2026"),
        ("2026-12-31", "ngày 31 tháng 12 năm 2026"),
        (None, "ngày … tháng … năm …"),
    ],
)
def test_only_days_under_ten_and_the_first_two_months_take_a_leading_zero(day, words):
    assert wording.say_day(day) == words


def test_moment_is_local_time():
    assert wording.say_moment("2026-03-09T07:05") == "07 giờ 05 phút, ngày 09 tháng 3 năm 2026"
    assert wording.say_moment("2026-03-09T18:00:00+00:00") == "01 giờ 00 phút, ngày 10 tháng 3 năm 2026"


@pytest.mark.parametrize("text", ["9/2/2026", "2026-02-30", "hôm qua"])
def test_day_that_is_none_is_refused(text):
    with pytest.raises(InvalidPaper):
        wording.say_day(text)


def test_number_is_open_while_a_draft():
    assert wording.say_number(None, "BB-TDV") == "Số: …/BB-TDV"
    assert wording.say_number(1, "BB-TDV") == "Số: 01/BB-TDV"
    assert wording.say_number(12, "BB-TDV") == "Số: 12/BB-TDV"


def test_failed_vote_says_why():
    question = make_failed_question()
    assert wording.say_verdict(question, question.options[0]) == (
        "45/68 hộ tán thành, cần ít nhất 46 hộ (từ 2/3 tổng số hộ trở lên): không được thông qua"
    )


def test_vote_of_those_attending_counts_people():
    option = OptionTally(label="Thư ký", for_count=31, against_count=0, needed_count=31, passed=True)
    question = make_question(base="attendees", base_count=60, options=(option,), rule=None)
    assert wording.say_verdict(question, option) == "31/60 người tán thành, cần ít nhất 31 người: được thông qua"


def test_vote_without_threshold_has_no_verdict():
    option = OptionTally(label="Ý kiến", for_count=9, against_count=1)
    question = make_question(options=(option,), rule=None)
    assert wording.say_verdict(question, option) == "9/68 hộ tán thành"


def test_rule_says_its_source_and_that_amendments_were_not_checked():
    assert wording.say_rule(MAJORITY) == (
        "trên 50% tổng số hộ, theo khoản 1 Điều 21 Luật Thực hiện dân chủ ở cơ sở số 10/2022/QH15 "
        "(chưa đối chiếu các lần sửa đổi sau)"
    )
    assert wording.NOT_CHECKED in wording.say_rule(TWO_THIRDS)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(45, 68, "66,18%"), (46, 68, "67,65%"), (68, 68, "100,00%"), (0, 68, "0,00%"), (1, 800, "0,13%"), (1, 0, "-")],
)
def test_share_has_two_decimals_and_a_comma(part, whole, words):
    assert wording.say_share(part, whole) == words


@pytest.mark.parametrize(
    ("village", "post"),
    [
        ("thôn Mẫu", "Trưởng thôn"),
        ("Tổ dân phố số 3", "Tổ trưởng tổ dân phố"),
        ("bản Ví Dụ", "Trưởng bản"),
        ("làng Ví Dụ", "Trưởng làng"),
    ],
)
def test_head_of_the_village_is_named_after_its_kind(village, post):
    issuer = type(ISSUER)(commune_name="xã Ví Dụ", village_name=village, place_name="Ví Dụ")
    assert wording.say_head_post(issuer) == post


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Hội nghị đối thoại về nước sạch", "hội nghị đối thoại về nước sạch"),
        ("cuộc họp của thôn", "cuộc họp của thôn"),
        ("Làm đường vào rẫy", "cuộc họp về: Làm đường vào rẫy"),
    ],
)
def test_meeting_is_named_within_a_sentence(subject, words):
    assert wording.say_event(subject) == words
