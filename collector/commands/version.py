"""`collector version`: prints the version of the program."""

from pathlib import Path

from collector import read_version
from collector.commands.click_words import command as declare
from collector.commands.options import data_option, find_folder, format_option
from collector.commands.output import print_result
from collector.words import N_


@declare("version", N_("Print the version of this program and which data folder it would use."))
@data_option
@format_option
def command(data: Path | None, output: str) -> None:
    """Print the version."""
    folder = str(find_folder(data).root)
    print_result(output, {"version": read_version(), "data": folder}, [f"Collector {read_version()}", folder])
