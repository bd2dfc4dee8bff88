"""Keystrokes that are not saved yet. They are no revisions: they belong to one author and one form, and saving
the form wipes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collector.errors import CollectorError
from sync.storage import Connection

MAX_FIELDS: Final = 200
MAX_VALUE_LENGTH: Final = 40_000
MAX_NAME_LENGTH: Final = 200


class DraftRefused(CollectorError):
    """A draft has too many fields, or a field is far too long."""

    code = "draft_refused"
    status = 413


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed into one form, and when the last of it reached the disk (UTC ISO 8601)."""

    fields: Mapping[str, str]
    saved_at: str


def save_draft(connection: Connection, author: str, form: str, fields: Mapping[str, str], saved_at: str) -> None:
    """Keep the typed fields of a form; fields that were kept before and are not named stay.

    :raises DraftRefused: if there are too many fields or a field is too long.
    """
    names_fit = len(form) <= MAX_NAME_LENGTH and all(len(name) <= MAX_NAME_LENGTH for name in fields)
    if len(fields) > MAX_FIELDS or not names_fit or any(len(value) > MAX_VALUE_LENGTH for value in fields.values()):
        raise DraftRefused(form=form[:MAX_NAME_LENGTH])
    connection.execute_many(
        "INSERT INTO draft (author, form, field, value, saved_at) VALUES (:author, :form, :field, :value, :saved_at)"
        " ON CONFLICT (author, form, field) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at",
        [
            {"author": author, "form": form, "field": name, "value": value, "saved_at": saved_at}
            for name, value in fields.items()
        ],
    )


def find_draft(connection: Connection, author: str, form: str) -> Draft | None:
    """Give what somebody typed into a form and did not save, or None."""
    rows = list(
        connection.rows(
            "SELECT field, value, saved_at FROM draft WHERE author = :author AND form = :form",
            {"author": author, "form": form},
        )
    )
    if not rows:
        return None
    return Draft({row["field"]: row["value"] for row in rows}, max(row["saved_at"] for row in rows))


def wipe_drafts_of(connection: Connection, record: str) -> None:
    """Forget what anybody typed into a form of this record, or of a part of it."""
    connection.execute("DELETE FROM draft WHERE form LIKE :form", {"form": f"%{record}%"})


def wipe_drafts_under(connection: Connection, form: str) -> None:
    """Forget what anybody typed into a form and the forms whose names begin with it."""
    connection.execute("DELETE FROM draft WHERE form = :form OR form LIKE :under", {"form": form, "under": f"{form}:%"})


def wipe_draft(connection: Connection, author: str, form: str) -> None:
    """Forget what somebody typed into a form, because it was saved or given up."""
    connection.execute(
        "DELETE FROM draft WHERE author = :author AND form = :form", {"author": author, "form": form}
    )
