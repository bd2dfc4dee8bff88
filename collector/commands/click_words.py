"""Commands and options of click whose help is translated when it is shown, and the words that click itself prints."""

import copy
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from collector.commands.language import _
from collector.words import N_, NN_

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

CLICK_WORDS: Final = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Missing parameter: {param_name}"),
    N_("Missing command."),
    N_("No such command {name!r}."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("required"),
    N_("Aborted!"),
    N_("Password"),
    N_("Repeat for confirmation"),
    N_("default: {default}"),
    N_("Error: The two entered values do not match."),
    N_("Error: invalid input"),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Could not open file {filename!r}: {message}"),
    N_("unknown error"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    NN_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    NN_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    NN_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    NN_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
"""What click asks the catalogue for; listed so that it is collected for translation."""


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give the first sentence for the list of commands."""
        return _(self.help or "").partition("\n")[0]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        write_help_text(self, formatter)


class Group(click.Group):
    """A command with commands of its own, whose help is translated when it is shown."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give the first sentence for the list of commands."""
        return _(self.help or "").partition("\n")[0]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of the commands in the order of their declaration."""
        return list(self.commands)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the commands are for."""
        write_help_text(self, formatter)


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give the option and its translated help."""
        shown = copy.copy(self)
        shown.help = _(self.help or "")
        return click.Option.get_help_record(shown, ctx)


def write_help_text(command: click.Command, formatter: click.HelpFormatter) -> None:
    """Write the translated help of a command or group."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(_(command.help or ""))


def command(name: str, help_text: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command; `help_text` is English source, its first line stands in the list of commands."""
    return click.command(name, cls=Command, help=help_text)


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declare an option; `help` is English source."""
    return click.option(*names, cls=Option, **settings)
