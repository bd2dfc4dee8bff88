"""All kinds of records of the application, gathered from the features."""

from types import MappingProxyType
from typing import Final

from collector.answers.records import KINDS as ANSWERS
from collector.attachments.records import KINDS as ATTACHMENTS
from collector.kinds import Kind
from collector.meetings.records import KINDS as MEETINGS
from collector.opinions.records import KINDS as OPINIONS
from collector.people.records import KINDS as PEOPLE
from collector.programmes.records import KINDS as PROGRAMMES
from collector.questionnaires.records import KINDS as QUESTIONNAIRES
from collector.results.records import KINDS as RESULTS
from collector.rounds.records import KINDS as ROUNDS
from collector.units.records import KINDS as UNITS

KINDS: Final = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *UNITS,
            *PEOPLE,
            *PROGRAMMES,
            *MEETINGS,
            *OPINIONS,
            *QUESTIONNAIRES,
            *ROUNDS,
            *ANSWERS,
            *RESULTS,
            *ATTACHMENTS,
        )
    }
)


def get_kind(name: str) -> Kind:
    """Give a kind by its name.

    :raises KeyError: if no feature declares it.
    """
    return KINDS[name]
