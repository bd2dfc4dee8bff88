"""History of a record, the list of what was removed, and bringing things back after a look at what would change."""

from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import HEADS, KEEPERS, TEAM, WRITERS, allow, permits
from collector.errors import RecordNotFound
from collector.history import store
from collector.history.changes import list_entries
from collector.history.words import describe, label_of, who, write_value
from collector.kinds import Kind, Scope
from collector.recorder import find_lock
from collector.registry import KINDS
from collector.search.places import find_place
from collector.search.views import make_title, place_href
from collector.web import current_role, reading, recording
from collector.wording import say
from sync.merge import RecordState, merge
from sync.storage import Row

blueprint = Blueprint("history", __name__)

PAGE_SIZE: Final = 20
_CHANGED_BY: Final[dict[str, frozenset[str]]] = {
    "unit": HEADS,
    "person": HEADS,
    "register": KEEPERS,
    "register_group": KEEPERS,
    "holiday": KEEPERS,
    "speaker_contact": KEEPERS,
    "questionnaire": KEEPERS,
    "round": KEEPERS,
    "round_asker": KEEPERS,
    "round_village": frozenset(),
    "drawn_household": frozenset(),
    "result": frozenset(),
}
"""Kinds that not everybody who writes may change, as on their own pages."""


@blueprint.get("/history/<kind>/<record_id>")
@allow(TEAM)
def show_history(kind: str, record_id: str) -> str:
    """Show who changed what and when, newest first, and every value that waits for a choice."""
    declared = _kind(kind)
    connection = reading()
    revisions = store.get_revisions(connection, declared, record_id)
    entries = list_entries(revisions)
    page = max(1, request.args.get("page", 1, type=int))
    shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    names = store.list_names(connection)
    return render_template(
        "history/history.html",
        **_frame(declared, record_id, merge(revisions)),
        entries=[describe(connection, declared, entry, names) for entry in shown],
        newest=str(entries[0].reference),
        newer_href=_page_href(kind, record_id, page - 1) if page > 1 else "",
        older_href=_page_href(kind, record_id, page + 1) if page * PAGE_SIZE < len(entries) else "",
    )


@blueprint.get("/history/<kind>/<record_id>/review")
@allow(WRITERS)
def review_bringing_back(kind: str, record_id: str) -> str:
    """Show what would change if the values of one revision came back."""
    declared = _kind(kind)
    connection = reading()
    reference = store.read_reference(request.args.get("revision", ""))
    state = merge(store.get_revisions(connection, declared, record_id))
    rows = [
        {
            "label": label_of(declared, name),
            "now": write_value(connection, declared, name, now),
            "then": write_value(connection, declared, name, then),
        }
        for name, now, then in store.list_differences(connection, declared, record_id, reference)
    ]
    return render_template(
        "history/review.html",
        **_frame(declared, record_id, state),
        rows=rows,
        revision=str(reference),
        seen=store.seen_mark(state),
    )


@blueprint.post("/history/<kind>/<record_id>/bring-back")
@allow(WRITERS)
def bring_back(kind: str, record_id: str) -> Response:
    """Give a record the values it had after one of its revisions."""
    declared = _kind(kind)
    _refuse_change(declared)
    revision = request.form.get("revision", "")
    reference = store.read_reference(revision)
    with recording() as recorder:
        state = merge(store.get_revisions(recorder.connection, declared, record_id))
        if request.form.get("seen") != store.seen_mark(state):
            flash(_("This was changed in the meantime. Please look at it again."), "warn")
            return redirect(url_for(".review_bringing_back", kind=kind, record_id=record_id, revision=revision), 303)
        recorder.bring_back(kind, record_id, reference)
    flash(_("The earlier version is back. Nothing was lost: what was there before is in the history."), "ok")
    return _to_history(kind, record_id)


