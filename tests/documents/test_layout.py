"""How papers lie on the page after Decree 30/2020/NĐ-CP, annex I, measured on the rendered page."""

from dataclasses import replace

import pytest
import segno

from collector.documents.qr import make_qr_text

from .paper_factories import (
    ALL_DOCUMENTS,
    LONG,
    SNAPSHOT_ID,
    make_attendance,
    make_meeting,
    make_opinions,
    make_question,
    make_resolution,
    make_rows,
    make_summary,
)
from .rendered import (
    PIXELS_PER_MM,
    draw_page,
    list_rules,
    measure_ink,
    read_lines,
    read_pages,
    render,
)

UPRIGHT = [name for name in ALL_DOCUMENTS if name not in ("opinion_summary", "visits", "blank_sheets")]
HEADINGS = (
    "Thành phần tham dự:",
    "Nội dung (theo",
    "Nội dung 1:",
    "Nội dung 2:",
    "Vấn đề ",
    "I. ",
    "II. ",
    "III. ",
    "IV. ",
)
POINT = 25.4 / 72


def sample(lengths, step):
    """Give all lengths: every `step`-th for the usual run, the others for the exhaustive one."""
    return [
        length if place % step == 1 else pytest.param(length, marks=pytest.mark.slow)
        for place, length in enumerate(lengths)
    ]



@pytest.mark.parametrize("name", UPRIGHT)
def test_ink_keeps_the_margins_on_every_page(name):
    pdf = render(name, ALL_DOCUMENTS[name])
    pages = len(read_pages(pdf))
    widest = 0.0
    for number in range(1, pages + 1):
        image = draw_page(pdf, number)
        left, top, right, bottom = measure_ink(image, from_mm=0 if number == 1 else 20)
        assert image.size == pytest.approx((2100, 2970), abs=1)
        assert 30 <= left <= 35
        assert 210 - right >= 15
        assert 20 <= top <= 26
        assert 297 - bottom >= 20
        widest = max(widest, right)
    assert 210 - widest <= 20


def test_body_fills_the_height_between_the_margins():
    pdf = render("minutes", make_meeting(opinions=make_opinions(30)))
    _, top, _, bottom = measure_ink(draw_page(pdf, 3), from_mm=20)
    assert 20 <= top <= 26
    assert 20 <= 297 - bottom <= 35


def test_page_number_is_centred_in_the_top_margin_from_the_second_page():
    pdf = render("minutes", make_meeting(opinions=make_opinions(30)))
    for number, lines in enumerate(read_lines(pdf), start=1):
        in_margin = [line for line in lines if line.bottom < 20]
        if number == 1:
            assert in_margin == []
            continue
        (page_number,) = in_margin
        assert page_number.text == str(number)
        assert abs((page_number.left + page_number.right) / 2 - (32 + 193) / 2) < 1
        assert page_number.top > 4


def _line(lines, text):
    return next(line for line in lines if line.text == text)


def test_motto_has_a_rule_of_its_full_length():
    pdf = render("minutes", make_meeting())
    motto = _line(read_lines(pdf)[0], "Độc lập - Tự do - Hạnh phúc")
    rules = list_rules(draw_page(pdf, 1), longer_than_mm=8)
    height, left, right = next(rule for rule in rules if rule[1] > 90)
    assert abs(height - motto.bottom) < 2.5
    assert abs(left - motto.left) < 0.6
    assert abs(right - motto.right) < 0.6


@pytest.mark.parametrize("text", ["THÔN MẪU", "BIÊN BẢN"])
def test_issuer_and_subject_have_a_short_rule(text):
    pdf = render("minutes", make_meeting(subject="hội nghị về nước sạch"))
    lines = read_lines(pdf)[0]
    above = _line(lines, text if text != "BIÊN BẢN" else "Hội nghị về nước sạch")
    rules = list_rules(draw_page(pdf, 1), longer_than_mm=5)
    rule = next(rule for rule in rules if abs(rule[0] - above.bottom) < 3 and above.left < rule[1] < above.right)
    share = (rule[2] - rule[1]) / (above.right - above.left)
    assert 1 / 3 <= share <= 1 / 2
    assert abs((rule[1] + rule[2]) - (above.left + above.right)) / 2 < 0.6


