"""The centre as who reads and writes sticks: it takes bundles in itself and writes for every laptop of its own."""

from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

from collector.central.building import make_centre, run_centre
from collector.central.office import Office
from collector.database import Database
from collector.escrow import get_escrow
from collector.folder import DataFolder
from collector.sticks.at_centre import make_taker
from collector.sticks.gathering import bring_up_to_date
from collector.sticks.party import Centre as Pinned
from collector.sticks.party import Party
from collector.sticks.store import list_enrolled, list_revocations
from sync.bundle import ReaderKeys
from sync.certificates import read_certificate
from sync.enrolment import MEMBERSHIP, REQUEST
from sync.errors import DeviceUnknown
from sync.parking import list_papers
from sync.returning import Returning
from sync.segments import Segment


def make_central_party(
    folder: DataFolder, database: Database, reserve: bytes | None = None, servers: frozenset[str] = frozenset()
) -> Party:
    """Put together the centre of a folder.

    With the private reserve key it also opens what was sealed for a centre whose keys are lost, one of `servers`.

    :raises EscrowMissing: if the centre has no reserve key, for which everything has to be sealed.
    """
    running = run_centre(folder, database)
    office, centre = running.office, running.centre
    keys = office.registry.keys
    own = frozenset({keys.id})
    if reserve is not None:
        reader = ReaderKeys((keys.encryption, reserve), own | servers, own)
        centre = make_centre(folder, database, office, reader)
    with database.reading() as connection:
        signed = list_enrolled(connection)
        papers = [(f"certificate-{device[:8]}", data) for device, data in signed]
        papers += [(f"revocation-{device[:8]}", data) for device, data in list_revocations(connection)]
        asking = [paper.subject for paper in list_papers(connection) if paper.purpose == REQUEST]
    papers += _answer(office, asking)
    return Party(
        database.storage,
        database.log,
        keys,
        Pinned(keys.id, keys.public_encryption, get_escrow(folder)),
        "central",
        {device: read_certificate(data, own) for device, data in signed},
        _seal_for_nobody,
        bring_up_to_date,
        tuple(papers),
        take_at_centre=make_taker(centre),
        remember=Returning(office.registry, centre).remember,
        former_servers=servers,
        reserve=() if reserve is None else (reserve,),
        files=folder.attachments,
    )


def _answer(office: Office, asking: list[str]) -> Iterator[tuple[str, bytes]]:
    """Answer the laptops that asked by stick and were approved since, until they say what they hold."""
    for device in asking:
        with suppress(DeviceUnknown):
            yield f"{MEMBERSHIP}-{device[:8]}", office.enrolling.renew(device)


def _seal_for_nobody(segment: Segment) -> NoReturn:
    raise AssertionError("a centre seals for readers that it names")