@blueprint.post("/history/<kind>/<record_id>/restore")
@allow(WRITERS)
def restore(kind: str, record_id: str) -> Response:
    """Put a removed record back as it was."""
    _refuse_change(_kind(kind))
    with recording() as recorder:
        recorder.restore(kind, record_id)
    flash(_("This is back in the lists."), "ok")
    return _to_history(kind, record_id)


@blueprint.get("/history/removed")
@allow(TEAM)
def list_removed() -> str:
    """Show what was removed, so that it can be brought back."""
    return _show_list("history/removed.html", "history.list_removed", store.list_removed)


@blueprint.get("/history/unsettled")
@allow(TEAM)
def list_unsettled() -> str:
    """Show the records of which two values stand side by side, or that break a rule."""
    return _show_list("history/unsettled.html", "history.list_unsettled", store.list_unsettled)


def _show_list(template: str, endpoint: str, list_rows: Any) -> str:
    connection = reading()
    kinds = store.visible_kinds(keeper=_is_keeper())
    rows = list_rows(connection, kinds, request.args.get("before", type=int))
    shown = rows[: store.LIST_SIZE]
    names = store.list_names(connection)
    return render_template(
        template,
        rows=[_list_item(row, names) for row in shown],
        older_href=url_for(endpoint, before=shown[-1]["last_stamp"]) if len(rows) > len(shown) else "",
    )


def _list_item(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": KINDS[row["kind"]],
        "title": "".join(text for text, _found in make_title(row["kind"], row)),
        "who": who(row["last_author"], names),
        "stamp": row["last_stamp"],
        "conflicts": row["conflicts"],
        "broken": [label_of(KINDS[row["kind"]], name) for name in (row["broken"] or "").split(",") if name],
        "href": url_for("history.show_history", kind=row["kind"], record_id=row["id"]),
    }


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise RecordNotFound(kind=name)
    if KINDS[name].anonymous or (KINDS[name].scope is Scope.VILLAGE and not _is_keeper()):
        abort(403)
    return KINDS[name]


def _may_change(kind: Kind) -> bool:
    return permits(_CHANGED_BY.get(kind.name, WRITERS), current_role())


def _refuse_change(kind: Kind) -> None:
    if not _may_change(kind):
        abort(403)


def _is_keeper() -> bool:
    return permits(KEEPERS, current_role())


def _frame(kind: Kind, record_id: str, state: RecordState) -> dict[str, Any]:
    """Gather what both pages of a record show: its name, its place, its lock and its unsettled fields."""
    connection = reading()
    row = connection.row(f'SELECT * FROM "{kind.name}" WHERE id = :id', {"id": record_id}) or {"id": record_id}
    lock = find_lock(connection, kind, state.values, record_id)
    place = find_place(connection, kind.name, row) if not state.removed else None
    return {
        "kind": kind,
        "record_id": record_id,
        "title": "".join(text for text, _found in make_title(kind.name, row)) or say(kind.words),
        "removed": state.removed,
        "may_write": _may_change(kind),
        "lock_href": url_for("meetings.show_meeting", meeting_id=lock) if lock else "",
        "href": place_href(place),
        "conflicts": _list_conflicts(kind, state),
    }


def _list_conflicts(kind: Kind, state: RecordState) -> list[dict[str, Any]]:
    connection = reading()
    names = store.list_names(connection)
    return [
        {
            "label": label_of(kind, name),
            "values": [
                {
                    "text": write_value(connection, kind, name, sibling.value),
                    "who": who(sibling.author, names),
                    "stamp": sibling.stamp,
                    "shown": place == 0,
                }
                for place, sibling in enumerate(siblings)
            ],
        }
        for name, siblings in sorted(state.conflicts.items())
    ]


def _page_href(kind: str, record_id: str, page: int) -> str:
    return url_for("history.show_history", kind=kind, record_id=record_id, page=page)


def _to_history(kind: str, record_id: str) -> Response:
    return redirect(url_for("history.show_history", kind=kind, record_id=record_id), 303)
