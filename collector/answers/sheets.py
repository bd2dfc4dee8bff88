"""What a finished interview becomes: the values of an answer sheet, derived from the mapping of its questionnaire.

Pure. Codes of answers follow the questionnaire: `yes` / `no` / `dont_know` / `refused` under their usual names and
numbers; a question that was not reached has no value and becomes `not_asked`, one left empty becomes `blank`.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from collector.questionnaires.dimensions import read_meaning
from collector.rounds.records import DIMENSIONS, split_dimensions
from sync.revisions import Value
from sync.storage import Row

_SEXES: Final = {"female": "female", "f": "female", "nu": "female", "male": "male", "m": "male", "nam": "male"}
_CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_GROUPS: Final = 3
_GROUP_LETTERS: Final = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answer sheet on its way into the urn.

    `values` are those of the record; the others never become part of it: the number on the paper, the id that a
    phone gave to what it sent, and whether the sheet has to wait for its second entry.
    """

    values: Mapping[str, Value]
    paper_number: int | None = None
    instance_id: str | None = None
    waits: bool = False


def make_values(
    round_row: Row, questionnaire: Row, answers: Mapping[str, str], *, village: str, day: date, source: str
) -> dict[str, Value]:
    """Derive the values of a sheet from the answers by path; a path that is not there was not asked.

    Only dimensions of the round count as asked. `consent_version` and `withdrawal_hash` are added by whoever knows
    them.
    """
    asked = split_dimensions(round_row["dimensions"]) or DIMENSIONS
    values: dict[str, Value] = {
        "round": round_row["id"],
        "village": village,
        "questionnaire": questionnaire["id"],
        "day": day.isoformat(),
        "source": source,
        "answers": json.dumps(dict(answers), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    }
    for dimension in DIMENSIONS:
        path = questionnaire[dimension] if dimension in asked else None
        values[dimension] = read_code(answers.get(path)) if path else None
    values["sex"] = _SEXES.get(_text(answers, questionnaire["sex"]).lower())
    values["ethnic_group"] = _text(answers, questionnaire["ethnic_group"])[:60] or None
    values["adults"] = _read_count(_text(answers, questionnaire["adults"]))
    return {name: value for name, value in values.items() if value is not None}


def read_code(raw: str | None) -> str:
    """Give the code of an answer to a question about a dimension; words that are none of the codes count as blank."""
    if raw is None:
        return "not_asked"
    return read_meaning(raw) or "blank"


def _text(answers: Mapping[str, str], path: str | None) -> str:
    return answers.get(path, "").strip() if path else ""


def _read_count(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= 100 else None


def make_withdrawal_code() -> str:
    """Make a code that the resident alone keeps: three groups of four letters that are not easily mistaken."""
    return spell_code(secrets.token_bytes(32))


def spell_code(seed: bytes) -> str:
    """Spell a withdrawal code from 32 random bytes."""
    number, letters = int.from_bytes(seed, "big"), ""
    for _ in range(_CODE_GROUPS * _GROUP_LETTERS):
        number, place = divmod(number, len(_CODE_LETTERS))
        letters += _CODE_LETTERS[place]
    return "-".join(letters[start : start + _GROUP_LETTERS] for start in range(0, len(letters), _GROUP_LETTERS))


def hash_withdrawal_code(code: str) -> str:
    """Give the SHA-256 under which a sheet can be found by its code; small letters, gaps and dashes do not matter."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"collector withdrawal {letters}".encode()).hexdigest()


def hash_instance(instance_id: str) -> str:
    """Give the SHA-256 of the id that a phone gave to what it sent."""
    return hashlib.sha256(f"collector instance {instance_id.strip()}".encode()).hexdigest()
