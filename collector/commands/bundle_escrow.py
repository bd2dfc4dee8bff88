"""`collector bundle read --escrow`: opens bundles with the reserve key, when the centre lost its own."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from collector.commands.language import _
from collector.commands.output import Refused, print_result
from collector.words import N_

if TYPE_CHECKING:
    from collector.database import Database
    from collector.folder import DataFolder
    from collector.sticks.reading import Source
    from collector.sticks.report import Progress, ReadReport

WORDS_WANTED: Final = N_("Words of the reserve key")
SHOWN: Final = N_("%(name)s: computer %(device)s, entries %(first)s to %(last)s, of them readable: %(readable)s")
PIECE_SHOWN: Final = N_("%(name)s: computer %(device)s, part %(part)s of %(parts)s of a photo or scan")
NOT_SHOWN: Final = N_("%(name)s: %(title)s")
NOT_OPENED: Final = N_("The words do not open any of these files.")
LOOK_AGAIN: Final = N_("Please look at every word again. Nothing was changed.")


def ask_escrow_words() -> str:
    """Give the words of the reserve key from `COLLECTOR_ESCROW`, else ask for them."""
    known = os.environ.get("COLLECTOR_ESCROW")
    if known is not None:
        return known
    answer: str = click.prompt(_(WORDS_WANTED), hide_input=True, err=True)
    return answer


def show_with_escrow(identity: bytes, sources: "list[Source]", output: str) -> None:
    """Show what files hold: whose it is and how much of which kind, never what it says."""
    found = list(_open_all(identity, sources))
    if found and all("problem" in each for each in found):
        raise Refused(_(NOT_OPENED), _(LOOK_AGAIN))
    print_result(output, {"bundles": found}, [_show(each) for each in found])


def _show(each: dict[str, Any]) -> str:
    if "problem" in each:
        return _(NOT_SHOWN, title=each["problem"], **each)
    words = PIECE_SHOWN if "part" in each else SHOWN
    return _(words, **each)


def _open_all(identity: bytes, sources: "list[Source]") -> Iterator[dict[str, Any]]:
    from collector.commands.errors import explain_code
    from collector.sticks.errors import FILE_WORDS
    from sync.bundle import ReaderKeys, open_bundle
    from sync.errors import BundleError, StickError
    from sync.headers import read_header

    for source in sources:
        if source.is_statement:
            continue
        try:
            data = source.read()
            if source.is_piece:
                yield {"name": source.name, **_open_piece(identity, data)}
                continue
            servers = frozenset({read_header(data).server})
            opened = open_bundle(data, ReaderKeys((identity,), servers, servers), is_held=lambda header: True)
        except (BundleError, StickError) as error:
            words = FILE_WORDS.get(error.code)
            yield {"name": source.name, "problem": _(words[0]) if words else explain_code(error.code, {})[0]}
            continue
        header = opened.header
        bodies = [body for body in opened.bodies if isinstance(body, bytes)]
        yield {
            "name": source.name,
            "device": header.device,
            "server": header.server,
            "epoch": header.epoch,
            "lane": header.lane,
            "first": header.first,
            "last": header.last,
            "readable": len(bodies),
            "kinds": dict(sorted(_count_kinds(bodies).items())),
        }


def _open_piece(identity: bytes, data: bytes) -> dict[str, Any]:
    from sync.bundle import ReaderKeys
    from sync.pieces import open_piece, read_piece_header

    header = read_piece_header(data)
    opened = open_piece(data, ReaderKeys((identity,), frozenset({header.server})))
    said = {"device": header.signer, "server": header.server, "part": header.place, "parts": header.count}
    return {**said, "size_bytes": len(opened.data)}


def _count_kinds(bodies: list[bytes]) -> Counter[str]:
    from sync.errors import BodyRefused
    from sync.revisions import decode_body

    found: Counter[str] = Counter()
    for body in bodies:
        try:
            found[decode_body(body).kind] += 1
        except BodyRefused:
            found[""] += 1
    return found


def import_with_escrow(
    folder: "DataFolder", database: "Database", sources: "list[Source]", progress: "Progress"
) -> "ReadReport":
    """Take in, at a centre, what was sealed for one whose keys are lost.

    :raises NotACentre: if the folder is not that of a centre.
    """
    from collector.central.errors import NotACentre
    from collector.escrow import escrow_identity
    from collector.sticks.central import make_central_party
    from collector.sticks.exchange import stick_lock
    from collector.sticks.reading import read_sources

    if folder.read_settings().get("role") != "central":
        raise NotACentre()
    reserve = escrow_identity(ask_escrow_words())
    party = make_central_party(folder, database, reserve, frozenset(_list_servers(sources)))
    with stick_lock(folder):
        return read_sources(party, sources, progress)


def _list_servers(sources: "list[Source]") -> Iterator[str]:
    """Name the centres that files say they are for; whether the reserve key opens them shows when they are read."""
    from sync.errors import BundleError, StickError
    from sync.headers import read_header
    from sync.pieces import read_piece_header

    for source in sources:
        with suppress(BundleError, StickError):
            read = read_piece_header if source.is_piece else read_header
            yield read(source.read()).server
