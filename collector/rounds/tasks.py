"""What is to be done in a round, in its order: the entries of the list on its page, each with its state.

Pages of other features are linked when they are there.
"""

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from collector.accounts.access import KEEPERS, WRITERS
from collector.rounds.ticking import TickCounts
from collector.wording import ngettext
from sync.storage import Row

Task = dict[str, Any]
State = tuple[str, str]
"""Words and their tone; without words there is nothing to say."""


def list_tasks(row: Row, counts: TickCounts, role: str | None) -> list[Task]:
    """List what is to be done in a round, for somebody with this role."""
    tasks = [
        *_list_beginning(row, counts),
        *_list_asking(row, role),
        *_list_households(row, counts, role),
        *_list_ending(row, role),
    ]
    return [task for task in tasks if task]


def list_tasks_elsewhere(row: Row) -> list[Task]:
    """List what is to be seen of a round elsewhere than on its village's computer: the result, once it is closed."""
    state = _waiting(row) or ((_("After closing"), "plain") if row["state"] == "open" else (_("Ready"), "ok"))
    task = _make("results.show_results", _("Results"), row, state, shown=_ended(row) is not None)
    return [task] if task else []


def name_draw(chosen: str) -> str:
    """Give the words for the beginning of a round."""
    if chosen == "drawn":
        return str(_("Draw the households"))
    return str(_("Take all households into the list") if chosen == "everyone" else _("Begin asking"))


def _list_beginning(row: Row, counts: TickCounts) -> list[Task]:
    planned = row["state"] == "planned"
    state = (_("Not done yet"), "warn") if planned else (_("Done"), "ok")
    tasks = [_make("rounds.show_draw", name_draw(row["chosen"]), row, state)]
    if row["chosen"] != "other":
        number = counts.households - counts.ineligible
        words = str(ngettext("%(num)s household", "%(num)s households", number))
        state = _waiting(row) or (words, "plain")
        tasks.append(_make("rounds.show_list", _("List for those who ask"), row, state, shown=not planned))
    return tasks


def _list_asking(row: Row, role: str | None) -> list[Task]:
    shown = row["state"] == "open" and role in WRITERS
    over = _waiting(row) or _ended(row)
    tasks = [_make("rounds.print_forms", _("Print blank paper sheets"), row, over or ("PDF", "plain"), shown=shown)]
    for endpoint, label in (
        ("answers.hand_over", _("Ask on this computer or a phone")),
        ("answers.enter_paper", _("Enter paper sheets")),
        ("openrosa.list_phones", _("Phones with a collecting app")),
    ):
        tasks.append(_make(endpoint, label, row, over or ("", "plain"), shown=shown))
    return tasks


def _list_households(row: Row, counts: TickCounts, role: str | None) -> list[Task]:
    if row["chosen"] == "other":
        return []
    shown = row["state"] == "open" and role in WRITERS
    over = _waiting(row) or _ended(row)
    left = str(ngettext("%(num)s household left", "%(num)s households left", counts.left))
    replaced = str(_("%(count)s so far", count=counts.ineligible))
    ticking = over or ((left, "warn") if counts.left else (_("Done"), "ok"))
    return [
        _make("rounds.replace_household", _("Replace a household"), row, over or (replaced, "plain"), shown=shown),
        _make("rounds.tick_households", _("Tick the households that were asked"), row, ticking, shown=shown),
    ]


def _list_ending(row: Row, role: str | None) -> list[Task]:
    is_open, waiting = row["state"] == "open", _waiting(row)
    state = waiting or ((_("Not done yet"), "warn") if is_open else (_("Done"), "ok"))
    keeps = role in KEEPERS
    shown = is_open and keeps
    ready = waiting or ((_("After closing"), "plain") if is_open else (_("Ready"), "ok"))
    return [
        _make("rounds.close_round", _("Look over and close the round"), row, state, shown=shown),
        _make("results.show_results", _("Results"), row, ready, shown=waiting is None),
        _make("answers.withdraw_sheet", _("Withdraw a sheet"), row, ready, shown=waiting is None and keeps),
        _make("answers.export_answers", _("Single answers as files"), row, ready, shown=waiting is None and keeps),
    ]


def _waiting(row: Row) -> State | None:
    if row["state"] != "planned":
        return None
    return (_("After the beginning") if row["chosen"] == "other" else _("After the draw")), "draft"


def _ended(row: Row) -> State | None:
    return (_("Closed"), "plain") if row["state"] == "closed" else None


def _make(endpoint: str, label: str, row: Row, state: State, *, shown: bool = True) -> Task:
    """Make one entry, empty if there is no such page; when not `shown` it leads nowhere."""
    if endpoint not in current_app.view_functions:
        return {}
    rules = list(current_app.url_map.iter_rules(endpoint))
    address = {"round_id": row["id"]} if any("round_id" in rule.arguments for rule in rules) else {}
    href = url_for(endpoint, **address) if shown else ""
    return {"label": label, "href": href, "state": state[0], "tone": state[1]}
