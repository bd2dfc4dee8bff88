"""`collector serve`: serves a data folder to the browser of this laptop."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, find_folder, format_option, open_option, port_option
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.folder import DataFolder
    from collector.serving import Serving


@declare("serve", N_("Serve the data folder to the browser of this computer until Ctrl+C."))
@data_option
@port_option
@option("--role", type=click.Choice(["village", "commune", "central"]), help=N_("Role that this folder must have."))
@option("--lan", is_flag=True, help=N_("Let phones of the same network fetch forms and send sheets; nothing else."))
@option(
    "--database",
    metavar="URL",
    help=N_("Of a centre: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; remembered in the folder."),
)
@option("--host", metavar="ADDRESS", help=N_("Of a centre: the address of this computer to listen at, else 127.0.0.1."))
@option("--address", metavar="URL", help=N_("Of a centre: where laptops and browsers reach it; remembered."))
@option("--proxy", "proxied", is_flag=True, help=N_("Of a centre: a proxy stands before it and says who asks."))
@open_option
@format_option
def command(
    data: Path | None, port: int, role: str | None, lan: bool, open_browser: bool, output: str, **centre: Any
) -> None:
    """Serve a data folder."""
    folder = find_folder(data)
    _refuse_other_role(folder, role)
    place = _prepare_centre(folder, role, lan, **centre)
    serving = start_serving(folder, port, lan=lan, **place)
    values: dict[str, object] = {"address": serving.server.address, "data": str(folder.root)}
    if lan:
        values["phones"] = _list_phone_addresses(serving)
    print_result(output, values, address_lines(serving))
    run_serving(serving, open_browser=open_browser)


def _refuse_other_role(folder: "DataFolder", role: str | None) -> None:
    known = folder.read_settings().get("role")
    if role and known and known != role:
        raise Refused(
            _("This data folder has the role “%(known)s”, not “%(role)s”.", known=known, role=role),
            _("Name another folder with --data, or leave --role out."),
        )


def _prepare_centre(folder: "DataFolder", role: str | None, lan: bool, **options: Any) -> dict[str, Any]:
    """Do what only a centre needs before it is served; give how it is bound."""
    known = folder.read_settings().get("role", role)
    if known != "central":
        if any(options.values()):
            raise Refused(
                _("--database, --host, --address and --proxy are for a centre."),
                _("Name the data folder of a centre with --data, or leave them out."),
            )
        return {}
    from collector.central.preparing import prepare_centre

    if lan:
        raise Refused(_("A centre lets no phones in."), _("Leave --lan out; --host names the address to listen at."))
    return prepare_centre(folder, **options)


def start_serving(folder: "DataFolder", port: int, *, lan: bool = False, **place: Any) -> "Serving":
    """Take the folder and the port. What is loaded once and stays is kept out of garbage collection."""
    import gc

    gc.disable()
    try:
        from collector.serving import Serving

        return Serving(folder, port, lan=lan, **place)
    finally:
        gc.freeze()
        gc.enable()


def address_lines(serving: "Serving") -> list[str]:
    """Say where the first page is and how to stop."""
    phones = _list_phone_addresses(serving) if serving.front.lan else []
    return [
        _("Collector is running: %(address)s", address=serving.server.address),
        *(_("Phones of the same network reach it at: %(address)s", address=address) for address in phones),
        _("Data folder: %(path)s", path=serving.folder.root),
        _("Press Ctrl+C to stop. What was saved stays saved."),
    ]


def _list_phone_addresses(serving: "Serving") -> list[str]:
    from collector.openrosa.addresses import list_addresses

    return [f"http://{address}:{serving.server.bind_addr[1]}/openrosa/" for address in list_addresses()]


def run_serving(serving: "Serving", *, open_browser: bool) -> None:
    """Serve until told to stop."""
    from collector.serving import stop_on_signals

    stop_on_signals(serving)
    if open_browser:
        click.launch(serving.server.address)
    serving.run()
