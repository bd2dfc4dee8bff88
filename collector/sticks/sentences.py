"""Says what writing and reading came to, in sentences for pages and commands alike.

`say` translates a source text and fills its places; `name` gives the name of a laptop by its id.
"""

from collections.abc import Callable, Iterator
from typing import Final

from collector.sticks.errors import FILE_WORDS, WORDS
from collector.sticks.party import Party
from collector.sticks.report import FromLaptop, Left, ReadReport
from collector.sticks.store import find_unit_name
from collector.sticks.writing import WriteReport
from collector.words import N_
from sync.storage import Connection

Say = Callable[..., str]
Name = Callable[[str], str]

THIS: Final = N_("This computer")
CENTRE: Final = N_("The centre")
OF_UNIT: Final = N_("%(unit)s, computer %(short)s")
OF_COMMUNE: Final = N_("The commune, computer %(short)s")
UNKNOWN: Final = N_("Computer %(short)s")
NAMED_PROBLEM: Final = N_("%(name)s: %(title)s %(advice)s")
READ: Final = {
    "new": N_("%(name)s: %(count)s new entries."),
    "known": N_("%(name)s: %(count)s entries that were here already."),
    "waiting": N_("%(name)s: %(count)s entries wait for earlier ones that have not come yet."),
    "carried": N_("%(name)s: %(count)s sealed files are carried to the centre, unopened."),
    "carried_before": N_("%(name)s: %(count)s sealed files were carried already."),
    "refused": N_("%(name)s: %(count)s entries were set aside, because this computer may not write them."),
}
FORKED: Final = N_(
    "%(name)s: two computers write in its name, and both are kept. Please ask whether its disk was copied."
)
RECEIPTS: Final = N_("Receipts of the centre: %(count)s, of them for this computer: %(own)s.")
PAPERS: Final = N_("Papers about computers that belong together: %(count)s.")
REQUESTS: Final = N_("Requests of computers that want to belong to the centre: %(count)s.")
MISSING: Final = N_(
    "%(name)s: entries %(first)s to %(last)s have not come yet. What follows them is kept and waits. Please have this"
    " computer write its stick again."
)
NOTHING_READ: Final = N_("There was nothing new on it. Everything was here already.")
WRITTEN: Final = {
    "revisions": N_("For the centre: %(count)s entries."),
    "carried": N_("Carried for others: %(count)s sealed files."),
    "receipts": N_("Receipts of the centre for other computers: %(count)s."),
    "papers": N_("Papers about computers that belong together: %(count)s."),
    "unproven": N_(
        "Of %(count)s parts that others wrote their signature is not here, so they cannot be passed on. They come from"
        " those computers themselves."
    ),
}
FOR_LAPTOP: Final = N_("For %(name)s: %(count)s entries.")
NOTHING_WRITTEN: Final = N_("Nothing had to be written: everything is on the stick already, or the centre has it.")


def name_laptops(connection: Connection, party: Party, say: Say) -> Name:
    """Give what names laptops: by the village or commune that they work for, and the beginning of their id."""
    devices = (*party.certificates, party.centre.id, party.keys.id)
    known = {device: _name(connection, party, device, say) for device in devices}
    return lambda device: known.get(device) or say(UNKNOWN, short=device[:4])


def _name(connection: Connection, party: Party, device: str, say: Say) -> str:
    if device == party.keys.id:
        return say(THIS)
    if device == party.centre.id:
        return say(CENTRE)
    certificate, short = party.certificates.get(device), device[:4]
    unit = certificate.scopes[0].unit if certificate is not None and certificate.scopes else ""
    if unit and unit == party.commune:
        return say(OF_COMMUNE, short=short)
    found = find_unit_name(connection, unit) if unit else ""
    return say(OF_UNIT, unit=found, short=short) if found else say(UNKNOWN, short=short)


def tell_written(report: WriteReport, say: Say, name: Name) -> list[str]:
    """Say what was put on a stick."""
    counts = report.as_values()
    lines = [say(words, count=counts[key]) for key, words in WRITTEN.items() if counts[key]]
    lines += [say(FOR_LAPTOP, name=name(device), count=count) for device, count in report.for_laptops.items()]
    return lines or [say(NOTHING_WRITTEN)]


def tell_read(report: ReadReport, say: Say, name: Name) -> list[str]:
    """Say what a stick brought; what was left or waits is told by `tell_problems`."""
    lines = [
        line for device, found in sorted(report.laptops.items()) for line in _tell_laptop(found, say, name(device))
    ]
    if report.receipts:
        lines.append(say(RECEIPTS, count=report.receipts, own=report.own_receipts))
    if report.papers:
        lines.append(say(PAPERS, count=report.papers))
    if report.requests:
        lines.append(say(REQUESTS, count=report.requests))
    return lines or [say(NOTHING_READ)]


def _tell_laptop(found: FromLaptop, say: Say, name: str) -> Iterator[str]:
    for key, words in READ.items():
        if count := getattr(found, key):
            yield say(words, name=name, count=count)
    if found.is_forked:
        yield say(FORKED, name=name)


def tell_missing(report: ReadReport, say: Say, name: Name) -> list[str]:
    """Say which parts of which laptops are waited for."""
    return [say(MISSING, name=name(each.device), first=each.first, last=each.last) for each in report.missing]


def tell_problem(left: Left, say: Say) -> str:
    """Say why a file was not taken, and what to do."""
    title, advice = FILE_WORDS.get(left.code) or WORDS.get(left.code) or FILE_WORDS["bundle_damaged"]
    values = {"path": left.name, **left.context}
    return say(NAMED_PROBLEM, name=left.name, title=say(title, **values), advice=say(advice, **values))
