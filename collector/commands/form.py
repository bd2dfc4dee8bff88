"""`collector form`: writes blank paper sheets of a survey round as a PDF file."""

from pathlib import Path

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import print_result
from collector.words import N_


@declare("form", N_("Write blank paper sheets of a survey round as PDF, each with a new number and withdrawal code."))
@click.argument("round_id")
@option(
    "-o",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.pdf",
    help=N_("Where to write."),
)
@option("--count", type=click.IntRange(min=1), default=1, show_default=True, help=N_("How many sheets."))
@data_option
@format_option
def command(round_id: str, target: Path, count: int, data: Path | None, output: str) -> None:
    """Write blank paper sheets."""
    from collector.documents import render_pdf
    from collector.folder import write_atomically
    from collector.rounds.lists import make_blank_sheets

    _folder, database = open_folder(data)
    with database.recording() as recorder:
        paper = make_blank_sheets(recorder, round_id, count)
    pdf = render_pdf("blank_sheets", paper, draft=False)  # takes long: nobody should wait for the transaction
    write_atomically(target, pdf)
    numbers = sorted(sheet.number for sheet in paper.sheets)
    values = {"round": round_id, "file": str(target), "first": numbers[0], "last": numbers[-1], "size_bytes": len(pdf)}
    said = N_("Wrote the blank sheets %(first)s to %(last)s: %(path)s")
    print_result(output, values, [_(said, first=numbers[0], last=numbers[-1], path=target)])
