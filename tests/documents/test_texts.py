"""What each document says, read from the finished PDF."""

from dataclasses import replace

import pytest

from collector.documents.content import Person, SummaryRow

from .paper_factories import (
    ALL_DOCUMENTS,
    ISSUER,
    make_amendment,
    make_attendance,
    make_failed_question,
    make_invitation,
    make_meeting,
    make_question,
    make_resolution,
    make_rows,
    make_summary,
    make_tally,
)
from .rendered import read_lines, read_pages, read_text, render


@pytest.mark.parametrize("name", [name for name in ALL_DOCUMENTS if name != "blank_sheets"])
def test_head_names_commune_village_and_nation(name):
    text = read_text(render(name, ALL_DOCUMENTS[name]))
    for words in ("UBND XÃ VÍ DỤ", "THÔN MẪU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"):
        assert words in text


def test_minutes_of_a_dialogue_follow_form_1_9():
    text = read_text(render("minutes", make_meeting()))
    wanted = [
        "Số: 01/BB-TDV",
        "BIÊN BẢN",
        "Hội nghị đối thoại về công trình nước sạch và đường vào khu sản xuất",
        "Thời gian bắt đầu: 19 giờ 30 phút, ngày 09 tháng 02 năm 2026.",
        "Địa điểm: Nhà sinh hoạt cộng đồng (Gươl) thôn Mẫu.",
        "Thành phần tham dự:",
        "Chủ trì (chủ tọa): Alăng Văn Chủ, Tổ trưởng Tổ dân vận thôn.",
        "Thư ký (người ghi biên bản): Pơloong Thị Ký",
        "Tổng số hộ gia đình của thôn Mẫu: 68 hộ (theo danh sách hộ gia đình ngày 05 tháng 01 năm 2026).",
        "Số hộ có đại diện tham dự: 55 hộ (đại diện nữ: 31, đại diện nam: 24).",
        "Số hộ không có người đại diện tham dự: 13 hộ.",
        "Tổng số người có mặt: 60 người.",
        "Nội dung (theo diễn biến hội nghị):",
        "Công trình đã xong đường ống chính dài 1.200 m.",
        "II. Ý kiến, kiến nghị (03 ý kiến)",
        "1. Alăng Thị Mẫu 1: Đường vào khu sản xuất",
        "2. Ý kiến không ghi tên người nêu: Đường vào khu sản xuất",
        "hạn trả lời: ngày 24 tháng 02 năm 2026.",
        "Trả lời tại hội nghị: Xã đã ghi nhận và sẽ trả lời bằng văn bản.",
        "Biên bản đã được đọc lại cho mọi người có mặt cùng nghe.",
        "Hội nghị kết thúc vào 21 giờ 05 phút, ngày 09 tháng 02 năm 2026./.",
        "Nơi nhận:",
        "- UBND xã Ví Dụ;",
        "- Lưu: hồ sơ thôn Mẫu.",
    ]
    position = 0
    for words in wanted:
        found = text.find(words, position)
        assert found >= 0, words
        position = found


def test_minutes_of_a_dialogue_have_no_date_line():
    assert "Ví Dụ, ngày" not in read_text(render("minutes", make_meeting()))
    assert "Ví Dụ, ngày 09 tháng 02 năm 2026" in read_text(render("resolution", make_resolution()))


def test_secretary_signs_left_and_chair_right():
    lines = [line for page in read_lines(render("minutes", make_meeting())) for line in page]
    secretary = next(line for line in lines if line.text == "THƯ KÝ")
    chair = next(line for line in lines if line.text == "CHỦ TỌA")
    names = [line for line in lines if line.text in ("Pơloong Thị Ký", "Alăng Văn Chủ")]
    assert secretary.right < chair.left
    assert abs(secretary.top - chair.top) < 0.5
    assert [name.text for name in sorted(names, key=lambda name: name.left)] == ["Pơloong Thị Ký", "Alăng Văn Chủ"]
    assert all(name.top - secretary.bottom > 20 for name in names), "room for the ink"
    for post, name in ((secretary, "Pơloong Thị Ký"), (chair, "Alăng Văn Chủ")):
        below = next(line for line in names if line.text == name)
        assert abs((post.left + post.right) - (below.left + below.right)) / 2 < 1


def test_draft_has_no_number_yet():
    assert "Số: …/BB-TDV" in read_text(render("minutes", make_meeting(number=None), draft=True))


