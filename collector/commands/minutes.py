"""`collector minutes`: writes the minutes of a meeting as a PDF file."""

from pathlib import Path

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import print_result
from collector.words import N_


@declare("minutes", N_("Write the minutes of a meeting as PDF: the signed ones if finalised, else a draft."))
@click.argument("meeting_id")
@option(
    "-o",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.pdf",
    help=N_("Where to write."),
)
@data_option
@format_option
def command(meeting_id: str, target: Path, data: Path | None, output: str) -> None:
    """Write the minutes of a meeting."""
    from collector.attachments.files import Files
    from collector.folder import write_atomically
    from collector.meetings.finalising import has_signed_minutes, minutes_pdf

    folder, database = open_folder(data)
    files = Files(folder.attachments)
    with database.reading() as connection:
        pdf = minutes_pdf(connection, files, meeting_id)
        finalised = has_signed_minutes(connection, files, meeting_id)
    write_atomically(target, pdf)
    said = N_("Wrote the finalised minutes: %(path)s") if finalised else N_("Wrote a draft of the minutes: %(path)s")
    values = {"meeting": meeting_id, "file": str(target), "finalised": finalised, "size_bytes": len(pdf)}
    print_result(output, values, [_(said, path=target)])
