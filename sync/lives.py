"""The lives of the centre as a laptop knows them: a new one is believed, an earlier one never without a person.

A centre that was restored from a backup begins a new life. It may lack what it had acknowledged, so everything counts
as not received and is offered again.
"""

from sync.errors import WentBackwards
from sync.storage import Connection


def note_life(connection: Connection, incarnation: str) -> bool:
    """Note in which life the centre answers; tell whether it is a new one.

    :raises WentBackwards: if it is one that was left before: an old copy of the centre.
    """
    row = connection.row("SELECT is_current FROM incarnation WHERE name = :name", {"name": incarnation})
    if row is not None and row["is_current"]:
        return False
    if row is not None:
        raise WentBackwards(reason="incarnation", incarnation=incarnation)
    _begin(connection, incarnation)
    return True


def accept_life(connection: Connection, incarnation: str) -> None:
    """Go along with an earlier life or log of the centre, because a person said so."""
    connection.execute("DELETE FROM incarnation WHERE name = :name", {"name": incarnation})
    connection.execute("DELETE FROM cursor")
    _begin(connection, incarnation)


def _begin(connection: Connection, incarnation: str) -> None:
    connection.execute("UPDATE incarnation SET is_current = 0")
    connection.execute("INSERT INTO incarnation (name, is_current) VALUES (:name, 1)", {"name": incarnation})
    connection.execute("UPDATE epoch SET received = 0, backed_up = 0")
    connection.execute("DELETE FROM backup")
    connection.execute("DELETE FROM outbox")


def current_life(connection: Connection) -> str:
    """Give the present life of the centre that this folder is, or knows: there "" before it ever answered."""
    return str(connection.value("SELECT name FROM incarnation WHERE is_current = 1") or "")
