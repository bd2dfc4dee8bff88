"""Words at the edge: sentences for errors, names of choices, days and numbers as people here write them.

Every sentence about an error says what is wrong and what to do.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_domain, get_locale, gettext
from uuid6 import uuid7

from collector.clock import from_stamp, local_time
from collector.errors import CollectorError
from collector.kinds import FieldError, Kind, Type
from collector.words import N_
from sync.errors import SyncError

FIELD_SENTENCES: Final = {
    "missing": N_("“%(field)s” is not filled in yet. Please fill it in."),
    "too_long": N_("“%(field)s” has %(length)s characters, more than %(limit)s. Please shorten it."),
    "not_text": N_("“%(field)s” holds characters that cannot be kept. Please type it again."),
    "not_a_number": N_("“%(field)s” is not a whole number yet. Please type digits only, for example 68."),
    "too_small": N_("“%(field)s” is too small. Please enter %(minimum)s or more."),
    "too_large": N_("“%(field)s” is too large. Please enter %(maximum)s or less."),
    "not_yes_or_no": N_("“%(field)s” is not yes or no yet. Please choose one."),
    "not_a_date": N_("“%(field)s” is not a day yet. Please choose day, month and year."),
    "not_a_time": N_("“%(field)s” is not a day and time yet. Please choose both."),
    "no_time_zone": N_("“%(field)s” does not say its time zone. Please add it, for example +07:00."),
    "not_a_choice": N_("“%(field)s” is not chosen yet. Please choose one of the list."),
    "not_a_reference": N_("“%(field)s” is not chosen yet. Please choose one of the list."),
    "not_a_hash": N_("“%(field)s” is not a check sum. Please choose the file again."),
    "unknown_field": N_("“%(field)s” is not known here. Please remove it or update the program."),
    "before_start": N_("“%(field)s” is not after the start yet. Please choose a later time."),
    "more_than_issued": N_("“%(field)s” is more than the %(issued)s ballots given out. Please count again."),
    "not_the_sum": N_("Valid and invalid ballots make %(sum)s, not yet %(collected)s. Please count again."),
    "votes_not_the_sum": N_("The votes make %(sum)s, not yet %(expected)s. Please count again."),
    "mapped_twice": N_("“%(field)s” names a question that stands for something else. Please choose another."),
    "already_used": N_("“%(field)s” is already used. Please choose another."),
}
"""What is wrong with a field, by the code of the error."""
_AMOUNTS: Final = frozenset({"length", "limit", "issued", "sum", "collected", "expected"})

ERRORS: Final = {
    "record_not_found": (
        N_("This is not here, or it was removed."),
        N_("Go back to the list. What was removed can be brought back from its history."),
    ),
    "record_invalid": (
        N_("Something is not filled in as it should be."),
        N_("Go back and look at the fields: %(fields)s."),
    ),
    "record_locked": (
        N_("The minutes are finalised."),
        N_("What was signed stays as it is. Please make an amendment instead."),
    ),
    "record_one_way": (
        N_("An earlier version of this cannot come back: what happened since hangs on the present one."),
        N_("Please change it on its own page, as far as it can still be changed."),
    ),
    "record_unsettled": (
        N_("Several laptops recorded this differently, and nobody has chosen yet."),
        N_("Please choose first: then it is clear what is kept and what is erased."),
    ),
    "choice_outdated": (
        N_("The content has just changed."),
        N_("Please go back, look at it again and choose once more."),
    ),
    "folder_not_set_up": (
        N_("This computer is not set up yet."),
        N_("Please go through the first steps."),
    ),
    "folder_not_writable": (
        N_("The data folder cannot be written: %(path)s"),
        N_("Free some space or allow writing to the folder, then try again. What was saved is still there."),
    ),
    "folder_damaged": (
        N_("This file is damaged and cannot be read: %(path)s"),
        N_(
            "Do not delete anything. Put the newest backup into a new folder: collector restore FILE --data NEW_FOLDER"
        ),
    ),
    "folder_in_use": (
        N_("Collector is already running on this data folder."),
        N_("Use the window that is already open, or close it first: %(path)s"),
    ),
    "database_damaged": (
        N_("The database is missing or damaged: %(path)s"),
        N_(
            "Do not delete anything. Put the newest backup into a new folder:"
            " collector restore %(backup)s --data NEW_FOLDER"
        ),
    ),
    "storage_full": (
        N_("The disk is full. This was not saved."),
        N_("Delete files that are not needed from the computer, then save again. Leave this page open."),
    ),
    "storage_busy": (
        N_("The database is busy. This was not saved."),
        N_("Wait a moment, then save again."),
    ),
    "storage_read_only": (
        N_("The database cannot be written."),
        N_("Allow writing to the data folder, or free the USB stick's write protection, then save again."),
    ),
    "storage_damaged": (
        N_("The database file is damaged."),
        N_("Do not delete anything. Restore the newest backup: collector restore."),
    ),
    "storage_unreachable": (
        N_("The database server does not answer. Nothing was saved now."),
        N_("Try again in a few minutes. What was saved before is still there."),
    ),
    "storage_value_refused": (
        N_("Something in this holds a character or number that cannot be kept."),
        N_("Go back and type it again. Nothing was changed."),
    ),
    "storage_address_invalid": (
        N_("This is no address of a database: %(detail)s"),
        N_("Write sqlite:///FILE or postgresql://USER:PASSWORD@COMPUTER/NAME."),
    ),
    "storage_engine_missing": (
        N_("PostgreSQL cannot be used on this computer: its library is missing."),
        N_('Install it, then try again: pip install "psycopg[binary,pool]"'),
    ),
    "file_missing": (
        N_("The file is not on this computer yet."),
        N_("It comes with the next exchange, or from a backup."),
    ),
    "file_too_large": (
        N_("The file is too large."),
        N_("Please choose a smaller file, or photograph it again at a lower quality."),
    ),
    "register_missing": (
        N_("The number of all households is not known yet."),
        N_("Please enter the household register under Village and settings; what was typed is kept."),
    ),
    "meeting_not_ready": (
        N_("The meeting is not ready for this step."),
        N_("Go back to the meeting and look at what is still missing."),
    ),
    "paper_not_found": (
        N_("The meeting has no such paper."),
        N_("Go back to the meeting and choose one of its papers."),
    ),
    "minutes_changed": (
        N_("Something changed while the minutes were being finalised."),
        N_("Look the minutes over once more, then finalise them again."),
    ),
    "pdf_unavailable": (
        N_("The PDF could not be made."),
        N_("Please print from the browser: open the print view of the paper and press Print."),
    ),
    "draft_refused": (
        N_("There is more text than can be kept while typing."),
        N_("Please save this part now and go on in a new one."),
    ),
    "no_answers": (
        N_("There are no answers yet."),
        N_("Please ask people first, then look again."),
    ),
    "stratum_too_small": (
        N_("Only one answer came from here: %(stratum)s. That is not enough to estimate from."),
        N_("Please ask more people there, or put it together with a neighbouring village."),
    ),
    "too_many_asked": (
        N_("More answered than live here by the register: %(asked)s of %(population)s. %(stratum)s"),
        N_("Please look at the number of households (or adults), and whether sheets were entered twice."),
    ),
    "population_missing": (
        N_("It is not known how many live here: %(stratum)s"),
        N_("Please enter the number of households (or adults) of every village, or of none."),
    ),
    "weight_invalid": (
        N_("A weight is missing or not above zero: %(weight)s"),
        N_("Please give every row a weight, or none."),
    ),
    "answers_mismatch": (
        N_("A sheet has %(found)s answers and not %(expected)s: %(stratum)s"),
        N_("Please give every sheet one answer for each dimension."),
    ),
    "cell_unknown": (
        N_("The size of these groups in the population is not known: %(cells)s"),
        N_("Please add a row for each of them (%(columns)s), with a count above zero."),
    ),
    "calibration_failed": (
        N_("No weights agree with all the known sizes."),
        N_("Please look at whether the counts contradict each other."),
    ),
    "password_too_short": (
        N_("The password is not long enough yet."),
        N_("Please use at least %(minimum)s characters; several words in a row are easy to remember."),
    ),
}
"""Title and advice of errors, by their code. Features add theirs with `add_errors`."""

UNKNOWN_ERROR: Final = (N_("This did not work."), N_("Go back and try again. What was saved is still there."))

STATUSES: Final = {
    400: (N_("The page was not sent as expected."), N_("Go back, load the page again and repeat.")),
    401: (N_("You are not logged in."), N_("Please log in.")),
    403: (
        N_("Your role may not do this."),
        N_("Ask the head of the village team to do it, or log in with another name."),
    ),
    404: (N_("There is no such page."), N_("Go to the first page and look from there.")),
    405: (N_("There is no such page."), N_("Go to the first page and look from there.")),
    413: (N_("What was sent is too large."), N_("Please choose a smaller file or shorten the text.")),
    429: (N_("Too many attempts."), N_("Please wait a few minutes, then try again.")),
}
WARNINGS: Final = {
    "storage_damaged": N_("The database is damaged: %(detail)s. Stop recording and restore the newest backup."),
    "wrong_date": N_("The date of this computer is not right: %(detail)s. Please correct it."),
    "backup_failed": N_("The last backup did not work: %(detail)s. Please look at Backups."),
    "disk_nearly_full": N_("The disk is nearly full: %(detail)s left. Please free some space."),
    "sync_failed": N_("Sending to the centre did not work. Please look at Send and receive."),
}
"""Lasting problems that every page shows, by their code."""


def add_errors(words: Mapping[str, tuple[str, str]]) -> None:
    """Add the title and advice of a feature's errors."""
    ERRORS.update(words)


