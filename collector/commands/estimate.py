"""`collector estimate`: the participation metric over any CSV file, without a data folder."""

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option
from collector.commands.output import print_result
from collector.words import N_

RESERVED: Final = {"all", "mean", "every_dimension", "exact", "merged_cells", "rounds"}
_COLUMN: Final[dict[str, Any]] = {"metavar": "COLUMN"}


def _split(_ctx: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names or len(set(names)) < len(names) or RESERVED & set(names):
        raise click.BadParameter(_("name each column once, parted by commas; none may be called all, mean or exact."))
    return names


def _read_target(_ctx: click.Context, _parameter: click.Parameter, value: str) -> Fraction:
    try:
        target = Fraction(value)
    except (ValueError, ZeroDivisionError):
        target = Fraction(0)
    if not 0 < target <= 1:
        raise click.BadParameter(_("write a share such as 0.9."))
    return target


def _read_domain(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in value]
    if not all(column.strip() and sign for column, sign, _value in pairs):
        raise click.BadParameter(_("write COLUMN=VALUE, for example gender=F."))
    return {column.strip(): wanted.strip() for column, _sign, wanted in pairs}


@declare("estimate", N_("Estimate shares of yes from a CSV file of answers, with intervals and verdicts."))
@click.argument("source", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE.csv|-")
@option(
    "--dimensions",
    required=True,
    callback=_split,
    metavar="COLUMN,…",
    help=N_("Columns with answers: 1 yes, 0 no, 8 don't know, 9 refused, empty."),
)
@option("--stratum", **_COLUMN, help=N_("Column of the village; without it everything is one village."))
@option("--cluster", **_COLUMN, help=N_("Column of the household; without it every row is one of its own."))
@option("--weight", **_COLUMN, help=N_("Column of the weight; without it the population says it."))
@option("--population", **_COLUMN, help=N_("Column of how many households (or adults) live in the row's village."))
@option(
    "--area-population",
    **_COLUMN,
    help=N_("Column of how many villages the area has, if only some of them were drawn."),
)
@option(
    "--poststratify",
    "cells",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="CELLS.csv",
    help=N_("Known sizes of cells: the columns to match and count."),
)
@option(
    "--rake",
    "margins",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="MARGINS.csv",
    help=N_("Known sizes of each column alone: column, value, count."),
)
@option(
    "--domain",
    multiple=True,
    callback=_read_domain,
    metavar="COLUMN=VALUE",
    help=N_("Only these people; the others stay in the design. May be given again."),
)
@option("--compare", **_COLUMN, help=N_("Column of the round; compares its two values."))
@option("--panel", is_flag=True, help=N_("The same households answered in both rounds (needs --cluster)."))
@option(
    "--chosen",
    type=click.Choice(["everyone", "drawn", "other"]),
    default="drawn",
    help=N_("How respondents were chosen: everyone was asked, drawn at random, or other."),
)
@option("--target", default="0.9", callback=_read_target, metavar="SHARE", help=N_("The target; 0.9 if not given."))
@data_option
@format_option
def command(source: str, data: Path | None, output: str, **options: Any) -> None:
    """Estimate shares from a file."""
    from collector.commands.estimate_sentences import change_sentences, result_sentences
    from collector.commands.estimate_values import change_values, result_values
    from collector.commands.estimating import Request, compare, estimate

    request = Request(source, **options)
    _check(request)
    if request.compare:
        names, compared, later = compare(request)
        print_result(output, change_values(names, compared, later), change_sentences(names, compared, later))
    else:
        results = estimate(request)
        print_result(output, result_values(results), result_sentences(results))


def _check(request: Any) -> None:
    if request.cells and request.margins:
        raise click.UsageError(_("Please give --poststratify or --rake, not both."))
    if request.panel and not (request.compare and request.cluster):
        raise click.UsageError(_("--panel needs --compare and --cluster."))
    if request.panel and (request.cells or request.margins):
        raise click.UsageError(_("--panel cannot be combined with --poststratify or --rake."))
    if request.area_population and not request.stratum:
        raise click.UsageError(_("--area-population needs --stratum."))
    if [request.source, request.cells, request.margins].count("-") > 1:
        raise click.UsageError(_("Only one file can be standard input."))
