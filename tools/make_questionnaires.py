"""Writes the questionnaires that come with Collector: as XLSForm to start own ones from, as XForm to be asked.

Run it after changing `QUESTIONNAIRES`, with a new version: python tools/make_questionnaires.py
With `--pictures` it also draws the pictures as PNG for ODK Collect from the SVG that pages show (needs Chromium).
"""

import io
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from pyxform.xls2xform import convert

TARGET = Path(__file__).parents[1] / "collector" / "data" / "questionnaires"
PICTURES = Path(__file__).parents[1] / "collector" / "static" / "questionnaires"
PIXELS, COLOURS = 400, 32
VERSION = "2026.1"
VI, EN = "Tiếng Việt (vi)", "English (en)"
Row = dict[str, Any]


def say(vi: str, en: str, **more: Any) -> Row:
    """Give the label in both languages."""
    return {f"label::{VI}": vi, f"label::{EN}": en, **more}


def hint(vi: str, en: str) -> Row:
    """Give the hint in both languages."""
    return {f"hint::{VI}": vi, f"hint::{EN}": en}


def picture(name: str) -> Row:
    """Give the picture for both languages."""
    return {f"image::{VI}": f"{name}.png", f"image::{EN}": f"{name}.png"}


def choices(name: str, *rows: tuple[str, str, str]) -> list[Row]:
    """Give a list of choices."""
    return [{"list_name": name, "name": value, **say(vi, en)} for value, vi, en in rows]


REFUSED = ("refused", "Không muốn trả lời", "I do not want to answer")
CHOICES = [
    *choices(
        "answer",
        ("yes", "Có", "Yes"),
        ("no", "Không", "No"),
        ("dont_know", "Không nhớ rõ", "I do not remember clearly"),
        REFUSED,
    ),
    *choices("consent", ("yes", "Đồng ý", "I agree"), ("no", "Không muốn trả lời", "I do not want to answer")),
    *choices("sex", ("female", "Nữ", "Female"), ("male", "Nam", "Male"), REFUSED),
    *choices(
        "age",
        ("18_29", "Từ 18 đến 29 tuổi", "18 to 29 years"),
        ("30_44", "Từ 30 đến 44 tuổi", "30 to 44 years"),
        ("45_59", "Từ 45 đến 59 tuổi", "45 to 59 years"),
        ("60_over", "Từ 60 tuổi trở lên", "60 years or older"),
        REFUSED,
    ),
    *choices(
        "ethnic_group",
        ("co_tu", "Cơ Tu", "Cơ Tu"),
        ("xo_dang", "Xơ Đăng", "Xơ Đăng"),
        ("gie_trieng", "Giẻ Triêng", "Giẻ Triêng"),
        ("co", "Co", "Co"),
        ("mnong", "Mnông", "Mnông"),
        ("ta_oi", "Tà Ôi", "Tà Ôi"),
        ("kinh", "Kinh", "Kinh"),
        ("other", "Dân tộc khác", "Another group"),
        REFUSED,
    ),
    *choices(
        "policy",
        ("health_insurance", "Thẻ bảo hiểm y tế", "Health insurance card"),
        ("credit", "Vay vốn ưu đãi", "Loans on easy terms"),
        ("housing", "Nhà ở, đất ở", "Housing and land to live on"),
        ("production", "Đất sản xuất, giống, nghề", "Land to farm, seeds, trades"),
        ("schooling", "Hỗ trợ học sinh, sinh viên", "Support for pupils and students"),
        ("water", "Nước sinh hoạt", "Clean water"),
        ("forest", "Giao rừng, bảo vệ rừng", "Forest care"),
        ("language", "Giữ gìn tiếng nói, văn hóa", "Keeping language and culture"),
        ("other", "Chính sách khác", "Another policy"),
        ("refused", "Không muốn trả lời", "I do not want to answer"),
    ),
]  # fmt: skip

