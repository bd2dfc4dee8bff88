"""Documents to measure with: invented answer sheets of about one kilobyte, the same in every run."""

import base64
import json
import random
import unicodedata
import uuid
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from sync.revisions import Body, Value, encode_body

COUNT: Final = 10_000
_ONSETS: Final = (
    "b c ch d đ g gi h kh l m n ng nh ph qu r s t th tr v x"
)
_RHYMES: Final = (
    "a an ang anh ao ay ăn âm ân âu e em en eo ê ên i in iên o oi on ong ô ôi ông ơ ơi u ung ư ương"
)
_TONES: Final = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_COMMON: Final = (
    "và của có không được là trong cho người nhà nước một các những với này đã đến khi ở từ ra vào năm "
    "tháng ngày xã thôn bản hộ gia đình con trẻ em mẹ cha ông bà đi làm ruộng lúa gạo ngô sắn rau cá thịt "
    "gà trâu bán mua chợ tiền vay"
)
_WATER: Final = ("drilled well", "dug well", "tap", "rain", "stream", "other")
_THINGS: Final = ("bicycle", "boat", "fan", "loom", "mill", "phone", "pump")


def make_documents(count: int = COUNT) -> list[dict[str, Any]]:
    """Make documents with an `id`, eleven other fields and a long Vietnamese text."""
    chance = random.Random(20_260_101)
    words = _COMMON.split() + [_syllable(chance) for _ in range(900)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    devices = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(40)]
    return [_document(chance, words, weights, devices) for _ in range(count)]


def _syllable(chance: random.Random) -> str:
    rhyme, tone = chance.choice(_RHYMES.split()), chance.choice(_TONES)
    return chance.choice(_ONSETS.split()) + unicodedata.normalize("NFC", rhyme[0] + tone + rhyme[1:])


def _document(chance: random.Random, words: list[str], weights: list[float], devices: list[str]) -> dict[str, Any]:
    asker = chance.randrange(40)
    day = f"2026-{chance.randrange(3, 7):02d}-{chance.randrange(1, 29):02d}"
    minutes = chance.randrange(7 * 60, 17 * 60)
    length = max(20, int(chance.gauss(113, 25)))
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "form": "household_2026",
        "form_version": chance.choice((3, 3, 3, 4)),
        "device": devices[asker],
        "asker": f"asker-{asker:03d}",
        "commune": f"{chance.randrange(60) * 517:05d}",
        "started_at": f"{day}T{minutes // 60:02d}:{minutes % 60:02d}:{chance.randrange(60):02d}+07:00",
        "ended_at": f"{day}T{minutes // 60 + 1:02d}:{minutes % 60:02d}:{chance.randrange(60):02d}+07:00",
        "name": " ".join(word.title() for word in chance.sample(words, 3)),
        "water": chance.choice(_WATER),
        "things": sorted(chance.sample(_THINGS, chance.randrange(6))),
        "note": " ".join(chance.choices(words, cum_weights=weights, k=length)),
    }


def read_documents(path: Path | None) -> list[dict[str, Any]]:
    """Read documents from lines of JSON that have an `id`, or make them."""
    if path is None:
        return make_documents()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def to_bodies(documents: list[dict[str, Any]]) -> list[bytes]:
    """Carry each document, all of it, as one answer sheet: the bytes of its first revision."""
    chance = random.Random(1)
    unit = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    bodies = []
    for number, document in enumerate(documents):
        stamp = (1_790_000_000_000 + number * 60_000) << 16
        salt = base64.urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("=")
        values = {name: _value(value) for name, value in document.items() if name != "id"}
        body = Body(record=document["id"], kind="answer_sheet", unit=unit, stamp=stamp, salt=salt, set=values)
        bodies.append(encode_body(body))
    return bodies


def _value(value: Any) -> Value:
    return value if isinstance(value, str | int | bool) else json.dumps(value, ensure_ascii=False)
