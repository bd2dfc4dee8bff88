"""The shapes that names, numbers and hashes from elsewhere must have; what has not is not decoded. Pure."""

from typing import Annotated, Final

from msgspec import Meta

from sync.strict import MAX_NUMBER

HASH_BYTES: Final = 32
Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
Text = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00]*\Z")]
"""No database takes a NUL."""
Hash = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
Number = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
Amount = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]


def make_printable(text: str) -> str:
    """Stand in for what would do something instead of being shown: line ends, escapes, marks that turn text around."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
