"""Marks words that people will see, so that they are collected for translation. Holds no words itself."""


def N_(text: str) -> str:  # noqa: N802 - the customary name of the marker
    """Mark an English source text for translation; it is translated where it is shown."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as above, for a text that counts
    """Mark an English source text with its plural for translation."""
    return one, many