def say(words: str, /, **values: Any) -> str:
    """Translate words that were marked elsewhere."""
    return str(gettext(words, **values)) if words else ""


def field_sentence(kind: Kind, error: FieldError) -> str:
    """Say what is wrong with a field and what to do."""
    known = error.field in kind.field_names
    label = say(kind.field(error.field).words) if known else error.field
    template = FIELD_SENTENCES.get(error.code, FIELD_SENTENCES["not_a_choice"])
    return say(template, **{"field": label, **write_amounts(error.context)})


def write_amounts(context: Mapping[str, Any]) -> dict[str, Any]:
    """Write what a field error counts as people read it; bounds may be years and stay."""
    return {
        name: write_number(value) if name in _AMOUNTS and isinstance(value, int) else value
        for name, value in context.items()
    }


def explain(error: CollectorError | SyncError) -> tuple[str, str]:
    """Give the title and the advice of one of our errors."""
    title, advice = ERRORS.get(error.code, UNKNOWN_ERROR)
    context = {name: _plain(value) for name, value in error.context.items()}
    try:
        return say(title, **context), say(advice, **context)
    except KeyError:
        return say(UNKNOWN_ERROR[0]), say(UNKNOWN_ERROR[1])


def say_numbers(words: str, **values: Any) -> str:
    """Translate a source text and fill its places; numbers are written as people read them."""
    written = {name: write_number(value) if isinstance(value, int) else value for name, value in values.items()}
    return say(words, **written)