def test_sizes_of_type(pdf_sizes):
    assert pdf_sizes["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"] == 13
    assert pdf_sizes["Độc lập - Tự do - Hạnh phúc"] == 14
    assert pdf_sizes["UBND XÃ VÍ DỤ"] == 13
    assert pdf_sizes["THÔN MẪU"] == 13
    assert pdf_sizes["Số: 01/BB-TDV"] == 13
    assert pdf_sizes["BIÊN BẢN"] == 14
    assert pdf_sizes["Thành phần tham dự:"] == 14
    assert pdf_sizes["THƯ KÝ"] == 14
    assert pdf_sizes["Alăng Văn Chủ"] == 14
    assert pdf_sizes["Nơi nhận:"] == 12
    assert pdf_sizes["- UBND xã Ví Dụ;"] == 11


@pytest.fixture
def pdf_sizes():
    import io

    import pypdf

    sizes = {}

    def visit(text, matrix, text_matrix, font, size):
        if text.strip():
            sizes[" ".join(text.split())] = round(size * abs(matrix[0]) * abs(text_matrix[0]), 1)

    reader = pypdf.PdfReader(io.BytesIO(render("minutes", make_meeting())))
    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    return sizes


def test_paragraphs_are_indented_spaced_and_justified():
    pdf = render("minutes", make_meeting(opinions=make_opinions(1)))
    lines = [line for page in read_lines(pdf) for line in page]
    first = next(index for index, line in enumerate(lines) if line.text.startswith("1. Alăng Thị Mẫu 1:"))
    paragraph, following = lines[first : first + 4], lines[first + 4]
    assert abs(paragraph[0].left - (32 + 12.7)) < 0.3
    assert all(abs(line.left - 32) < 0.3 for line in paragraph[1:])
    assert all(abs(line.right - 193) < 0.5 for line in paragraph[:-1])
    single = 14 * POINT * 1.149
    pitch = paragraph[1].top - paragraph[0].top
    assert single <= pitch + 0.05
    assert pitch <= 1.5 * single
    assert following.top - paragraph[3].top >= 14 * POINT * 1.3 + 6 * POINT - 0.6


def _closing_page(pdf):
    return next(lines for lines in read_lines(pdf) if any(line.text == "CHỦ TỌA" for line in lines))


@pytest.mark.parametrize("extra", sample(range(0, 34), 6))
def test_signatures_never_stand_alone_on_a_page(extra):
    notes = "\n".join(f"Dòng ghi thứ {number}." for number in range(extra))
    agenda = (make_meeting().agenda[0].__class__(position=1, title="Báo cáo", notes=notes),)
    paper = make_meeting(agenda=agenda, opinions=make_opinions(1), conclusion="", was_read_aloud=False)
    lines = [line for line in _closing_page(render("minutes", paper)) if line.top > 20]
    above = [line for line in lines if line.bottom < _line(lines, "CHỦ TỌA").top + 1]
    assert len(above) >= 2, [line.text for line in above]
    assert _line(lines, "Alăng Văn Chủ").top > _line(lines, "CHỦ TỌA").bottom + 20, "posts and names on one page"


@pytest.mark.parametrize("extra", sample(range(0, 18), 5))
def test_headings_never_end_a_page(extra):
    notes = "\n".join(f"Dòng ghi thứ {number}." for number in range(extra))
    agenda = (
        make_meeting().agenda[0].__class__(position=1, title="Báo cáo", notes=notes),
        make_meeting().agenda[0].__class__(position=2, title="Bàn việc", notes=LONG),
    )
    questions = (make_question(), make_question(position=2), make_question(position=3))
    for lines in read_lines(render("resolution", make_resolution(agenda=agenda, questions=questions))):
        last = [line for line in lines if line.top > 20][-1]
        assert not last.text.startswith(HEADINGS), last.text


