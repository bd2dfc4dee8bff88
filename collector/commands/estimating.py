"""What `collector estimate` does between reading and printing: makes surveys of rows and estimates them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from collector.commands.answer_tables import Line, read_cells, read_lines, read_margins
from collector.commands.language import _
from collector.commands.output import Refused
from collector.participation.answers import MISSING, Answer, Row, Treatment, Variable
from collector.participation.design import Chosen, Design, PostStratification, Raking
from collector.participation.errors import StratumTooSmall
from collector.participation.estimates import estimate_share
from collector.participation.results import Result, Results, estimate_survey
from collector.participation.rounds import Change, compare_fresh, compare_panel
from collector.participation.survey import Survey, Where
from collector.participation.verdicts import TARGET
from collector.words import N_

ONE_VILLAGE: Final = ""


@dataclass(frozen=True)
class Request:
    """The options of the command: names of columns, and files of known sizes."""

    source: str
    dimensions: tuple[str, ...]
    stratum: str | None = None
    cluster: str | None = None
    weight: str | None = None
    population: str | None = None
    area_population: str | None = None
    cells: str | None = None
    margins: str | None = None
    domain: dict[str, str] = field(default_factory=dict)
    compare: str | None = None
    panel: bool = False
    chosen: str = "drawn"
    target: Fraction = TARGET


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows of a file and what they say about the population."""

    rows: list[Row]
    populations: dict[str, int]
    area_villages: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of a comparison; `change` None: the rounds cannot be compared in it."""

    name: str
    change: Change | None
    later: Result | None


def estimate(request: Request) -> Results:
    """Estimate everything that a file says.

    :raises Refused: if the file cannot be read or nobody is in the domain.
    """
    calibration = _read_calibration(request)
    groups = _group_columns(request, calibration)
    found = _gather(request, read_lines(request.source, _columns(request, groups)), groups)
    results = estimate_survey(_survey(request, found, calibration), _where(request.domain))
    return results or _refuse_domain(request)


def compare(request: Request) -> tuple[tuple[str, str], list[Compared], Results]:
    """Compare two rounds: their names, every line, and the results of the later round.

    :raises Refused: if the file cannot be read or does not hold exactly two rounds.
    """
    assert request.compare is not None
    calibration = _read_calibration(request)
    groups = _group_columns(request, calibration)
    lines = list(read_lines(request.source, _columns(request, groups)))
    names = _round_names(request.compare, lines)
    where = _where(request.domain)
    surveys = []
    for name in names:
        found = _gather(request, [line for line in lines if line.cells[request.compare] == name], groups)
        surveys.append(_survey(request, found, calibration))
    later = estimate_survey(surveys[1], where) or _refuse_domain(request)
    if request.panel:
        joint = _survey(request, _gather(request, lines, groups), None)
        change = _panel_change(joint, _both(where, request.compare, names[0]), _both(where, request.compare, names[1]))
    else:
        change = _fresh_change(surveys[0], surveys[1], where)
    results = [*later.dimensions, later.all_of_them, later.mean]
    variables = [*surveys[1].variables, surveys[1].all_of_them, surveys[1].mean]
    compared = [
        Compared(variable.name, change(variable) if _is_comparable(surveys, variable) else None, result)
        for variable, result in zip(variables, results, strict=True)
    ]
    return names, compared, later


def _fresh_change(first: Survey, second: Survey, where: Where | None) -> Callable[[Variable], Change | None]:
    def change(variable: Variable) -> Change | None:
        one, other = (estimate_share(each, variable, Treatment.STRICT, where) for each in (first, second))
        return compare_fresh(one, other) if one and other else None

    return change


def _panel_change(survey: Survey, first: Where, second: Where) -> Callable[[Variable], Change | None]:
    return lambda variable: compare_panel(survey, variable, (first, second))


def _is_comparable(surveys: Sequence[Survey], variable: Variable) -> bool:
    """Tell whether both rounds drew their respondents, or asked all, and put every question of this variable."""
    for survey in surveys:
        if survey.design.chosen is Chosen.OTHER:
            return False
        if any(all(row.answers[place] in MISSING for row in survey.rows) for place in variable.places):
            return False
    return True


def _columns(request: Request, groups: Iterable[str]) -> list[str]:
    named = (request.stratum, request.cluster, request.weight, request.population, request.area_population)
    return list(dict.fromkeys([*request.dimensions, *filter(None, named), *groups]))


def _group_columns(request: Request, calibration: PostStratification | Raking | None) -> list[str]:
    known: Iterable[str] = ()
    if isinstance(calibration, PostStratification):
        known = calibration.columns
    elif isinstance(calibration, Raking):
        known = calibration.margins
    return list(dict.fromkeys([*known, *request.domain, *([request.compare] if request.compare else [])]))


def _read_calibration(request: Request) -> PostStratification | Raking | None:
    if request.cells:
        return read_cells(request.cells)
    return read_margins(request.margins) if request.margins else None


def _survey(request: Request, found: Answered, calibration: PostStratification | Raking | None) -> Survey:
    design = Design(found.populations, found.area_villages, Chosen(request.chosen), request.target, calibration)
    try:
        return Survey(found.rows, request.dimensions, design)
    except StratumTooSmall as error:
        if request.stratum is not None:
            raise
        sentence = _("There is only one answer. That is not enough to estimate from.")
        raise Refused(sentence, _("Please ask more people.")) from error


def _gather(request: Request, lines: Iterable[Line], groups: Sequence[str]) -> Answered:
    """Make rows of lines. Equal lines of clusters of one are counted, so that a large file needs little memory."""
    populations: dict[str, int] = {}
    areas: dict[str, int] = {}
    rows: list[Row] = []
    counts: Counter[tuple[Any, ...]] = Counter()
    known = _Known(request.dimensions, groups)
    for line in lines:
        stratum = line.text(request.stratum, N_("Please name the village.")) if request.stratum else ONE_VILLAGE
        if request.population:
            _keep(populations, stratum, line, request.population)
        if request.area_population:
            _keep(areas, ONE_VILLAGE, line, request.area_population)
        weight = line.number_above_zero(request.weight) if request.weight else None
        key = (stratum, known.answers(line), known.groups(line), weight)
        if request.cluster:
            cluster = line.text(request.cluster, N_("Please name the household."))
            rows.append(Row(stratum, key[1], cluster, weight, known.shared[key[2]]))
        else:
            counts[key] += 1
    for (stratum, answers, values, weight), count in counts.items():
        rows.append(Row(stratum, answers, None, weight, known.shared[values], count))
    return Answered(rows, populations, areas.get(ONE_VILLAGE))


def _keep(sizes: dict[str, int], name: str, line: Line, column: str) -> None:
    size = line.count(column)
    if sizes.setdefault(name, size) != size:
        advice = N_("Please give every row of a village (and of a round) the same number.")
        line.refuse(column, N_("another number than in the rows above:"), advice)


class _Known:
    """Answers and groups that were read before: equal ones are kept in memory once."""

    def __init__(self, dimensions: Sequence[str], columns: Sequence[str]) -> None:
        self.shared: dict[tuple[str, ...], dict[str, str]] = {}
        self._answers: dict[tuple[str, ...], tuple[Answer, ...]] = {}
        self._dimensions, self._columns = dimensions, columns

    def answers(self, line: Line) -> tuple[Answer, ...]:
        """Give the answers of a line."""
        written = tuple(line.cells[name] for name in self._dimensions)
        found = self._answers.get(written)
        if found is None:
            found = self._answers[written] = tuple(line.answer(name) for name in self._dimensions)
        return found

    def groups(self, line: Line) -> tuple[str, ...]:
        """Give the values of the columns that say groups; `shared` holds them by their columns."""
        values = tuple(line.cells[name] for name in self._columns)
        if values not in self.shared:
            self.shared[values] = dict(zip(self._columns, values, strict=True))
        return values


def _where(domain: dict[str, str]) -> Where | None:
    if not domain:
        return None
    return lambda row: all(row.groups[column] == value for column, value in domain.items())


def _both(where: Where | None, column: str, value: str) -> Where:
    return lambda row: row.groups[column] == value and (where is None or where(row))


def _round_names(column: str, lines: Sequence[Line]) -> tuple[str, str]:
    names = {line.text(column, N_("Please say which round the row belongs to.")) for line in lines}
    if len(names) != 2:
        raise Refused(
            _(
                "Column %(column)s holds %(count)s rounds and not two: %(names)s",
                column=column,
                count=len(names),
                names=", ".join(sorted(names)[:10]),
            ),
            _("Please leave only the two rounds that are compared in the file."),
        )
    first, second = sorted(names, key=_round_order)
    return first, second


def _round_order(name: str) -> tuple[int, float, str]:
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name


def _refuse_domain(request: Request) -> Results:
    wanted = ", ".join(f"{column}={value}" for column, value in request.domain.items())
    raise Refused(_("Nobody in the file is %(domain)s.", domain=wanted), _("Please look at how the column is written."))
