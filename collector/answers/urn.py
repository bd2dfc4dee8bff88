"""The urn: where finished sheets wait until they are mixed with others and become records that name nobody.

Sheets leave in batches chosen at random: while a round is open only when at least twice `BATCH` wait, so that
whatever stays behind is a batch as well; all of them when it closes. A smaller or ordered batch could be set against
what somebody remembers of the day. Storage functions; the edge opens the transaction.
"""

import json
import random
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from collector.answers.errors import PaperNumberTaken, RoundNotOpen, SheetLeftUrn, SheetNotFound
from collector.answers.sheets import Sheet, hash_instance, hash_withdrawal_code
from collector.errors import RecordInvalid
from collector.query import find_record
from collector.recorder import Recorder
from collector.registry import get_kind
from collector.rounds.papers import forget_paper_codes
from sync.revisions import Value
from sync.storage import Connection, Row

BATCH: Final = 20
_KIND: Final = "answer_sheet"


def put_sheet(recorder: Recorder, sheet: Sheet) -> bool:
    """Put a finished sheet into the urn; False if a phone sent the same one before, and nothing changes.

    :raises RoundNotOpen: if its round is not open.
    :raises RecordInvalid: if a value breaks the declaration of an answer sheet.
    :raises PaperNumberTaken: if a sheet with its paper number was entered.
    """
    connection = recorder.connection
    values = _check(sheet.values)
    round_id = str(values["round"])
    instance = hash_instance(sheet.instance_id) if sheet.instance_id else None
    if instance and was_received(connection, instance):
        return False
    require_open(connection, round_id)
    if sheet.paper_number is not None and is_number_taken(connection, round_id, sheet.paper_number):
        raise PaperNumberTaken(number=sheet.paper_number)
    _insert(connection, values, sheet, instance)
    if sheet.paper_number is not None:
        connection.execute(
            "INSERT INTO entered_paper (round, paper_number) VALUES (:round, :number)",
            {"round": round_id, "number": sheet.paper_number},
        )
    if instance:
        connection.execute(
            "INSERT INTO received_instance (instance_hash, round) VALUES (:instance, :round)",
            {"instance": instance, "round": round_id},
        )
    return True


def replace_sheet(recorder: Recorder, earlier_instance_id: str, sheet: Sheet) -> bool:
    """Put a corrected sheet in the place of the one that a phone sent earlier; False if this was done before.

    :raises SheetLeftUrn: if that one was mixed with others already.
    :raises SheetNotFound: if this laptop never got it.
    """
    connection = recorder.connection
    instance = hash_instance(sheet.instance_id) if sheet.instance_id else None
    if instance and was_received(connection, instance):
        return False
    earlier = hash_instance(earlier_instance_id)
    if connection.execute("DELETE FROM urn WHERE instance_hash = :earlier", {"earlier": earlier}) != 1:
        if was_received(connection, earlier):
            raise SheetLeftUrn()
        raise SheetNotFound()
    return put_sheet(recorder, sheet)


def _check(values: Mapping[str, Value]) -> dict[str, Value]:
    cleaned, errors = get_kind(_KIND).clean(values)
    if errors:
        raise RecordInvalid(_KIND, errors)
    return cleaned


def _random_id() -> str:
    return str(uuid4())  # an id of version 7 would say when the sheet came


def _insert(connection: Connection, values: Mapping[str, Value], sheet: Sheet, instance: str | None) -> None:
    connection.execute(
        "INSERT INTO urn (id, round, sheet, paper_number, instance_hash, withdrawal_hash, waits)"
        " VALUES (:id, :round, :sheet, :number, :instance, :withdrawal, :waits)",
        {
            "id": _random_id(),
            "round": values["round"],
            "sheet": json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            "number": sheet.paper_number,
            "instance": instance,
            "withdrawal": values.get("withdrawal_hash"),
            "waits": int(sheet.waits),
        },
    )


def require_open(connection: Connection, round_id: str) -> Row:
    """Give the row of an open round.

    :raises RoundNotOpen: if it is not held, being prepared, or closed.
    """
    row = find_record(connection, "round", round_id)
    if row is None or row["state"] != "open":
        raise RoundNotOpen(round=round_id)
    return row


def was_received(connection: Connection, instance_hash: str) -> bool:
    """Tell whether a phone sent something with this id before."""
    sql = "SELECT 1 FROM received_instance WHERE instance_hash = :instance"
    return connection.value(sql, {"instance": instance_hash}) is not None


