"""`collector bundle`: writes onto a stick what others lack, and reads what lies on sticks, in folders or files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.folder import DataFolder
    from collector.sticks.reading import Source

PROGRESS_WORDS: Final = {"write": N_("Writing the stick"), "read": N_("Reading")}


@declare("bundle", N_("Write onto a USB stick what the centre and other laptops lack, or read such files."))
@click.argument("act", type=click.Choice(["write", "read"]), metavar="write|read")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR|FILE…|-")
@option("--escrow", is_flag=True, help=N_("Read with the words of the escrow key; only show what the files hold."))
@option("--import", "takes_in", is_flag=True, help=N_("With --escrow: take in what the files hold, at the centre."))
@data_option
@format_option
def command(
    act: str, places: tuple[Path, ...], escrow: bool, takes_in: bool, data: Path | None, output: str
) -> None:
    """Write or read."""
    if act == "write" and (escrow or len(places) != 1):
        raise click.UsageError(_("Please name one folder to write into, for example that of a USB stick."))
    if takes_in and not escrow:
        raise click.UsageError(_("--import goes with --escrow; other files are taken in anyway."))
    folder, database = open_folder(data)
    if act == "write":
        _write(folder, database, places[0], output)
    elif escrow and not takes_in:
        _show(list_sources(places), output)
    else:
        _read(folder, database, list_sources(places), output, escrow=escrow)


def _write(folder: "DataFolder", database: "Database", place: Path, output: str) -> None:
    from collector.sticks.exchange import make_namer, write_onto
    from collector.sticks.sentences import tell_written

    with _show_progress("write", output) as progress:
        report = write_onto(folder, database, place, progress)
    print_result(output, report.as_values(), tell_written(report, _, make_namer(folder, database, _)))


def _show(sources: "list[Source]", output: str) -> None:
    from collector.commands.bundle_escrow import ask_escrow_words, show_with_escrow
    from collector.escrow import escrow_identity

    show_with_escrow(escrow_identity(ask_escrow_words()), sources, output)


def _read(
    folder: "DataFolder", database: "Database", sources: "list[Source]", output: str, *, escrow: bool = False
) -> None:
    from collector.sticks.exchange import make_namer, read_from
    from collector.sticks.sentences import tell_left, tell_missing, tell_problem, tell_read

    with _show_progress("read", output) as progress:
        if escrow:
            from collector.commands.bundle_escrow import import_with_escrow

            report = import_with_escrow(folder, database, sources, progress)
        else:
            report = read_from(folder, database, sources, progress)
    name = make_namer(folder, database, _)
    lines = [
        *tell_read(report, _, name),
        *tell_missing(report, _, name),
        *(tell_problem(each, _) for each in report.parked),
        *tell_left(report, _),
    ]
    print_result(output, report.as_values(), lines)
    if report.left:
        sys.exit(1)


def list_sources(places: tuple[Path, ...]) -> "list[Source]":
    """List what lies in these folders and files; `-` is one file on standard input.

    :raises NothingToRead: if a folder holds nothing of ours.
    """
    from collector.sticks.errors import NothingToRead
    from collector.sticks.reading import list_sources as list_in
    from collector.sticks.reading import make_file_source, make_source
    from sync.bundle import CAPS

    found: list[Source] = []
    for place in places:
        if str(place) == "-":
            found.append(make_source("-", sys.stdin.buffer.read(CAPS.sealed_bytes + 1)))
        elif place.is_dir():
            inside = list_in(place)
            if not inside:
                raise NothingToRead(path=str(place))
            found.extend(inside)
        else:
            found.append(make_file_source(place))
    return found


@contextmanager
def _show_progress(act: str, output: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while somebody looks on."""
    if output == "json" or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=_(PROGRESS_WORDS[act]), file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield show
