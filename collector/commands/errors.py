"""Words for errors on the command line. Loaded only when something went wrong.

The sentences are those of the pages (`collector/wording.py` and what features add to it); here they are translated
without a request.
"""

from collections.abc import Mapping
from typing import Any, Final

from collector import pages, wording
from collector.answers.error_words import WORDS as ANSWER_WORDS
from collector.backups.errors import WORDS as BACKUP_WORDS
from collector.central.errors import WORDS as CENTRE_WORDS
from collector.commands.language import _
from collector.errors import RecordInvalid
from collector.joining.errors import WORDS as JOINING_WORDS
from collector.joining.reasons import WORDS as ENROLMENT_WORDS
from collector.joining.reasons import explain_enrolment
from collector.kinds import FieldError, Kind
from collector.registry import get_kind
from collector.replication.errors import WORDS as SYNC_WORDS
from collector.results.errors import WORDS as RESULT_WORDS
from collector.rounds.error_words import WORDS as ROUND_WORDS
from collector.sticks.errors import WORDS as STICK_WORDS
from collector.words import N_

__all__ = ["explain", "field_sentence", "pages"]

_WORDS: Final = {
    **ANSWER_WORDS,
    **BACKUP_WORDS,
    **CENTRE_WORDS,
    **ENROLMENT_WORDS,
    **JOINING_WORDS,
    **RESULT_WORDS,
    **SYNC_WORDS,
    "unknown_period": (
        N_("There is no such period: %(label)s"),
        N_("Name a year or a half year, for example 2026 or 2026-H1."),
    ),
    **ROUND_WORDS,
    **STICK_WORDS,
    "folder_not_set_up": (
        N_("There is no village in this data folder yet: %(path)s"),
        N_("Name another folder with --data, or set one up: collector init."),
    ),
    "storage_damaged": (
        N_("The database file is damaged."),
        N_("Do not delete anything. Restore the newest backup into a new folder: collector restore FILE --data DIR."),
    ),
    "storage_unreachable": (
        N_("The database server does not answer. Nothing was changed."),
        N_("Look at the server and at the address of the database. It was told: %(detail)s"),
    ),
    "port_in_use": (
        N_("Another program uses port %(port)s on this computer."),
        N_("Collector may be running already: look in the browser. Else choose another port, for example --port 8360."),
    ),
    "not_a_demo": (
        N_("This folder holds something that is not an invented village: %(path)s"),
        N_("Nothing was changed. Name a new or empty folder with --data."),
    ),
    "setup_incomplete": (
        N_("Something is missing or not known: %(missing)s"),
        N_("A village needs --unit (code of the commune, five digits), --village and a password."),
    ),
    "pdf_unavailable": (
        N_("PDF files cannot be made on this computer."),
        N_("Print from the browser, or install the libraries of WeasyPrint."),
    ),
    "sheet_unreadable": (
        N_("This file carries no record of Collector, or is damaged."),
        N_("Take the PDF file as it was written, not a scan or a print to PDF."),
    ),
    "invalid_qr_text": (
        N_("This is not the text of a code printed by Collector."),
        N_("Scan the code again; its text begins with COLLECTOR1:"),
    ),
}
"""What reads better here than on a page, and what no page shows."""


def explain(error: Exception) -> tuple[str, ...]:
    """Give the title of an error, then its advice; values that were refused are named one by one."""
    code = str(getattr(error, "code", ""))
    if isinstance(error, RecordInvalid):
        kind = get_kind(error.context["kind"])
        return (_(wording.ERRORS[code][0]), *(field_sentence(kind, each) for each in error.errors))
    reason = explain_enrolment(error)
    return (_(reason[0]), _(reason[1])) if reason else explain_code(code, getattr(error, "context", {}))


def explain_code(code: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Give the title and the advice of an error by its code."""
    title, advice = _WORDS.get(code) or wording.ERRORS.get(code) or wording.UNKNOWN_ERROR
    shown = _shown(context)
    try:
        return _(title, **shown), _(advice, **shown)
    except KeyError:
        return _(wording.UNKNOWN_ERROR[0]), code


def _shown(context: Mapping[str, Any]) -> dict[str, str]:
    # A value is always given: a sentence without places is then still run through the same formatting.
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
             for name, value in context.items()}
    return {"code": "", **shown}


def field_sentence(kind: Kind, error: FieldError) -> str:
    """Say what is wrong with a field and what to do, naming the field as files do and as people do."""
    template = wording.FIELD_SENTENCES.get(error.code, wording.FIELD_SENTENCES["not_a_choice"])
    label = _(kind.field(error.field).words) if error.field in kind.field_names else error.field
    sentence = _(template, **{"field": label, **error.context})
    return f"{error.field}: {sentence}"
