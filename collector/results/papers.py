"""Turns results into the paper that is printed. Vietnamese like all papers; nothing that is suppressed gets here."""

from collections.abc import Sequence
from typing import Any

from collector.clock import local_time
from collector.documents.content import (
    ResultFact,
    ResultLine,
    ResultRow,
    ResultSection,
    ResultsPaper,
    ResultTable,
)
from collector.meetings.papers import issuer
from collector.query import get_record
from collector.results import speaking, store
from collector.results.comparing import compare_with_previous
from collector.results.model import Cell, Group, RoundResult
from collector.results.recording import get_result
from collector.results.speaking import Speaker, make_vietnamese
from collector.results.suppressing import OUTSIDE
from sync.storage import Connection, Row

TABLE_TITLES = {
    "sex": "Theo giới tính (trong số người có phiếu trả lời)",
    "ethnic_group": "Theo dân tộc (trong số người có phiếu trả lời)",
    "village": "Theo thôn",
}


def make_paper(connection: Connection, rounds: Sequence[Row], period: str = "") -> ResultsPaper:
    """Make the paper of one closed round, or of all of a period; the newest says on which day it is issued."""
    unit = get_record(connection, "unit", rounds[-1]["unit"])
    speaker = make_vietnamese()
    head = issuer(unit)
    return ResultsPaper(
        issuer=head,
        issued_on=local_time(rounds[-1]["closed_at"]).date().isoformat(),
        sections=tuple(_make_section(connection, row, speaker) for row in rounds),
        subject=f"Kỳ báo cáo {period}" if period else str(rounds[0]["title"]),
        is_demo=bool(unit["demo"]),
        recipients=(f"UBND {head.commune_name}", "Lưu: hồ sơ thôn"),
    )


def _make_section(connection: Connection, row: Row, speaker: Speaker) -> ResultSection:
    result = get_result(connection, row["id"], OUTSIDE)
    comparison = compare_with_previous(connection, result, OUTSIDE)
    shared: dict[str, Any] = {
        "title": str(row["title"]),
        "target": round(result.target * 10_000),
        "programme": store.find_programme_name(connection, row),
        "facts": tuple(_list_facts(result, speaker)),
    }
    problem = speaking.say_problem(speaker, result)
    if problem:
        return ResultSection(**shared, problem=problem)
    changes: list[ResultFact] = []
    note = ""
    if comparison is not None:
        note = "" if comparison.is_comparable else speaking.say_differences(speaker, comparison)
        for each in comparison.changes:
            said = speaking.say_change(speaker, each)
            label = speaking.say_dimension(speaker, each.dimension, len(result.dimensions))
            changes.append(ResultFact(label=label, value=said))
    return ResultSection(
        **shared,
        verdict=speaking.say_verdict(speaker, result.every_dimension),
        lines=tuple(_make_line(speaker, result, cell) for cell in result.total.cells),
        tables=tuple(_list_tables(speaker, result)),
        change_note=note,
        changes=tuple(changes),
        method=tuple(speaking.say_method(speaker, result)),
    )


def _list_facts(result: RoundResult, speaker: Speaker) -> list[ResultFact]:
    unit = "người" if result.counts_adults else "hộ"
    pairs = (
        (f"Tổng số {unit} theo danh sách", result.population),
        ("Số phải hỏi" if result.round["chosen"] == "drawn" else "Số đã hỏi", result.asked),
        ("Số phiếu trả lời", result.sheets),
        ("Số hộ không muốn trả lời", result.households_refused),
        ("Số hộ không gặp sau hai lần đến", result.households_not_met),
    )
    return [ResultFact(label=label, value=speaker.number(value)) for label, value in pairs if value is not None]


def _make_line(speaker: Speaker, result: RoundResult, cell: Cell) -> ResultLine:
    is_certain = speaking.is_only_certain(result, cell)
    low, high = (cell.certain_low, cell.certain_high) if is_certain else (cell.low, cell.high)
    is_drawn = cell.share is not None and result.round["chosen"] != "other"
    return ResultLine(
        name=speaking.say_dimension(speaker, cell.dimension, len(result.dimensions)),
        sentence=" ".join(speaking.say_cell(speaker, result, cell)),
        verdict=speaking.say_verdict(speaker, cell.verdict),
        figure=speaking.say_figure(speaker, result, cell),
        answered=speaker.percent(cell.answered_share, result.target),
        asked=speaker.number(cell.asked),
        sheets=speaker.number(cell.sheets),
        yes=speaker.number(cell.yes),
        share=_scale(cell.share) if is_drawn else None,
        low=_scale(low) if is_drawn else None,
        high=_scale(high) if is_drawn else None,
        is_certain=is_certain,
    )


def _scale(share: float | None) -> int | None:
    return None if share is None else round(share * 10_000)


def _list_tables(speaker: Speaker, result: RoundResult) -> list[ResultTable]:
    columns = tuple(speaking.say_dimension(speaker, dimension, len(result.dimensions)) for dimension in result.rows)
    found = []
    for grouping, title in TABLE_TITLES.items():
        rows = tuple(_make_row(speaker, result, group) for group in result.by(grouping))
        if rows:
            found.append(ResultTable(title=title, columns=columns, rows=rows))
    return found


def _make_row(speaker: Speaker, result: RoundResult, group: Group) -> ResultRow:
    sheets = next((cell.sheets for cell in group.cells if cell.sheets is not None), None)
    return ResultRow(
        name=speaking.say_group(speaker, group),
        sheets=speaker.number(sheets),
        figures=tuple(speaking.say_figure(speaker, result, cell) for cell in group.cells),
    )
