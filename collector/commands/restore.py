"""`collector restore`: opens a backup into a new folder with the recovery phrase."""

import os
from pathlib import Path

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, find_folder, format_option
from collector.commands.output import Refused, print_result
from collector.commands.passwords import ask_phrase
from collector.words import N_


@declare("restore", N_("Open a backup into a new or empty data folder with the recovery phrase."))
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@data_option
@option("--database", metavar="URL", help=N_("Put the database of the backup into this empty one: postgresql://…"))
@format_option
def command(archive: Path, data: Path | None, database: str | None, output: str) -> None:
    """Restore a backup."""
    from collector.backups.restoring import refuse_used_folder, restore_archive
    from collector.folder import DATABASE_VARIABLE

    folder = find_folder(data)
    refuse_used_folder(folder)
    place = database or os.environ.get(DATABASE_VARIABLE)
    found = restore_archive(archive, _checked_phrase(), folder, place)
    lines = [
        _("The backup of %(made_at)s is restored: %(path)s", made_at=found["made_at"], path=folder.root),
        _("Village: %(name)s", name=found["village_name"] or ""),
        _("Start it with: collector serve --data %(path)s", path=folder.root),
    ]
    print_result(output, {**found, "data": str(folder.root)}, lines)


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
