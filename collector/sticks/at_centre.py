"""The centre reads a stick: each bundle is taken in as over the network, its receipt kept to be written back."""

from collections.abc import Callable

from collector.sticks.party import TakenAtCentre
from collector.sticks.store import count_present, count_set_aside
from sync.centre import Centre
from sync.headers import Header
from sync.messages import Claim
from sync.outbox import name_bundle
from sync.relaying import keep_receipt


def make_taker(centre: Centre) -> Callable[[bytes, Header], TakenAtCentre]:
    """Give what takes a bundle in at a centre, in the name of its author; a courier's word counts for nothing."""

    def take(data: bytes, header: Header) -> TakenAtCentre:
        with centre.storage.reading() as connection:
            present, aside = count_present(connection, header), count_set_aside(connection, header.device)
        receipt = centre.take(header.device, name_bundle(data), 0, data, Claim())
        with centre.storage.writing() as connection:
            present = count_present(connection, header) - present
            aside = count_set_aside(connection, header.device) - aside
            if receipt.tip is not None:
                keep_receipt(connection, receipt)
        return TakenAtCentre(max(present, 0), max(aside, 0), receipt.tip is None, receipt.forked)

    return take
