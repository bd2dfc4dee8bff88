"""Says what writing and reading came to, in sentences for pages and commands alike.

`say` translates a source text and fills its places; `name` gives the name of a laptop by its id.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from collector.identity import short_id
from collector.sticks.errors import FILE_WORDS, SENT_ADVICE, WORDS
from collector.sticks.report import FromLaptop, Left, ReadReport, WriteReport
from collector.sticks.store import find_unit_name
from collector.words import N_
from sync.devices import find_device
from sync.storage import Connection

if TYPE_CHECKING:
    from collector.sticks.party import Party

Say = Callable[..., str]
Name = Callable[[str], str]

THIS: Final = N_("This computer")
CENTRE: Final = N_("The centre")
OF_UNIT: Final = N_("%(unit)s, computer %(short)s")
OF_COMMUNE: Final = N_("The commune, computer %(short)s")
UNKNOWN: Final = N_("Computer %(short)s")
NAMED_PROBLEM: Final = N_("%(name)s: %(title)s %(advice)s")
READ: Final = {
    "new": N_("%(name)s: new entries: %(count)s."),
    "known": N_("%(name)s: entries that were here already: %(count)s."),
    "waiting": N_("%(name)s: entries that wait for earlier ones: %(count)s."),
    "carried": N_("%(name)s: sealed files that are carried to the centre, unopened: %(count)s."),
    "carried_before": N_("%(name)s: sealed files that were carried already: %(count)s."),
}
REFUSED: Final = N_(
    "%(name)s: entries that were set aside, because this computer may not write them: %(count)s."
)
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
CONTENTS_READ: Final = {
    "contents": N_("Photos and scans that came: %(count)s."),
    "pieces_carried": N_("Sealed parts of photos and scans that are carried to the centre, unopened: %(count)s."),
    "contents_received": N_("Photos and scans of this computer that the centre has received: %(count)s."),
    "contents_waiting": N_(
        "Photos and scans that are kept and wait for a missing part or for their record: %(count)s."
    ),
}
UNTOLD: Final = N_("Other files that were not taken: %(count)s.")
NOTHING_READ: Final = N_("There was nothing new on it. Everything was here already.")
WRITTEN: Final = {
    "revisions": N_("Entries for the centre: %(count)s."),
    "carried": N_("Sealed files that are carried for others: %(count)s."),
    "receipts": N_("Receipts of the centre for other computers: %(count)s."),
    "papers": N_("Papers about computers that belong together: %(count)s."),
    "unproven": N_(
        "Parts that cannot be passed on, because their author's signature is not here: %(count)s. They come from the"
        " authors themselves."
    ),
    "contents": N_("Photos and scans: %(count)s."),
    "pieces_carried": N_("Sealed parts of photos and scans that are carried for others: %(count)s."),
    "contents_left": N_(
        "The stick is full. All records are on it, but photos and scans that did not fit: %(count)s. They stay on this"
        " computer for the next stick."
    ),
    "contents_damaged": N_(
        "Photos and scans whose file on this computer is damaged and was not written: %(count)s. Please inspect this"
        " folder (collector check)."
    ),
    "removed": N_("Files that nobody lacks any more, taken from the stick: %(count)s."),
}
FOR_LAPTOP: Final = N_("Entries for %(name)s: %(count)s.")
NOTHING_WRITTEN: Final = N_("Nothing had to be written: everything is on the stick already, or the centre has it.")


def name_laptops(connection: Connection, party: "Party", say: Say) -> Name:
    """Give what names laptops: by the village or commune that they work for, and the beginning of their id."""
    devices = (*party.certificates, party.centre.id, party.keys.id)
    known = {device: _name(connection, party, device, say) for device in devices}
    return lambda device: known.get(device) or say(UNKNOWN, short=short_id(device))


def _name(connection: Connection, party: "Party", device: str, say: Say) -> str:
    if device == party.keys.id:
        return say(THIS)
    if device == party.centre.id:
        return say(CENTRE)
    certificate, short = party.certificates.get(device), short_id(device)
    unit = certificate.scopes[0].unit if certificate is not None and certificate.scopes else ""
    if unit and unit == party.commune:
        return say(OF_COMMUNE, short=short)
    found = find_unit_name(connection, unit) if unit else ""
    if not found and party.is_centre:
        enrolled = find_device(connection, device)
        found = enrolled.name if enrolled is not None else ""
    return say(OF_UNIT, unit=found, short=short) if found else say(UNKNOWN, short=short)


def tell_written(report: WriteReport, say: Say, name: Name) -> list[str]:
    """Say what was put on a stick."""
    counts = report.as_values()
    lines = [say(words, count=counts[key]) for key, words in WRITTEN.items() if counts[key]]
    lines += [say(FOR_LAPTOP, name=name(device), count=count) for device, count in report.for_laptops.items()]
    return lines or [say(NOTHING_WRITTEN)]


def tell_read(report: ReadReport, say: Say, name: Name) -> list[str]:
    """Say what a stick brought; what was left or waits is told by `tell_problem`."""
    lines = [
        line for device, found in sorted(report.laptops.items()) for line in _tell_laptop(found, say, name(device))
    ]
    return lines + tell_odd(report, say, name) + tell_papers(report, say) + tell_contents(report, say) or [
        say(NOTHING_READ)
    ]


def tell_contents(report: ReadReport, say: Say) -> list[str]:
    """Say which photos and scans came, and which are at the centre by now."""
    counts = report.as_values()
    return [say(words, count=counts[key]) for key, words in CONTENTS_READ.items() if counts[key]]


def tell_papers(report: ReadReport, say: Say) -> list[str]:
    """Say which signed papers came."""
    lines = []
    if report.receipts:
        lines.append(say(RECEIPTS, count=report.receipts, own=report.own_receipts))
    if report.papers:
        lines.append(say(PAPERS, count=report.papers))
    if report.requests:
        lines.append(say(REQUESTS, count=report.requests))
    return lines


def tell_odd(report: ReadReport, say: Say, name: Name) -> list[str]:
    """Say what a person should look after: revisions that were set aside, laptops in whose name two disks write."""
    found = sorted(report.laptops.items())
    lines = [say(REFUSED, name=name(device), count=each.refused) for device, each in found if each.refused]
    return lines + [say(FORKED, name=name(device)) for device, each in found if each.is_forked]


def _tell_laptop(found: FromLaptop, say: Say, name: str) -> Iterator[str]:
    for key, words in READ.items():
        if count := getattr(found, key):
            yield say(words, name=name, count=count)


def tell_missing(report: ReadReport, say: Say, name: Name) -> list[str]:
    """Say which parts of which laptops are waited for."""
    return [say(MISSING, name=name(each.device), first=each.first, last=each.last) for each in report.missing]


def tell_left(report: ReadReport, say: Say, *, were_sent: bool = False) -> list[str]:
    """Say which files were not taken and why; of very many only how many more there are.

    `were_sent`: a browser sent them, there is no stick.
    """
    more = [say(UNTOLD, count=report.untold)] if report.untold else []
    return [*(tell_problem(each, say, was_sent=were_sent) for each in report.left), *more]


def tell_problem(left: Left, say: Say, *, was_sent: bool = False) -> str:
    """Say why a file was not taken, and what to do; one that a browser sent was left on no stick."""
    code = left.code if left.code in FILE_WORDS or left.code in WORDS else "bundle_damaged"
    title, advice = FILE_WORDS.get(code) or WORDS[code]
    if was_sent:
        advice = SENT_ADVICE.get(code, advice)
    values = {"path": left.name, **left.context}
    return say(NAMED_PROBLEM, name=left.name, title=say(title, **values), advice=say(advice, **values))
