"""Options that several commands share, and how a command opens a data folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from collector.commands.click_words import option
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.folder import DataFolder

DEFAULT_PORT: Final = 8350

data_option = option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=N_("Data folder; else COLLECTOR_DATA, else the folder of this user."),
)
format_option = option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help=N_("How to print: text for people, json for programs."),
)
piped_format_option = option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default=lambda: "text" if sys.stdout.isatty() else "json",
    show_default=False,
    help=N_("How to print: text for people, json for programs. Without it: text on a screen, json into a pipe."),
)
port_option = option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, help=N_("Port on this computer; 0 takes a free one.")
)
open_option = option("--open", "open_browser", is_flag=True, help=N_("Open the first page in the browser."))


def find_folder(data: Path | None) -> "DataFolder":
    """Give the data folder that was named, or the usual one; it need not exist."""
    from collector.folder import DataFolder, default_folder

    return DataFolder(data or default_folder())


def open_folder(data: Path | None) -> "tuple[DataFolder, Database]":
    """Open the data folder of a village that was set up.

    :raises FolderNotSetUp: if there is none.
    :raises DatabaseDamaged: if its database is missing, empty or unreadable.
    """
    from collector.checks import open_checked
    from collector.device import ensure_epoch
    from collector.errors import FolderNotSetUp

    folder = find_folder(data)
    if not folder.read_settings().get("set_up"):
        raise FolderNotSetUp(path=str(folder.root))
    database = open_checked(folder)
    click.get_current_context().call_on_close(database.storage.close)
    ensure_epoch(database, folder)
    return folder, database
