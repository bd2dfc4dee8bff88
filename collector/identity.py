"""Ids of things of which there is one: the tally of a question, the tick of a household, which minutes were signed.

Two laptops that record such a thing without knowing of each other record the same, so that it differs in its values and
is settled once, instead of standing there twice and being counted twice. Also what people are
shown of the id of a device.

Who records first under an id has it, and a record of one village cannot be written by another. So what an id is made
from must hold something that other villages do not know: the random id of a record that only this village has.
"""

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("b4b1c1de-59a0-5f0e-8a2d-7a3f0c9a6d11")
_SHOWN_LETTERS: Final = 4


def shared_id(kind: str, *about: str | None) -> str:
    """Give the id that a record of a kind has on every laptop, from what it is about."""
    return str(uuid5(_NAMESPACE, "/".join([kind, *(part or "" for part in about)])))


def short_id(device: str) -> str:
    """Give the beginning of the id of a device, as all pages show it."""
    return device[:_SHOWN_LETTERS].upper()
