"""Canonical bytes of a paper and the way back.

Canonical JSON: keys sorted, UTF-8, every text in Unicode normal form C, no white space, no floating-point
numbers. Equal papers give equal bytes on every machine, so their SHA-256 names the paper. Reading checks
every type, so a damaged or hostile file gives `InvalidPaper` and nothing else. Standard library only; it
knows no paper by name.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
import unicodedata

from .errors import InvalidPaper

FORMAT = "collector-paper/1"
MAX_JSON_BYTES = 16 * 1024 * 1024

T = typing.TypeVar("T")
Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def encode_paper(kind: str, paper: object) -> bytes:
    """Return the canonical bytes of a paper of this kind."""
    envelope: Json = {"content": _to_plain(paper), "format": FORMAT, "paper": kind}
    text = json.dumps(envelope, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def decode_envelope(data: bytes) -> tuple[str, Json]:
    """Return the kind of paper and its plain content.

    :raises InvalidPaper: if the bytes are not an envelope of this format.
    """
    if len(data) > MAX_JSON_BYTES:
        raise InvalidPaper("the paper is larger than this program writes")
    try:
        envelope = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidPaper("the paper is not JSON") from error
    if not isinstance(envelope, dict) or envelope.get("format") != FORMAT:
        raise InvalidPaper(f"the paper is not of the format {FORMAT}")
    kind = envelope.get("paper")
    if not isinstance(kind, str) or set(envelope) != {"content", "format", "paper"}:
        raise InvalidPaper("the paper does not say of which kind it is")
    return kind, envelope["content"]


def decode_record(record_class: type[T], plain: Json) -> T:
    """Return a dataclass filled from plain content.

    :raises InvalidPaper: if a field is missing, unknown or of another type.
    """
    if not isinstance(plain, dict):
        raise InvalidPaper(f"{record_class.__name__} is not an object")
    hints = _field_types(typing.cast(type, record_class))
    wrong = sorted(set(hints) ^ set(plain))
    if wrong:
        raise InvalidPaper(f"{record_class.__name__}: missing or unknown: {', '.join(wrong)}")
    return record_class(**{name: _from_plain(hint, plain[name], name) for name, hint in hints.items()})


@functools.cache
def _field_types(record_class: type) -> dict[str, object]:
    hints = typing.get_type_hints(record_class)
    return {field.name: hints[field.name] for field in dataclasses.fields(record_class)}


def _to_plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _to_text(value)
    if isinstance(value, tuple):
        return [_to_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: _to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise InvalidPaper(f"{type(value).__name__} has no place on a paper")


def _to_text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidPaper("a text has half a character") from error
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))


def _from_plain(hint: object, value: Json, name: str) -> object:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return decode_record(hint, value)
    origin = typing.get_origin(hint)
    if origin is types.UnionType or origin is typing.Union:
        return _from_union(typing.get_args(hint), value, name)
    if origin is tuple:
        return _from_list(typing.get_args(hint)[0], value, name)
    if origin is typing.Literal:
        return _checked(value in typing.get_args(hint) and not isinstance(value, bool), value, name)
    return _checked(type(value) is hint, value, name)


def _from_union(members: tuple[object, ...], value: Json, name: str) -> object:
    if value is None:
        return _checked(type(None) in members, value, name)
    wanted = [member for member in members if member is not type(None)]
    return _from_plain(wanted[0], value, name)


def _from_list(item_hint: object, value: Json, name: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise InvalidPaper(f"{name} is not a list")
    return tuple(_from_plain(item_hint, item, name) for item in value)


def _checked(is_good: bool, value: Json, name: str) -> Json:
    if not is_good:
        raise InvalidPaper(f"{name} has a value of another type")
    return value
