"""Keys, bodies and bundles of invented devices, the same in every run."""

import hashlib
from collections.abc import Sequence

import msgspec
import pyrage
import zstandard

from sync.bundle import Carried, ReaderKeys, Recipients, WipedBody, seal
from sync.headers import Header, SignedHeader, encode_header, join_frame, sign_header
from sync.keys import Keys, age_recipient, recipient_id
from sync.revisions import Body, encode_body, extend_chain, hash_body, start_chain


def make_test_keys(name: str) -> Keys:
    """Give the keys that belong to a name; they protect nothing."""
    return Keys(hashlib.sha256(f"sign {name}".encode()).digest(), hashlib.sha256(f"open {name}".encode()).digest())


SERVER, ESCROW, LAPTOP, COURIER = (make_test_keys(name) for name in ("server", "escrow", "laptop", "courier"))
RECIPIENTS = Recipients(SERVER.public_encryption, ESCROW.public_encryption)
AT_SERVER = ReaderKeys((SERVER.encryption,), frozenset({SERVER.id}))


def make_body(number: int = 1, **changes: object) -> bytes:
    """Make the bytes of a body."""
    named = {
        "record": f"01a21801-5f90-741c-bcb9-{number:012x}",
        "kind": "meeting",
        "unit": "01a21801-0000-741c-bcb9-aa62bd0bd485",
        "stamp": (1_790_000_000_000 + number) << 16,
        "salt": hashlib.sha256(str(number).encode()).hexdigest()[:22],
        "set": {"title": f"Họp thôn lần {number}", "place": "Nhà văn hoá thôn", "attendance": number},
        "author": "an",
    }
    return encode_body(Body(**named | changes))  # type: ignore[arg-type]


def make_bodies(count: int = 3) -> list[Carried]:
    """Make several bodies."""
    return [make_body(number) for number in range(1, count + 1)]


def make_header(
    bodies: Sequence[Carried],
    *,
    keys: Keys = LAPTOP,
    first: int = 1,
    before: bytes | None = None,
    lane: str = "records",
) -> Header:
    """Make the header that fits these bodies."""
    chain = before or start_chain(keys.id, "epoch")
    start = chain
    for carried in bodies:
        chain = extend_chain(chain, carried.hash if isinstance(carried, WipedBody) else hash_body(carried))
    return Header(
        device=keys.id,
        epoch="epoch",
        lane=lane,
        first=first,
        last=first + len(bodies) - 1,
        before=start,
        after=chain,
        server=SERVER.id,
    )


def make_bundle(bodies: Sequence[Carried] | None = None, **changes: object) -> bytes:
    """Make a bundle of the laptop for the server."""
    carried = make_bodies() if bodies is None else bodies
    return seal(make_header(carried, **changes), carried, LAPTOP, RECIPIENTS)  # type: ignore[arg-type]


def make_odd_bundle(
    header: Header, packed: bytes, *, keys: Keys = LAPTOP, to: Sequence[Keys] = (SERVER, ESCROW)
) -> bytes:
    """Sign and encrypt what `seal` would refuse: `packed` is what stands inside, compressed or not."""
    ciphertext = pyrage.encrypt(packed, [age_recipient(each.public_encryption) for each in to])
    return join_frame(sign_header(header, ciphertext, keys), ciphertext)


def fill_header(header: Header, raw: bytes | int, count: int, *, keys: Keys = LAPTOP, **changes: object) -> Header:
    """Fill in what `seal` fills in."""
    named = {name: getattr(header, name) for name in Header.__struct_fields__}
    filled = {
        "key": keys.public_signing,
        "recipients": (recipient_id(SERVER.public_encryption), recipient_id(ESCROW.public_encryption)),
        "count": count,
        "raw_bytes": raw if isinstance(raw, int) else len(raw),
    }
    return Header(**named | filled | changes)  # type: ignore[arg-type]


def make_lines(header: Header, lines: Sequence[bytes], proofs: Sequence[SignedHeader] = ()) -> bytes:
    """Put the content of a bundle together, uncompressed; the header has to be filled in."""
    preamble: dict[str, object] = {"header": hashlib.sha256(encode_header(header)).digest()}
    if proofs:
        preamble["proofs"] = [proof.to_bytes() for proof in proofs]
    return b"".join(line + b"\n" for line in (msgspec.json.encode(preamble), *lines))


def pack(raw: bytes) -> bytes:
    """Compress as a bundle does."""
    return zstandard.ZstdCompressor(level=3).compress(raw)


PREAMBLE_BYTES = len(make_lines(make_header(make_bodies()), ()))


def make_bundle_of_lines(lines: Sequence[bytes], header: Header | None = None, **changes: object) -> bytes:
    """Make a signed bundle of any lines, under a header that is otherwise right."""
    size = PREAMBLE_BYTES + sum(len(line) + 1 for line in lines)
    filled = fill_header(header or make_header(list(lines)), size, len(lines), **changes)  # type: ignore[arg-type]
    return make_odd_bundle(filled, pack(make_lines(filled, lines)))
