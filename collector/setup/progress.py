"""What was answered so far in the first run, kept in `setup.json` so that a power cut loses nothing.

Passwords are in it as hashes only, the recovery phrase not at all. The file goes away when the first run is finished.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from collector.folder import DataFolder, write_atomically
from collector.setup.store import SECOND_KEEPERS, SetupPlan, TeamMember

STEPS: Final = ("language", "commune", "village", "register", "groups", "team", "phrase", "check")
OF_COMMUNE: Final = ("language", "commune", "village", "team", "phrase", "check")
"""The steps of the computer of a commune itself: it has neither register nor ethnic groups."""
OF_SECOND: Final = ("language", "arrival", "team", "phrase", "check")
"""The steps of one more computer of a village that the centre knows: all that it would ask comes from there."""
COUNTS: Final = ("households", "women", "men")
_FILE: Final = "setup.json"

Progress = Mapping[str, Any]


def read_progress(folder: DataFolder) -> dict[str, Any]:
    """Read what was answered so far; nothing yet gives an empty one."""
    path = folder.root / _FILE
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def save_progress(folder: DataFolder, **answers: Any) -> None:
    """Add answers to what is kept, on the disk when this returns."""
    kept = json.dumps(read_progress(folder) | answers, ensure_ascii=False, indent=1)
    write_atomically(folder.root / _FILE, kept.encode(), private=True)


def forget_progress(folder: DataFolder) -> None:
    """Take the file away; everything in it is recorded by then."""
    (folder.root / _FILE).unlink(missing_ok=True)


def is_for_commune(progress: Progress) -> bool:
    """Tell whether this is to be the computer of a commune itself."""
    return progress.get("role") == "commune"


def is_second(progress: Progress) -> bool:
    """Tell whether this computer joined a village that other computers have already."""
    return bool(progress.get("joined"))


def list_steps(progress: Progress) -> tuple[str, ...]:
    """List the steps in their order, for what this computer is to be."""
    if is_second(progress):
        return OF_SECOND
    return OF_COMMUNE if is_for_commune(progress) else STEPS


def find_open_step(progress: Progress) -> str:
    """Give the first step that still needs an answer."""
    answered = {
        "language": bool(progress.get("language")),
        "commune": bool(progress.get("commune")),
        "village": bool(progress.get("village")) or is_for_commune(progress),
        "register": bool(progress.get("register")),
        "groups": bool(progress.get("groups_done")) and not list_missing_sums(progress),
        "arrival": bool(progress.get("arrived")),
        "team": bool(progress.get("team_done")) and find_missing_role(progress) is None,
        "phrase": bool(progress.get("phrase_written")),
    }
    return next((step for step in list_steps(progress) if not answered.get(step, False)), STEPS[-1])


def list_missing_sums(progress: Progress) -> list[tuple[str, int, int]]:
    """List the counts in which the ethnic groups do not add up to the register: name, sum, total.

    Households always count; women and men where the register and every group state them. No groups add up.
    """
    groups, register = progress.get("groups") or [], progress.get("register") or {}
    wrong = []
    for name in COUNTS:
        given = [group.get(name) for group in groups]
        stated = register.get(name) is not None and all(number is not None for number in given)
        total = sum(number or 0 for number in given)
        if groups and (name == "households" or stated) and total != register.get(name):
            wrong.append((name, total, register.get(name) or 0))
    return wrong


def find_missing_role(progress: Progress) -> str | None:
    """Give what the team still lacks: a role that must be there, or the `password` of its first; None if nothing."""
    team = progress.get("team") or []
    if is_second(progress):
        return None if any(_is_keeper(each) for each in team) else "password"
    needed = ("officer",) if is_for_commune(progress) else ("head", "secretary")
    for role in needed:
        if not any(member["role"] == role for member in team):
            return role
    keepers = [member for member in team if member["role"] == needed[0]]
    return None if any(member.get("password_hash") for member in keepers) else "password"


def _is_keeper(member: Mapping[str, Any]) -> bool:
    return member["role"] in SECOND_KEEPERS and bool(member.get("password_hash"))


def make_plan(progress: Progress) -> SetupPlan:
    """Turn the answers into the plan that is written at the end."""
    commune = progress["commune"]
    if is_for_commune(progress):
        return SetupPlan(
            role="commune",
            unit_code=commune["code"],
            unit_valid_from=date.fromisoformat(commune["valid_from"]),
            team=tuple(TeamMember(**member) for member in progress["team"] if member["role"] == "officer"),
            language=progress["language"],
        )
    village = progress["village"]
    return SetupPlan(
        role="village",
        unit_code=commune["code"],
        unit_valid_from=date.fromisoformat(commune["valid_from"]),
        village_name=village["name"],
        local_number=village.get("local_number") or "",
        register=progress["register"],
        groups=tuple(progress.get("groups") or ()),
        team=tuple(TeamMember(**member) for member in progress["team"]),
        language=progress["language"],
    )