def test_minutes_without_names_leave_room_to_write_them():
    text = read_text(render("minutes", make_meeting(chair=None, secretary=None, ended_local=None)))
    assert "Chủ trì (chủ tọa): ……" in text
    assert "kết thúc vào … giờ … phút, ngày … tháng … năm …" in text


def test_resolution_is_signed_by_the_four_of_the_law():
    text = read_text(render("resolution", make_resolution(secretary=None)))
    for words in (
        "NGHỊ QUYẾT",
        "TRƯỞNG THÔN",
        "TRƯỞNG BAN CÔNG TÁC MẶT TRẬN",
        "Coor Văn Trưởng",
        "Hôih Thị Trận",
        "Tơngôl Văn Một",
        "Ating Thị Hai",
    ):
        assert words in text
    assert text.count("ĐẠI DIỆN HỘ GIA ĐÌNH") == 2
    assert "CHỦ TỌA" not in text
    assert "THƯ KÝ" not in text


def test_chair_and_secretary_sign_a_resolution_only_as_other_people():
    others = make_resolution(chair=Person(name="Alăng Văn Chủ"), secretary=Person(name="Pơloong Thị Ký"))
    text = read_text(render("resolution", others))
    assert "THƯ KÝ CHỦ TỌA" in text
    same = make_resolution(secretary=Person(name=" hôih thị trận "))
    assert "THƯ KÝ" not in read_text(render("resolution", same))


def test_resolution_states_result_reason_source_effect_and_sending():
    text = read_text(render("resolution", make_resolution()))
    for words in (
        "48/68 hộ tán thành, cần ít nhất 46 hộ (từ 2/3 tổng số hộ trở lên): được thông qua.",
        "45/68 hộ tán thành, cần ít nhất 46 hộ (từ 2/3 tổng số hộ trở lên): không được thông qua.",
        "Điều kiện thông qua: từ 2/3 tổng số hộ trở lên, theo khoản 1 Điều 21 Luật Thực hiện dân chủ ở cơ sở số "
        "10/2022/QH15 (chưa đối chiếu các lần sửa đổi sau).",
        "Hình thức: giơ tay biểu quyết, trong phạm vi thôn Mẫu.",
        "- Hộ có đại diện dự họp (trên 50% tổng số hộ): 55/68, cần ít nhất 35: đạt.",
        "Nội dung quyết định: Mỗi hộ đóng góp 05 ngày công, làm trong tháng 3 năm 2026.",
        "Hiệu lực: Quyết định có hiệu lực kể từ khi được thông qua.",
        "Gửi nghị quyết đến UBND xã Ví Dụ chậm nhất ngày 16 tháng 02 năm 2026 "
        "(05 ngày làm việc, chưa trừ ngày nghỉ lễ).",
        "Số phiếu phát ra: 55; số phiếu thu về: 54; số phiếu hợp lệ: 53; số phiếu không hợp lệ: 01.",
        "Coor Văn Trưởng: 36/68 hộ tán thành, cần ít nhất 35 hộ (trên 50% tổng số hộ): được thông qua.",
        "Cụm trên Coor Văn Trưởng 40 20 09 00",
    ):
        assert words in text


def test_meeting_that_carried_nothing_gives_minutes_and_no_resolution():
    text = read_text(render("resolution", make_resolution(questions=(make_failed_question(),))))
    assert "NGHỊ QUYẾT" not in text
    assert "BIÊN BẢN" in text


def test_vote_of_those_attending_makes_no_resolution():
    vote = make_question(base="attendees", base_count=60)
    assert "NGHỊ QUYẾT" not in read_text(render("resolution", make_resolution(questions=(vote,))))


def test_general_invitation_goes_to_all_households():
    text = read_text(render("invitation", make_invitation()))
    for words in (
        "GIẤY MỜI",
        "Kính gửi: Đại diện các hộ gia đình thôn Mẫu",
        "Ví Dụ, ngày 05 tháng 02 năm 2026",
        "Thời gian: 19 giờ 30 phút, ngày 09 tháng 02 năm 2026.",
        "Chủ trì: Alăng Văn Chủ, Tổ trưởng Tổ dân vận thôn.",
        "1. Báo cáo tiến độ công trình nước sạch.",
        "Tài liệu: Bản vẽ công trình gửi kèm.",
        "Liên hệ: Pơloong Thị Ký, điện thoại 0000 000 000.",
        "TỔ TRƯỞNG TỔ DÂN VẬN",
    ):
        assert words in text


