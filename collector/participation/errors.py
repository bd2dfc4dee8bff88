"""The refusals of the metric, each with a stable code and what a sentence about it needs.

Words are added where people read them. The package knows nothing of the application, so this tree stands alone.
"""

from typing import Any, ClassVar


class ParticipationError(Exception):
    """The root of everything the metric refuses."""

    code: ClassVar[str] = "participation"
    status: ClassVar[int] = 422

    def __init__(self, **context: Any) -> None:
        self.context = context
        super().__init__(f"{self.code} {context}" if context else self.code)


class NoAnswers(ParticipationError):
    """There is not one row to estimate from."""

    code = "no_answers"


class StratumTooSmall(ParticipationError):
    """A village has a single answer, so that nothing is known about how its people differ.

    It must be merged with a neighbour, or more people must be asked.
    """

    code = "stratum_too_small"


class TooManyAsked(ParticipationError):
    """More households (or people) answered than the register says live there."""

    code = "too_many_asked"


class PopulationMissing(ParticipationError):
    """Some villages have a number of households and others have none."""

    code = "population_missing"


class WeightInvalid(ParticipationError):
    """A weight is not a positive number, or only some rows carry one."""

    code = "weight_invalid"


class AnswersMismatch(ParticipationError):
    """A row holds more or fewer answers than there are dimensions."""

    code = "answers_mismatch"


class CellUnknown(ParticipationError):
    """Respondents belong to a cell whose size in the population was not given."""

    code = "cell_unknown"


class CalibrationFailed(ParticipationError):
    """Weights that satisfy every margin were not found; the margins contradict each other."""

    code = "calibration_failed"
