"""Papers of an invented village, each with everything that it can print; changes are given by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collector.documents.content import (
    AgendaItem,
    AmendmentPaper,
    AttendanceRow,
    AttendanceSheet,
    BallotCount,
    BlankSheet,
    BlankSheets,
    ClusterTally,
    Condition,
    CountingBoard,
    InvitationPaper,
    Issuer,
    MeetingPaper,
    OpinionEntry,
    OpinionSummary,
    OptionTally,
    Paper,
    PaperChoice,
    PaperQuestion,
    Person,
    QuestionEntry,
    Representative,
    ResultFact,
    ResultLine,
    ResultRow,
    ResultSection,
    ResultsPaper,
    ResultTable,
    Rule,
    Sending,
    SummaryRow,
    TallyPaper,
    Turnout,
    VisitList,
    VisitRow,
)

ISSUER = Issuer(commune_name="xã Ví Dụ", village_name="thôn Mẫu", place_name="Ví Dụ")
SNAPSHOT_ID = "0197f3a2-77aa-7bbb-8ccc-0123456789ab"
TURNOUT = Turnout(
    households_total=68,
    register_on="2026-01-05",
    households_represented=55,
    households_not_represented=13,
    women_representatives=31,
    men_representatives=24,
    people_present=60,
)
TWO_THIRDS = Rule(
    words="từ 2/3 tổng số hộ trở lên",
    source="khoản 1 Điều 21 Luật Thực hiện dân chủ ở cơ sở số 10/2022/QH15",
)
MAJORITY = Rule(
    words="trên 50% tổng số hộ",
    source="khoản 1 Điều 21 Luật Thực hiện dân chủ ở cơ sở số 10/2022/QH15",
)
LONG = (
    "Đường vào khu sản xuất bị sạt lở từ mùa mưa năm trước, xe không vào được, bà con phải gùi lúa và keo ra đến "
    "đường lớn; đề nghị xã cho biết khi nào sửa, ai làm, lấy tiền ở đâu và người dân đóng góp thế nào, để thôn họp "
    "bàn trước khi vào vụ."
)


def make_opinions(count: int = 3, text: str = LONG) -> tuple[OpinionEntry, ...]:
    return tuple(
        OpinionEntry(
            number=number,
            text=text,
            speaker_name=None if number % 3 == 2 else f"Alăng Thị Mẫu {number}",
            topic="giao thông",
            programme="Chương trình nước sạch (ví dụ)",
            agency="UBND xã Ví Dụ",
            answer="Xã đã ghi nhận và sẽ trả lời bằng văn bản" if number % 2 else None,
            due_on="2026-02-24",
        )
        for number in range(1, count + 1)
    )


def make_rows(count: int = 68) -> tuple[AttendanceRow, ...]:
    return tuple(
        AttendanceRow(
            household_number=str(number),
            head_name=f"Bh'riu Văn Giả {number}",
            is_present=number % 5 != 0,
            representative=None if number % 5 == 0 else Representative(name=f"Zơrâm Thị Thử {number}", sex="female"),
            further=(Representative(name=f"Arất Mẫu {number}", sex="male"),) if number % 7 == 0 else (),
        )
        for number in range(1, count + 1)
    )


def make_question(**changes: Any) -> QuestionEntry:
    question = QuestionEntry(
        position=1,
        text="Mỗi hộ đóng góp 05 ngày công làm đường bê tông vào khu sản xuất",
        form="hands",
        base_count=68,
        matter_code=1,
        matter_words="đóng góp xây dựng công trình của thôn",
        options=(
            OptionTally(
                label="Đóng góp 05 ngày công",
                for_count=48,
                against_count=5,
                other_count=2,
                needed_count=46,
                passed=True,
            ),
        ),
        rule=TWO_THIRDS,
        decision="Mỗi hộ đóng góp 05 ngày công, làm trong tháng 3 năm 2026",
        effects=("quyết định có hiệu lực kể từ khi được thông qua",),
        sendings=(
            Sending(
                what="nghị quyết",
                receiver="UBND xã Ví Dụ",
                due_on="2026-02-16",
                note="05 ngày làm việc, chưa trừ ngày nghỉ lễ",
            ),
        ),
    )
    return replace(question, **changes)


def make_failed_question(**changes: Any) -> QuestionEntry:
    option = OptionTally(
        label="Thu 50.000 đồng mỗi hộ", for_count=45, against_count=8, other_count=2, needed_count=46, passed=False
    )
    return make_question(
        position=2, text="Thu quỹ thắp sáng đường thôn", options=(option,), decision="", effects=(), **changes
    )


def make_meeting(**changes: Any) -> MeetingPaper:
    meeting = MeetingPaper(
        issuer=ISSUER,
        kind="dialogue",
        number=1,
        number_suffix="BB-TDV",
        subject="hội nghị đối thoại về công trình nước sạch và đường vào khu sản xuất",
        place="Nhà sinh hoạt cộng đồng (Gươl) thôn Mẫu",
        started_local="2026-02-09T19:30",
        ended_local="2026-02-09T21:05",
        issued_on="2026-02-09",
        turnout=TURNOUT,
        chair=Person(name="Alăng Văn Chủ", post="Tổ trưởng Tổ dân vận thôn"),
        secretary=Person(name="Pơloong Thị Ký", post="thành viên Tổ dân vận thôn"),
        village_head_name="Coor Văn Trưởng",
        front_head_name="Hôih Thị Trận",
        household_signer_names=("Tơngôl Văn Một", "Ating Thị Hai"),
        guests=(
            Person(name="Nguyễn Văn Khách", post="Phó Chủ tịch UBND xã Ví Dụ"),
            Person(name="Briu Thị Đại", post="Chủ tịch Hội Liên hiệp Phụ nữ xã Ví Dụ"),
        ),
        programmes=("Chương trình nước sạch (ví dụ)", "Đường bê tông vào khu sản xuất (ví dụ)"),
        agenda=(
            AgendaItem(
                position=1,
                title="Báo cáo tiến độ công trình nước sạch",
                presenter="Nguyễn Văn Khách",
                notes="Công trình đã xong đường ống chính dài 1.200 m.\nCòn 09 hộ ở cuối thôn chưa có nước.",
            ),
            AgendaItem(position=2, title="Bàn việc làm đường vào khu sản xuất", notes=LONG),
        ),
        opinions=make_opinions(),
        conclusion="Ghi nhận các ý kiến của bà con, chuyển cơ quan có trách nhiệm trả lời.",
        was_read_aloud=True,
        recipients=("UBND xã Ví Dụ", "Ban Thường trực Ủy ban MTTQ Việt Nam xã Ví Dụ"),
    )
    return replace(meeting, **changes)


def make_resolution(**changes: Any) -> MeetingPaper:
    return make_meeting(
        **{
            "kind": "community",
            "number_suffix": "NQ-CĐDC",
            "subject": "cuộc họp của cộng đồng dân cư về đóng góp làm đường vào khu sản xuất",
            "chair": Person(name="Coor Văn Trưởng", post="Trưởng thôn"),
            "questions": (make_question(), make_failed_question(), make_convention_question(), make_ballot_question()),
            "counting_board": CountingBoard(
                leader_name="Rapát Thị Đếm", member_names=("Alăng Văn Phiếu", "Bling Thị Ghi")
            ),
            "witness_names": ("Tơngôl Văn Một", "Ating Thị Hai"),
        }
        | changes
    )


def make_convention_question() -> QuestionEntry:
    return make_question(
        position=3,
        text="Thông qua hương ước của thôn",
        matter_code=3,
        matter_words="nội dung hương ước",
        rule=replace(MAJORITY, source="Điều 10 Nghị định số 61/2023/NĐ-CP"),
        options=(OptionTally(label="Hương ước", for_count=40, against_count=15, needed_count=35, passed=True),),
        conditions=(
            Condition(
                words="hộ có đại diện dự họp (trên 50% tổng số hộ)",
                actual_count=55,
                base_count=68,
                needed_count=35,
                is_met=True,
            ),
            Condition(
                words="hộ tán thành (trên 50% tổng số hộ)", actual_count=40, base_count=68, needed_count=35, is_met=True
            ),
        ),
        effects=("hương ước có hiệu lực khi được UBND xã công nhận",),
    )


def make_ballot_question(**changes: Any) -> QuestionEntry:
    return make_question(
        **{
            "position": 4,
            "text": "Bầu Trưởng thôn nhiệm kỳ 2026 - 2028",
            "form": "secret_ballot",
            "matter_code": 4,
            "matter_words": "bầu Trưởng thôn",
            "rule": MAJORITY,
            "options": (
                OptionTally(label="Coor Văn Trưởng", for_count=36, against_count=17, needed_count=35, passed=True),
                OptionTally(label="Avô Văn Khác", for_count=17, against_count=36, needed_count=35, passed=False),
            ),
            "ballots": BallotCount(issued_count=55, collected_count=54, valid_count=53, invalid_count=1),
            "clusters": (
                ClusterTally(
                    cluster_name="Cụm trên",
                    option_label="Coor Văn Trưởng",
                    households_count=40,
                    for_count=20,
                    against_count=9,
                ),
                ClusterTally(
                    cluster_name="Cụm dưới",
                    option_label="Coor Văn Trưởng",
                    households_count=28,
                    for_count=16,
                    against_count=8,
                ),
            ),
            "decision": "",
            "effects": ("kết quả có hiệu lực khi được UBND xã công nhận",),
        }
        | changes
    )


def make_invitation(**changes: Any) -> InvitationPaper:
    invitation = InvitationPaper(
        issuer=ISSUER,
        number=3,
        number_suffix="GM-TDV",
        subject="hội nghị đối thoại về công trình nước sạch",
        place="Nhà sinh hoạt cộng đồng (Gươl) thôn Mẫu",
        starts_local="2026-02-09T19:30",
        issued_on="2026-02-05",
        convener=Person(name="Alăng Văn Chủ", post="Tổ trưởng Tổ dân vận"),
        chair=Person(name="Alăng Văn Chủ", post="Tổ trưởng Tổ dân vận thôn"),
        delegates=(Person(name="Nguyễn Văn Khách", post="Phó Chủ tịch UBND xã Ví Dụ"),),
        agenda=("Báo cáo tiến độ công trình nước sạch", "Lấy ý kiến về việc làm đường"),
        bring=("bản vẽ công trình gửi kèm",),
        contact="Pơloong Thị Ký, điện thoại 0000 000 000",
        recipients=("các hộ gia đình thôn Mẫu",),
    )
    return replace(invitation, **changes)


def make_attendance(**changes: Any) -> AttendanceSheet:
    sheet = AttendanceSheet(
        issuer=ISSUER,
        subject="hội nghị đối thoại về công trình nước sạch",
        place="Nhà sinh hoạt cộng đồng (Gươl) thôn Mẫu",
        started_local="2026-02-09T19:30",
        turnout=TURNOUT,
        rows=make_rows(),
        secretary_name="Pơloong Thị Ký",
    )
    return replace(sheet, **changes)


def make_tally(**changes: Any) -> TallyPaper:
    tally = TallyPaper(
        issuer=ISSUER,
        subject="bầu Trưởng thôn nhiệm kỳ 2026 - 2028",
        place="Nhà sinh hoạt cộng đồng (Gươl) thôn Mẫu",
        started_local="2026-02-09T20:10",
        ended_local="2026-02-09T20:45",
        turnout=TURNOUT,
        question=make_ballot_question(),
        counting_board=CountingBoard(leader_name="Rapát Thị Đếm", member_names=("Alăng Văn Phiếu", "Bling Thị Ghi")),
        witness_names=("Tơngôl Văn Một", "Ating Thị Hai"),
    )
    return replace(tally, **changes)


def make_summary(count: int = 12, **changes: Any) -> OpinionSummary:
    states = ("new", "forwarded", "waiting", "replied", "told")
    rows = tuple(
        SummaryRow(
            number=number,
            text=LONG,
            state=states[number % 5],
            meeting_on="2026-02-09",
            topic=("giao thông", "nước sạch", None)[number % 3],
            agency=("UBND xã Ví Dụ", "Công ty thủy lợi (ví dụ)")[number % 2],
            due_on="2026-02-24",
            is_overdue=number % 5 == 2,
            reply="Sẽ sửa trong quý II năm 2026." if number % 5 in (3, 4) else None,
            replied_on="2026-02-20" if number % 5 in (3, 4) else None,
            told_on="2026-02-22" if number % 5 == 4 else None,
        )
        for number in range(1, count + 1)
    )
    summary = OpinionSummary(
        issuer=ISSUER,
        issued_on="2026-06-14",
        number=2,
        rows=rows,
        period_from_on="2025-12-15",
        period_to_on="2026-06-14",
        signer=Person(name="Alăng Văn Chủ", post="Tổ trưởng Tổ dân vận"),
        recipients=("UBND xã Ví Dụ",),
    )
    return replace(summary, **changes)


def make_amendment(**changes: Any) -> AmendmentPaper:
    amendment = AmendmentPaper(
        issuer=ISSUER,
        issued_on="2026-02-12",
        number=1,
        number_suffix="BS-TDV",
        amended_title="Biên bản số 01/BB-TDV",
        amended_on="2026-02-09",
        amended_sha256=make_meeting().sha256,
        amended_snapshot_id=SNAPSHOT_ID,
        reason="Khi họp chưa ghi đủ ý kiến của các hộ ở cuối thôn.",
        text="Bổ sung ý kiến số 04 về 09 hộ chưa có nước.\n" + LONG,
        signers=(Person(name="Pơloong Thị Ký", post="Thư ký"), Person(name="Alăng Văn Chủ", post="Chủ tọa")),
        recipients=("UBND xã Ví Dụ",),
    )
    return replace(amendment, **changes)


def make_result_section(**changes: Any) -> ResultSection:
    figures = {"know": "93% (ước từ 87 đến 97)", "discuss": "78% (ước từ 70 đến 84)", "do": "Ít nhất 95%"}
    estimated = {"share": 9300, "low": 8700, "high": 9700}
    sentence = "Trong 100 hộ, ước từ 87 đến 97 hộ trả lời Có. Chưa đủ căn cứ để nói đạt 90%. Hỏi thêm ít nhất 12 hộ."
    lines = [
        ResultLine(name="Biết", sentence=sentence, verdict="Chưa đủ căn cứ", figure=figures["know"], answered="95",
                   asked="60", sheets="58", yes="56", **estimated),
        ResultLine(name="Bàn", sentence="Trong 68 hộ, 50 hộ trả lời Có, 8 hộ chưa được hỏi: chắc chắn từ 50 đến 58 hộ.",
                   verdict="Chưa đạt", figure=figures["discuss"], asked="60", sheets="58", yes="50",
                   share=8300, low=7350, high=8530, is_certain=True),
        ResultLine(name="Có đủ cả hai", sentence="Ẩn vì quá ít người.", figure="Ẩn vì quá ít người"),
    ]  # fmt: skip
    rows = (
        ResultRow(name="Nữ", sheets="35", figures=("93%", "78%", "70%")),
        ResultRow(name="Nam", sheets="", figures=("Ẩn vì quá ít người",) * 3),
    )
    section = ResultSection(
        title="Khảo sát đường vào khu sản xuất",
        target=9000,
        programme="Chương trình nước sạch (ví dụ)",
        verdict="Chưa đạt",
        facts=(ResultFact(label="Tổng số hộ theo danh sách", value="68"), ResultFact(label="Số phiếu", value="58")),
        lines=tuple(lines),
        tables=(ResultTable(title="Theo giới tính", columns=("Biết", "Bàn", "Có đủ cả hai"), rows=rows),),
        change_note="Không so sánh được với đợt trước: phiếu hỏi khác nhau.",
        changes=(ResultFact(label="Biết", value="Đã tăng 5 điểm phần trăm (ước từ 1 đến 9)."),),
        method=("Chỉ trả lời Có mới tính là Có.", "Số liệu về quá ít người được ẩn."),
    )
    return replace(section, **changes)


def make_results(count: int = 1, **changes: Any) -> ResultsPaper:
    paper = ResultsPaper(
        issuer=ISSUER,
        issued_on="2026-02-09",
        sections=tuple(make_result_section(title=f"Khảo sát đợt {place}") for place in range(1, count + 1)),
        subject="Khảo sát đường vào khu sản xuất",
        recipients=("UBND xã Ví Dụ",),
    )
    return replace(paper, **changes)


def make_visits(count=45, **changes):
    """The households of a round, with the places of the adults to ask."""
    rows = tuple(
        VisitRow(
            household_number=str(place),
            head_name=f"Zơrâm Văn Mẫu {place}",
            cluster=f"Tổ {place % 3 + 1}",
            adult_places=tuple((place * 7) % adults + 1 for adults in range(2, 13)),
        )
        for place in range(1, count + 1)
    )
    visits = VisitList(
        issuer=ISSUER, subject="khảo sát đường vào thôn", issued_on="2026-02-09", rows=rows, first_on="2026-02-10",
        last_on="2026-03-10", asker_names=("Bling Thị Pơi",),
    )  # fmt: skip
    return replace(visits, **changes)


ANSWERS = ("Có", "Không", "Không nhớ rõ", "Không muốn trả lời")


def make_blank_sheets(count=2, **changes):
    """Blank sheets with a question of every form."""
    four = tuple(PaperChoice(digit=str(place), words=words) for place, words in enumerate(ANSWERS, start=1))
    two = (PaperChoice(digit="1", words="Nữ"), PaperChoice(digit="2", words="Nam"))
    boxes = (PaperChoice(digit="", words="Vay vốn"), PaperChoice(digit="", words="Nhà ở"))
    questions = (
        PaperQuestion(number=1, text="Có được biết về dự án này không?", form="answer", choices=four, hint="Ví dụ"),
        PaperQuestion(number=2, text="Có được bàn về dự án này không?", form="answer", choices=four),
        PaperQuestion(number=3, text="Hộ có bao nhiêu người?", form="line"),
        PaperQuestion(number=4, text="Là nữ hay nam?", form="choices", choices=two, condition="chỉ khi câu 1 là “Có”"),
        PaperQuestion(number=5, text="Những chính sách nào?", form="boxes", choices=boxes),
    )
    numbers = range(1, count + 1)
    sheets = tuple(BlankSheet(number=number, withdrawal_code=f"ABCD-EFGH-JK{number:02d}") for number in numbers)
    paper = BlankSheets(
        issuer=ISSUER, round_id="01900000-0000-7000-8000-000000000001", subject="khảo sát đường vào thôn",
        issued_on="2026-02-09", questions=questions, sheets=sheets, keep_until_on="2028-02-09",
    )  # fmt: skip
    return replace(paper, **changes)


ALL_DOCUMENTS: dict[str, Paper] = {
    "invitation": make_invitation(),
    "attendance": make_attendance(),
    "minutes": make_meeting(attendance=make_rows()),
    "resolution": make_resolution(),
    "tally": make_tally(),
    "opinion_summary": make_summary(),
    "results": make_results(),
    "amendment": make_amendment(),
    "visits": make_visits(),
    "blank_sheets": make_blank_sheets(),
}