def test_invitations_by_household_print_one_copy_each_without_page_numbers():
    households = tuple(f"Hộ ông (bà) Bh'riu Văn Giả {number}" for number in range(1, 4))
    pages = read_pages(render("invitation", make_invitation(addressees=households)))
    assert len(pages) == 3
    for page, household in zip(pages, households, strict=True):
        assert f"Kính gửi: {household}" in page
        assert page.startswith("UBND XÃ VÍ DỤ")


def test_blank_attendance_sheet_names_households_and_nobody_else():
    text = read_text(render("attendance", make_attendance()))
    assert "Ký tên hoặc điểm chỉ" in text
    assert "Bh'riu Văn Giả 68" in text
    assert "Zơrâm Thị Thử" not in text


def test_filled_attendance_sheet_names_who_came():
    text = read_text(render("attendance", make_attendance(is_blank=False)))
    assert "Zơrâm Thị Thử 7, Arất Mẫu 7 (nam)" in text
    assert "Danh sách có 68 hộ; 55 hộ có đại diện tham dự." in text
    assert "điểm chỉ" not in text


def test_minutes_carry_the_list_of_those_attending():
    text = read_text(render("minutes", make_meeting(attendance=make_rows())))
    assert "(Kèm theo biên bản số: 01/BB-TDV)" in text
    assert "Zơrâm Thị Thử 68 Nữ Có mặt" in text


def test_tally_is_signed_by_leader_and_two_witnesses_in_three_copies():
    text = read_text(render("tally", make_tally()))
    assert "Biên bản được lập thành 03 bản" in text
    assert text.count("HỘ CHỨNG KIẾN") == 2
    assert "TỔ TRƯỞNG BAN KIỂM PHIẾU" in text
    assert "36 (52,94%)" in text


@pytest.mark.parametrize(("group_by", "words"), [("topic", "Lĩnh vực"), ("agency", "Cơ quan trả lời")])
def test_summary_groups_opinions_and_counts_states(group_by, words):
    text = read_text(render("opinion_summary", make_summary(group_by=group_by)))
    assert f"{words}: " in text
    assert "Tổng số ý kiến, kiến nghị: 12." in text
    assert "quá hạn: 03." in text
    assert "Từ ngày 15 tháng 12 năm 2025 đến ngày 14 tháng 6 năm 2026" in text
    assert "Chờ trả lời, quá hạn" in text


def test_summary_puts_opinions_without_a_field_last():
    rows = (SummaryRow(number=1, text="a", state="new"), SummaryRow(number=2, text="b", state="new", topic="điện"))
    text = read_text(render("opinion_summary", make_summary(rows=rows)))
    assert text.index("Lĩnh vực: điện") < text.index("Lĩnh vực: chưa xếp lĩnh vực")


def test_amendment_names_the_paper_it_amends_by_hash():
    text = read_text(render("amendment", make_amendment()))
    assert "BẢN BỔ SUNG" in text
    assert "Biên bản số 01/BB-TDV ngày 09 tháng 02 năm 2026." in text
    assert f"SHA-256: {make_meeting().sha256}" in text
    assert "Khi họp chưa ghi đủ ý kiến" in text


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_invented_village_is_marked_on_every_page(name):
    pages = read_pages(render(name, replace(ALL_DOCUMENTS[name], is_demo=True)))
    assert all("DỮ LIỆU GIẢ ĐỊNH" in page for page in pages)
    assert "GIẢ ĐỊNH" not in read_text(render(name, ALL_DOCUMENTS[name]))


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_draft_is_marked_on_every_page(name):
    pages = read_pages(render(name, ALL_DOCUMENTS[name], draft=True))
    marked = ["BẢN NHÁP".replace(" ", "") in page.replace(" ", "") for page in pages]
    assert all(marked), marked
    assert "NHÁP" not in read_text(render(name, ALL_DOCUMENTS[name]))


def test_another_issuer_stands_in_the_head():
    paper = make_meeting(issuer=replace(ISSUER, issuer_name="Tổ dân vận thôn Mẫu"))
    assert "TỔ DÂN VẬN THÔN MẪU" in read_text(render("minutes", paper))


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        ((), "Nơi nhận: - Lưu: hồ sơ thôn Mẫu."),
        (("uBND xã", "Lưu: hồ sơ thôn"), "Nơi nhận: - UBND xã; - Lưu: hồ sơ thôn."),
        (("Lưu: VT.", "UBND xã;"), "Nơi nhận: - UBND xã; - Lưu: VT."),
    ],
)
def test_recipients_end_with_one_file_of_the_village(recipients, words):
    text = read_text(render("minutes", make_meeting(recipients=recipients)))
    assert words in text
    assert text.count("Lưu:") == 1
