"""The pages of whoever reads many villages: the overview, the choice of one, and what only a village's laptop does."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from collector import wording
from collector.accounts.access import TEAM, allow
from collector.accounts.keeping import local_path
from collector.clock import from_stamp, today
from collector.villages import store
from collector.villages.current import (
    ADDRESS,
    RecordOfCommune,
    VillageLaptopOnly,
    VillageNotChosen,
    commune_of,
    current_unit,
    find_unit_of_record,
    is_village_laptop,
    laptop_role,
)
from collector.web import current_role, is_set_up, own_unit, reading
from collector.words import N_

blueprint = Blueprint("villages", __name__)

ABOUT_ONE: Final = frozenset({"meetings", "opinions", "programmes", "questionnaires", "results", "rounds", "units"})
"""Features whose pages are about one village."""
ABOUT_ONE_PAGES: Final = frozenset({
    "today.show_today", "people.list_team", "people.add_member",
    "villages.show_same", "villages.join_same", "villages.part_same",
})  # fmt: skip
ONLY_VILLAGE: Final = frozenset({"answers", "openrosa"})
"""Features that need the urn or the phones of the village."""
ONLY_VILLAGE_PAGES: Final = frozenset({
    "opinions.edit_contact",
    *(f"rounds.{name}" for name in ("close_round", "draw_households", "print_forms", "replace_household", "show_draw",
                                    "show_list", "show_list_page", "take_back_household", "tick_households")),
})  # fmt: skip
WORDS: Final = 100

wording.add_errors({
    "village_not_chosen": (
        N_("This page is about one village, and none is chosen yet."),
        N_("Please choose the village, then do it once more."),
    ),
    "record_of_commune": (
        N_("This belongs to the commune. A village reads it and does not change it."),
        N_("Please tell the commune what should be changed."),
    ),
    "village_laptop_only": (
        N_("This is done on the computer of the village alone."),
        N_("Draws, answer sheets, phones and withheld names stay there. Please ask the village team to do it."),
    ),
})  # fmt: skip


def refuse_change_of_commune() -> None:
    """Refuse that a village's laptop changes what belongs to its commune and is only read there.

    :raises RecordOfCommune: if the address of a change names such a record.
    """
    if request.method == "POST" and (unit := find_unit_of_record()) and unit == commune_of(own_unit()):
        raise RecordOfCommune()


def is_about_one(endpoint: str) -> bool:
    """Tell whether the page of an endpoint is about one village."""
    return endpoint.partition(".")[0] in ABOUT_ONE or endpoint in ABOUT_ONE_PAGES


@blueprint.before_app_request
def settle_village() -> Response | None:
    """Before a page of one village, find out which; lead to the choice where nothing tells."""
    endpoint = request.endpoint or ""
    if current_role() is None or not is_set_up():
        return None
    if is_village_laptop():
        refuse_change_of_commune()
        return None
    if endpoint.partition(".")[0] in ONLY_VILLAGE or endpoint in ONLY_VILLAGE_PAGES:
        raise VillageLaptopOnly()
    if not is_about_one(endpoint):
        return None
    try:
        current_unit()
    except VillageNotChosen:
        if request.method != "GET":
            raise
        if endpoint == "today.show_today":
            return redirect(url_for("villages.list_villages"))
        return redirect(url_for("villages.choose_village", next=request.full_path.rstrip("?")))
    return None


@blueprint.app_url_defaults
def keep_village(endpoint: str, values: dict[str, Any]) -> None:
    """Have every address of a page about one village say which; an address that names a record says it by that."""
    village = g.get(ADDRESS)
    if village is not None and is_about_one(endpoint) and not any(name.endswith("_id") for name in values):
        values.setdefault(ADDRESS, village["id"])


@blueprint.app_context_processor
def share_village() -> dict[str, Any]:
    """Give templates the village that the page is about, where one was chosen, and whose computer this is."""
    return {
        "chosen_village": g.get(ADDRESS),
        "is_village_laptop": is_village_laptop(),
        "is_centre": laptop_role() == "central",
    }


@blueprint.get("/villages")
@allow(TEAM)
def list_villages() -> str | Response:
    """Show all villages: last meeting, what is overdue, open rounds, last contact, what differs."""
    refuse_village_laptop()
    words = request.args.get("q", "")[:WORDS]
    found = store.list_villages(reading(), words)
    first = read_number("from", len(found))
    shown = found[first : first + store.PAGE]
    return render_template(
        "villages/list.html",
        own=own_unit(),
        words=words,
        total=len(found),
        villages=store.describe(reading(), shown, today()),
        write_seen=write_seen,
        many_communes=len({row["commune_code"] for row in found}) > 1,
        prev_href=href(words, first - store.PAGE) if first else "",
        next_href=href(words, first + store.PAGE) if first + store.PAGE < len(found) else "",
    )


@blueprint.get("/villages/choose")
@allow(TEAM)
def choose_village() -> str | Response:
    """Choose the village for the page that `next` names."""
    refuse_village_laptop()
    target = local_path(request.args.get("next"))
    words = request.args.get("q", "")[:WORDS]
    found = store.list_villages(reading(), words)
    return render_template(
        "villages/choose.html",
        villages=[(row, with_village(target or "/", row["id"])) for row in found[: store.PAGE]],
        more=len(found) > store.PAGE,
        words=words,
        target=target,
        remembered=session.get(ADDRESS),
    )


def with_village(path: str, unit: str) -> str:
    """Put the village into the address of a page."""
    parts = urlsplit(path)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name != ADDRESS]
    return urlunsplit(("", "", parts.path, urlencode([*asked, (ADDRESS, unit)]), ""))


def write_seen(milliseconds: int) -> str:
    """Write the moment of a contact with the centre."""
    return from_stamp(milliseconds << 16).strftime("%H:%M, %d/%m/%Y")


def refuse_village_laptop() -> None:
    """Say that the page is not there on the laptop of one village."""
    if is_village_laptop():
        abort(404)


def read_number(name: str, most: int) -> int:
    """Read a place in a list from the address; nonsense is the beginning."""
    typed = request.args.get(name, "")
    place = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 7 else 0
    return place - place % store.PAGE if place < most else 0


def href(words: str, first: int) -> str:
    """Give the address of a part of the overview."""
    asked: dict[str, Any] = {"from": first} if first > 0 else {}
    return url_for("villages.list_villages", q=words or None, **asked)
