"""The search page: one box, every kind of record, newest first."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, current_app, render_template, request, url_for

from collector.accounts.access import TEAM, allow
from collector.folding import QUERY_LIMIT_CHARACTERS
from collector.index import make_query
from collector.registry import KINDS, get_kind
from collector.search import store
from collector.search.excerpts import Segments, is_text, list_excerpts, make_excerpt
from collector.search.places import Place, find_place
from collector.villages.current import is_village_laptop
from collector.villages.store import list_village_names
from collector.web import own_unit, reading
from collector.wording import value_words
from sync.storage import Row

blueprint = Blueprint("search", __name__)

SEARCHED_KINDS: Final = tuple(kind for kind in KINDS.values() if kind.searched)
_MOST_DIGITS: Final = 15


@blueprint.get("/search")
@allow(TEAM)
def show_search() -> str:
    """Show what was found for the words in `q`, of one kind if `kind` names it."""
    words = request.args.get("q", "")[:QUERY_LIMIT_CHARACTERS]
    kind = request.args.get("kind", "")
    kind = kind if kind in {each.name for each in SEARCHED_KINDS} else ""
    query = make_query(words, kind)
    connection = reading()
    villages = {} if is_village_laptop() else list_village_names(connection)
    page = store.list_found(connection, query, before=_entry("before"), after=_entry("after"))
    return render_template(
        "search/search.html",
        words=words,
        kind=kind,
        kinds=SEARCHED_KINDS,
        asked=bool(query),
        results=[_describe(row, words, villages) for row in page.rows],
        count=store.count_found(connection, query),
        limit=store.COUNT_LIMIT,
        newer_href=_href(words, kind, after=page.newer),
        older_href=_href(words, kind, before=page.older),
    )


def _entry(name: str) -> int | None:
    typed = request.args.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) <= _MOST_DIGITS else None


def _href(words: str, kind: str, **entry: Any) -> str:
    if None in entry.values():
        return ""
    return url_for("search.show_search", q=words, kind=kind or None, **entry)


def _describe(row: Row, words: str, villages: Mapping[str, str]) -> dict[str, Any]:
    kind = get_kind(row["kind"])
    return {
        "kind": kind,
        "title": make_title(kind.name, row, words),
        "excerpts": list_excerpts(kind, row, words),
        "village": villages.get(row.get("unit", ""), ""),
        "stamp": row.get("last_stamp"),
        "href": place_href(find_place(reading(), kind.name, row)),
    }


def make_title(kind_name: str, row: Row, words: str = "") -> Segments:
    """Give the segments of the words that stand for a record in a list; its kind stands for one without a title."""
    declared = get_kind(kind_name).field(get_kind(kind_name).title)
    value = row.get(declared.name)
    shown = value_words(kind_name, declared.name, value) if value is not None else ""
    return make_excerpt(shown, words if is_text(declared) else "") if shown else []


def place_href(place: Place | None) -> str:
    """Give the address of a place, or '' if there is no such page."""
    if place is None or place.endpoint not in current_app.view_functions:
        return ""
    values: dict[str, Any] = {**place.values, "_anchor": place.anchor}
    if is_village_laptop() or place.values:
        return url_for(place.endpoint, **values)
    endpoint = place.endpoint
    if endpoint == "people.list_people" and place.unit != own_unit()["id"]:
        endpoint = "people.list_team"
    return url_for(endpoint, village=place.unit, **values)
