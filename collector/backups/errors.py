"""What can go wrong with a backup, and the words for it. A failed backup never harms an older one."""

from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class RecoveryPhraseMissing(CollectorError):
    """No recovery phrase was made, so nobody could open a backup."""

    code = "recovery_phrase_missing"
    status = 409


class BackupNotWritten(CollectorError):
    """The archive could not be written (full disk, read-only folder, stick pulled out)."""

    code = "backup_not_written"
    status = 507


class BackupDiffers(CollectorError):
    """What was read back is not what was written: the disk or the stick is failing."""

    code = "backup_differs"
    status = 507


class ArchiveNotFound(CollectorError):
    """There is no such archive."""

    code = "archive_not_found"
    status = 404


class ArchiveUnreadable(CollectorError):
    """The file is no archive of this program, is damaged or cut off, or holds what no archive holds."""

    code = "archive_unreadable"
    status = 422


class ArchiveTooNew(CollectorError):
    """A later version of this program wrote the archive."""

    code = "archive_too_new"
    status = 422


class ArchiveTooLarge(CollectorError):
    """What the archive holds does not fit on the disk."""

    code = "archive_too_large"
    status = 507


class PhraseDoesNotFit(CollectorError):
    """The recovery phrase is not the one of this archive."""

    code = "phrase_does_not_fit"
    status = 422


class FolderNotEmpty(CollectorError):
    """A restore needs a new or empty folder."""

    code = "folder_not_empty"
    status = 409


class DatabaseNotEmpty(CollectorError):
    """A restore needs a database in which nothing was recorded."""

    code = "database_not_empty"
    status = 409


WORDS: Final = {
    "recovery_phrase_missing": (
        N_("No backup can be made yet: there is no recovery phrase."),
        N_("The head of the team makes one under “The team”, prints it and keeps it away from the computer."),
    ),
    "backup_not_written": (
        N_("The backup could not be written: %(path)s (%(problem)s)"),
        N_("Older backups are still there. Free some space or choose another folder, then try again."),
    ),
    "backup_differs": (
        N_("The backup could not be read back as it was written: %(path)s"),
        N_("The disk or the stick may be failing. Use another one; older backups are still there."),
    ),
    "archive_not_found": (
        N_("There is no such backup."),
        N_("Look at the list of backups; old ones are removed after some weeks."),
    ),
    "archive_unreadable": (
        N_("This file is not a whole backup of Collector: %(path)s"),
        N_("Nothing was changed. Take an older backup, or copy the file from the stick again."),
    ),
    "archive_too_new": (
        N_("A newer version of Collector made this backup: %(path)s"),
        N_("Nothing was changed. Install the newest version, then restore again."),
    ),
    "archive_too_large": (
        N_("There is not enough space for what this backup holds: %(path)s"),
        N_("Nothing was changed. Free some space or choose a folder on another disk."),
    ),
    "phrase_does_not_fit": (
        N_("This recovery phrase does not open the backup."),
        N_("Nothing was changed. Look at the paper again; a backup opens with the phrase of the day it was made."),
    ),
    "database_not_empty": (
        N_("There is something in this database already: %(path)s"),
        N_("Nothing was changed. Name a new, empty database."),
    ),
    "folder_not_empty": (
        N_("A backup is restored into a new or empty folder only: %(path)s"),
        N_("Nothing was changed. Name another folder with --data."),
    ),
}
"""Title and advice, by code."""
