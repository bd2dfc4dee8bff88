"""The signatures that prove both sides of an exchange over HTTP, whoever passes the bytes on.

A request carries, in its `Authorization` header, the device's id, a challenge that the centre gave it, random bytes,
and a signature over method, address, hash of the body, challenge and random bytes. An answer begins with the centre's
signature over the request's signature, the status and the rest; then come the next challenge, the centre's clock, and
the content. So a request counts for minutes only, and an answer for one request only. TLS hides; these signatures
prove, without trusting names, dates or anybody between. Pure.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import Final, NamedTuple

from sync.errors import RequestUnsigned
from sync.keys import SIGNATURE_BYTES, Keys, is_signed_by
from sync.wire import ROOT

SCHEME: Final = "Sync"
CHALLENGE_SECONDS: Final = 30 * 60
"""How long a challenge may be signed. What is sent twice does nothing twice, so this need not be short."""
NONCE_BYTES: Final = 6
_CHALLENGE: Final = struct.Struct(">I8s")
_AUTHORIZATION: Final = struct.Struct(f">15s{_CHALLENGE.size}s{NONCE_BYTES}s{SIGNATURE_BYTES}s")
_CLOCK: Final = struct.Struct(">Q")
NO_CHALLENGE: Final = bytes(_CHALLENGE.size)
_NO_SIGNATURE: Final = bytes(SIGNATURE_BYTES)


class Authorization(NamedTuple):
    """Who asks, over which challenge, random bytes that make the request unlike any other, and the signature."""

    device: str
    challenge: bytes
    nonce: bytes
    signature: bytes


class Answered(NamedTuple):
    """An answer that the centre signed: the next challenge, the centre's clock in milliseconds, the content."""

    challenge: bytes
    clock_ms: int
    content: bytes


def hash_content(data: bytes) -> bytes:
    """Give the SHA-256 of a body."""
    return hashlib.sha256(data).digest()


def find_target(path: str, query: str) -> str:
    """Give the part of an address that is signed: a proxy may serve the centre below a path of its own."""
    place = path.find(ROOT)
    return path[max(place, 0) :] + (f"?{query}" if query else "")


def make_challenge(secret: bytes, device: str, now_s: int) -> bytes:
    """Make a challenge for a device; only the centre's clock and secret judge it."""
    return _CHALLENGE.pack(now_s & 0xFFFFFFFF, _authenticate(secret, device, now_s))


def _authenticate(secret: bytes, device: str, now_s: int) -> bytes:
    text = f"collector challenge {device} {now_s & 0xFFFFFFFF}".encode()
    return hmac.new(secret, text, hashlib.sha256).digest()[:8]


def is_challenge(secret: bytes, device: str, challenge: bytes, now_s: int) -> bool:
    """Tell whether a challenge was made for a device, and lately."""
    made_s, code = _CHALLENGE.unpack(challenge)
    is_ours = hmac.compare_digest(code, _authenticate(secret, device, made_s))
    return is_ours and 0 <= now_s - made_s <= CHALLENGE_SECONDS


def sign_request(keys: Keys, method: str, target: str, body_hash: bytes, challenge: bytes) -> Authorization:
    """Sign a request."""
    unsigned = Authorization(keys.id, challenge, secrets.token_bytes(NONCE_BYTES), b"")
    return unsigned._replace(signature=keys.sign(_signed_request(method, target, body_hash, unsigned)))


def _signed_request(method: str, target: str, body_hash: bytes, said: Authorization) -> bytes:
    return b"collector request\n" + f"{method} {target}\n".encode() + body_hash + said.challenge + said.nonce


def is_request_signed(key: bytes, method: str, target: str, body_hash: bytes, said: Authorization) -> bool:
    """Tell whether the holder of a key signed this request."""
    return is_signed_by(key, _signed_request(method, target, body_hash, said), said.signature)


def format_authorization(said: Authorization) -> str:
    """Write the header `Authorization`."""
    raw = base64.b32decode(said.device.upper()) + said.challenge + said.nonce + said.signature
    return f"{SCHEME} {base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def parse_authorization(header: str) -> Authorization:
    """Read the header `Authorization`.

    :raises RequestUnsigned: if it is none of ours.
    """
    scheme, _, coded = header.partition(" ")
    try:
        raw = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestUnsigned(reason="header") from error
    if scheme.lower() != SCHEME.lower() or len(raw) != _AUTHORIZATION.size:
        raise RequestUnsigned(reason="header")
    device, challenge, nonce, signature = _AUTHORIZATION.unpack(raw)
    return Authorization(base64.b32encode(device).decode().lower(), challenge, nonce, signature)


def seal_answer(keys: Keys, request_signature: bytes | None, status: int, answered: Answered) -> bytes:
    """Make the body of an answer."""
    rest = answered.challenge + _CLOCK.pack(answered.clock_ms) + answered.content
    return keys.sign(_signed_answer(request_signature, status, rest)) + rest


def _signed_answer(request_signature: bytes | None, status: int, rest: bytes) -> bytes:
    signed = (request_signature or _NO_SIGNATURE) + status.to_bytes(2, "big")
    return b"collector answer\n" + signed + hash_content(rest)


def open_answer(server_key: bytes, request_signature: bytes, status: int, body: bytes) -> Answered | None:
    """Read the body of an answer; None if the centre did not sign it as the answer to this very request."""
    rest = body[SIGNATURE_BYTES:]
    if len(rest) < _CHALLENGE.size + _CLOCK.size:
        return None
    if not is_signed_by(server_key, _signed_answer(request_signature, status, rest), body[:SIGNATURE_BYTES]):
        return None
    (clock_ms,) = _CLOCK.unpack_from(rest, _CHALLENGE.size)
    return Answered(rest[: _CHALLENGE.size], clock_ms, rest[_CHALLENGE.size + _CLOCK.size :])


def name_answer(body: bytes) -> str:
    """Name an answer by its signature, which it begins with and which stands for all of it."""
    return hash_content(body[:SIGNATURE_BYTES]).hex()


def read_unproven(body: bytes) -> bytes | None:
    """Give the content of an answer of a centre whose key is not known yet; None if it is none."""
    start = SIGNATURE_BYTES + _CHALLENGE.size + _CLOCK.size
    return body[start:] if len(body) >= start else None
