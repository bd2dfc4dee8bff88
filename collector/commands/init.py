"""`collector init`: the first run without a browser."""

from pathlib import Path
from typing import Any

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, find_folder, format_option
from collector.commands.output import print_result
from collector.commands.passwords import ask_password
from collector.words import N_

KEEPERS = {"village": N_("Head of the team"), "commune": N_("Commune officer"), "central": N_("Administrator")}


@declare("init", N_("Set up a data folder without a browser and print its recovery phrase once."))
@data_option
@option(
    "--role",
    type=click.Choice(["village", "commune", "central"]),
    required=True,
    help=N_("What this computer is for."),
)
@option("--unit", "unit_code", default="", metavar="CODE", help=N_("Code of the commune, five digits."))
@option("--village", default="", metavar="NAME", help=N_("Name of the village."))
@option("--name", default="", metavar="NAME", help=N_("Name of whoever logs in first: head, officer, administrator."))
@option("--households", type=click.IntRange(1, 100_000), help=N_("Number of households in the register."))
@format_option
def command(data: Path | None, role: str, output: str, **answers: Any) -> None:
    """Set a data folder up."""
    import secrets

    from collector.accounts.recovery import set_recovery_phrase
    from collector.accounts.store import Accounts
    from collector.checks import open_checked
    from collector.device import ensure_epoch
    from collector.errors import FolderAlreadySetUp
    from collector.escrow import make_escrow
    from collector.phrase import make_phrase
    from collector.setup.store import set_up

    folder = find_folder(data)
    if folder.read_settings().get("set_up"):
        raise FolderAlreadySetUp(path=str(folder.root))
    accounts = Accounts(folder)
    plan = _make_plan(role, answers, accounts)
    folder.prepare()
    database = open_checked(folder)
    try:
        ensure_epoch(database, folder)
        # The phrase comes first: a folder that counts as set up can always be backed up.
        phrase = make_phrase(secrets.token_bytes)
        set_recovery_phrase(folder, phrase)
        reserve = make_escrow(folder, secrets.token_bytes) if role == "central" else ""
        unit = set_up(folder, database, accounts, plan)
    finally:
        database.storage.close()
    lines = [
        _("The folder is set up: %(path)s", path=folder.root),
        _("Recovery phrase: %(phrase)s", phrase=phrase),
        _("It is shown only now. Write it down and keep it away from this computer: it alone opens the backups."),
    ]
    values = {"data": str(folder.root), "unit": unit, "recovery_phrase": phrase}
    if reserve:
        from collector.commands.device import reserve_lines

        values["reserve_words"] = reserve
        lines += reserve_lines(reserve)
    print_result(output, values, lines)


def _make_plan(role: str, answers: dict[str, Any], accounts: Any) -> Any:
    from collector.clock import today
    from collector.commands.language import find_language
    from collector.setup.store import KEEPER_OF, SetupPlan, TeamMember

    name = answers["name"] or _(KEEPERS[role])
    keeper = TeamMember(name, KEEPER_OF[role], password_hash=accounts.hash(ask_password(name)))
    register = {"as_of": today().isoformat(), "households": answers["households"]} if answers["households"] else {}
    return SetupPlan(
        role=role,
        unit_code=answers["unit_code"],
        village_name=answers["village"],
        register=register,
        team=(keeper,),
        language=find_language(),
    )
