"""`collector check`: is everything sound, can the tables be made again from the log, is a printed paper genuine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.folder import DataFolder

SHEET_WORDS = {
    "matches": N_("Matches: this is the paper %(number)s, finalised at %(moment)s."),
    "altered": N_("Altered: %(number)s was finalised at %(moment)s with other content."),
    "pages": N_(
        "Altered: the record inside is that of %(number)s, finalised at %(moment)s, but the file is not the one that"
        " was written then. Its pages may have been changed."
    ),
    "unknown": N_("Unknown: no paper of this number is held in this data folder."),
}
SHEET_ADVICE = {
    "altered": N_("Ask for the file or paper again, and compare it with: collector minutes."),
    "pages": N_("Compare every page with the file that is kept here: collector minutes."),
    "unknown": N_("It may belong to another village, or was finalised on a computer that did not send it yet."),
}
FILE_WORDS = {"missing": N_("The file “%(name)s” is missing."), "altered": N_("The file “%(name)s” was altered.")}


@declare("check", N_("Check the database, the log and the files; or check a printed paper."))
@option("--rebuild", is_flag=True, help=N_("Make the tables again from the log and compare."))
@option("--sheet", default="", metavar="FILE.pdf|TEXT", help=N_("A PDF of Collector, or the text of its code."))
@option(
    "--new-life", is_flag=True, help=N_("At a centre whose database was restored: have every laptop offer all again.")
)
@data_option
@format_option
def command(rebuild: bool, sheet: str, new_life: bool, data: Path | None, output: str) -> None:
    """Check a folder or a paper."""
    folder, database = open_folder(data)
    if new_life:
        _begin_life(folder, database, output)
    elif sheet:
        _check_sheet(folder, database, sheet, output)
    elif rebuild:
        _rebuild(database, output)
    else:
        _check_folder(folder, database, output)


def _check_folder(folder: "DataFolder", database: "Database", output: str) -> None:
    from collector.attachments.files import Files
    from collector.checks import check_folder

    found = check_folder(database, Files(folder.attachments))
    problems = [
        *(_("The database file is damaged: %(detail)s", detail=each) for each in found["integrity"]),
        *([_("The log is broken at %(place)s.", place=found["broken_chain"])] if found["broken_chain"] else []),
        *(_("The tables differ from the log: %(record)s", record=each) for each in found["cache_differences"][:20]),
        *(_say_file(each["problem"], each["name"]) for each in found["files"]),
    ]
    good = _("Everything is sound: %(revisions)s revisions were read.", revisions=found["revisions"])
    awaited = len(found["awaited"])
    waits = [_("Photos and files that have not come to this computer yet: %(number)s.", number=awaited)]
    print_result(output, found, [] if problems else [good, *(waits if awaited else [])])
    if problems:
        advice = _(
            "Do not delete anything. Tables are mended with --rebuild; for the rest restore the newest backup into a"
            " new folder: collector restore FILE --data DIR."
        )
        raise Refused(_("Something is not right:"), *problems, advice)


def _say_file(problem: str, name: str) -> str:
    return _(FILE_WORDS[problem], name=name)


def _begin_life(folder: "DataFolder", database: "Database", output: str) -> None:
    from collector.central.building import run_centre

    life = run_centre(folder, database).watch.renew()
    lines = [_("The centre begins anew: every laptop offers again all that it has, and nothing is lost.")]
    print_result(output, {"life": life}, lines)


def _rebuild(database: "Database", output: str) -> None:
    from collector.checks import rebuild_cache

    found = rebuild_cache(database)
    said = _("equal") if found["equal"] else _("not equal")
    made = _("%(records)s records were made again from the log.", records=found["records"])
    print_result(output, found, [said, made])
    if not found["equal"]:
        told = [*found["differed_before"], *found["differ_after"]]
        raise Refused(_("The tables differed from the log and were made again:"), *told[:20])


def _check_sheet(folder: "DataFolder", database: "Database", sheet: str, output: str) -> None:
    from collector.attachments.files import Files
    from collector.exchange.sheets import check_sheet

    given: str | bytes = sheet if sheet.startswith("COLLECTOR1:") else _read_file(Path(sheet))
    with database.reading() as connection:
        found = check_sheet(connection, Files(folder.attachments), given)
    values = {"number": found["number"], "moment": _moment(found["finalised_at"])}
    answer = "pages" if found["reason"] == "pages" else found["status"]
    said = _(SHEET_WORDS[answer], **values)
    if found["status"] == "matches":
        print_result(output, found, [said])
        return
    print_result(output, found, [])
    raise Refused(said, _(SHEET_ADVICE[answer]))


def _moment(text: str | None) -> str:
    from collector.clock import local_time

    return local_time(text).strftime("%H:%M, %d/%m/%Y") if text else ""


def _read_file(path: Path) -> bytes:
    from collector.documents.sheets import MAX_PDF_BYTES

    with click.open_file(str(path), "rb") as file:
        data: bytes = file.read(MAX_PDF_BYTES + 1)
    return data
