"""Paper sheets in the urn: their numbers, their second entry, and how far second entries differed.

Which sheets are entered twice follows from round and number, so nobody can choose. Differences are only added up: no
table says on which sheet they were. Storage functions; the edge opens the transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from collector.answers.errors import PaperNotFound, SheetLeftUrn
from collector.answers.urn import find_paper, is_number_taken
from collector.errors import RecordInvalid
from collector.recorder import Recorder
from collector.registry import get_kind
from sync.revisions import Value
from sync.storage import Connection, Row

MAX_NUMBER: Final = 100_000
_KIND: Final = "answer_sheet"


def needs_second_entry(round_row: Row, number: int) -> bool:
    """Tell whether the sheet of this number belongs to the share that is entered twice."""
    digest = hashlib.sha256(f"collector second entry {round_row['id']} {number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") * 100 < (round_row["double_entry_percent"] or 0) << 32


def next_number(connection: Connection, round_id: str) -> int:
    """Give the number that follows the highest one entered so far."""
    sql = "SELECT max(paper_number) FROM entered_paper WHERE round = :round"
    return int(connection.value(sql, {"round": round_id}) or 0) + 1


def count_papers(connection: Connection, round_id: str) -> int:
    """Count the paper sheets entered, in the urn and out of it."""
    sql = "SELECT count(*) FROM entered_paper WHERE round = :round"
    return int(connection.value(sql, {"round": round_id}))


def list_awaiting(connection: Connection, round_id: str) -> list[int]:
    """List the numbers of the sheets that wait for their second entry."""
    sql = "SELECT paper_number FROM urn WHERE round = :round AND waits = 1 AND paper_number IS NOT NULL ORDER BY 1"
    return [row["paper_number"] for row in connection.rows(sql, {"round": round_id})]


def get_paper(connection: Connection, round_id: str, number: int) -> Row:
    """Give the urn's row of a paper sheet.

    :raises SheetLeftUrn: if it was mixed with others already.
    :raises PaperNotFound: if no sheet of this number was entered.
    """
    row = find_paper(connection, round_id, number)
    if row is None:
        known = is_number_taken(connection, round_id, number)
        raise SheetLeftUrn(number=number) if known else PaperNotFound(number=number)
    return row


def read_answers(row: Row) -> dict[str, str]:
    """Give the answers by path of a row of the urn."""
    found: dict[str, str] = json.loads(row["values"].get("answers") or "{}")
    return found


def list_differences(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """List the paths at which two entries of a sheet differ; not asked and left blank are different things."""
    return [path for path in {**first, **second} if first.get(path) != second.get(path)]


def replace_paper(recorder: Recorder, number: int, values: Mapping[str, Value], *, settled: bool = False) -> None:
    """Give a sheet in the urn other values; with `settled` its second entry was made and it need not wait any more.

    :raises SheetLeftUrn: if it was mixed with others already.
    :raises PaperNotFound: if no sheet of this number was entered.
    :raises RecordInvalid: if a value breaks the declaration of an answer sheet.
    """
    cleaned, errors = get_kind(_KIND).clean(values)
    if errors:
        raise RecordInvalid(_KIND, errors)
    connection, round_id = recorder.connection, str(cleaned["round"])
    get_paper(connection, round_id, number)
    connection.execute(
        "UPDATE urn SET sheet = :sheet, waits = CASE WHEN :settled = 1 THEN 0 ELSE waits END"
        " WHERE round = :round AND paper_number = :number",
        {
            "sheet": json.dumps(cleaned, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            "settled": int(settled),
            "round": round_id,
            "number": number,
        },
    )


def add_disagreement(recorder: Recorder, round_id: str, fields: int, differing: int) -> None:
    """Add one second entry to what is known of a round: how many fields it had, and how many of them differed."""
    recorder.connection.execute(
        "INSERT INTO entry_disagreement (round, sheets, fields, differing) VALUES (:round, 1, :fields, :differing)"
        " ON CONFLICT (round) DO UPDATE SET sheets = entry_disagreement.sheets + 1,"
        " fields = entry_disagreement.fields + excluded.fields,"
        " differing = entry_disagreement.differing + excluded.differing",
        {"round": round_id, "fields": fields, "differing": differing},
    )


def disagreement(connection: Connection, round_id: str) -> tuple[int, int]:
    """Give how many fields were entered twice in a round, and at how many of them the two entries differed."""
    row = connection.row(
        "SELECT fields, differing FROM entry_disagreement WHERE round = :round", {"round": round_id}
    )
    return (0, 0) if row is None else (row["fields"], row["differing"])
