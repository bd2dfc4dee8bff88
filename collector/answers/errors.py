"""What can go wrong when an answer sheet is kept."""

from collector.errors import CollectorError


class RoundNotOpen(CollectorError):
    """The round is not open: nobody can be asked yet, or any more."""

    code = "round_not_open"
    status = 409


class PaperNumberTaken(CollectorError):
    """A sheet with this number was entered already."""

    code = "paper_number_taken"
    status = 409


class SheetNotFound(CollectorError):
    """No sheet belongs to this withdrawal code, or to what a phone sent earlier."""

    code = "sheet_not_found"
    status = 404


class SheetLeftUrn(CollectorError):
    """The sheet was mixed with others and can no longer be told apart to be corrected."""

    code = "sheet_left_urn"
    status = 409


class OpenSheetUnreadable(CollectorError):
    """The unfinished sheet cannot be read with the key of this browser."""

    code = "open_sheet_unreadable"
    status = 409


class NotHandedOver(CollectorError):
    """Nobody handed this browser over to a resident."""

    code = "not_handed_over"
    status = 409


class QuestionnaireNotForScreen(CollectorError):
    """The questionnaire holds something that pages cannot show; `reason` says what."""

    code = "questionnaire_not_for_screen"
    status = 409


class PaperNotFound(CollectorError):
    """No paper sheet with this number waits for what was asked of it."""

    code = "paper_not_found_here"
    status = 404


class AnswersRefused(CollectorError):
    """A file of answers cannot be taken over; `reason` says why."""

    code = "answers_refused"
    status = 422


class AnswersStayInVillage(CollectorError):
    """Single answers are kept in the village; nobody else has them, and nothing takes them there."""

    code = "answers_stay_in_village"
    status = 403
