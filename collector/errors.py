"""The errors of the application, each with a stable code and an HTTP status.

They carry what a message needs, never a sentence: words are added at the edge, in the language of the reader, and
say what is wrong and what to do.
"""

from typing import Any, ClassVar

from collector.kinds import FieldError


class CollectorError(Exception):
    """The root of everything the application raises on purpose."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, **context: Any) -> None:
        self.context = context
        super().__init__(f"{self.code} {context}" if context else self.code)


class RecordNotFound(CollectorError):
    """No such record is held, or it was removed."""

    code = "record_not_found"
    status = 404


class RecordInvalid(CollectorError):
    """Values break the declaration or the rule of their kind; `errors` lists every field."""

    code = "record_invalid"
    status = 422

    def __init__(self, kind: str, errors: list[FieldError]) -> None:
        self.errors = errors
        super().__init__(kind=kind, fields=sorted({error.field for error in errors}))


class RecordLocked(CollectorError):
    """The minutes of this meeting are finalised; only an amendment can add to them."""

    code = "record_locked"
    status = 409


class RecordOneWay(CollectorError):
    """What happened since hangs on this record: no earlier version of it can be brought back."""

    code = "record_one_way"
    status = 409


class ChoiceOutdated(CollectorError):
    """Other values stand beside each other than on the page on which somebody chose."""

    code = "choice_outdated"
    status = 409


class RecordUnsettled(CollectorError):
    """Values differ in this record; somebody has to choose before it can be erased."""

    code = "record_unsettled"
    status = 409


class FolderError(CollectorError):
    """The data folder cannot be used."""

    code = "folder"
    status = 503


class FolderDamaged(FolderError):
    """A file in which the folder keeps its settings or its accounts cannot be read."""

    code = "folder_damaged"


class FolderInUse(FolderError):
    """Another `collector serve` uses this folder."""

    code = "folder_in_use"


class FolderNotWritable(FolderError):
    """The folder or a file in it cannot be written."""

    code = "folder_not_writable"


class FolderAlreadySetUp(FolderError):
    """A village was already set up in this folder."""

    code = "folder_already_set_up"
    status = 409


class FolderNotSetUp(FolderError):
    """No village was set up in this folder yet."""

    code = "folder_not_set_up"
