"""The pages of a centre about laptops: which belong here, letting one in, locking one out."""

import io
from collections import Counter
from datetime import timedelta
from typing import Any, Final

from babel.dates import format_timedelta
from flask import Response, current_app, render_template, request, send_file
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import OFFICE, allow
from collector.central import store
from collector.central.blueprint import blueprint, moment_of, running
from collector.central.building import allow_hosts
from collector.central.doubts import list_doubts
from collector.central.errors import WORDS, AddressInvalid, CodeNotFound
from collector.central.forms import AddressForm, CodeForm, RequestForm
from collector.central.office import Issued
from collector.central.preparing import note_address, note_name
from collector.errors import CollectorError
from collector.identity import short_id
from collector.joining.reasons import WORDS as ENROLMENT_WORDS
from collector.joining.reasons import explain_enrolment
from collector.joining.store import name_centre
from collector.pages import go
from collector.web import current_author, reading
from collector.wording import add_errors, explain, put_together, say, tell
from sync.devices import Device
from sync.enrolment import MAX_REQUEST_BYTES, read_request
from sync.errors import DeviceUnknown, SyncError

add_errors(WORDS)
add_errors(ENROLMENT_WORDS)

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
ANSWER_NAME: Final = "answer.collector"


@blueprint.get("/laptops")
@allow(OFFICE)
def list_devices() -> str:
    """Show the laptops that belong here, with what they last told, and the codes that still count."""
    office = running().office
    writing = store.list_writing(reading())
    devices = [describe(row, writing) for row in office.registry.list_devices()]
    shared = {place for place, count in Counter(device["place"] for device in devices).items() if count > 1}
    codes = [_describe_code(row) for row in office.enrolling.list_codes()]
    form = AddressForm(data={"address": office.address, "name": office.name})
    aside, doubts = store.count_set_aside(reading()), {doubt["device"] for doubt in list_doubts(reading())}
    return render_template(
        "central/devices.html", devices=devices, shared=shared, codes=codes, form=form, aside=aside, doubts=doubts
    )


def describe(row: dict[str, Any], writing: set[str]) -> dict[str, Any]:
    """Put a device into words; what it never told stays out. `writing` are those of which something arrived."""
    return {
        **row,
        "short": short_id(row["id"]),
        "has_written": row["id"] in writing,
        "place": row["village_name"] or row["name"],
        "enrolled": moment_of(row["enrolled_at"]),
        "seen": moment_of(row["seen_at"]),
        "revoked": moment_of(row["revoked_at"]),
        "taken_back": moment_of(row["taken_back_at"]),
        "clock": _say_clock(row["clock_error"]),
    }


def _say_clock(error_ms: int | None) -> str:
    """Say how far the clock of a laptop is off, "" if it is right or was never told."""
    off = timedelta(milliseconds=error_ms or 0)
    if abs(off) <= CLOCK_TOLERANCE:
        return ""
    amount = format_timedelta(abs(off), threshold=1.5, locale=get_locale())
    return str(_("%(amount)s ahead", amount=amount) if off > timedelta(0) else _("%(amount)s behind", amount=amount))


def _describe_code(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": bytes(row["id"]).hex(),
        "label": row["label"],
        "kind": row["kind"],
        "ends": moment_of(row["expires_at"]),
        "uses_left": row["uses_left"],
    }


@blueprint.post("/laptops/address")
@allow(OFFICE)
def change_address() -> str | Answer | tuple[str, int]:
    """Note where laptops and browsers reach this centre."""
    form = AddressForm()
    office = running().office
    if form.validate():
        try:
            office.address = note_address(office.folder, form.address.data or "")
            if form.name.raw_data:
                office.name = note_name(office.folder, form.name.data or "")
            allow_hosts(current_app, office.folder)
            return go("central.list_devices", _("It is noted. Codes and laptops show it from now on."))
        except AddressInvalid:
            form.address.errors = [_("This is no address yet. Please type it as laptops reach it, like the example.")]
    return render_template("central/address.html", form=form), 422


@blueprint.route("/laptops/codes/new", methods=["GET", "POST"])
@allow(OFFICE)
def add_code() -> str | tuple[str, int]:
    """Ask for whom a code is; then show its words, once."""
    form = CodeForm()
    if request.method == "POST" and form.validate():
        commune = form.find()
        if commune is not None:
            try:
                issued = running().office.issue(form.wish(commune, days=form.read_days()), current_author() or "")
                return _show_code(issued)
            except CollectorError as error:
                form.form_errors.append(tell(error))
        else:
            _ask_again(form)
    page = render_template("central/code_form.html", form=form)
    return (page, 422) if form.errors or form.form_errors else page


