"""The pages of the team: who is on it, their telephone, and who of them can log in."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField

from collector.accounts.access import HEADS, TEAM, allow
from collector.accounts.store import PasswordTooShort
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import RecordForm, form_values, record_form
from collector.pages import go
from collector.people import store
from collector.people.records import ROLES
from collector.query import get_record
from collector.villages.current import VillageLaptopOnly, current_unit, is_village_laptop
from collector.web import current_author, current_role, own_unit, posted_record_id, reading, recording, services
from collector.wording import add_errors, say, tell
from collector.words import N_
from sync.storage import Row

blueprint = Blueprint("people", __name__)

NAMES = ("name", "role", "post", "sex", "phone", "cluster")
VILLAGE_ROLES = ("head", "secretary", "member")

add_errors(
    {
        "last_head": (
            N_("%(name)s is the only head who can log in."),
            N_("Somebody must be able to manage this computer. Please give another person the role of head first."),
        ),
    }
)


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password for somebody of the team."""

    password = PasswordField(lazy_gettext("New password"))


@blueprint.get("/team")
@allow(TEAM)
def list_people() -> str:
    """Show the people of the team and who of them can log in."""
    active = {account.id for account in services().accounts.list_accounts() if account.active}
    return render_template(
        "people/list.html",
        people=store.list_people(reading(), own_unit()["id"]),
        active=active,
        may_change=current_role() in HEADS,
    )


@blueprint.get("/village/team")
@allow(TEAM)
def list_team() -> str | Response:
    """Show the team of the village that was chosen; its people log in on the village's own computer, not here."""
    if is_village_laptop():
        return redirect(url_for("people.list_people"))
    people = store.list_people(reading(), current_unit()["id"])
    return render_template("people/list.html", people=people, active=None, may_change=current_role() in HEADS)


@blueprint.route("/team/new", methods=["GET", "POST"])
@allow(HEADS)
def add_person() -> str | Response | tuple[str, int]:
    """Add somebody who works on this computer."""
    return add_to(own_unit()["id"])


@blueprint.route("/village/team/new", methods=["GET", "POST"])
@allow(HEADS)
def add_member() -> str | Response | tuple[str, int]:
    """Add somebody to the team of the village that was chosen."""
    return add_to(current_unit()["id"])


def add_to(unit: str) -> str | Response | tuple[str, int]:
    """Add somebody to the team of a unit."""
    is_here = unit == own_unit()["id"]
    form = make_form({}, is_here)
    draft = "person:new" if is_here else f"person:new:{unit}"
    if request.method == "POST":
        values = form.check()
        if values is not None:
            with recording() as recorder:
                person = store.add_person(recorder, unit, values, posted_record_id())
                forget_draft(recorder, draft)
            message = _("%(name)s is on the team now.", name=values["name"])
            return go("people.change_account", message, person_id=person) if is_here else go_back(is_here, message)
    return show_form(form, draft, None, is_here)


def go_back(is_here: bool, message: str) -> Response:
    """Lead back to the team that somebody belongs to."""
    return go("people.list_people" if is_here else "people.list_team", message)


def works_here(person: Row) -> bool:
    """Tell whether somebody belongs to the team of this computer and may have an account on it."""
    return bool(person["unit"] == own_unit()["id"])


def get_colleague(person_id: str) -> Row:
    """Give somebody who belongs to the team of this computer.

    :raises VillageLaptopOnly: if it is somebody of a village's team, whose accounts are on the village's computer.
    """
    person = get_record(reading(), "person", person_id)
    if not works_here(person):
        raise VillageLaptopOnly()
    return person


@blueprint.route("/team/<person_id>", methods=["GET", "POST"])
@allow(HEADS)
def edit_person(person_id: str) -> str | Response | tuple[str, int]:
    """Change name, role, post or telephone of somebody on the team."""
    person = get_record(reading(), "person", person_id)
    is_here = works_here(person)
    form = make_form(person, is_here)
    draft = f"person:{person_id}"
    if request.method == "POST":
        values = form.check(current=person)
        if values is not None:
            with recording() as recorder:
                store.update_person(recorder, services().accounts, person_id, values)
                forget_draft(recorder, draft)
            return go_back(is_here, _("What you changed of %(name)s is saved.", name=values["name"]))
    return show_form(form, draft, person, is_here)


@blueprint.route("/team/<person_id>/remove", methods=["GET", "POST"])
@allow(HEADS)
def remove_person(person_id: str) -> str | Response:
    """Ask before somebody is taken off the team, then do it."""
    person = get_record(reading(), "person", person_id)
    accounts = services().accounts
    if request.method == "POST":
        with recording() as recorder:
            store.remove_person(recorder, accounts, person_id)
        return go_back(works_here(person), _("%(name)s is no longer on the team.", name=person["name"]))
    store.refuse_last_head(accounts, person_id)
    return render_template("people/remove.html", person=person, account=accounts.find(person_id))


@blueprint.route("/team/<person_id>/account", methods=["GET", "POST"])
@allow(HEADS)
def change_account(person_id: str) -> str | Response | tuple[str, int]:
    """Give somebody an account, or a new password."""
    if person_id == current_author():
        return redirect(url_for("accounts.show_account"))
    person = get_colleague(person_id)
    form = PasswordForm()
    if request.method == "POST" and form.validate():
        try:
            store.give_account(services().accounts, person, form.password.data or "")
            message = _("%(name)s can log in with the new password.", name=person["name"])
            return go("people.list_people", message)
        except PasswordTooShort as refused:
            form.password.errors = [tell(refused)]
    account = services().accounts.find(person_id)
    page = render_template("people/account.html", person=person, account=account, form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/team/<person_id>/account/close")
@allow(HEADS)
def close_account(person_id: str) -> Response:
    """Let somebody log in no more."""
    person = get_colleague(person_id)
    store.close_account(services().accounts, person_id)
    return go("people.list_people", _("%(name)s can no longer log in.", name=person["name"]))


def make_form(person: Row | dict[str, Any], is_here: bool = True) -> RecordForm:
    """Make the form of a person, with the roles that exist on their computer."""
    form = record_form("person", NAMES)(data=form_values("person", person, NAMES))
    if is_village_laptop() or not is_here:
        shown = {*VILLAGE_ROLES, person.get("role")}
        form.role.choices = [("", _("Not chosen"))] + [
            (role.code, say(role.words)) for role in ROLES if role.code in shown
        ]
    return form


def show_form(form: RecordForm, draft: str, person: Row | None, is_here: bool) -> str | tuple[str, int]:
    """Show the form of a person, with what was typed before a power cut."""
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    page = render_template(
        "people/form.html", form=form, draft=draft, person=person, restored=restored, is_here=is_here
    )
    return (page, 422) if form.errors else page
