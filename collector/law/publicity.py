"""What a commune must make public and in which forms, as lists of words and requirements.

The fourteen items are those of Law 10/2022/QH15, article 11, the ten forms those of article 12.1, the durations those
of article 13.2 and 13.3. The Vietnamese wording is short, for lists and tables, and not the full text of the law. No
record is judged here: see `disclosure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collector.law.errors import UnknownForm, UnknownItem
from collector.words import N_

POSTING: Final = "posting"
LOUDSPEAKER: Final = "loudspeaker"

PUBLISH_WITHIN_WORKING_DAYS: Final = 5
PUBLISH_SOURCE: Final = "Luật số 10/2022/QH15, Điều 12 khoản 3"


@dataclass(frozen=True, slots=True)
class Item:
    """One of the fourteen items: words for the screen (English source) and for print (Vietnamese)."""

    code: str
    words: str
    print_vi: str


@dataclass(frozen=True, slots=True)
class Form:
    """One of the ten forms in which an item is made public."""

    code: str
    words: str
    print_vi: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """How long an item must be posted and read out; None: no duration is set by the law."""

    posted_days: int | None
    is_permanent: bool
    loudspeaker_days: int | None
    sources: tuple[str, ...]


ITEMS: Final = (
    Item("1", N_("Socio-economic plan"), "Kế hoạch phát triển kinh tế - xã hội"),
    Item("2", N_("Budget of the commune"), "Ngân sách"),
    Item(
        "3",
        N_("Investment projects, land, compensation"),
        "Dự án, công trình đầu tư; đất đai; bồi thường, hỗ trợ, tái định cư",
    ),
    Item("4", N_("Duties and conduct of officials"), "Nhiệm vụ, quyền hạn và quy tắc ứng xử của cán bộ, công chức"),
    Item("5", N_("Funds and contributions"), "Các quỹ và khoản đóng góp"),
    Item("6", N_("Public assets"), "Tài sản công"),
    Item(
        "7",
        N_("Policies, beneficiaries, support, credit, insurance"),
        "Chính sách, đối tượng thụ hưởng, hỗ trợ, vay vốn, bảo hiểm",
    ),
    Item("8", N_("Disaster relief"), "Hỗ trợ, khắc phục hậu quả thiên tai"),
    Item("9", N_("Call-up for military service"), "Tuyển quân, gọi nhập ngũ"),
    Item("10", N_("Inspection results, confidence votes"), "Kết quả kiểm tra, thanh tra; lấy phiếu tín nhiệm"),
    Item("11", N_("Consultations and explanations"), "Nội dung lấy ý kiến Nhân dân và giải trình, tiếp thu"),
    Item("12", N_("Fees and charges"), "Phí, lệ phí"),
    Item("13", N_("Administrative procedures"), "Thủ tục hành chính"),
    Item("14", N_("Other matters"), "Nội dung khác"),
)

FORMS: Final = (
    Form(POSTING, N_("Posting on a board"), "Niêm yết"),
    Form("portal", N_("Website of the commune"), "Cổng thông tin điện tử, trang thông tin điện tử"),
    Form(LOUDSPEAKER, N_("Loudspeaker"), "Hệ thống truyền thanh"),
    Form("village_head", N_("Through the village head"), "Thông qua Trưởng thôn, Tổ trưởng tổ dân phố"),
    Form("written_notice", N_("Written notice"), "Gửi văn bản"),
    Form("dialogue", N_("Dialogue conference"), "Hội nghị trao đổi, đối thoại"),
    Form("reception", N_("Citizen reception, meeting voters"), "Tiếp công dân, tiếp xúc cử tri"),
    Form("organisations", N_("Through the Front and organisations"), "Thông qua Mặt trận và các tổ chức, đoàn thể"),
    Form("social_networks", N_("Telecommunication and social networks"), "Mạng viễn thông, mạng xã hội"),
    Form("other", N_("Other form"), "Hình thức khác"),
)

_ITEMS_BY_CODE: Final = {item.code: item for item in ITEMS}
_FORMS_BY_CODE: Final = {form.code: form for form in FORMS}
_POSTED_SOURCE: Final = "Luật số 10/2022/QH15, Điều 13 khoản 2"
_LOUDSPEAKER_SOURCE: Final = "Luật số 10/2022/QH15, Điều 13 khoản 3"
_PERMANENT: Final = frozenset({"4", "13"})
_POSTED: Final = frozenset({"1", "2", "3", "5", "6", "7", "8", "9", "10", "11", "12"})
_READ_OUT: Final = frozenset({"7", "8", "9", "10", "11", "12"})


def get_item(code: str) -> Item:
    """Answer an item by its number in article 11.

    :raises UnknownItem: if there is none.
    """
    if code not in _ITEMS_BY_CODE:
        raise UnknownItem(item=code)
    return _ITEMS_BY_CODE[code]


def get_form(code: str) -> Form:
    """Answer a form of publicity by its code.

    :raises UnknownForm: if there is none.
    """
    if code not in _FORMS_BY_CODE:
        raise UnknownForm(form=code)
    return _FORMS_BY_CODE[code]


def requirement_of(item: str) -> Requirement:
    """Answer how long an item must be posted and read out (Law 10/2022/QH15, article 13.2 and 13.3).

    :raises UnknownItem: if there is no such item.
    """
    get_item(item)
    posted = item in _POSTED or item in _PERMANENT
    sources = (_POSTED_SOURCE,) * posted + (_LOUDSPEAKER_SOURCE,) * (item in _READ_OUT)
    return Requirement(30 if item in _POSTED else None, item in _PERMANENT, 3 if item in _READ_OUT else None, sources)
