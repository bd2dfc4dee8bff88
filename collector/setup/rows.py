"""The questions of the first run that have several rows: ethnic groups and the team.

Every row is on the disk as soon as it was added. One form adds a row or changes an earlier one.
"""

from typing import Any

from flask import request
from flask_babel import gettext as _

from collector import wording
from collector.accounts.forms import add_error, check_new_password
from collector.folding import fold
from collector.forms import form_values
from collector.people.records import ROLES
from collector.setup.blueprint import Answer, current_progress, go_on_from, show_question, stay
from collector.setup.forms import GroupForm, MemberForm, group_values, is_filled, sum_sentences
from collector.setup.progress import (
    COUNTS,
    find_missing_role,
    is_for_commune,
    is_second,
    list_missing_sums,
    save_progress,
)
from collector.web import services

MOST_ROWS = 60


def ask_groups() -> Answer:
    """Ask how many households, women and men of each ethnic group the register has."""
    if request.method == "GET":
        return _show_groups(GroupForm(formdata=None))
    action, groups = request.form.get("action", ""), list(current_progress().get("groups") or [])
    if action == "remove":
        return _remove("groups", groups)
    form = GroupForm()
    if action == "add" or is_filled(form, "ethnic_group", *COUNTS):
        group = _check_group(form, groups)
        if group is None:
            return _show_groups(form, 422)
        groups = [*groups, group]
        save_progress(services().folder, groups=groups, groups_done=False)
    if action == "add":
        return stay("groups")
    sentences = sum_sentences(list_missing_sums(current_progress()))
    if sentences:
        return _show_groups(GroupForm(formdata=None), 422, problems=sentences)
    save_progress(services().folder, groups_done=True)
    return go_on_from("groups")


def _show_groups(form: Any, status: int = 200, problems: list[str] | None = None) -> Answer:
    progress = current_progress()
    groups = progress.get("groups") or []
    have = sum(group.get("households") or 0 for group in groups)
    return show_question(
        "groups", status, form=form, groups=groups, register=progress["register"], have=have, problems=problems
    )


def _check_group(form: Any, groups: list[dict[str, Any]]) -> dict[str, Any] | None:
    values: dict[str, Any] | None = form.check()
    if values is None:
        return None
    if values.get("households") is None:
        add_error(form.households, _("The number of households is not filled in yet. Please type it."))
    if any(group["ethnic_group"] == values["ethnic_group"] for group in groups):
        add_error(form.ethnic_group, _("This ethnic group is already in the list. Please remove it there first."))
    if form.errors or len(groups) >= MOST_ROWS:
        return None
    return group_values(values)


def _remove(name: str, rows: list[dict[str, Any]]) -> Answer:
    place = _row(request.form.get("row", ""), rows)
    if place is not None:
        del rows[place]
        save_progress(services().folder, **{name: rows, f"{name}_done": False})
    return stay(name)


def _row(text: str, rows: list[dict[str, Any]]) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < len(rows) else None


def ask_team() -> Answer:
    """Ask who is on the team, what they do, and a password for everybody who will log in."""
    team = list(current_progress().get("team") or [])
    if request.method == "GET":
        return _show_team(_member_form(team, request.args.get("change", "")))
    action = request.form.get("action", "")
    if action == "remove":
        return _remove("team", team)
    form = make_member_form()
    _keep_identity(form, team)
    typed = action == "add" or is_filled(form, "name", "post", "password", "password_again")
    if typed and not _add_member(form, team):
        return _show_team(form, 422)
    if action == "add":
        return stay("team")
    missing = find_missing_role(current_progress())
    if missing is not None:
        return _show_team(make_member_form(formdata=None), 422, problems=[_team_sentence(missing)])
    save_progress(services().folder, team_done=True)
    return go_on_from("team")


def _member_form(team: list[dict[str, Any]], row: str) -> Any:
    place = _row(row, team)
    if place is None:
        return make_member_form(formdata=None)
    values = form_values("person", team[place], ("name", "post", "role"))
    return make_member_form(formdata=None, data={**values, "row": str(place)})


def _keep_identity(form: Any, team: list[dict[str, Any]]) -> None:
    """Have somebody who is on record already keep name, role and post: here only the password is given."""
    place = _row(form.row.data or "", team)
    if place is not None and team[place].get("id"):
        form.name.data, form.role.data, form.post.data = (team[place][each] for each in ("name", "role", "post"))


def make_member_form(**named: Any) -> Any:
    """Make the form of a person with the roles that this computer has; a commune's has officers alone."""
    form = MemberForm(**named)
    if is_for_commune(current_progress()):
        form.role.choices = [(each.code, wording.say(each.words)) for each in ROLES if each.code == "officer"]
        form.role.data = form.role.data or "officer"
    return form


def _show_team(form: Any, status: int = 200, problems: list[str] | None = None) -> Answer:
    team = current_progress().get("team") or []
    changed = _row(form.row.data or "", team)
    for_commune = is_for_commune(current_progress())
    return show_question(
        "team",
        status,
        form=form,
        team=team,
        changed=changed,
        problems=problems,
        for_commune=for_commune,
        is_second=is_second(current_progress()),
    )


def _add_member(form: Any, team: list[dict[str, Any]]) -> bool:
    """Put a person into the team, or change one; False after putting a sentence at every wrong field."""
    place = _row(form.row.data or "", team)
    old = team[place] if place is not None else {}
    values = form.check()
    typed = bool(form.password.data or form.password_again.data)
    if typed:
        check_new_password(form.password, form.password_again)
    if values and any(fold(each["name"]) == fold(values["name"]) for each in team if each is not old):
        add_error(
            form.name,
            _("This name is already in the list. Please add something that tells them apart, for example the year of"
              " birth."),
        )
    if values is None or form.errors or len(team) >= MOST_ROWS:
        return False
    hashed = services().accounts.hash(form.password.data) if typed else old.get("password_hash", "")
    member = {"name": values["name"], "role": values["role"], "post": values["post"] or "", "password_hash": hashed}
    if old.get("id"):
        member["id"] = old["id"]
    if place is None:
        team.append(member)
    else:
        team[place] = member
    save_progress(services().folder, team=team, team_done=False)
    return True


def _team_sentence(missing: str) -> str:
    if is_second(current_progress()):
        return str(_("Neither head nor secretary has a password yet. Please choose “Give a password” at one of them."))
    if missing == "head":
        return str(_("Nobody is the head of the team yet. Please add that person."))
    if missing == "officer":
        return str(_("No officer of the commune is here yet. Please add one."))
    if is_for_commune(current_progress()):
        return str(_("No officer has a password yet. Please choose “Change” and give one."))
    if missing == "secretary":
        return str(_("Nobody is the secretary yet. Please add that person."))
    return str(_("The head of the team has no password yet. Please choose “Change” and give one."))
