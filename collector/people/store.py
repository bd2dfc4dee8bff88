"""The people of the village team and, beside them, who of them can log in.

A person is a record; the account with the same id lies in `secrets/` and follows the person's name and role. The
laptop always keeps somebody who may manage it: the last active head can neither be removed nor given less to do.
"""

from collections.abc import Mapping
from typing import Final

from collector.accounts.access import HEADS
from collector.accounts.store import Account, Accounts
from collector.errors import CollectorError
from collector.folding import fold
from collector.people.records import ROLES
from collector.query import get_record, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row

_ORDER: Final = {role.code: place for place, role in enumerate(ROLES)}


class LastHead(CollectorError):
    """This is the last active head; without one nobody could manage the accounts of this laptop."""

    code = "last_head"
    status = 409


def list_people(connection: Connection, unit: str) -> list[Row]:
    """List the people of a team: the head first, then by role and name."""
    people = list_records(connection, "person", unit=unit)
    return sorted(people, key=lambda person: (_ORDER.get(person["role"], len(_ORDER)), fold(person["name"] or "")))


def add_person(recorder: Recorder, unit: str, values: Mapping[str, object], record: str | None = None) -> str:
    """Record somebody of the team and return the id, `record` if one is given.

    :raises RecordInvalid: if a value breaks the declaration.
    """
    return recorder.add("person", unit, values, record)


def update_person(recorder: Recorder, accounts: Accounts, person: str, changes: Mapping[str, object]) -> bool:
    """Change somebody of the team, and the account with them; return whether anything differed.

    :raises LastHead: if the last active head would get another role.
    :raises RecordNotFound: if there is no such person.
    """
    row = get_record(recorder.connection, "person", person)
    role = str(changes.get("role") or row["role"])
    refuse_last_head(accounts, person, role)
    differs = recorder.update("person", person, changes)
    if accounts.find(person) is not None:
        accounts.update(person, name=str(changes.get("name") or row["name"]), role=role)
    return differs


def remove_person(recorder: Recorder, accounts: Accounts, person: str) -> None:
    """Take somebody off the team and close the account.

    :raises LastHead: if this is the last active head.
    :raises RecordNotFound: if there is no such person.
    """
    refuse_last_head(accounts, person)
    recorder.remove("person", person)
    if accounts.find(person) is not None:
        accounts.update(person, active=False)


def give_account(accounts: Accounts, person: Row, password: str) -> Account:
    """Let somebody of the team log in with this password; whoever was logged in as them is logged out.

    :raises PasswordTooShort: if the password has under 8 or over 200 characters.
    """
    return accounts.add(person["id"], person["name"], person["role"], password)


def close_account(accounts: Accounts, person: str) -> Account:
    """Let somebody log in no more. The person stays on the team.

    :raises LastHead: if this is the last active head.
    :raises AccountNotFound: if the person has no account.
    """
    refuse_last_head(accounts, person)
    return accounts.update(person, active=False)


def refuse_last_head(accounts: Accounts, person: str, role: str = "") -> None:
    """Refuse that the last active head loses the account (`role` empty) or gets a role that is less.

    :raises LastHead: if nobody else could do what this person does.
    """
    account = accounts.find(person)
    if account is None or not account.active or account.role not in HEADS:
        return
    enough = {"head"} if account.role == "head" else HEADS
    others = [other for other in accounts.list_accounts() if other.active and other.id != person]
    if role not in enough and not any(other.role in enough for other in others):
        raise LastHead(name=account.name)
