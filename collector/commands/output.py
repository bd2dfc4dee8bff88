"""How commands print results and refusals: sentences for people or one line of JSON, never a traceback."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from collector.commands.language import _
from collector.words import N_

OS_ERROR = (
    N_("A file or folder cannot be read or written: %(path)s (%(problem)s)"),
    N_("Please check the name, the free space and who may use it, then try again."),
)


class Refused(click.ClickException):
    """Input that was refused: what is wrong, what to do, and exit code 1."""

    def __init__(self, title: str, *advice: str) -> None:
        super().__init__("\n".join([title, *(line for line in advice if line)]))

    def show(self, file: Any = None) -> None:
        """Print the sentences to standard error."""
        click.echo(self.message, file=file or sys.stderr)


def print_result(output: str, values: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print a result as the caller asked: `json` on one line, else lines of text."""
    if output == "json":
        click.echo(json.dumps(values, ensure_ascii=False, sort_keys=True))
        return
    for line in lines:
        click.echo(line)


def explain_exception(error: Exception) -> Refused | None:
    """Put one of our errors, or one of the system's about a file, into words; None for a mistake of the program."""
    if isinstance(error, BrokenPipeError):
        return None
    if isinstance(error, OSError) and not hasattr(error, "code"):
        values = {"path": error.filename or "", "problem": error.strerror or str(error)}
        return Refused(_(OS_ERROR[0], **values), _(OS_ERROR[1]))
    if not isinstance(getattr(error, "code", None), str):
        return None
    from collector.commands.errors import explain

    return Refused(*explain(error))


def use_utf8() -> None:
    """Print Vietnamese on every console and into every pipe."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
