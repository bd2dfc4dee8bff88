"""History of a record, the list of what was removed, and bringing things back after a look at what would change."""

from functools import partial
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import HEADS, TEAM, WRITERS, allow, permits
from collector.errors import RecordNotFound
from collector.history import erasing, store
from collector.history.changes import list_entries
from collector.history.words import describe, label_of, who, write_value
from collector.kinds import Kind
from collector.recorder import find_lock
from collector.registry import KINDS
from collector.residue import clear_residue
from collector.rights import get_visible_kind, list_visible_kinds, may_change
from collector.search.places import find_place
from collector.search.views import make_title, place_href
from collector.web import current_author, current_role, reading, recording, services
from collector.wording import say
from sync.merge import RecordState, merge
from sync.storage import Row

blueprint = Blueprint("history", __name__)

PAGE_SIZE: Final = 20
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
    declared = _kind(kind)
    _refuse_change(declared)
    with recording() as recorder:
        if erasing.is_blank(store.get_revisions(recorder.connection, declared, record_id)):
            raise RecordNotFound(kind=kind, record=record_id)
        recorder.restore(kind, record_id)
    flash(_("This is back in the lists."), "ok")
    return _to_history(kind, record_id)


@blueprint.get("/history/<kind>/<record_id>/erase")
@allow(HEADS)
def review_erasing(kind: str, record_id: str) -> str:
    """Show what would be erased for good, and what would remain."""
    declared = _kind(kind)
    connection = reading()
    state = merge(store.get_revisions(connection, declared, record_id))
    found = erasing.find_erasable(connection, declared, record_id)
    return render_template(
        "history/erase.html",
        **_frame(declared, record_id, state),
        found=found,
        related=erasing.count_related(found),
        is_self=kind == "person" and record_id == current_author(),
        seen=store.seen_mark(state),
    )


@blueprint.post("/history/<kind>/<record_id>/erase")
@allow(HEADS)
def erase(kind: str, record_id: str) -> Response:
    """Erase what a record says of a person, or a removed record as a whole; it cannot be brought back."""
    declared = _kind(kind)
    if kind == "person" and record_id == current_author():
        abort(403)
    with recording() as recorder:
        state = merge(store.get_revisions(recorder.connection, declared, record_id))
        if request.form.get("seen") != store.seen_mark(state):
            flash(_("This was changed in the meantime. Please look at it again."), "warn")
            return redirect(url_for(".review_erasing", kind=kind, record_id=record_id), 303)
        if request.form.get("what") == "everything":
            erasing.erase_everything(recorder, declared, record_id)
        else:
            erasing.erase_personal(recorder, declared, record_id)
    if kind == "person" and services().accounts.find(record_id) is not None:
        services().accounts.update(record_id, name=erasing.ERASED_TEXT, active=False)
    flash(_("Erased for good. On other laptops it goes with the next exchange."), "ok")
    response = _to_history(kind, record_id)
    response.call_on_close(partial(clear_residue, services().database, services().files))
    return response


@blueprint.get("/history/removed")
@allow(TEAM)
def list_removed() -> str:
    """Show what was removed, so that it can be brought back."""
    connection = reading()
    kinds = list_visible_kinds(current_role())
    rows = store.list_removed(connection, kinds, request.args.get("before", type=int))
    shown = rows[: store.LIST_SIZE]
    names = store.list_names(connection)
    return render_template(
        "history/removed.html",
        rows=[_list_item(row, names) for row in shown],
        older_href=url_for(".list_removed", before=shown[-1]["last_stamp"]) if len(rows) > len(shown) else "",
    )


def _list_item(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": KINDS[row["kind"]],
        "title": "".join(text for text, _found in make_title(row["kind"], row)),
        "who": who(row["last_author"], names),
        "stamp": row["last_stamp"],
        "href": url_for("history.show_history", kind=row["kind"], record_id=row["id"]),
    }


def _kind(name: str) -> Kind:
    return get_visible_kind(name, current_role())


def _refuse_change(kind: Kind) -> None:
    if not may_change(kind, current_role()):
        abort(403)


def _frame(kind: Kind, record_id: str, state: RecordState) -> dict[str, Any]:
    """Gather what both pages of a record show: its name, its place, its lock and its unsettled fields."""
    connection = reading()
    row = connection.row(f'SELECT * FROM "{kind.name}" WHERE id = :id', {"id": record_id})
    row = row or {"id": record_id, "unit": state.unit}
    lock = find_lock(connection, kind, state.values, record_id)
    place = find_place(connection, kind.name, row) if not state.removed else None
    return {
        "kind": kind,
        "record_id": record_id,
        "title": "".join(text for text, _found in make_title(kind.name, row)) or say(kind.words),
        "removed": state.removed,
        "blank": erasing.is_blank(store.get_revisions(connection, kind, record_id)),
        "may_erase": permits(HEADS, current_role()) and bool(erasing.list_personal(kind) or state.removed),
        "may_write": may_change(kind, current_role()),
        "lock_href": url_for("meetings.show_meeting", meeting_id=lock) if lock else "",
        "href": place_href(place),
        "differs": [label_of(kind, name) for name in sorted(state.unsettled)],
    }


def _page_href(kind: str, record_id: str, page: int) -> str:
    return url_for("history.show_history", kind=kind, record_id=record_id, page=page)


def _to_history(kind: str, record_id: str) -> Response:
    return redirect(url_for("history.show_history", kind=kind, record_id=record_id), 303)
