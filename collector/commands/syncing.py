"""`collector sync`: exchanges everything with the centre that this laptop belongs to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from collector.commands.click_words import command as declare
from collector.commands.click_words import option
from collector.commands.language import _
from collector.commands.options import data_option, format_option, open_folder
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.folder import DataFolder
    from collector.replication.progress import Progress, Step
    from collector.replication.report import Problem, SyncReport


ACCEPTING: Final = N_("For this laptop alone: collector sync --accept-life")


@declare("sync", N_("Send what was recorded to the centre and receive what others recorded."))
@option("--server", default="", metavar="URL", help=N_("Address of the centre; else the one it gave when enrolling."))
@option(
    "--accept-life",
    "accepts",
    is_flag=True,
    help=N_("Go on with a centre that shows less than before, because whoever runs it says that it is the right one."),
)
@data_option
@format_option
def command(server: str, accepts: bool, data: Path | None, output: str) -> None:
    """Exchange with the centre."""
    folder, database = open_folder(data)
    with _showing_progress(output) as progress:
        report = _exchange(folder, database, progress, server=server, accepts=accepts)
    print_result(output, report.as_values(), _say(report))
    if not report.is_done:
        raise Refused(*(line for each in report.problems for line in _explain(each)))


def _explain(problem: "Problem") -> tuple[str, ...]:
    from collector.commands.errors import explain_code
    from collector.replication.errors import find_words

    words = find_words(problem.code, problem.context)
    if words is None:
        return explain_code(problem.code, problem.context)
    said = tuple(_(each, **{"code": "", **problem.context}) for each in words)
    return (*said, _(ACCEPTING)) if problem.code == "went_backwards" else said


def _exchange(
    folder: "DataFolder", database: "Database", progress: "Progress", *, server: str, accepts: bool
) -> "SyncReport":
    from collector.replication.connecting import connect
    from collector.replication.journal import BY_COMMAND
    from collector.replication.lock import exchange_lock
    from collector.replication.running import accept_centre, synchronise

    with exchange_lock(folder):
        is_gentle = _is_served(folder)
        laptop, way = connect(folder, database, progress, server=server, is_gentle=is_gentle)
        report = synchronise(laptop, way, progress, BY_COMMAND)
        old = next((each for each in report.problems if each.code == "went_backwards"), None)
        if old is None or not accepts:
            return report
        accept_centre(laptop, old.context["incarnation"])
        laptop, way = connect(folder, database, progress, server=server, is_gentle=is_gentle)
        return synchronise(laptop, way, progress, BY_COMMAND)


def _is_served(folder: "DataFolder") -> bool:
    """Tell whether somebody may be recording in this folder meanwhile."""
    from collector.errors import FolderInUse

    try:
        folder.lock()
    except FolderInUse:
        return True
    folder.unlock()
    return False


class Bar:
    """The progress of an exchange on a terminal: a bar where it is known how much there is, else a number."""

    def __init__(self) -> None:
        self._phase = ""
        self._bar: Any = None
        self._at = 0

    def show(self, step: "Step") -> None:
        """Show a step."""
        if step.phase != self._phase:
            self.finish()
            self._begin(step)
        if self._bar is not None:
            self._bar.update(max(0, step.done - self._at))
        elif step.done > self._at:
            click.echo(f"\r{_say_phase(step.phase)}: {step.done}", nl=False, err=True)
        self._at = max(self._at, step.done)

    def _begin(self, step: "Step") -> None:
        self._phase, self._at = step.phase, 0
        if step.total:
            self._bar = click.progressbar(length=step.total, label=_say_phase(step.phase), file=sys.stderr)
            self._bar.__enter__()
        elif step.phase != "done":
            click.echo(_say_phase(step.phase), nl=False, err=True)

    def finish(self) -> None:
        """End the line of a phase."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
        elif self._phase not in ("", "done"):
            click.echo(err=True)
        self._phase = ""


def _say_phase(phase: str) -> str:
    from collector.replication.progress import PHASES

    return _(PHASES.get(phase, ""))


@contextmanager
def _showing_progress(output: str) -> "Iterator[Progress]":
    """Give what follows the exchange on a bar, where somebody looks on."""
    from collector.replication.progress import Progress

    bar = Bar()
    is_watched = output == "text" and sys.stderr.isatty()
    try:
        yield Progress(bar.show) if is_watched else Progress()
    finally:
        bar.finish()


def _say(report: "SyncReport") -> list[str]:
    """Say what was done and what remains."""
    lines = [
        _(
            "Sent: %(sent)s. Received: %(received)s. Delivered for others: %(relayed)s. Photos and papers: %(files)s.",
            sent=report.sent,
            received=report.received,
            relayed=report.relayed,
            files=report.files_sent + report.files_received,
        ),
        _("Everything of this laptop is at the centre.")
        if not report.remaining
        else _("Still only on this laptop: %(remaining)s.", remaining=report.remaining),
    ]
    if report.conflicts:
        said = N_("Newly recorded differently on several laptops: %(count)s. Please look at Send and receive.")
        lines.append(_(said, count=report.conflicts))
    if report.waiting:
        lines.append(_("Received, but something before it is missing: %(count)s.", count=report.waiting))
    if report.refused:
        lines.append(_("Not accepted by the centre: %(count)s.", count=report.refused))
    return [*lines, *_say_clock(report.clock_error_seconds)]


def _say_clock(seconds: float | None) -> list[str]:
    from collector.replication.report import TOLERATED_CLOCK_SECONDS

    if seconds is None or abs(seconds) < TOLERATED_CLOCK_SECONDS:
        return []
    minutes = round(abs(seconds) / 60)
    said = (
        N_("The clock of this computer is %(minutes)s minutes fast. Please correct it. Nothing is lost by it.")
        if seconds > 0
        else N_("The clock of this computer is %(minutes)s minutes slow. Please correct it. Nothing is lost by it.")
    )
    return [_(said, minutes=minutes)]
