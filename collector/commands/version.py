"""`collector version`: prints the version of the program."""

from collector import __version__
from collector.commands.click_words import command as declare
from collector.commands.options import format_option
from collector.commands.output import print_result
from collector.words import N_


@declare("version", N_("Print the version of this program."))
@format_option
def command(output: str) -> None:
    """Print the version."""
    print_result(output, {"version": __version__}, [f"Collector {__version__}"])
