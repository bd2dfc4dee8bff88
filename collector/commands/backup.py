"""`collector backup`: writes an encrypted archive of the data folder into another folder."""

from pathlib import Path

import click

from collector.commands.click_words import command as declare
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import print_result
from collector.words import N_


@declare("backup", N_("Write an encrypted backup into a folder, for example on a USB stick."))
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@data_option
@format_option
def command(target: Path, data: Path | None, output: str) -> None:
    """Write a backup."""
    from collector.backups.archive import write_archive

    folder, database = open_folder(data)
    path = write_archive(folder, database, target)
    size = path.stat().st_size
    lines = [
        _("The backup is written and was read back: %(path)s (%(size)s kB)", path=path, size=size // 1024 + 1),
        _("It opens only with the recovery phrase on paper."),
    ]
    print_result(output, {"file": str(path), "size_bytes": size}, lines)
