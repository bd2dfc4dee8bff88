"""What can be wrong with a questionnaire or an answer sheet, as errors with a stable code and a reason."""

from collector.errors import CollectorError


class XmlRefused(CollectorError):
    """XML that is not read: `reason` is not_xml, too_large, too_deep or doctype."""

    code = "xml_refused"
    status = 422


class ExpressionRefused(CollectorError):
    """An expression that is not evaluated here: `reason` is syntax, function, feature, too_long or too_deep."""

    code = "expression_refused"
    status = 422


class EvaluationFailed(CollectorError):
    """An expression that cannot be evaluated with these answers: `reason` says why."""

    code = "evaluation_failed"
    status = 422


class FormRefused(CollectorError):
    """A questionnaire that is not taken at all; `reason` says why."""

    code = "form_refused"
    status = 422


class SubmissionRefused(CollectorError):
    """An answer sheet from a client that does not belong to the form; `reason` says why."""

    code = "submission_refused"
    status = 422


class QuestionNotFound(CollectorError):
    """The form has no such question, or it is not asked with these answers."""

    code = "question_not_found"
    status = 404


class WorkbookRefused(CollectorError):
    """An Excel file that is no questionnaire; `reason` says why, `sheet`, `row` and `column` where if that is known."""

    code = "workbook_refused"
    status = 422
