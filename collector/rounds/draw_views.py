"""The pages of the draw: the numbers before it, what was drawn, and the replacing of addresses that cannot be asked."""

from collections.abc import Sequence

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.widgets import NumberInput

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.errors import CollectorError, RecordInvalid
from collector.pages import go
from collector.query import get_record
from collector.rounds import store
from collector.rounds.blueprint import blueprint
from collector.rounds.drawing import Frame, list_drawn, list_frame, open_round, take_back_replacement
from collector.rounds.drawing import replace_household as replace
from collector.rounds.errors import AlreadyDrawn
from collector.rounds.records import REASONS
from collector.rounds.sizes import Sizes, plan_sizes
from collector.rounds.tasks import name_draw
from collector.rounds.ticking import list_ticked
from collector.web import current_role, reading, recording
from collector.wording import FIELD_SENTENCES, ngettext, say, tell, write_number
from sync.storage import Row

MOST: int = 100_000


class DrawForm(FlaskForm):  # type: ignore[misc]
    """How many households are drawn, and how many wait as reserves."""

    wanted = StringField(lazy_gettext("Households to ask"), widget=NumberInput())
    reserves = StringField(lazy_gettext("Reserves"), widget=NumberInput())

    def read(self) -> tuple[int, int] | None:
        """Give both numbers, or None after putting a sentence at what is none."""
        if not self.validate():
            return None
        found = [_read_number(field, least) for field, least in ((self.wanted, 1), (self.reserves, 0))]
        return None if None in found else (found[0] or 0, found[1] or 0)


def _read_number(field: StringField, least: int) -> int | None:
    typed = str(field.data or "").strip()
    if typed.isdecimal() and len(typed) <= 6 and least <= int(typed) <= MOST:
        return int(typed)
    field.errors = [say(FIELD_SENTENCES["not_a_number"], field=field.label.text)]
    return None


@blueprint.get("/rounds/<round_id>/draw")
@allow(TEAM)
def show_draw(round_id: str) -> str | tuple[str, int]:
    """Show the numbers to choose from; after the draw what was drawn, and how to compute it again."""
    row = get_record(reading(), "round", round_id)
    sizes = make_sizes(row, list_frame(reading(), store.list_villages(reading(), round_id)))
    start = {"wanted": str(sizes.proposed), "reserves": str(sizes.reserves)} if sizes else {}
    return show_page(row, DrawForm(data=start))


@blueprint.post("/rounds/<round_id>/draw")
@allow(KEEPERS)
def draw_households(round_id: str) -> str | Response | tuple[str, int]:
    """Draw the households of a round, or take all of them, and open it."""
    row = get_record(reading(), "round", round_id)
    if row["state"] != "planned":
        raise AlreadyDrawn(round=round_id)
    form = DrawForm()
    counts = form.read() if row["chosen"] == "drawn" else (0, 0)
    if counts is None:
        return show_page(row, form)
    try:
        with recording() as recorder:
            open_round(recorder, round_id, wanted=counts[0], reserves=counts[1])
    except CollectorError as refused:
        if refused.status not in (409, 422) or isinstance(refused, AlreadyDrawn):
            raise
        form.form_errors.append(tell(refused))
        return show_page(row, form)
    return go("rounds.show_round", _("The round is open. People can be asked now."), round_id=round_id)


def show_page(row: Row, form: DrawForm) -> str | tuple[str, int]:
    """Show the page of the draw."""
    villages = store.list_villages(reading(), row["id"])
    frame = list_frame(reading(), villages)
    sizes = make_sizes(row, frame)
    page = render_template(
        "rounds/draw.html",
        round=row,
        frame=frame,
        heading=name_draw(row["chosen"]),
        sizes=sizes,
        size_facts=describe_sizes(sizes) if sizes else [],
        form=form,
        villages=villages,
        to_ask=sum(each["planned"] or 0 for each in villages),
        reserves=list_drawn(reading(), row["id"], reserves=True),
        may_draw=current_role() in KEEPERS,
    )
    return (page, 422) if form.errors or form.form_errors else page


def make_sizes(row: Row, frame: Sequence[Frame]) -> Sizes | None:
    """Work out the numbers to choose from; None while a list is missing, or when nothing is drawn."""
    if row["chosen"] != "drawn" or row["state"] != "planned" or not frame or not all(each.listed for each in frame):
        return None
    populations = {each.village: each.count(row["counted"]) for each in frame}
    listed = sum(each.listed for each in frame)
    return plan_sizes(populations, row["target_percent"] or store.TARGET_PERCENT, listed)


def describe_sizes(sizes: Sizes) -> list[tuple[str, str]]:
    """Say how many must be asked for each number of answers that are not yes, and how many for a good chance."""
    none = str(_("not possible"))
    facts = [
        (
            str(ngettext("if all but %(num)s say yes", "if all but %(num)s say yes", short)) if short else
            str(_("if all say yes")),
            none if size is None else write_number(size),
        )
        for short, size in sizes.deciding
    ]
    likely = none if sizes.likely is None else write_number(sizes.likely)
    return [*facts, (str(_("for a chance of 80 in 100, if 95 of 100 would say yes")), likely)]


@blueprint.route("/rounds/<round_id>/replace", methods=["GET", "POST"])
@allow(WRITERS)
def replace_household(round_id: str) -> str | Response | tuple[str, int]:
    """Let the next reserve take the place of an address that cannot be asked."""
    row = get_record(reading(), "round", round_id)
    problems: dict[str, str] = {}
    if request.method == "POST" and not request.form.get("drawn"):
        problems["drawn"] = _("No household is chosen yet. Please choose one.")
    elif request.method == "POST":
        drawn = get_record(reading(), "drawn_household", request.form.get("drawn", ""))
        try:
            with recording() as recorder:
                taken = replace(recorder, drawn["id"], request.form.get("reason", ""))
            return go("rounds.replace_household", say_replaced(taken), round_id=drawn["round"])
        except RecordInvalid:
            problems["reason"] = _("No reason is chosen yet. Please choose one.")
    ticked = list_ticked(reading(), round_id)
    drawn_rows = list_drawn(reading(), round_id)
    page = render_template(
        "rounds/replace.html",
        round=row,
        candidates=[each for each in drawn_rows if not each["outcome"] and each["id"] not in ticked],
        replaced=[each for each in drawn_rows if each["outcome"] == "ineligible"],
        reserves=list_drawn(reading(), round_id, reserves=True),
        reasons=REASONS,
        many_villages=len({each["village"] for each in drawn_rows}) > 1,
        problems=problems,
        sent=request.form,
    )
    return (page, 422) if problems else page


def say_replaced(taken: Row | None) -> str:
    """Say who takes the place, or that nobody is left to take it."""
    if taken is None:
        return str(_("Recorded. No reserve is left: one household less is asked."))
    return str(
        _("Household %(number)s, %(name)s, takes the place.", number=taken["number"], name=taken["head_name"])
    )


@blueprint.post("/rounds/<round_id>/replace/<drawn_id>/take-back")
@allow(WRITERS)
def take_back_household(round_id: str, drawn_id: str) -> Response:
    """Undo a replacement that was a mistake."""
    drawn = get_record(reading(), "drawn_household", drawn_id)
    with recording() as recorder:
        take_back_replacement(recorder, drawn_id)
    return go("rounds.replace_household", _("Taken back: the household is asked after all."), round_id=drawn["round"])
