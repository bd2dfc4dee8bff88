"""The errors of replication, each with a stable code; words for people are added at the edge."""

from typing import Any, ClassVar


class SyncError(Exception):
    """The root of everything this package raises.

    `context` holds what a message needs (ids, numbers); it never holds the text of a record.
    """

    code: ClassVar[str] = "sync_error"
    status: ClassVar[int] = 500

    def __init__(self, **context: Any) -> None:
        self.context = context
        details = ", ".join(f"{name}={value!r}" for name, value in sorted(context.items()))
        super().__init__(f"{self.code}({details})")


class BodyRefused(SyncError):
    """A revision body is not what this format allows."""

    code = "body_refused"
    status = 422


class ChainBroken(SyncError):
    """The stored bytes of an epoch do not give the chain that stands beside them."""

    code = "chain_broken"


class SequenceGap(SyncError):
    """A revision does not follow the last one held of its epoch."""

    code = "sequence_gap"
    status = 409


class RecordUnknown(SyncError):
    """No revision of this record is held."""

    code = "record_unknown"
    status = 404


class StorageBusy(SyncError):
    """Another process kept the database locked longer than we wait."""

    code = "storage_busy"
    status = 503


class StorageFull(SyncError):
    """The disk took no more bytes; the transaction was rolled back."""

    code = "storage_full"
    status = 507


class StorageReadOnly(SyncError):
    """The database file or its folder cannot be written."""

    code = "storage_read_only"


class StorageDamaged(SyncError):
    """The database file is not readable as a database."""

    code = "storage_damaged"
