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
@open_option
@format_option
def command(data: Path | None, port: int, role: str | None, open_browser: bool, output: str) -> None:
    """Serve a data folder."""
    folder = find_folder(data)
    _refuse_other_role(folder, role)
    serving = start_serving(folder, port)
    print_result(output, {"address": serving.server.address, "data": str(folder.root)}, address_lines(serving))
    run_serving(serving, open_browser=open_browser)


def _refuse_other_role(folder: "DataFolder", role: str | None) -> None:
    known = folder.read_settings().get("role")
    if role and known and known != role:
        raise Refused(
            _("This data folder has the role “%(known)s”, not “%(role)s”.", known=known, role=role),
            _("Name another folder with --data, or leave --role out."),
        )


def start_serving(folder: "DataFolder", port: int) -> "Serving":
    """Take the folder and the port. What is loaded once and stays is kept out of garbage collection."""
    import gc

    gc.disable()
    try:
        from collector.serving import Serving

        return Serving(folder, port)
    finally:
        gc.freeze()
        gc.enable()


def address_lines(serving: "Serving") -> list[str]:
    """Say where the first page is and how to stop."""
    return [
        _("Collector is running: %(address)s", address=serving.server.address),
        _("Data folder: %(path)s", path=serving.folder.root),
        _("Press Ctrl+C to stop. What was saved stays saved."),
    ]


def run_serving(serving: "Serving", *, open_browser: bool) -> None:
    """Serve until told to stop."""
    from collector.serving import stop_on_signals

    stop_on_signals(serving)
    if open_browser:
        click.launch(serving.server.address)
    serving.run()