ASKED: dict[str, tuple[str, str, str, str]] = {
    "know": (
        "Gia đình ông (bà) có được biết về dự án này không?",
        "Was your family told about this project?",
        "Ông (bà) có được biết về dự án này không?",
        "Were you told about this project?",
    ),
    "discuss": (
        "Gia đình ông (bà) có được bàn, góp ý kiến về dự án này không?",
        "Could your family discuss this project and give an opinion?",
        "Ông (bà) có được bàn, góp ý kiến về dự án này không?",
        "Could you discuss this project and give an opinion?",
    ),
    "do": (
        "Gia đình ông (bà) có tham gia làm dự án này không?",
        "Did your family take part in doing this project?",
        "Ông (bà) có tham gia làm dự án này không?",
        "Did you take part in doing this project?",
    ),
    "inspect": (
        "Gia đình ông (bà) có được kiểm tra việc thực hiện dự án này không?",
        "Could your family inspect how this project was carried out?",
        "Ông (bà) có được kiểm tra việc thực hiện dự án này không?",
        "Could you inspect how this project was carried out?",
    ),
    "supervise": (
        "Gia đình ông (bà) có được giám sát việc thực hiện dự án này không?",
        "Could your family supervise how this project was carried out?",
        "Ông (bà) có được giám sát việc thực hiện dự án này không?",
        "Could you supervise how this project was carried out?",
    ),
    "benefit": (
        "Gia đình ông (bà) có được thụ hưởng từ dự án này không?",
        "Does your family benefit from this project?",
        "Ông (bà) có được thụ hưởng từ dự án này không?",
        "Do you benefit from this project?",
    ),
}
HINTS: dict[str, tuple[str, str]] = {
    "know": (
        "Ví dụ: nghe họp thôn, nghe loa, xem bảng niêm yết, có người đến nói.",
        "For example: at a meeting, by loudspeaker, on the notice board, told by somebody.",
    ),
    "discuss": (
        "Ví dụ: phát biểu ở cuộc họp, bỏ phiếu, gửi ý kiến.",
        "For example: spoke at a meeting, voted, sent an opinion.",
    ),
    "do": (
        "Ví dụ: góp ngày công, góp đất, góp tiền, nhận làm một phần việc.",
        "For example: gave days of work, land or money, did part of the work.",
    ),
    "inspect": (
        "Ví dụ: đi xem công trình, hỏi về tiền và vật liệu, xem sổ sách.",
        "For example: looked at the works, asked about money and materials, saw the books.",
    ),
    "supervise": (
        "Ví dụ: qua Ban Giám sát đầu tư của cộng đồng, Ban Thanh tra nhân dân, Mặt trận.",
        "For example: through the community's supervision board, the people's inspection board, the Front.",
    ),
    "benefit": (
        "Ví dụ: dùng đường, dùng nước, được hỗ trợ.",
        "For example: uses the road or the water, receives support.",
    ),
}


def make_dimensions(*, household: bool) -> Iterator[Row]:
    """Make the questions of the 90% target."""
    for name, words in ASKED.items():
        vi, en = words[:2] if household else words[2:]
        row = {"type": "select_one answer", "name": name, "dimension": name, "required": "yes"}
        yield {**row, **say(vi, en), **hint(*HINTS[name]), **picture(name), **REQUIRED}


REQUIRED = {
    f"required_message::{VI}": "Chưa chọn. Hãy chọn một ô.",
    f"required_message::{EN}": "Nothing is chosen yet. Please choose one.",
}
ADULTS: Row = {
    "type": "integer",
    "name": "adults",
    "dimension": "adults",
    "required": "yes",
    **say(
        "Hộ ông (bà) có bao nhiêu người từ đủ 18 tuổi trở lên?",
        "How many people of 18 years or older live in your household?",
    ),
    **hint("Tính cả ông (bà).", "Count yourself too."),
    "constraint": ". >= 1 and . <= 40",
    f"constraint_message::{VI}": "Số người chưa đúng. Hãy ghi từ 1 đến 40.",
    f"constraint_message::{EN}": "This number is not right yet. Please enter 1 to 40.",
    f"required_message::{VI}": "Chưa ghi số người. Hãy ghi một số.",
    f"required_message::{EN}": "The number is not filled in yet. Please enter it.",
}


def make_traits() -> Iterator[Row]:
    """Make the questions about the person; nobody has to answer them, the ethnic group has its own consent."""
    yield {
        "type": "select_one sex",
        "name": "sex",
        "dimension": "sex",
        **say("Ông (bà) là nữ hay nam?", "Are you female or male?"),
    }
    yield {
        "type": "select_one age",
        "name": "age_band",
        **say("Ông (bà) ở nhóm tuổi nào?", "To which age group do you belong?"),
    }
    yield {
        "type": "select_one consent",
        "name": "ethnic_consent",
        **say(
            "Ông (bà) có đồng ý cho biết dân tộc của mình không?",
            "Do you agree to say to which ethnic group you belong?",
        ),
        **hint(
            "Không bắt buộc. Chỉ dùng để xem các dân tộc có được tham gia như nhau không; không ghi tên ai.",
            "You do not have to. It only serves to see whether all groups take part alike; no name is recorded.",
        ),
    }
    yield {
        "type": "select_one ethnic_group",
        "name": "ethnic_group",
        "dimension": "ethnic_group",
        "relevant": "${ethnic_consent} = 'yes'",
        **say("Ông (bà) là người dân tộc nào?", "To which ethnic group do you belong?"),
    }


