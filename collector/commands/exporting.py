"""`collector export`: prints or writes records and the data dictionary."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, open_folder
from collector.commands.output import Refused
from collector.words import N_

_STEP: Final = 1_000


@declare("export", N_("Export the records, the answers of rounds, or the data dictionary that explains fields."))
@click.argument("what", type=click.Choice(["records", "answers", "dictionary"]), metavar="records|answers|dictionary")
@option(
    "--format",
    "shape",
    type=click.Choice(["ndjson", "csv", "xlsx"]),
    default="ndjson",
    help=N_("ndjson: one record per line; csv: one file per kind or questionnaire into a folder; xlsx: one workbook."),
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
@option("--round", "round_id", metavar="ID", help=N_("With answers: of this round only."))
@data_option
def command(
    what: str, shape: str, target: Path | None, village_only: bool, round_id: str | None, data: Path | None
) -> None:
    """Export records, answers or the dictionary."""
    if shape != "ndjson" and target is None:
        raise click.UsageError(_("Please name a file or folder with -o."))
    if what == "dictionary":
        _export_dictionary(shape, target)
    elif what == "answers":
        _export_answers(shape, target, round_id, data)
    else:
        _export_records(shape, target, village_only, data)


def _export_records(shape: str, target: Path | None, village_only: bool, data: Path | None) -> None:
    from collector.exchange.journal import note_export
    from collector.exchange.lines import write_lines
    from collector.exchange.tables import list_tables

    folder, database = open_folder(data)
    if village_only and folder.read_settings().get("role", "village") != "village":
        raise Refused(
            _("What never leaves a village is exported on its own computer alone."),
            _("Please leave --village-only out."),
        )
    with database.reading() as connection:
        if shape == "ndjson":
            _write_ndjson(write_lines(connection, village_only=village_only), target)
        else:
            _write_tables(list_tables(connection, village_only=village_only), shape, target)
    note_export(folder, "records", shape, to=str(target or "-"), village_only=village_only)


def _export_answers(shape: str, target: Path | None, round_id: str | None, data: Path | None) -> None:
    from collector.answers import exporting
    from collector.exchange.journal import note_export

    folder, database = open_folder(data)
    exporting.require_village(folder)
    with database.reading() as connection:
        count = exporting.count_answers(connection, round_id)
        with _progress(count) as passing:
            if shape == "ndjson":
                _write_ndjson(exporting.write_lines(connection, round_id, passing), target)
            else:
                _write_tables(exporting.list_tables(connection, _, round_id, passing), shape, target)
        if shape == "ndjson" and target is not None:
            beside = target.with_name(f"{target.stem}-dictionary{target.suffix}")
            _write_ndjson(exporting.write_dictionary(connection, _, round_id), beside)
    note_export(folder, "answers", shape, to=str(target or "-"), round=round_id, sheets=count)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[Iterable[Any]], Iterator[Any]]]:
    """Give what counts sheets going by on a bar, where somebody looks on."""
    with click.progressbar(length=count, label=_("Sheets"), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def passing(sheets: Iterable[Any]) -> Iterator[Any]:
            waiting = 0
            for sheet in sheets:
                yield sheet
                waiting += 1
                if waiting == _STEP:
                    bar.update(waiting)
                    waiting = 0
            bar.update(waiting)

        yield passing


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
