"""Which kinds of records a role may see and change through pages that serve all kinds: history and differences."""

from typing import Final

from werkzeug.exceptions import Forbidden

from collector.accounts.access import HEADS, KEEPERS, WRITERS, permits
from collector.errors import RecordNotFound
from collector.kinds import Kind, Scope
from collector.registry import KINDS

_CHANGED_BY: Final[dict[str, frozenset[str]]] = {
    "unit": HEADS,
    "person": HEADS,
    "register": KEEPERS,
    "register_group": KEEPERS,
    "holiday": KEEPERS,
    "speaker_contact": KEEPERS,
    "questionnaire": KEEPERS,
    "round": KEEPERS,
    "round_asker": KEEPERS,
    "snapshot": frozenset(),
    "signed_minutes": KEEPERS,
    "amendment": KEEPERS,
    "round_village": frozenset(),
    "drawn_household": frozenset(),
    "result": frozenset(),
}
"""Kinds that not everybody who writes may change, as on their own pages; some nobody changes afterwards."""


_VILLAGE_KEEPERS: Final = KEEPERS - {"officer", "administrator"}
"""Who keeps what never leaves a village; the centre keeps it and shows it to nobody."""


def get_visible_kind(name: str, role: str | None) -> Kind:
    """Give a kind of records that a role may see.

    :raises RecordNotFound: if there is no such kind.
    :raises Forbidden: if the role may not see it.
    """
    if name not in KINDS:
        raise RecordNotFound(kind=name)
    if not may_see(KINDS[name], role):
        raise Forbidden()
    return KINDS[name]


def may_change(kind: Kind, role: str | None) -> bool:
    """Tell whether a role may bring back earlier versions of a record of this kind."""
    return permits(_CHANGED_BY.get(kind.name, WRITERS), role)


def may_settle(kind: Kind, role: str | None) -> bool:
    """Tell whether a role may choose between differing values; somebody always may."""
    return permits(_CHANGED_BY.get(kind.name, WRITERS) or KEEPERS, role)


def may_see(kind: Kind, role: str | None) -> bool:
    """Tell whether a role may see single records of a kind: sheets nobody, what stays in the village its keepers."""
    return not kind.anonymous and (kind.scope is not Scope.VILLAGE or permits(_VILLAGE_KEEPERS, role))


def list_visible_kinds(role: str | None) -> list[Kind]:
    """List the kinds of which a role may see single records."""
    return [kind for kind in KINDS.values() if may_see(kind, role)]
