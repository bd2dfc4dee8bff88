"""Who may do what: every route states its decision, and a route without one is refused.

Roles: `head` and `secretary` run the village's affairs, `member` helps to record, `officer` works at the commune,
`administrator` at the centre.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

ANYONE: Final = frozenset({"*"})
TEAM: Final = frozenset({"head", "secretary", "member", "officer", "administrator"})
WRITERS: Final = frozenset({"head", "secretary", "member", "officer"})
KEEPERS: Final = frozenset({"head", "secretary", "officer", "administrator"})
HEADS: Final = frozenset({"head", "officer", "administrator"})
OFFICE: Final = frozenset({"officer", "administrator"})
"""Who runs a centre."""


def allow(roles: frozenset[str]) -> Callable[[View], View]:
    """State which roles may use a view. The decision is part of the view and checked before each request."""

    def decorate(view: View) -> View:
        view.allowed_roles = roles  # type: ignore[attr-defined]
        return view

    return decorate


def decision_of(view: Callable[..., Any] | None) -> frozenset[str] | None:
    """Give the roles that a view was opened for, or None if nobody decided."""
    return getattr(view, "allowed_roles", None)


def permits(roles: frozenset[str] | None, role: str | None) -> bool:
    """Tell whether somebody with this role (None: nobody logged in) may pass."""
    if roles is None:
        return False
    return roles == ANYONE or role in roles