def _ask_again(form: Any) -> None:
    words = (form.words.data or "").strip()
    if form.commune.choices:
        form.commune.errors = [_("Please choose the commune in the list.")]
    elif words:
        form.words.errors = [_("No commune is called “%(words)s”. Please type fewer letters.", words=words[:60])]
    else:
        form.words.errors = [_("The commune is not chosen yet. Please type a part of its name.")]


def _show_code(issued: Issued) -> str:
    office = running().office
    address = office.address or request.url_root.rstrip("/")
    text = f"{address}#{issued.words.replace(' ', '-')}"
    return render_template(
        "central/code.html",
        issued=issued,
        words=issued.words.split(),
        ends=moment_of(issued.expires_at),
        address=address,
        is_noted=bool(office.address),
        text=text,
        picture=draw(text, _("Code to join")),
        centre=name_centre(office.registry.keys.public_signing),
    )


def draw(text: str, title: str) -> Markup:
    """Draw a QR code as inline SVG without styles."""
    import segno

    svg = segno.make_qr(text, error="m").svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, title=title, border=4
    )
    return Markup(svg)  # noqa: S704 -- drawn here; the title is escaped by segno


@blueprint.post("/laptops/codes/<code_id>/remove")
@allow(OFFICE)
def remove_code(code_id: str) -> Answer:
    """Let a code count no more."""
    try:
        removed = running().office.enrolling.remove_code(bytes.fromhex(code_id))
    except ValueError:
        removed = False
    if not removed:
        raise CodeNotFound()
    return go("central.list_devices", _("The code counts no more."))


@blueprint.route("/laptops/requests/new", methods=["GET", "POST"])
@allow(OFFICE)
def approve_request() -> str | Answer | tuple[str, int]:
    """Let in a laptop whose request was carried here as a file."""
    form = RequestForm()
    if request.method == "POST" and form.validate():
        data = form.file.data.read(MAX_REQUEST_BYTES + 1) if form.file.data else b""
        commune = form.find()
        if commune is None:
            _ask_again(form)
        if not data:
            form.file.errors = [_("No file was chosen yet. Please choose the file of the request.")]
        if commune is not None and data:
            try:
                running().office.approve(data, form.wish(commune))
                device = read_request(data)[0].device
                return go("central.show_device", _("The laptop belongs to this centre now."), device_id=device)
            except (CollectorError, SyncError) as error:
                form.form_errors.append(put_together(*explain_refusal(error)))
    page = render_template("central/request_form.html", form=form)
    return (page, 422) if form.errors or form.form_errors else page


def explain_refusal(error: CollectorError | SyncError) -> tuple[str, str]:
    """Say why a laptop was not let in, by its reason where there is one."""
    reason = explain_enrolment(error)
    return (say(reason[0]), say(reason[1])) if reason else explain(error)


@blueprint.get("/laptops/<device_id>")
@allow(OFFICE)
def show_device(device_id: str) -> str:
    """Show one laptop."""
    office = running().office
    _get_device(device_id)
    row = next(row for row in office.registry.list_devices() if row["id"] == device_id)
    centre = name_centre(office.registry.keys.public_signing)
    return render_template("central/device.html", device=describe(row, store.list_writing(reading())), centre=centre)


def _get_device(device_id: str) -> Device:
    found = running().office.registry.find_device(device_id)
    if found is None:
        raise DeviceUnknown(device=device_id[:100])
    return found


@blueprint.get("/laptops/<device_id>/answer")
@allow(OFFICE)
def download_answer(device_id: str) -> Response:
    """Send the file that makes a laptop know its centre."""
    answer = running().office.enrolling.renew(device_id)
    return send_file(
        io.BytesIO(answer), mimetype="application/octet-stream", as_attachment=True, download_name=ANSWER_NAME
    )


@blueprint.route("/laptops/<device_id>/revoke", methods=["GET", "POST"])
@allow(OFFICE)
def revoke_device(device_id: str) -> str | Answer:
    """Ask before a laptop is locked out, then do it."""
    device = _get_device(device_id)
    if request.method == "POST":
        running().office.registry.revoke(device_id)
        return go("central.list_devices", _("%(name)s is locked out.", name=device.name))
    return render_template("central/revoke.html", device=device, short=short_id(device_id))