def make_policy() -> Iterator[Row]:
    """Make the questions about policies for minority people (target II.5)."""
    answer = {"type": "select_one answer", "required": "yes", **REQUIRED}
    yield {
        **answer,
        "name": "know",
        "dimension": "know",
        **picture("know"),
        **say(
            "Ông (bà) có biết các chính sách dành cho đồng bào dân tộc thiểu số không?",
            "Do you know the policies made for ethnic minority people?",
        ),
        **hint(
            "Ví dụ: bảo hiểm y tế, vay vốn, nhà ở, học tập, đất sản xuất.",
            "For example: health insurance, loans, housing, schooling, land to farm.",
        ),
    }
    yield {
        "type": "select_multiple policy",
        "name": "policies",
        "relevant": "${know} = 'yes'",
        **say("Ông (bà) biết những chính sách nào?", "Which policies do you know?"),
        **hint("Có thể chọn nhiều ô.", "You can choose several."),
        "constraint": "not(selected(., 'refused') and count-selected(.) > 1)",
        f"constraint_message::{VI}": "Đã chọn “Không muốn trả lời”. Hãy bỏ các ô khác, hoặc bỏ ô đó.",
        f"constraint_message::{EN}": "“I do not want to answer” is chosen. Please untick it or the others.",
    }
    yield {
        **answer,
        "name": "follow",
        "dimension": "do",
        **picture("do"),
        **say(
            "Ông (bà) có thực hiện các chính sách đó không?",
            "Do you follow these policies?",
        ),
        **hint(
            "Ví dụ: làm thẻ bảo hiểm, vay vốn đúng mục đích, cho con đi học, giữ rừng.",
            "For example: use the insurance card, use loans as meant, send children to school, keep the forest.",
        ),
    }


QUESTIONNAIRES: dict[str, tuple[str, list[Row]]] = {
    "participation_household": (
        "Người dân tham gia dự án: đại diện hộ gia đình trả lời",
        [*make_dimensions(household=True), *make_traits()],
    ),
    "participation_adult": (
        "Người dân tham gia dự án: người từ đủ 18 tuổi trả lời",
        [ADULTS, *make_dimensions(household=False), *make_traits()],
    ),
    "policy": (
        "Đồng bào dân tộc thiểu số biết và thực hiện chính sách",
        [ADULTS, *make_policy(), *make_traits()],
    ),
}


def make_workbook(code: str) -> bytes:
    """Make the XLSForm of a questionnaire, the same bytes each time."""
    title, rows = QUESTIONNAIRES[code]
    used = {row["type"].partition(" ")[2] for row in rows}
    book = Workbook()
    book.remove(book.active)
    settings = {"form_title": title, "form_id": f"collector_{code}", "version": VERSION, "default_language": VI}
    for name, lines in (
        ("survey", rows),
        ("choices", [row for row in CHOICES if row["list_name"] in used]),
        ("settings", [settings]),
    ):
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for line in lines for column in line))
        sheet.append(columns)
        for line in lines:
            sheet.append([line.get(column) for column in columns])
    return _without_times(book)


def _without_times(book: Workbook) -> bytes:
    raw, made = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != "docProps/core.xml":
                info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                target.writestr(info, _plain(name, source.read(name)), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _plain(name: str, data: bytes) -> bytes:
    """Leave out the part that says when and by whom, and what names it."""
    if name not in ("[Content_Types].xml", "_rels/.rels"):
        return data
    return re.sub(rb"<(?:Override|Relationship) [^>]*core-properties[^>]*/>", b"", data)


def draw_pictures() -> None:
    """Draw the pictures as PNG with few colours."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": PIXELS, "height": PIXELS})
        for path in sorted(PICTURES.glob("*.svg")):
            drawing = path.read_text(encoding="utf-8").replace('width="320" height="320"', f'width="{PIXELS}"')
            page.set_content(f'<body style="margin:0">{drawing}')
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
            shot.save(TARGET / f"{path.stem}.png", optimize=True)
        browser.close()


def main() -> int:
    """Write all files."""
    TARGET.mkdir(exist_ok=True)
    if "--pictures" in sys.argv:
        draw_pictures()
    for code in QUESTIONNAIRES:
        data = make_workbook(code)
        (TARGET / f"{code}.xlsx").write_bytes(data)
        xform = convert(data, file_type=".xlsx", form_name="data").xform
        (TARGET / f"{code}.xml").write_text(xform, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
