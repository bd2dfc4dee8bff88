"""Segments come out of bundles as they went in, with proofs of who wrote them."""

import pytest
from bundle_scenes import AT_SERVER, COURIER, LAPTOP, RECIPIENTS, SERVER, make_bodies, make_header

from sync.bundle import ReaderKeys, WipedBody
from sync.errors import BundleForged, BundleForOthers
from sync.headers import SignedHeader, verify_header
from sync.keys import Keys
from sync.packing import BundlePacker
from sync.segments import Erased, Item, Segment, hash_item

AT_SERVER_TRUSTING = ReaderKeys(AT_SERVER.identities, AT_SERVER.servers, trusted=AT_SERVER.servers)


def make_packer(keys: Keys, reader: ReaderKeys = AT_SERVER) -> BundlePacker:
    return BundlePacker(keys, SERVER.id, lambda segment: RECIPIENTS, reader)


def make_segment(**changes: object) -> Segment:
    bodies = make_bodies(4)
    items: tuple[Item, ...] = (*bodies[:3], WipedBody(hash_item(bodies[3])))
    named = {"lane": "records", "first": 1, "before": make_header(bodies).before, "items": items}
    return Segment(LAPTOP.id, "epoch", **named | changes)  # type: ignore[arg-type]


def test_a_segment_comes_out_with_its_authors_proof() -> None:
    segment = make_segment(lane="sheets")
    sealed = make_packer(LAPTOP).seal(segment)
    opened = make_packer(SERVER).open(sealed.data)
    assert sealed.proof is not None
    assert (opened.device, opened.epoch, opened.lane, opened.first) == (LAPTOP.id, "epoch", "sheets", 1)
    assert (opened.items, opened.before) == (segment.items, segment.before)
    assert opened.proofs == (sealed.proof,)
    assert verify_header(SignedHeader.from_bytes(sealed.proof.signed)).device == LAPTOP.id


def test_what_another_passes_on_keeps_its_proof() -> None:
    proof = make_packer(LAPTOP).seal(make_segment()).proof
    assert proof is not None
    sealed = make_packer(COURIER).seal(make_segment(proofs=(proof,)))
    assert sealed.proof is None
    assert make_packer(SERVER).open(sealed.data).proofs == (proof,)


def test_what_another_passes_on_without_proof_is_refused() -> None:
    sealed = make_packer(COURIER).seal(make_segment())
    with pytest.raises(BundleForged):
        make_packer(SERVER, AT_SERVER_TRUSTING).open(sealed.data)


def test_the_server_tells_what_it_quarantined_and_lacks() -> None:
    erased = (Erased(4, "r", "meeting", "u"),)
    sealed = make_packer(SERVER).seal(make_segment(refused=(2,), lacking=(3,), erased=erased))
    opened = make_packer(LAPTOP, AT_SERVER_TRUSTING).open(sealed.data)
    assert (opened.refused, opened.lacking, opened.erased, opened.proofs) == ((2,), (3,), erased, ())


def test_a_laptop_tells_nothing_of_what_others_quarantined() -> None:
    erased = (Erased(4, "r", "meeting", "u"),)
    sealed = make_packer(LAPTOP).seal(make_segment(refused=(2,), lacking=(3,), erased=erased))
    opened = make_packer(SERVER, AT_SERVER_TRUSTING).open(sealed.data)
    assert (opened.refused, opened.lacking, opened.erased) == ((), (), ())


def test_who_is_no_reader_is_told() -> None:
    sealed = make_packer(LAPTOP).seal(make_segment())
    with pytest.raises(BundleForOthers):
        make_packer(COURIER, ReaderKeys((COURIER.encryption,), AT_SERVER.servers)).open(sealed.data)
