"""The part of `collector import` that takes a questionnaire over from an Excel file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from collector.clock import now
from collector.commands.language import _
from collector.commands.output import Refused, print_result
from collector.questionnaires.errors import FormRefused, WorkbookRefused, XmlRefused
from collector.questionnaires.importing import finish_import, prepare_import
from collector.questionnaires.store import VersionTaken
from collector.questionnaires.wording import ERRORS, explain_refusal
from collector.questionnaires.workbooks import MAX_BYTES
from collector.words import N_


def import_form(database: Any, unit: str, source: Path, author: str | None, output: str) -> None:
    """Take over a questionnaire and print what became of it.

    :raises Refused: if the file is no questionnaire, or its version is here with other questions.
    """
    with click.open_file(str(source), "rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        prepared = prepare_import(data, source.name, "", now(), _)
        with database.recording(source=author) as recorder:
            taken = finish_import(recorder, unit, prepared)
    except (WorkbookRefused, FormRefused, XmlRefused) as refused:
        raise Refused(explain_refusal(refused, _)) from refused
    except VersionTaken as refused:
        raise Refused(*(_(words, **{"code": "", **refused.context}) for words in ERRORS[refused.code])) from refused
    database.storage.empty_journal()
    values = {
        "id": taken.questionnaire,
        "form_id": prepared.new.form_id,
        "version": prepared.new.version,
        "added": int(taken.is_new),
        "questions": len(prepared.converted.form.questions),
        "web": not taken.refusal,
        "refusal": taken.refusal.splitlines(),
        "mapping": dict(prepared.new.mapping),
    }
    print_result(output, values, list(_describe(values)))


def _describe(values: dict[str, Any]) -> Iterable[str]:
    words = N_("Taken over: %(form_id)s, version %(version)s.")
    if not values["added"]:
        words = N_("Here already: %(form_id)s, version %(version)s.")
    yield _(words, form_id=values["form_id"], version=values["version"])
    if values["refusal"]:
        yield _("It can be asked with ODK Collect only. Pages cannot ask it because:")
        yield from (f"  {sentence}" for sentence in values["refusal"])
