"""Which questionnaires a round can ask: those that come with the program, and those that are kept here and in use.

One that comes with the program is recorded when a round first asks it; until then the form names it by its code.
"""

from dataclasses import dataclass
from typing import Final

from collector.query import find_record, get_record
from collector.questionnaires.built_in import BUILT_IN, ensure_built_in
from collector.questionnaires.store import list_questionnaires
from collector.recorder import Recorder
from collector.rounds.errors import DimensionNotAsked
from collector.rounds.records import DIMENSIONS
from sync.storage import Connection, Row

ALWAYS: Final = ("know", "discuss", "do", "inspect")
OPTIONAL: Final = ("supervise", "benefit")
PREFIX: Final = "built-in:"
"""Stands before the code of a questionnaire that comes with the program."""
ANY: Final = "none"
"""What a questionnaire counts that fits households and adults alike."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A questionnaire to choose: what the form sends for it, its title (English source if built in), whom it counts."""

    choice: str
    title: str
    counted: str
    built_in: bool = False

    def fits(self, counted: object) -> bool:
        """Tell whether it can be asked in a round that counts households or adults."""
        return self.counted in (ANY, counted)


def list_offers(connection: Connection, current: str | None = None, unit: str = "") -> list[Offer]:
    """List the questionnaires to choose from (in one village); `current` is the one that a round asks already."""
    held = find_record(connection, "questionnaire", current) if current else None
    offers = [_offer(held)] if held is not None else []
    code = held["built_in"] if held is not None else None
    offers += [Offer(PREFIX + each.code, each.words, each.counted, True) for each in BUILT_IN if each.code != code]
    rows = list_questionnaires(connection, unit=unit)
    return offers + [_offer(each) for each in rows if not each["built_in"] and each["id"] != current]


def _offer(row: Row) -> Offer:
    return Offer(row["id"], f"{row['title']} ({row['version']})", row["counted"])


def take_questionnaire(recorder: Recorder, unit: str, choice: str, optional: tuple[str, ...]) -> dict[str, object]:
    """Give the `questionnaire` and `dimensions` of a round that asks this questionnaire and these optional dimensions.

    :raises DimensionNotAsked: if it has no question about an optional one.
    :raises RecordNotFound: if there is no such questionnaire.
    """
    made = ensure_built_in(recorder, unit, choice.removeprefix(PREFIX)) if choice.startswith(PREFIX) else choice
    row = get_record(recorder.connection, "questionnaire", made)
    lacking = [each for each in optional if not row[each]]
    if lacking:
        raise DimensionNotAsked(dimension=lacking[0])
    asked = [each for each in DIMENSIONS if row[each] and (each in ALWAYS or each in optional)]
    return {"questionnaire": made, "dimensions": ",".join(asked) or None}
