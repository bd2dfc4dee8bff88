"""What can go wrong between a phone and the laptop."""

from collector.errors import CollectorError


class PhoneNotFound(CollectorError):
    """No phone with this id is on the list."""

    code = "phone_not_found"
    status = 404


class PhoneNotAllowed(CollectorError):
    """The key in the address is unknown or was revoked.

    Status 403 and not 401: Collect answers 401 by asking for a name and a password, which nobody has.
    """

    code = "phone_not_allowed"
    status = 403


class TooManyPhones(CollectorError):
    """The list of phones is full."""

    code = "too_many_phones"
    status = 409


class FormNotFound(CollectorError):
    """No round that is open belongs to the form."""

    code = "phone_form_not_found"
    status = 404


class SubmissionNotReadable(CollectorError):
    """What was sent is not a filled-in form."""

    code = "submission_not_readable"
    status = 400


class OtherSheetReceived(CollectorError):
    """A sheet with the same id but other answers was received before."""

    code = "other_sheet_received"
    status = 409


class CorrectionTooLate(CollectorError):
    """The sheet that is to be corrected was mixed with others already."""

    code = "correction_too_late"
    status = 409
