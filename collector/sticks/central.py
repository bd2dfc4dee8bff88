"""The centre as who reads and writes sticks: it takes bundles in itself and writes for every laptop of its own."""

from typing import NoReturn

from collector.central.policy import make_grants
from collector.database import Database
from collector.device import ensure_keys
from collector.escrow import get_escrow
from collector.folder import DataFolder
from collector.sticks.at_centre import make_taker
from collector.sticks.gathering import bring_up_to_date
from collector.sticks.party import Centre as Pinned
from collector.sticks.party import Party
from collector.sticks.store import list_enrolled, list_revocations
from sync.bundle import ReaderKeys
from sync.centre import Centre, CentreAdmission, read_incarnation
from sync.certificates import read_certificate
from sync.clock import wall_clock_ms
from sync.heads import find_branch
from sync.keys import Keys
from sync.packing import BundlePacker
from sync.receipting import read_one_receipt, sign_receipt
from sync.receiving import Receiver
from sync.registry import StoredRegistry
from sync.segments import Segment, Tip


def make_central_party(
    folder: DataFolder, database: Database, reserve: bytes | None = None, servers: frozenset[str] = frozenset()
) -> Party:
    """Put together the centre of a folder.

    With the private reserve key it also opens what was sealed for a centre whose keys are lost, one of `servers`.

    :raises EscrowMissing: if the centre has no reserve key, for which everything has to be sealed.
    """
    keys = ensure_keys(folder)
    pinned = Pinned(keys.id, keys.public_encryption, get_escrow(folder))
    own = frozenset({keys.id})
    identities = (keys.encryption,) if reserve is None else (keys.encryption, reserve)
    centre = _make_centre(database, keys, ReaderKeys(identities, own | servers))
    with database.reading() as connection:
        signed = list_enrolled(connection)
        revoked = list_revocations(connection)
    papers = [(f"certificate-{device[:8]}", data) for device, data in signed]
    papers += [(f"revocation-{device[:8]}", data) for device, data in revoked]
    return Party(
        database.storage,
        database.log,
        keys,
        pinned,
        "central",
        {device: read_certificate(data, own) for device, data in signed},
        _seal_for_nobody,
        bring_up_to_date,
        tuple(papers),
        take_at_centre=make_taker(centre),
        former_servers=servers,
    )


def _seal_for_nobody(segment: Segment) -> NoReturn:
    raise AssertionError("a centre seals for readers that it names")


def _make_centre(database: Database, keys: Keys, reader: ReaderKeys) -> Centre:
    registry = StoredRegistry(database.storage, keys, make_grants=make_grants)

    def holds(device: str, epoch: str, tip: Tip) -> bool:
        with database.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    centre = Centre(
        database.storage,
        Receiver(database.log, keys.id, CentreAdmission(registry, keys.id)),
        registry,
        BundlePacker(keys, keys.id, _seal_for_nobody, reader, is_held=holds),
        on_change=bring_up_to_date,
        sign=lambda receipt: sign_receipt(receipt, keys, wall_clock_ms()),
        check_receipt=lambda data: read_one_receipt(data, frozenset({keys.id})),
    )
    with database.reading() as connection:
        has_life = bool(read_incarnation(connection))
    if not has_life:
        centre.begin_life()
    return centre
