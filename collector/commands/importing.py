"""`collector import`: takes over records, households, villages, answers or a questionnaire from a file."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.exchange.reading import Refusal
    from collector.folder import DataFolder
    from collector.recorder import Recorder

SHOWN_REFUSALS = 50
MORE_WORDS = {
    "unknown_commune": N_("commune_code: this is no code of a commune in force. Please look it up."),
    "missing_columns": N_("The first line does not name the columns: %(columns)s."),
    "not_a_sex": N_("head_sex: “%(value)s” is neither male nor female. Please write Nam or Nữ."),
    "no_such_village": N_("%(field)s: the round does not ask in “%(value)s”. Please correct the name."),
    "no_such_day": N_("%(field)s: “%(value)s” is no day up to today. Please write it as 2026-03-05."),
    "repeated_number": N_("number: %(number)s stands in line %(line)s already. Please correct one."),
}


@declare(
    "import",
    N_("Take over records, households, villages, answers or a questionnaire from a file; all of it or nothing."),
)
@click.argument(
    "what",
    type=click.Choice(["units", "households", "records", "answers", "form"]),
    metavar="units|households|records|answers|form",
)
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE|-")
@option("--author", default="", metavar="NAME", help=N_("Who is said to have written this; kept as its source."))
@option("--partial", is_flag=True, help=N_("Take over the lines that are right and leave the others out."))
@option("--round", "round_id", metavar="ID", help=N_("With answers: the open round to which they belong."))
@data_option
@format_option
def command(
    what: str, source: Path, author: str, partial: bool, round_id: str | None, data: Path | None, output: str
) -> None:
    """Import a file."""
    if (what == "answers") is (round_id is None):
        raise click.UsageError(_("Answers belong to a round: please name it with --round; nothing else does."))
    folder, database = open_folder(data)
    place = round_id or _find_own_unit(folder, database)
    source_name = " ".join(author.split())[:100] or None
    if what == "form":
        from collector.commands.importing_forms import import_form

        import_form(database, place, source, source_name, output)
        return
    work = WORK[what]
    with click.open_file(str(source), "rb") as file:
        result = _in_one_transaction(lambda recorder: work(recorder, place, file), database, source_name, partial)
    from collector.answers.tidying import tidy

    tidy(database)
    refusals = [_show(each) for each in result.pop("refusals")]
    kept = partial or not refusals
    values = {**(result if kept else dict.fromkeys(result, 0)), "refused": refusals}
    print_result(output, values, [_summary(values)] if kept else [])
    if refusals:
        _refuse(refusals, output, kept=kept)


def _find_own_unit(folder: "DataFolder", database: "Database") -> str:
    from collector.units.aliases import canonical

    with database.reading() as connection:
        return canonical(connection, folder.read_settings()["unit"])


class _Undo(Exception):
    pass


def _in_one_transaction(
    work: "Callable[[Recorder], dict[str, Any]]", database: Any, source: str | None, partial: bool
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    try:
        with database.recording(source=source) as recorder:
            result = work(recorder)
            if result["refusals"] and not partial:
                raise _Undo
    except _Undo:
        pass
    return result


def _import_records(recorder: "Recorder", unit: str, file: IO[bytes]) -> dict[str, Any]:
    from collector.exchange.importing import import_records

    return _fields(import_records(recorder, unit, file))


def _import_units(recorder: "Recorder", _unit: str, file: IO[bytes]) -> dict[str, Any]:
    from collector.exchange.villages import import_villages
    from collector.units.tables import MAX_TABLE_BYTES, read_table

    return _fields(import_villages(recorder, read_table(file.read(MAX_TABLE_BYTES + 1))))


def _fields(result: Any) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def _import_households(recorder: "Recorder", unit: str, file: IO[bytes]) -> dict[str, Any]:
    from collector.exchange.reading import Refusal
    from collector.units.household_lists import read_households
    from collector.units.store import import_households
    from collector.units.tables import MAX_TABLE_BYTES, read_table

    plan = import_households(recorder, unit, read_households(read_table(file.read(MAX_TABLE_BYTES + 1))))
    refusals = [
        Refusal(planned.row.line, error.code, error.field, dict(error.context), "household", error)
        for planned in plan.rows
        for error in planned.row.errors
    ]
    counts = {name: plan.count(name) for name in ("added", "changed", "unchanged")}
    return {**counts, "refusals": refusals}


def _import_answers(recorder: "Recorder", round_id: str, file: IO[bytes]) -> dict[str, Any]:
    from collector.answers.importing import MAX_BYTES, import_answers

    return _fields(import_answers(recorder, round_id, file.read(MAX_BYTES + 1)))


WORK = {
    "records": _import_records,
    "households": _import_households,
    "units": _import_units,
    "answers": _import_answers,
}
"""What takes a kind of file over: given the village, or for answers the round."""


def _show(refusal: "Refusal") -> dict[str, Any]:
    shown = {"line": refusal.line, "field": refusal.field, "code": refusal.code, "message": _sentence(refusal)}
    return {name: value for name, value in shown.items() if value}


def _sentence(refusal: "Refusal") -> str:
    from collector.commands.errors import explain_code, field_sentence
    from collector.exchange.reading import LINE_WORDS
    from collector.registry import KINDS

    if refusal.code == "answer_not_taken":
        from collector.answers.problems import find_words

        sentence, values = find_words(refusal.context["problem"])
        return f"{refusal.field}: {_(sentence, **values)}"
    words = LINE_WORDS.get(refusal.code) or MORE_WORDS.get(refusal.code)
    if words:
        return _(words, **{"code": "", **refusal.context})
    if refusal.error is not None:
        return field_sentence(KINDS[refusal.kind], refusal.error)
    return " ".join(explain_code(refusal.code, refusal.context))


def _summary(values: dict[str, Any]) -> str:
    return _(
        "Added: %(added)s. Changed: %(changed)s. The same as before: %(unchanged)s.",
        **{name: values[name] for name in ("added", "changed", "unchanged")},
    )


def _refuse(refusals: list[dict[str, Any]], output: str, *, kept: bool) -> None:
    lines: Iterable[str] = [
        _("Line %(line)s: %(message)s", line=each["line"], message=each["message"])
        for each in refusals[:SHOWN_REFUSALS]
    ]
    more = len(refusals) - SHOWN_REFUSALS
    rest = [_("… and %(more)s more.", more=more)] if more > 0 else []
    title = (
        _("%(count)s lines were left out:", count=len(refusals))
        if kept
        else _("Nothing was taken over. Please correct these lines, or use --partial:")
    )
    raise Refused(title, *(() if output == "json" else (*lines, *rest)))