def test_long_meeting_breaks_well():
    pdf = render("minutes", make_meeting(attendance=make_rows(200), opinions=make_opinions(100, LONG * 3)))
    pages = read_lines(pdf)
    text = " ".join(line.text for page in pages for line in page)
    assert all(f"Bh'riu Văn Giả {number} " in text + " " for number in range(1, 201))
    assert "100. Alăng Thị Mẫu 100:" in text
    annex = [page for page in pages if any(line.text.startswith("Bh'riu Văn Giả") for line in page)]
    assert len(annex) >= 5
    for page in annex:
        assert any("chủ hộ" in line.text for line in page), "the table's head repeats"
    for page in pages:
        assert not [line for line in page if line.top > 20][-1].text.startswith(HEADINGS)
    assert len([line for line in _closing_page(pdf) if line.top > 20]) > 6


def test_words_without_end_stay_inside_the_margins():
    paper = make_meeting(place="W" * 400, subject="x" * 200, opinions=make_opinions(1, "y" * 3000))
    lines = [line for page in read_lines(render("minutes", paper)) for line in page]
    assert max(line.right for line in lines) < 195
    assert sum(line.text.count("y") for line in lines) >= 3000


def test_rows_stay_whole():
    rows = tuple(
        row.__class__(household_number=row.household_number, head_name=f"{row.head_name} {LONG[:150]} cuối hàng")
        for row in make_rows(60)
    )
    pdf = render("attendance", make_attendance(rows=rows, is_blank=False))
    for number, page in enumerate(read_pages(pdf), start=1):
        assert page.count("Bh'riu Văn Giả") == page.count("cuối hàng"), number


@pytest.mark.parametrize("count", sample(range(24, 34), 4))
def test_code_after_the_annex_is_never_alone_on_a_page(count):
    pages = read_pages(render("minutes", make_meeting(attendance=make_rows(count))))
    assert "Mã bản in: 0197f3a2-77aa" in pages[-1]
    assert "Bh'riu Văn Giả" in pages[-1]


@pytest.mark.parametrize("length", sample(range(40, 400, 40), 4))
def test_group_heads_of_a_summary_stay_with_their_rows(length):
    rows = tuple(replace(row, text=LONG[:length] * 2, topic=f"lĩnh vực {row.number}") for row in make_summary(14).rows)
    for page in read_pages(render("opinion_summary", make_summary(rows=rows))):
        assert not page.endswith("ý kiến)")


def test_summary_lies_across_and_keeps_the_margins():
    pdf = render("opinion_summary", make_summary(6))
    image = draw_page(pdf, 1)
    left, top, right, bottom = measure_ink(image, to_mm=210)
    assert image.size == pytest.approx((2970, 2100), abs=1)
    assert 30 <= left <= 35
    assert 15 <= 297 - right <= 20
    assert top >= 20
    assert 210 - bottom >= 20


def test_code_is_printed_true_and_clear_of_the_signatures():
    paper = make_meeting()
    pdf = render("minutes", paper)
    pages = read_lines(pdf)
    label = next(line for line in pages[-1] if line.text.startswith("Mã bản in:"))
    name = next(line for line in pages[-1] if line.text == "Alăng Văn Chủ")
    image = draw_page(pdf, len(pages))
    code = segno.make_qr(make_qr_text(SNAPSHOT_ID, paper.sha256), error="m")
    matrix = list(code.matrix)
    image_part = image.crop((int(130 * PIXELS_PER_MM), 0, int((label.left - 1) * PIXELS_PER_MM), image.height))
    left, top, right, _ = measure_ink(image_part, from_mm=name.bottom + 1)
    assert abs((right - left) - 22 * len(matrix) / (len(matrix) + 4)) < 0.4
    assert top - name.bottom > 3
    module = (right - left) / len(matrix)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            place = (int((left + (x + 0.5) * module) * 10), int((top + (y + 0.5) * module) * 10))
            assert (image_part.getpixel(place) < 128) == bool(dark), (x, y)
