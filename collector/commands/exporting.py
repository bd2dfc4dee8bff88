"""`collector export`: prints or writes records and the data dictionary."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, open_folder
from collector.words import N_


@declare("export", N_("Export the records, or the data dictionary that explains their fields."))
@click.argument("what", type=click.Choice(["records", "dictionary"]), metavar="records|dictionary")
@option(
    "--format",
    "shape",
    type=click.Choice(["ndjson", "csv", "xlsx"]),
    default="ndjson",
    help=N_("ndjson: one record per line; csv: one file per kind into a folder; xlsx: one workbook."),
)
@option(
    "-o",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help=N_("Where to write: a file (ndjson, xlsx) or a folder (csv). Without it ndjson is printed."),
)
@option(
    "--village-only",
    is_flag=True,
    help=N_("Also what never leaves the village, such as who spoke without wanting to be named."),
)
@data_option
def command(what: str, shape: str, target: Path | None, village_only: bool, data: Path | None) -> None:
    """Export records or the dictionary."""
    if shape != "ndjson" and target is None:
        raise click.UsageError(_("Please name a file or folder with -o."))
    if what == "dictionary":
        _export_dictionary(shape, target)
    else:
        _export_records(shape, target, village_only, data)


def _export_records(shape: str, target: Path | None, village_only: bool, data: Path | None) -> None:
    from collector.exchange.journal import note_export
    from collector.exchange.lines import write_lines
    from collector.exchange.tables import list_tables

    folder, database = open_folder(data)
    with database.reading() as connection:
        if shape == "ndjson":
            _write_ndjson(write_lines(connection, village_only=village_only), target)
        else:
            _write_tables(list_tables(connection, village_only=village_only), shape, target)
    note_export(folder, "records", shape, to=str(target or "-"), village_only=village_only)


def _export_dictionary(shape: str, target: Path | None) -> None:
    from collector.exchange.dictionary import COLUMNS, list_fields
    from collector.exchange.lines import encode_line
    from collector.exchange.tables import Table

    fields = list(list_fields(_))
    if shape == "ndjson":
        _write_ndjson((encode_line({k: v for k, v in each.items() if v is not None}) for each in fields), target)
        return
    for each in fields:
        each["choices"] = "; ".join(f"{choice['code']} = {choice['words']}" for choice in each["choices"] or ())
    _write_tables([Table("dictionary", COLUMNS, fields)], shape, target)


def _write_ndjson(lines: Iterable[bytes], target: Path | None) -> None:
    if target is None:
        out = sys.stdout.buffer
        for line in lines:
            out.write(line)
        out.flush()
        return
    with click.open_file(str(target), "wb", atomic=True) as file:
        for line in lines:
            file.write(line)


def _write_tables(tables: Iterable[Any], shape: str, target: Path | None) -> None:
    from collector.exchange.tables import write_csv, write_workbook

    assert target is not None
    paths = write_csv(tables, target) if shape == "csv" else [write_workbook(tables, target)]
    for path in paths:
        click.echo(_("Written: %(path)s", path=path), err=True)
