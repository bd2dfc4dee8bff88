"""`collector restore`: opens a backup into a new folder with the recovery phrase."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, find_folder, format_option
from collector.commands.output import Refused, print_result
from collector.commands.passwords import ask_phrase
from collector.words import N_

if TYPE_CHECKING:
    from collector.folder import DataFolder


@declare("restore", N_("Open a backup into a new or empty data folder with the recovery phrase."))
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@data_option
@option("--database", metavar="URL", help=N_("Put the database of the backup into this empty one: postgresql://…"))
@option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help=N_("Of a centre: a later registry.journal, which knows who joined and was locked out since the backup."),
)
@format_option
def command(archive: Path, data: Path | None, database: str | None, journal: Path | None, output: str) -> None:
    """Restore a backup."""
    from collector.backups.restoring import refuse_used_folder, restore_archive
    from collector.folder import DATABASE_VARIABLE

    folder = find_folder(data)
    refuse_used_folder(folder)
    place = database or os.environ.get(DATABASE_VARIABLE)
    found = restore_archive(archive, _checked_phrase(), folder, place)
    papers = _adopt_journal(archive, journal, folder)
    lines = [
        _("The backup of %(made_at)s is restored: %(path)s", made_at=found["made_at"], path=folder.root),
        _("Village: %(name)s", name=found["village_name"] or ""),
        _("Start it with: collector serve --data %(path)s", path=folder.root),
    ]
    if papers:
        said = N_("Read from the journal of the centre: %(count)s decisions. They count when it is started.")
        lines.insert(2, _(said, count=papers))
    print_result(output, {**found, "data": str(folder.root), "journal": papers}, lines)


def _adopt_journal(archive: Path, journal: Path | None, folder: "DataFolder") -> int:
    """Take a centre's journal over: the one that was named, else one that lies beside the archive."""
    if folder.read_settings().get("role") != "central":
        return 0
    from collector.central.journal import FILE, adopt_journal

    return adopt_journal(folder, journal or archive.parent / FILE)


def _checked_phrase() -> str:
    from collector.phrase import PROBLEM_WORDS, check

    phrase = ask_phrase()
    problems = check(phrase)
    if problems:
        told = [
            _(PROBLEM_WORDS[each.code], position=each.position, word=each.word, have=each.have, need=each.need)
            for each in problems
        ]
        raise Refused(*told, _("Nothing was changed."))
    return phrase
