"""The `collector` command: its language, its list of commands, and errors as sentences with exit code 1.

Commands stand in `collector/commands/` and are loaded when they are named, so that `collector --help` is quick.
"""

from importlib import import_module
from typing import Any, Final

import click

from collector.commands.click_words import Option, write_help_text
from collector.commands.language import LANGUAGES, choose_language
from collector.commands.output import explain_exception, use_utf8
from collector.words import N_

COMMANDS: Final = {
    "demo": "demo",
    "init": "init",
    "serve": "serve",
    "import": "importing",
    "export": "exporting",
    "minutes": "minutes",
    "report": "reporting",
    "form": "form",
    "estimate": "estimate",
    "sync": "syncing",
    "bundle": "bundle",
    "check": "checking",
    "backup": "backup",
    "restore": "restore",
    "device": "device",
    "version": "version",
}
"""Every command, and the module that holds it as `command`."""


class CollectorGroup(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of the commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"collector.commands.{COMMANDS[cmd_name]}")
        found: click.Command = module.command
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what Collector is."""
        write_help_text(self, formatter)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line in the language of the system until `--lang` says another."""
        use_utf8()
        choose_language()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error that a person can do something about becomes sentences and exit code 1."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            refusal = explain_exception(error)
            if refusal is None:
                raise
            raise refusal from error


def _choose(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        choose_language(value)


@click.group(
    cls=CollectorGroup,
    help=N_("Collector records the meetings and opinions of a village on its own computer, without the internet."),
)
@click.option(
    "--lang",
    cls=Option,
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_choose,
    help=N_("Language of what is printed; else COLLECTOR_LANG or LANG."),
)
def main() -> None:
    """Run the `collector` command."""
