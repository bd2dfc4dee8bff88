"""`collector report`: writes what closed rounds show, as it may leave the village."""

import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _, find_language
from collector.commands.options import data_option, open_folder
from collector.words import N_

if TYPE_CHECKING:
    from sync.storage import Connection, Row

PRINTED = ("json", "csv")
"""Formats that can be printed; the others need a file."""


@declare("report", N_("Write the results of a closed round, or of all that were closed in a period."))
@click.argument("round_id", required=False)
@option("--period", metavar="2026|2026-H1", help=N_("All rounds closed in this reporting year or half year."))
@option(
    "--format",
    "shape",
    type=click.Choice(["json", "csv", "xlsx", "pdf"]),
    default="json",
    help=N_("json and csv can be printed; xlsx and pdf need a file."),
)
@option(
    "-o",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=N_("Where to write. Without it json and csv are printed."),
)
@data_option
def command(round_id: str | None, period: str | None, shape: str, target: Path | None, data: Path | None) -> None:
    """Write the report of a round or of a period."""
    if bool(round_id) == bool(period):
        raise click.UsageError(_("Please name either a round or a --period."))
    if shape not in PRINTED and target is None:
        raise click.UsageError(_("Please name a file with -o."))
    from collector.exchange.journal import note_export
    from collector.folder import write_atomically
    from collector.results.report import make_report
    from collector.results.speaking import Speaker

    folder, database = open_folder(data)
    with database.reading() as connection:
        rounds, label = list_rounds(connection, round_id, period)
        content = make_report(connection, rounds, shape, Speaker(_, find_language()), label)
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_atomically(target, content)
        click.echo(_("Written: %(path)s", path=target), err=True)
    note_export(folder, "report", shape, to=str(target or "-"), rounds=[row["id"] for row in rounds])


def list_rounds(connection: "Connection", round_id: str | None, period: str | None) -> "tuple[list[Row], str]":
    """Give the closed round that was named, or those of a period with its label.

    :raises RoundNotClosed: if people are still being asked.
    :raises NoClosedRounds: if no round was closed in the period.
    :raises UnknownPeriod: if the label names no period.
    """
    from collector.clock import ZONE, utc_text
    from collector.law.periods import get_period
    from collector.query import get_record
    from collector.results.errors import NoClosedRounds, RoundNotClosed
    from collector.results.store import list_closed_rounds

    if round_id:
        row = get_record(connection, "round", round_id)
        if row["state"] != "closed":
            raise RoundNotClosed(round=round_id)
        return [row], ""
    span = get_period(period or "")
    first, last = (
        utc_text(datetime.combine(day, time(), ZONE)) for day in (span.starts_on, span.ends_on + timedelta(days=1))
    )
    found = list_closed_rounds(connection, first, last)
    if not found:
        raise NoClosedRounds(period=span.label)
    return found, span.label