def is_received(connection: Connection, withdrawal_hash: str) -> bool:
    """Tell whether a sheet with this withdrawal code is held, in the urn or out of it."""
    named = {"hash": withdrawal_hash}
    return any(
        connection.value(f"SELECT 1 FROM {table} WHERE withdrawal_hash = :hash", named) is not None
        for table in ("urn", "answer_sheet")
    )


def is_number_taken(connection: Connection, round_id: str, number: int) -> bool:
    """Tell whether a paper sheet with this number was entered."""
    sql = "SELECT 1 FROM entered_paper WHERE round = :round AND paper_number = :number"
    return connection.value(sql, {"round": round_id, "number": number}) is not None


def find_paper(connection: Connection, round_id: str, number: int) -> Row | None:
    """Give the urn's row of a paper sheet (`id`, `values`, `waits`), or None if it is not there."""
    sql = "SELECT id, sheet, waits FROM urn WHERE round = :round AND paper_number = :number"
    row = connection.row(sql, {"round": round_id, "number": number})
    return None if row is None else {"id": row["id"], "values": json.loads(row["sheet"]), "waits": bool(row["waits"])}


def count_sheets(connection: Connection, round_id: str) -> int:
    """Count the sheets of a round, in the urn and out of it."""
    return count_waiting(connection, round_id) + int(
        connection.value("SELECT count(*) FROM answer_sheet WHERE round = :round AND removed = 0", {"round": round_id})
    )


def count_waiting(connection: Connection, round_id: str) -> int:
    """Count the sheets of a round in the urn."""
    return int(connection.value("SELECT count(*) FROM urn WHERE round = :round", {"round": round_id}))


def list_full(connection: Connection) -> list[str]:
    """List the rounds of which enough sheets wait that a batch may leave the urn."""
    sql = "SELECT round FROM urn WHERE waits = 0 GROUP BY round HAVING count(*) >= :enough ORDER BY round"
    return [row["round"] for row in connection.rows(sql, {"enough": 2 * BATCH})]


def mix(recorder: Recorder, round_id: str) -> int:
    """Let a random batch leave the urn if enough wait that another batch stays behind; return how many left."""
    connection = recorder.connection
    sql = "SELECT count(*) FROM urn WHERE round = :round AND waits = 0"
    if int(connection.value(sql, {"round": round_id})) < 2 * BATCH:
        return 0
    return _let_out(recorder, round_id, BATCH)


def empty(recorder: Recorder, round_id: str) -> int:
    """Let every sheet of a round leave the urn, in random order, because the round closes; return how many left."""
    recorder.connection.execute("UPDATE urn SET waits = 0 WHERE round = :round", {"round": round_id})
    return _let_out(recorder, round_id, None)


def _let_out(recorder: Recorder, round_id: str, at_most: int | None) -> int:
    connection = recorder.connection
    sql = "SELECT id, sheet FROM urn WHERE round = :round AND waits = 0"
    waiting: list[Row] = list(connection.rows(sql, {"round": round_id}))
    random.SystemRandom().shuffle(waiting)
    leaving = waiting[:at_most]
    hashes: list[str] = []
    for row in leaving:
        values: dict[str, Any] = json.loads(row["sheet"])
        recorder.add(_KIND, values["village"], values, record=row["id"])
        if "withdrawal_hash" in values:
            hashes.append(values["withdrawal_hash"])
    connection.execute_many("DELETE FROM urn WHERE id = :id", [{"id": row["id"]} for row in leaving])
    forget_paper_codes(connection, hashes)
    return len(leaving)


def withdraw(recorder: Recorder, code: str) -> str:
    """Erase the sheet to which a withdrawal code belongs, wherever it is; return the id of its round.

    :raises SheetNotFound: if there is none.
    """
    connection = recorder.connection
    named = {"hash": hash_withdrawal_code(code)}
    row = connection.row("SELECT id, round FROM urn WHERE withdrawal_hash = :hash", named)
    if row is not None:
        connection.execute("DELETE FROM urn WHERE id = :id", {"id": row["id"]})
        return str(row["round"])
    row = connection.row("SELECT id, round FROM answer_sheet WHERE withdrawal_hash = :hash AND removed = 0", named)
    if row is None:
        raise SheetNotFound()
    recorder.erase(_KIND, row["id"])
    return str(row["round"])

