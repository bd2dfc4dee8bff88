"""The pages of what the centre set aside: kept, not applied, for somebody to look at and let through or leave."""

from typing import Any, Final

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import OFFICE, allow
from collector.central import store
from collector.central.blueprint import blueprint, running
from collector.central.store import SetAside
from collector.history.words import label_of, who, write_value
from collector.identity import short_id
from collector.pages import go
from collector.web import close_reading, reading
from collector.wording import say
from collector.words import N_
from sync.errors import BodyRefused
from sync.revisions import Reference

REASONS: Final = {
    "revoked": N_("The laptop had been locked out when this arrived."),
    "unknown_device": N_("The laptop does not belong to this centre."),
    "no_right": N_("The laptop may not write this there."),
    "no_right_to_record": N_("This belongs to a place in which the laptop may not write."),
    "malformed": N_("This cannot be read: it was damaged, or made by something else than Collector."),
}
"""Why something was set aside, by the code that stands beside it."""


@blueprint.get("/set-aside")
@allow(OFFICE)
def list_set_aside() -> str:
    """Show what was set aside."""
    connection = reading()
    found = store.list_set_aside(connection)
    names = store.find_names(connection, found)
    entries = [_describe(each, names) for each in found]
    more = store.count_set_aside(connection) - len(entries)
    return render_template("central/aside_list.html", entries=entries, more=more)


def _describe(found: SetAside, names: Any) -> dict[str, Any]:
    body = found.body
    return {
        "reference": found.reference,
        "place": found.village_name or found.device_name or found.reference.device,
        "laptop": _("%(unit)s, computer %(short)s", unit=found.device_name, short=short_id(found.reference.device))
        if found.device_name
        else "",
        "what": say(found.kind.words) if found.kind else _("Something that this version does not know"),
        "reason": say(REASONS.get(found.reason, N_("It was set aside: %(reason)s")), reason=found.reason),
        "who": who(body.author, names) if body and found.is_open else "",
        "stamp": body.stamp if body else 0,
        "is_open": found.is_open,
        "raw": found.raw,
    }


@blueprint.route("/set-aside/<device>/<epoch>/<int:sequence>", methods=["GET", "POST"])
@allow(OFFICE)
def show_set_aside(device: str, epoch: str, sequence: int) -> str | Answer | tuple[str, int]:
    """Show what one revision says, and let it through if somebody decides so."""
    reference = Reference(device, epoch, min(sequence, 2**62))
    problem = ""
    if request.method == "POST":
        close_reading()
        try:
            running().centre.release(reference)
        except BodyRefused:
            problem = _("This cannot be let through, because it cannot be read. It stays here.")
        else:
            return go("central.list_set_aside", _("It was let through and counts from now on."))
    connection = reading()
    found = store.get_set_aside(connection, reference)
    values = [
        (label_of(found.kind, name), write_value(connection, found.kind, name, value))
        for name, value in found.values()
        if found.kind is not None
    ]
    entry = _describe(found, store.find_names(connection, [found]))
    page = render_template(
        "central/aside.html", entry=entry, values=values, problem=problem, is_readable=found.body is not None
    )
    return (page, 422) if problem else page
