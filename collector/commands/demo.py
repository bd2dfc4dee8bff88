"""`collector demo`: makes an invented village and serves it."""

from pathlib import Path

from collector.commands.click_words import command as declare
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_option, port_option
from collector.commands.output import print_result
from collector.commands.serve import address_lines, run_serving, start_serving
from collector.words import N_


@declare("demo", N_("Make an invented village to try things with, and serve it."))
@data_option
@port_option
@open_option
@format_option
def command(data: Path | None, port: int, open_browser: bool, output: str) -> None:
    """Make and serve an invented village."""
    import os

    from collector.demo.village import default_demo_folder, demo_phrase, list_demo_accounts, make_demo
    from collector.folder import DataFolder

    folder = DataFolder(Path(data or os.environ.get("COLLECTOR_DATA") or default_demo_folder()))
    make_demo(folder)
    serving = start_serving(folder, port)
    accounts = list_demo_accounts()
    values = {
        "address": serving.server.address,
        "data": str(folder.root),
        "accounts": [account._asdict() for account in accounts],
        "recovery_phrase": demo_phrase(),
    }
    lines = [
        _("This village is invented. It is for practice only."),
        *address_lines(serving),
        _("Accounts of the invented village:"),
        *(f"  {account.name} ({_(ROLE_WORDS[account.role])}): {account.password}" for account in accounts),
        _("Recovery phrase of its backups: %(phrase)s", phrase=demo_phrase()),
    ]
    print_result(output, values, lines)
    run_serving(serving, open_browser=open_browser)


ROLE_WORDS = {"head": N_("Head of the team"), "secretary": N_("Secretary"), "member": N_("Member")}