def tell(error: CollectorError | SyncError) -> str:
    """Give the title and the advice of one of our errors as one text."""
    return put_together(*explain(error))


def put_together(title: str, advice: str) -> str:
    """Put a title before its advice; one that ends with a name or a path gets a full stop."""
    return f"{title if title.endswith(('.', '!', '?')) else f'{title}.'} {advice}"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def explain_status(code: int) -> tuple[str, str]:
    """Give the title and the advice of an HTTP status."""
    title, advice = STATUSES.get(code, UNKNOWN_ERROR)
    return say(title), say(advice)


def banners(warnings: Mapping[str, str]) -> list[dict[str, str]]:
    """List the lasting problems as banners."""
    return [
        {"tone": "error", "text": say(WARNINGS[code], detail=detail)}
        for code, detail in warnings.items()
        if code in WARNINGS
    ]


def _kind(name: str) -> Kind:
    # Asked for late: the log-in page needs no kinds, and reading all their declarations takes its time.
    from collector.registry import get_kind

    return get_kind(name)


def choice_words(kind_name: str, field: str, code: Any) -> str:
    """Give the words of a choice; an empty value gives nothing."""
    return say(_kind(kind_name).field(field).words_for(code)) if code not in (None, "") else ""


def value_words(kind_name: str, field: str, value: Any) -> str:
    """Write any stored value as people read it."""
    declared = _kind(kind_name).field(field)
    if value is None:
        return ""
    writer = _WRITERS.get(declared.type)
    if declared.type is Type.CHOICE:
        return choice_words(kind_name, field, value)
    return writer(value) if writer else str(value)


def write_day(value: str | date | None) -> str:
    """Write a day as 05/03/2026."""
    if not value:
        return ""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return day.strftime("%d/%m/%Y")


def write_moment(value: str | datetime | None) -> str:
    """Write a stored instant as 19:30, 05/03/2026 in Việt Nam."""
    if not value:
        return ""
    moment = local_time(value) if isinstance(value, str) else value
    return moment.strftime("%H:%M, %d/%m/%Y")


def write_stamp(stamp: int) -> str:
    """Write the moment of a revision's stamp."""
    return from_stamp(stamp).strftime("%H:%M:%S, %d/%m/%Y")


def write_number(value: float | None) -> str:
    """Write a number with the separators of the reader's language."""
    return "" if value is None else str(format_decimal(value, locale=get_locale()))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Translate a text that counts; unlike flask_babel's, `%(num)s` gets the separators of the reader's language."""
    said = get_domain().get_translations().ngettext(one, many, num)
    return str(said % {"num": write_number(num), **values})


def count_households(count: int) -> str:
    """Write a number of households."""
    return str(ngettext("%(num)s household", "%(num)s households", count))


def write_yes_or_no(value: Any) -> str:
    """Write a yes or a no."""
    return str(gettext("Yes") if value else gettext("No"))


_WRITERS: Final[dict[Type, Callable[[Any], str]]] = {
    Type.BOOLEAN: write_yes_or_no,
    Type.DATE: write_day,
    Type.INSTANT: write_moment,
    Type.INTEGER: write_number,
}


def install(app: Flask) -> None:
    """Give templates the filters of this module."""
    app.jinja_env.filters.update(
        day=write_day, moment=write_moment, stamp=write_stamp, number=write_number, households=count_households
    )
    app.jinja_env.globals.update(
        ngettext=ngettext,
        choice_words=choice_words,
        value_words=value_words,
        kind_words=lambda name: _kind(name).words,
        new_id=lambda: str(uuid7()),
        say=say,
    )
