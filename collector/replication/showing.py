"""What the page of the exchange shows, gathered from the tables and the folder; and the badge of a record."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext

from collector.attachments.files import Files
from collector.attachments.naming import list_named
from collector.folder import DataFolder
from collector.identity import short_id
from collector.query import find_record
from collector.registry import KINDS
from collector.replication import journal, states, store
from collector.replication.clocks import ClockWatch
from collector.replication.speaking import place_words, say_clock_error, say_remaining
from collector.sticks.store import find_departures
from collector.wording import say, write_moment, write_number
from collector.words import N_
from sync.storage import Connection


@dataclass(frozen=True, slots=True)
class Overview:
    """The page at a glance."""

    totals: states.Totals
    remaining: str
    is_all_sent: bool
    on_sticks: str
    heard_at: str
    success: journal.Ended | None
    failure: journal.Ended | None
    clock: str
    conflicts: int
    missing_files: int
    waiting: list[str]
    refused: list[store.Refused]


def make_overview(connection: Connection, folder: DataFolder, clock: ClockWatch) -> Overview:
    """Gather what the page shows."""
    unsent = states.count_unsent(connection)
    here = Files(folder.attachments).list_names()
    unshelved = len(here & set(journal.list_unshelved(connection)))
    success, failure = journal.find_success(connection), journal.find_failure(connection)
    heard = journal.find_heard(connection)
    return Overview(
        states.count_totals(connection),
        say_remaining(unsent, unshelved),
        not unsent.revisions and not unshelved,
        _say_departures(connection),
        write_moment(heard) if heard else "",
        success,
        failure,
        find_clock_warning(connection, clock),
        store.count_conflicts(connection),
        len(set(list_named(connection)) - here),
        [_say_waiting(connection, each) for each in store.list_waiting(connection)],
        store.list_refused(connection),
    )


def find_clock_warning(connection: Connection, clock: ClockWatch) -> str:
    """Say that the clock is wrong, as the centre found in the newest exchange; "" if it is right or was put right."""
    ended = (journal.find_failure(connection), journal.find_success(connection))
    known = (each.report.clock_error_seconds for each in ended if each is not None)
    return say_clock_error(next((clock.correct(seconds) for seconds in known if seconds is not None), None))


def _say_departures(connection: Connection) -> str:
    """Say what is on sticks: it counts as only here until its receipt comes."""
    left = find_departures(connection)
    if not left.revisions:
        return ""
    said = N_("Written to a stick, waiting for a receipt: %(count)s entries, last at %(moment)s")
    return say(said, count=write_number(left.revisions), moment=write_moment(left.at))


def _say_waiting(connection: Connection, waiting: store.Waiting) -> str:
    first, last = waiting.held_upto + 1, waiting.first - 1
    who = name_device(connection, waiting.device)
    if first > last:
        return str(gettext("A part of what laptop %(who)s wrote is missing.", who=who))
    said = N_("Entries %(first)s to %(last)s of laptop %(who)s are missing.")
    return say(said, first=write_number(first), last=write_number(last), who=who)


def name_device(connection: Connection, device: str) -> str:
    """Name a device by the village that it writes for and the beginning of its id."""
    row = connection.row(
        "SELECT unit FROM revision JOIN epoch USING (device, epoch) WHERE device = :device AND unit <> ''"
        " ORDER BY revision.position DESC LIMIT 1",
        {"device": device},
    )
    unit = find_record(connection, "unit", row["unit"]) if row else None
    name = str(unit["name"]) if unit and unit["name"] else ""
    return f"{name} ({short_id(device)})" if name else short_id(device)


def knows_centre(connection: Connection) -> bool:
    """Tell whether this folder ever heard of a centre; before that, saying where records are would only be noise."""
    return connection.value("SELECT 1 FROM incarnation LIMIT 1") is not None


def show_place(connection: Connection, kind: str, record: str) -> dict[str, Any] | None:
    """Say where a record and all that belongs to it is, and since which word of the centre that is known."""
    shown = place_words(states.family_state(connection, kind, record))
    if shown is None:
        return None
    heard = journal.find_heard(connection)
    moment = write_moment(heard) if heard else ""
    if shown["state"] != states.ONLY_HERE and moment:
        shown["hint"] = gettext("as the centre said at %(moment)s", moment=moment)
    if shown["state"] == states.ONLY_HERE and (left := states.family_departure(connection, kind, record)):
        written = write_moment(left)
        shown["hint"] = gettext("written to a USB stick at %(moment)s, waiting for a receipt", moment=written)
    return shown


def list_unsent(connection: Connection, records: Iterable[str]) -> set[str]:
    """Find those of the records of a list of which a part is only here; none before this folder heard of a centre."""
    return states.find_unsent(connection, list(records)) if knows_centre(connection) else set()


def describe_refused(connection: Connection, refused: store.Refused, shown: Collection[str]) -> dict[str, str]:
    """Say what the centre did not apply: kind and title, and where its history is if something of it is applied."""
    if refused.kind not in shown:
        return {"words": str(gettext("An entry of another kind")), "kind": "", "record": ""}
    kind = KINDS[refused.kind]
    title = refused.values.get(kind.title)
    words = say(kind.words) + (f": {title}" if isinstance(title, str) else "")
    is_here = find_record(connection, kind.name, refused.record) is not None
    return {"words": words, "kind": kind.name, "record": refused.record if is_here else ""}


def link_if_there(endpoint: str) -> bool:
    """Tell whether this program has a page; parts of it may be left out."""
    return endpoint in current_app.view_functions
