"""What follows on this laptop from what another one did: beyond the tables of records, which follow by themselves.

When another laptop of the village closes a round, the sheets that wait in the urn here have to come out too, or nobody
would ever count them. The village's name in the settings is that of its record. And of what others erased nothing stays
in the files.
"""

from collector.answers.urn import empty
from collector.attachments.files import Files
from collector.database import Database
from collector.folder import DataFolder
from collector.query import find_record
from collector.recorder import Recorder
from collector.residue import clear_residue
from collector.results.recording import recompute_results
from collector.rounds.closing import record_asked
from collector.rounds.papers import forget_codes_of_round
from collector.units.aliases import canonical
from sync.storage import Connection

_LEFT_BEHIND = ("urn", "asked_household", "open_sheet")


def settle(folder: DataFolder, database: Database) -> int:
    """Do what follows from what was received; return how many rounds were closed here after others closed them."""
    with database.reading() as connection:
        rounds = list_closed_elsewhere(connection)
        unit = folder.read_settings().get("unit")
        row = find_record(connection, "unit", canonical(connection, unit)) if unit else None
    if row is not None and row["name"] and row["name"] != folder.read_settings().get("village_name"):
        folder.write_settings(village_name=row["name"])
    for round_id in rounds:
        with database.recording() as recorder:
            _close_here(recorder, round_id)
    if rounds:
        database.storage.empty_journal()
    clear_residue(database, Files(folder.attachments))
    return len(rounds)


def list_closed_elsewhere(connection: Connection) -> list[str]:
    """List closed rounds of which something that was not recorded yet is still here."""
    left = " OR ".join(f"EXISTS (SELECT 1 FROM {table} t WHERE t.round = r.id)" for table in _LEFT_BEHIND)
    rows = connection.rows(
        f"SELECT r.id FROM round r WHERE r.state = 'closed' AND r.removed = 0 AND ({left}) ORDER BY r.id"
    )
    return [row["id"] for row in rows]


def _close_here(recorder: Recorder, round_id: str) -> None:
    came_out = empty(recorder, round_id)
    forget_codes_of_round(recorder.connection, round_id)
    record_asked(recorder, round_id)
    recorder.connection.execute("DELETE FROM open_sheet WHERE round = :round", {"round": round_id})
    if came_out:
        recompute_results(recorder, round_id)
