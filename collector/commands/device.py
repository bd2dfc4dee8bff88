"""`collector device`: at the centre, gives codes and lists or revokes devices; on a laptop, joins a centre."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.commands.click_words import Command, Group, option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder, piped_format_option
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.central.office import Issued, Office, Wish

FILE = click.Path(path_type=Path, dir_okay=False)
leave_option = option(
    "--leave", "leaves", is_flag=True, help=N_("Leave the centre that this laptop belongs to, and join this one.")
)


@click.group(
    "device", cls=Group, help=N_("At the centre: let laptops in, list and revoke them. On a laptop: join a centre.")
)
def command() -> None:
    """Run the commands of devices."""


@command.command(
    "issue", cls=Command, help=N_("At the centre: give a one-time code for a laptop, or approve its request file.")
)
@option("--unit", "unit_code", required=True, metavar="CODE", help=N_("Code of the commune, five digits."))
@option("--village", default="", metavar="NAME", help=N_("A village that exists already, or the name of a new one."))
@option("--new-village", is_flag=True, help=N_("This is another village than the one with almost this name."))
@option(
    "--for",
    "kind",
    type=click.Choice(["village", "commune"]),
    help=N_("Only for the laptop of a village, or only for that of the commune; without --village else for either."),
)
@option("--days", type=click.IntRange(1, 60), default=7, help=N_("For how many days the code counts."))
@option("--uses", type=click.IntRange(1, 500), default=1, help=N_("For how many laptops the code counts."))
@option("--request", "request_file", type=FILE, metavar="FILE", help=N_("Approve the request in this file instead."))
@option("-o", "target", type=FILE, metavar="FILE", help=N_("Where the answer to the request is written."))
@data_option
@piped_format_option
def issue(
    data: Path | None, output: str, request_file: Path | None, target: Path | None, **wishes: Any
) -> None:
    """Give a code, or approve a request."""
    if (request_file is None) is not (target is None):
        raise click.UsageError(_("A request needs both: --request with its file, -o with the file of the answer."))
    from collector.central.office import Wish

    office = _open_office(data)
    wish = Wish(
        wishes["unit_code"], " ".join(wishes["village"].split()), wishes["kind"] or _choose_kind(wishes["village"]),
        wishes["days"], wishes["uses"], wishes["new_village"],
    )  # fmt: skip
    if request_file is not None and target is not None:
        _approve(office, wish, request_file, target, output)
    else:
        _print_code(office, office.issue(wish), output)


def _choose_kind(village: str) -> str:
    from sync.devices import EITHER, VILLAGE

    return VILLAGE if village.strip() else EITHER


def _open_office(data: Path | None) -> "Office":
    from collector.central.office import Office

    return Office(*open_folder(data))


def _print_code(office: "Office", issued: "Issued", output: str) -> None:
    from collector.joining.store import name_centre

    centre = name_centre(office.registry.keys.public_signing)
    values = {
        "code": issued.words,
        "address": office.address,
        "commune": issued.commune.code,
        "village": issued.village,
        "unit": issued.unit,
        "expires_at": _moment(issued.expires_at),
        "centre": centre,
    }
    known = _("It exists already: what the laptop calls its village becomes another name of it.")
    new = _("It is new here: the laptop brings its own village along.")
    lines = [
        _("Code: %(words)s", words=issued.words),
        _("Commune: %(name)s", name=issued.commune.name),
        *([_("Village: %(name)s", name=issued.village), known if issued.unit else new] if issued.village else []),
        _("It counts until %(moment)s and is shown only now.", moment=_moment(issued.expires_at)),
        _("On the laptop: collector device enrol CODE --server %(address)s", address=office.address or "https://…"),
    ]
    print_result(output, values, lines)


def _approve(office: "Office", wish: "Wish", request_file: Path, target: Path, output: str) -> None:
    from collector.folder import write_atomically
    from collector.joining.store import name_centre
    from sync.enrolment import MAX_REQUEST_BYTES, read_request

    with request_file.open("rb") as file:
        data = file.read(MAX_REQUEST_BYTES + 1)
    request = read_request(data)[0]
    answer = office.approve(data, wish)
    write_atomically(target.resolve(), answer)
    centre = name_centre(office.registry.keys.public_signing)
    lines = [
        _("The laptop %(name)s belongs to this centre now: %(device)s", name=request.name, device=request.device),
        _("Carry this file to it: %(path)s", path=target),
        _("On the laptop: collector device accept FILE"),
        _("Words of this centre, to be compared there: %(words)s", words=centre),
    ]
    values = {"device": request.device, "name": request.name, "file": str(target), "centre": centre}
    print_result(output, values, lines)


@command.command("list", cls=Command, help=N_("At the centre: list the devices, with their last contact."))
@data_option
@format_option
def list_devices(data: Path | None, output: str) -> None:
    """List devices."""
    office = _open_office(data)
    devices = [_describe(row) for row in office.registry.list_devices()]
    lines = [_line(device) for device in devices] or [_("No laptop belongs to this centre yet.")]
    print_result(output, {"devices": devices}, lines)


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    named = ("id", "name", "kind", "unit", "program", "pending_records", "pending_sheets")
    return {
        **{name: row[name] for name in named},
        "village": row["village_name"],
        "enrolled_at": _moment(row["enrolled_at"]),
        "last_contact": _moment(row["seen_at"]),
        "revoked_at": _moment(row["revoked_at"]),
        "taken_back_at": _moment(row["taken_back_at"]),
        "clock_error_seconds": None if row["clock_error"] is None else round(row["clock_error"] / 1000),
    }


def _line(device: dict[str, Any]) -> str:
    parts = [device["id"], device["name"]]
    if device["revoked_at"]:
        parts.append(_("locked out since %(moment)s", moment=device["revoked_at"]))
    if device["taken_back_at"]:
        parts.append(_("taken back after restore %(moment)s", moment=device["taken_back_at"]))
    if device["last_contact"] is None:
        parts.append(_("never in contact"))
    else:
        parts.append(_("last contact %(moment)s", moment=device["last_contact"]))
        waiting = device["pending_records"] + device["pending_sheets"]
        parts.append(_("waiting to be sent: %(count)s", count=waiting))
    return "  ".join(parts)


def _moment(moment_ms: int | None) -> str | None:
    from datetime import UTC, datetime

    from collector.clock import utc_text

    return None if moment_ms is None else utc_text(datetime.fromtimestamp(moment_ms / 1000, UTC))


@command.command("revoke", cls=Command, help=N_("At the centre: lock a device out; what it sends later is set aside."))
@click.argument("device", metavar="ID")
@data_option
@format_option
def revoke(device: str, data: Path | None, output: str) -> None:
    """Revoke a device."""
    office = _open_office(data)
    office.registry.revoke(device)
    lines = [
        _("This device is locked out: %(device)s", device=device),
        _("It is given nothing more. What it sends from now on is kept aside for you to look at."),
    ]
    print_result(output, {"device": device, "revoked": True}, lines)


@command.command(
    "reserve", cls=Command, help=N_("At the centre: make its reserve key, if it has none, and print its words once.")
)
@data_option
@format_option
def reserve(data: Path | None, output: str) -> None:
    """Make the escrow key."""
    import secrets

    from collector.escrow import make_escrow

    words = make_escrow(_open_office(data).folder, secrets.token_bytes)
    print_result(output, {"reserve_words": words}, reserve_lines(words))


def reserve_lines(words: str) -> list[str]:
    """Say what the words of the reserve key are and where they belong."""
    return [
        _("Reserve words: %(words)s", words=words),
        _("They open everything that laptops send, should the keys of this centre be lost. Keep them in a safe."),
    ]


@command.command("enrol", cls=Command, help=N_("On a laptop: join the centre that gave this code of eight words."))
@click.argument("code", nargs=-1, required=True, metavar="CODE")
@option("--server", default="", metavar="URL", help=N_("Address of the centre, for example https://example.org"))
@leave_option
@data_option
@format_option
def enrol(code: tuple[str, ...], server: str, leaves: bool, data: Path | None, output: str) -> None:
    """Join a centre over the network."""
    from collector.joining.sending import send_request
    from collector.joining.store import join, read_typed

    folder, database = open_folder(data)
    text = sys.stdin.readline() if code == ("-",) else " ".join(code)
    with _explained():
        membership = join(folder, database, read_typed(text, server), send_request, leaves=leaves)
    _print_membership(membership, output)


def _print_membership(membership: Any, output: str) -> None:
    from collector.joining.store import name_centre

    centre = name_centre(membership.signing)
    values = {
        "server": membership.server,
        "address": membership.url,
        "name": membership.centre_name,
        "unit": membership.unit,
        "village": membership.unit_name,
        "device": membership.device,
        "centre": centre,
    }
    lines = [
        _("This laptop belongs to the centre now: %(name)s", name=membership.centre_name or membership.url or centre),
        _("As: %(name)s", name=membership.unit_name),
        _("Send and receive with: collector sync"),
    ]
    print_result(output, values, lines)


@command.command("request", cls=Command, help=N_("On a laptop: write a request to join a centre, to be carried there."))
@option("-o", "target", type=FILE, required=True, metavar="FILE", help=N_("File of the request, as on a USB stick."))
@data_option
@format_option
def request(target: Path, data: Path | None, output: str) -> None:
    """Write a request file."""
    from collector.folder import write_atomically
    from collector.joining.store import make_request

    folder, database = open_folder(data)
    write_atomically(target.resolve(), make_request(folder, database))
    lines = [
        _("The request is written: %(path)s", path=target),
        _("At the centre: collector device issue --unit CODE --request FILE -o ANSWER"),
    ]
    print_result(output, {"file": str(target)}, lines)


@command.command("accept", cls=Command, help=N_("On a laptop: take in the answer of the centre from a file."))
@click.argument("answer", type=FILE, metavar="FILE")
@option("--centre", "confirmed", default="", metavar="WORDS", help=N_("The six words of the centre, as it has them."))
@leave_option
@data_option
@format_option
def accept(answer: Path, confirmed: str, leaves: bool, data: Path | None, output: str) -> None:
    """Take in an answer."""
    from collector.joining.store import MAX_ANSWER_BYTES, take_answer

    folder, database = open_folder(data)
    with answer.open("rb") as file:
        content = file.read(MAX_ANSWER_BYTES + 1)
    with _explained():
        membership = take_answer(folder, database, content, confirmed, leaves=leaves)
    _print_membership(membership, output)


@contextmanager
def _explained() -> Iterator[None]:
    """Put what is wrong with typed words, one by one, into sentences."""
    from collector.joining.errors import CodeMistyped
    from collector.phrase import CODE_PROBLEM_WORDS

    try:
        yield
    except CodeMistyped as error:
        told = [
            _(CODE_PROBLEM_WORDS[each.code], position=each.position, word=each.word, have=each.have, need=each.need)
            for each in error.context["problems"]
        ]
        raise Refused(*told, _("Nothing was changed.")) from error
