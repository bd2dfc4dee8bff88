"""Numbers of blank paper sheets, and the withdrawal codes that are printed on them.

A code is made when its sheet is printed and stands on paper alone; the laptop keeps its hash under the number of the
sheet, so that the hash reaches the answers when the paper is entered. When the sheet leaves the urn its hash is
forgotten here (`forget_paper_codes`): afterwards nothing says which number became which sheet. Storage functions.
"""

import random
from collections.abc import Iterable
from typing import Final

from collector.answers.sheets import hash_withdrawal_code, make_withdrawal_code
from collector.query import get_record
from collector.recorder import Recorder
from collector.rounds.errors import RoundNotPrintable, TooManyForms
from sync.storage import Connection

MOST_SHEETS: Final = 100
"""So many sheets are printed at once: the PDF engine takes about a fifth of a second for each."""


def find_paper_code(connection: Connection, round_id: str, number: int) -> str | None:
    """Give the hash of the withdrawal code printed on a sheet; None if none was printed, or its sheet left the urn."""
    found = connection.value(
        "SELECT withdrawal_hash FROM paper_code WHERE round = :round AND number = :number",
        {"round": round_id, "number": number},
    )
    return str(found) if found else None


def add_papers(recorder: Recorder, round_id: str, count: int) -> list[tuple[int, str]]:
    """Give the next free numbers of a round, each with a new withdrawal code, in the random order of printing.

    Numbers that were printed or entered are never given again.

    :raises RoundNotPrintable: if the round is not open.
    :raises TooManyForms: if there are none or more than `MOST_SHEETS` at once.
    """
    connection = recorder.connection
    if get_record(connection, "round", round_id)["state"] != "open":
        raise RoundNotPrintable(round=round_id)
    if not 1 <= count <= MOST_SHEETS:
        raise TooManyForms(most=MOST_SHEETS)
    first = next_number(connection, round_id)
    made = [(number, make_withdrawal_code()) for number in range(first, first + count)]
    connection.execute_many(
        "INSERT INTO paper_code (round, number, withdrawal_hash) VALUES (:round, :number, :hash)",
        [{"round": round_id, "number": number, "hash": hash_withdrawal_code(code)} for number, code in made],
    )
    random.SystemRandom().shuffle(made)  # a pile in the order of numbers would follow the list of households
    return made


def next_number(connection: Connection, round_id: str) -> int:
    """Give the number after all that were printed or entered in a round."""
    named = {"round": round_id}
    printed = connection.value("SELECT max(number) FROM paper_code WHERE round = :round", named)
    entered = connection.value("SELECT max(paper_number) FROM entered_paper WHERE round = :round", named)
    return max(int(printed or 0), int(entered or 0)) + 1


def count_printed(connection: Connection, round_id: str) -> int:
    """Count the blank sheets that were printed for a round."""
    return int(connection.value("SELECT count(*) FROM paper_code WHERE round = :round", {"round": round_id}))


def forget_paper_codes(connection: Connection, hashes: Iterable[str]) -> None:
    """Forget under which numbers these hashes were printed; the numbers stay taken."""
    connection.execute_many(
        "UPDATE paper_code SET withdrawal_hash = NULL WHERE withdrawal_hash = :hash",
        [{"hash": each} for each in hashes],
    )


def forget_codes_of_round(connection: Connection, round_id: str) -> None:
    """Forget all hashes of a round that closes: papers that were never entered need none."""
    connection.execute("UPDATE paper_code SET withdrawal_hash = NULL WHERE round = :round", {"round": round_id})
