"""The page on which a person says, once for all laptops, that this centre is the right one although it went back."""

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import OFFICE, allow
from collector.central.blueprint import blueprint, moment_of, running
from collector.central.doubts import list_doubts
from collector.identity import short_id
from collector.pages import go
from collector.web import reading


@blueprint.route("/laptops/begin-anew", methods=["GET", "POST"])
@allow(OFFICE)
def begin_anew() -> str | Answer:
    """Show which laptops know more of this centre than it does; begin a new life when somebody says so."""
    if request.method == "POST":
        running().watch.renew()
        return go("central.list_devices", _("The centre begins anew. Every laptop offers again all that it has."))
    doubts = [
        {**row, "noted": moment_of(row["noted_at"]), "short": short_id(row["device"])}
        for row in list_doubts(reading())
    ]
    return render_template("central/begin_anew.html", doubts=doubts)
