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


def list_errors(root: type[SyncError] = SyncError) -> dict[str, type[SyncError]]:
    """List an error and all that are of its sort by their codes."""
    found = {root.code: root}
    for each in root.__subclasses__():
        found |= list_errors(each)
    return found


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


class SegmentRefused(SyncError):
    """A stretch of revisions contradicts what it says of itself, or what is known of its epoch."""

    code = "segment_refused"
    status = 422


class SetAsideFull(SegmentRefused):
    """So much is kept already of a device that may not write that no more of it is taken."""

    code = "set_aside_full"


class DeviceRefused(SyncError):
    """The centre does not know this device, or revoked it."""

    code = "device_refused"
    status = 403


class DeviceUnknown(SyncError):
    """No device of this id was enrolled at this centre."""

    code = "device_unknown"
    status = 404


class EnrolmentRefused(SyncError):
    """A laptop cannot be enrolled like this; `reason` says why."""

    code = "enrolment_refused"
    status = 403


class TooManyEnrolments(SyncError):
    """Too many wrong codes came from there; `seconds` says how long to wait."""

    code = "too_many_enrolments"
    status = 429


class AnswerRefused(SyncError):
    """The answer to a request to enrol is not from whoever gave the code, or not for this device."""

    code = "answer_refused"
    status = 403


class UploadRefused(SyncError):
    """A part of a bundle does not go on where the last one ended, or is too long."""

    code = "upload_refused"
    status = 409


class AnswerGone(SyncError):
    """A long answer that came in part is no longer kept, or may not be given any more: it is to be asked anew."""

    code = "answer_gone"
    status = 410


class AttachmentUnknown(SyncError):
    """No record that the device may see names this content."""

    code = "attachment_unknown"
    status = 404


class WentBackwards(SyncError):
    """The centre shows an earlier life or an earlier log than it showed before; a person has to say that it may."""

    code = "went_backwards"
    status = 409


class ConnectionLost(SyncError):
    """The other side did not answer to the end; the same request may be sent again."""

    code = "connection_lost"
    status = 503


class CentreUnreachable(ConnectionLost):
    """There is no way to the centre: no network, nobody listens there, or a proxy before it has no answer from it."""

    code = "centre_unreachable"


class CaptivePortal(ConnectionLost):
    """Something answered that is not the centre: the log-in page of a network, a redirect, a page of another server."""

    code = "captive_portal"


class AnswerForged(ConnectionLost):
    """The answer looks like the centre's, but the centre whose key is pinned did not sign it."""

    code = "answer_forged"
    status = 502


class CentreTroubled(ConnectionLost):
    """The centre answered that it cannot serve now. `refusal` is the code of what ails it."""

    code = "centre_troubled"


class RequestRefused(SyncError):
    """The centre does not understand a request. `reason` says what is wrong with it."""

    code = "request_refused"
    status = 400


class PathUnknown(RequestRefused):
    """There is nothing at this address."""

    code = "path_unknown"
    status = 404


class MethodUnknown(RequestRefused):
    """This cannot be done at this address."""

    code = "method_unknown"
    status = 405


class RequestTooLarge(RequestRefused):
    """A request is longer than the centre takes at once."""

    code = "request_too_large"
    status = 413


class RequestMistyped(RequestRefused):
    """The body of a request is of another type than this address takes."""

    code = "request_mistyped"
    status = 415


class RequestUnsigned(SyncError):
    """A request is not signed by the device that it names, or not over a challenge of this centre."""

    code = "request_unsigned"
    status = 401


class CentreRefused(SyncError):
    """The centre refused for a reason that this version does not know. `refusal` is its code."""

    code = "centre_refused"
    status = 422


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


class StorageUnreachable(SyncError):
    """The database server does not answer."""

    code = "storage_unreachable"
    status = 503


class StorageValueRefused(SyncError):
    """The engine holds no such value: a text with a NUL, a number beyond 64 bits. Nothing was changed."""

    code = "storage_value_refused"
    status = 400


class StorageAddressInvalid(SyncError):
    """What was given as the address of a database is none. `detail` says why."""

    code = "storage_address_invalid"
    status = 422


class StorageEngineMissing(SyncError):
    """The library that speaks with this kind of database server is not installed."""

    code = "storage_engine_missing"
    status = 503


class BundleError(SyncError):
    """The root of everything that is wrong with a bundle; the file is kept."""

    code = "bundle_error"
    status = 422


class NotABundle(BundleError):
    """The file does not begin as a bundle does."""

    code = "not_a_bundle"


class NotAPiece(BundleError):
    """The file does not begin as a piece of an attachment does."""

    code = "not_a_piece"


class NotAFile(BundleError):
    """Under the name of a file lies a link, a folder or something else that is no file; it is not followed."""

    code = "not_a_file"


class BundleIncomplete(BundleError):
    """The file ends before the bundle does: it was cut short while it was copied."""

    code = "bundle_incomplete"


class BundleDamaged(BundleError):
    """The bytes are not those that were signed, or do not hold together. `reason` says where."""

    code = "bundle_damaged"


class BundleTooLarge(BundleError):
    """The bundle holds, or says it holds, more than a reader takes at once."""

    code = "bundle_too_large"
    status = 413


class BundleTooNew(BundleError):
    """The bundle needs a newer version of this program."""

    code = "bundle_too_new"


class BundleForAnotherServer(BundleError):
    """The bundle belongs to the devices of another server."""

    code = "bundle_for_another_server"
    status = 409


class BundleForOthers(BundleError):
    """The bundle is not encrypted to any key that is held here; it can be carried on but not read."""

    code = "bundle_for_others"
    status = 403


class BundleForged(BundleError):
    """The signature is whole, but it is not that of the device that the bundle names."""

    code = "bundle_forged"
    status = 403


class StatementRefused(SyncError):
    """A receipt, certificate or revocation is damaged, too new, or not signed by whom it names."""

    code = "statement_refused"
    status = 422


class CertificateRefused(SyncError):
    """A certificate does not speak for this device now. `reason` says why."""

    code = "certificate_refused"
    status = 403


class StickError(SyncError):
    """The root of everything that goes wrong with files on a stick; nothing is lost on this side."""

    code = "stick_error"


class StickFull(StickError):
    """The stick has no room left; what was whole on it before is still whole."""

    code = "stick_full"
    status = 507


class StickReadOnly(StickError):
    """The stick or folder cannot be written."""

    code = "stick_read_only"


class StickGone(StickError):
    """The stick was pulled out, or can no longer be read."""

    code = "stick_gone"
    status = 503


class StickUnreliable(StickError):
    """What was written to the stick reads differently: the stick is broken."""

    code = "stick_unreliable"
