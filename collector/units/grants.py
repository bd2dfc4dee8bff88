"""What the laptops of a village and of a commune may have: the grants that the centre writes into their scopes.

Kinds that stay in the village (`kinds.Scope.VILLAGE`) and the lane of answer sheets are never named for a commune. Its
grants name every kind that it may have, so that a kind of a later version is not given to it before somebody decided.
"""

from collections.abc import Iterable
from typing import Final

from collector.kinds import Scope
from collector.recorder import SHEETS
from collector.registry import KINDS
from sync.log import RECORDS
from sync.scopes import Grant

SHARED_BY_COMMUNE: Final = ("attachment", "disclosure", "person", "programme", "programme_village")
"""What a village reads of its commune: programmes, what was made public with photos, and who changed something."""
COMPUTED: Final = ("result",)
"""What a commune reads and never writes: suppressed results are made where the sheets are."""
FOR_COMMUNES: Final = tuple(
    sorted(kind.name for kind in KINDS.values() if kind.scope is not Scope.VILLAGE and not kind.anonymous)
)
"""Every kind of a village that its commune has."""


def village_grants(unit: str, commune: str = "") -> list[Grant]:
    """Give what a laptop of a village may have: all of the village, and some of its commune (its unit) to read."""
    own = Grant(unit, (), write=True, lanes=(RECORDS, SHEETS))
    return [own, Grant(commune, SHARED_BY_COMMUNE)] if commune else [own]


def commune_grants(units: Iterable[str], own: str) -> list[Grant]:
    """Give what a laptop of a commune may have: of these villages what leaves them, and all of its own unit."""
    written = tuple(name for name in FOR_COMMUNES if name not in COMPUTED)
    return [
        Grant(own, (), write=True),
        *(
            grant
            for unit in sorted(set(units) - {own})
            for grant in (Grant(unit, written, write=True), Grant(unit, COMPUTED))
        ),
    ]
