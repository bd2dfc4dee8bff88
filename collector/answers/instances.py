"""What a phone sent earlier, as long as its sheet is in the urn: to tell a repetition from another sheet, to take it
back, and to let a correction stand in for a sheet that never arrived.

Storage functions; the edge opens the transaction.
"""

import json
from typing import Any

from collector.answers.sheets import hash_instance
from collector.answers.urn import was_received
from collector.recorder import Recorder
from sync.storage import Connection


def find_instance(connection: Connection, instance_id: str) -> dict[str, Any] | None:
    """Give the values of a sheet by the id that a phone gave it; None if it is not in the urn (any more)."""
    sql = "SELECT sheet FROM urn WHERE instance_hash = :instance"
    sheet = connection.value(sql, {"instance": hash_instance(instance_id)})
    return None if sheet is None else dict(json.loads(sheet))


def is_instance_received(connection: Connection, instance_id: str) -> bool:
    """Tell whether a phone sent something with this id before."""
    return was_received(connection, hash_instance(instance_id))


def take_back_instance(recorder: Recorder, instance_id: str) -> bool:
    """Erase a sheet from the urn because whoever answered does not agree any more; False if it is not there."""
    named = {"instance": hash_instance(instance_id)}
    return recorder.connection.execute("DELETE FROM urn WHERE instance_hash = :instance", named) == 1


def note_instance(recorder: Recorder, instance_id: str, round_id: str) -> None:
    """Note an id as received, so that the sheet itself, arriving late, adds nothing to its correction."""
    recorder.connection.execute(
        "INSERT INTO received_instance (instance_hash, round) VALUES (:instance, :round)",
        {"instance": hash_instance(instance_id), "round": round_id},
    )
