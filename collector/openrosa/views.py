"""The pages on which the team adds and locks out phones. What phones themselves ask for stands in `protocol`."""

from flask import Blueprint, current_app, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, WRITERS, allow
from collector.clock import today
from collector.openrosa.addresses import list_addresses
from collector.openrosa.errors import PhoneNotFound
from collector.openrosa.forms import PhoneForm
from collector.openrosa.phones import Phone, Phones, clean_name
from collector.openrosa.settings_code import draw_settings, make_settings
from collector.openrosa.wording import WORDS
from collector.pages import go
from collector.web import current_role, posted_record_id, services
from collector.wording import add_errors

blueprint = Blueprint("openrosa", __name__)
add_errors(WORDS)


@blueprint.get("/phones")
@allow(WRITERS)
def list_phones() -> str:
    """Show the phones, when each was last in contact, and which are locked out."""
    phones = _phones().list_phones()
    return render_template(
        "openrosa/phones.html", phones=phones, may_change=current_role() in KEEPERS, lan=_is_reachable()
    )


@blueprint.route("/phones/new", methods=["GET", "POST"])
@allow(KEEPERS)
def add_phone() -> str | Response | tuple[str, int]:
    """Name a phone; then show its key, once."""
    form = PhoneForm()
    addresses = list_addresses()
    form.address.choices = [(address, address) for address in addresses]
    if len(addresses) < 2:
        del form.address
    if request.method == "POST" and form.validate():
        return _show_key(form, addresses)
    page = render_template("openrosa/add.html", form=form, addresses=addresses)
    return (page, 422) if form.errors else page


def _show_key(form: PhoneForm, addresses: list[str]) -> str | Response:
    name = clean_name(form.name.data)
    key = _phones().add(name, today(), posted_record_id())
    if key is None:
        message = _("This phone was added already. If its key was lost, lock it out and add it anew.")
        return go("openrosa.list_phones", message)
    chosen = form.address.data if "address" in form and form.address.data in addresses else None
    url = make_server_url(chosen or next(iter(addresses), "127.0.0.1"), key)
    project = services().folder.read_settings().get("village_name") or "Collector"
    code = draw_settings(make_settings(url, project, str(get_locale())), _("Settings for ODK Collect"))
    return render_template("openrosa/key.html", name=name, url=url, code=code, lan=_is_reachable())


@blueprint.route("/phones/<phone_id>/revoke", methods=["GET", "POST"])
@allow(KEEPERS)
def revoke_phone(phone_id: str) -> str | Response:
    """Ask before a phone is locked out, then do it."""
    if request.method == "POST":
        phone = _phones().revoke(phone_id, today())
        return go("openrosa.list_phones", _("%(name)s is locked out.", name=phone.name))
    return render_template("openrosa/revoke.html", phone=_get_phone(phone_id))


def make_server_url(address: str, key: str) -> str:
    """Give the address that a phone is set up with; the port is that of this page."""
    port = request.host.rpartition(":")[2]
    return f"http://{address}:{port if port.isdecimal() else 80}/openrosa/{key}"


def _get_phone(phone_id: str) -> Phone:
    found = next((phone for phone in _phones().list_phones() if phone.id == phone_id), None)
    if found is None:
        raise PhoneNotFound(phone=phone_id)
    return found


def _phones() -> Phones:
    return Phones(services().folder)


def _is_reachable() -> bool:
    return bool(current_app.config.get("LAN"))
