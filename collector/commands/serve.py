"""`collector serve`: serves a data folder to the browser of this laptop."""

from pathlib import Path
from typing import TYPE_CHECKING

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
@open_option
@format_option
def command(data: Path | None, port: int, role: str | None, lan: bool, open_browser: bool, output: str) -> None:
    """Serve a data folder."""
    folder = find_folder(data)
    _refuse_other_role(folder, role)
    serving = start_serving(folder, port, lan=lan)
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


def start_serving(folder: "DataFolder", port: int, *, lan: bool = False) -> "Serving":
    """Take the folder and the port. What is loaded once and stays is kept out of garbage collection."""
    import gc

    gc.disable()
    try:
        from collector.serving import Serving

        return Serving(folder, port, lan=lan)
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
