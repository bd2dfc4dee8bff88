"""The centre's HTTP side: one blueprint for `/sync/v1/`, for devices only, without sessions.

Here requests are recognised, read within bounds and answered, every answer signed. A bundle is kept piece by piece
while it arrives, so that after a cut its sender goes on from there. Whatever is sent, the answer is a refusal with a
code and never a failure of this program.
"""

import base64
import binascii
import contextlib
import logging
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, Request, Response, request
from werkzeug.exceptions import HTTPException

from sync.answering import (
    Site,
    answer_talk,
    check_standing,
    find_shelf,
    keep_answer,
    read_kept,
)
from sync.attachments import RemoteShelf
from sync.certificates import Certificate
from sync.errors import (
    DeviceRefused,
    MethodUnknown,
    PathUnknown,
    RequestMistyped,
    RequestRefused,
    RequestTooLarge,
    RequestUnsigned,
    SyncError,
)
from sync.keeping import OTHER, PAGE
from sync.openapi import make_document
from sync.returning import find_shown
from sync.signing import (
    NO_CHALLENGE,
    Answered,
    Authorization,
    find_target,
    hash_content,
    is_challenge,
    is_request_signed,
    make_challenge,
    parse_authorization,
    seal_answer,
)
from sync.statements import MAX_STATEMENT_BYTES
from sync.uploading import Upload
from sync.wire import (
    ANSWERS,
    BUNDLES,
    BYTES,
    CONTENTS,
    DOCUMENT,
    ENROL,
    HELD,
    MAX_MESSAGE_BYTES,
    MAX_UPLOAD_BYTES,
    MESSAGE,
    PAPERS,
    PART_BYTES,
    PIECE_BYTES,
    ROOT,
    SEALED,
    TALK,
    Names,
    Papers,
    TalkRequest,
    decode,
    encode,
    encode_error,
)

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAX_ENROL_BYTES: Final = 64 * 1024
READ_BYTES: Final = 16 * 1024
_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER: Final = re.compile(r"[0-9]{1,15}\Z")
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):\Z")
_log = logging.getLogger(__name__)
View = Callable[..., Any]


class _Lasting(NamedTuple):
    """The content of an answer that may be long: then it is kept and given piece by piece."""

    content: bytes
    sort: str


class SignedAnswer(Response):
    """An answer for a device: whoever adds headers for browsers leaves it as it is."""

    is_for_devices = True
    default_mimetype = BYTES


class _Asked(NamedTuple):
    """A request of a device that was recognised, or the question of a stranger (no certificate)."""

    site: Site
    http: Request
    rest: str
    said: Authorization | None
    certificate: Certificate | None

    @property
    def name(self) -> str:
        return self.rest.partition("/")[2]

    @property
    def device(self) -> str:
        return self.certificate.device if self.certificate else ""


def make_blueprint(site: Site, decorate: Callable[[View], View] = lambda view: view) -> Blueprint:
    """Make the blueprint; `decorate` is put around its only view (an application may want a decision of access)."""
    blueprint = Blueprint("sync", __name__)

    def answer(rest: str) -> Response:
        """Answer a device."""
        return _answer(site, request, rest)

    blueprint.add_url_rule(
        f"{ROOT}<path:rest>", "answer", decorate(answer), methods=METHODS, provide_automatic_options=False
    )
    return blueprint


def _answer(site: Site, http: Request, rest: str) -> Response:
    if rest == DOCUMENT and http.method in ("GET", "HEAD"):
        return Response(make_document(), mimetype="application/json")
    said: Authorization | None = None
    allowed = ""
    served: bytes | _Lasting
    try:
        said = _read_authorization(http)
        status, served = 200, _serve(site, http, rest, said)
    except SyncError as error:
        status, served = error.status, encode_error(error)
        allowed = error.context.get("allowed", "") if isinstance(error, MethodUnknown) else ""
        _drain(http)
    except HTTPException as error:
        status, served = error.code or 400, encode_error(RequestRefused(reason="http"))
    except Exception:
        _log.exception("a request of a device failed")
        status, served = 500, encode_error(SyncError())
    answer = _sign(site, said, status, served)
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _sign(site: Site, said: Authorization | None, status: int, served: bytes | _Lasting) -> SignedAnswer:
    """Sign an answer; of a long one that is kept give the first piece."""
    now_ms = site.now_ms()
    challenge = make_challenge(site.secret, said.device, now_ms // 1000) if said else NO_CHALLENGE
    signature = said.signature if said else None
    content = served.content if isinstance(served, _Lasting) else served
    sealed = seal_answer(site.keys, signature, status, Answered(challenge, now_ms, content))
    if said is None or not isinstance(served, _Lasting) or len(sealed) <= PIECE_BYTES:
        return SignedAnswer(sealed, status)
    if not keep_answer(site, said.device, served.sort, sealed):
        return SignedAnswer(sealed, status)
    answer = SignedAnswer(sealed[:PIECE_BYTES], 206)
    answer.headers["Content-Range"] = f"bytes 0-{PIECE_BYTES - 1}/{len(sealed)}"
    return answer


def _read_authorization(http: Request) -> Authorization | None:
    header = http.headers.get("Authorization")
    return None if header is None else parse_authorization(header)


def _drain(http: Request) -> None:
    """Read what is still being sent, so that the sender gets to read the answer."""
    left = MAX_UPLOAD_BYTES
    with contextlib.suppress(HTTPException, OSError, ValueError):
        while left > 0 and (part := http.stream.read(READ_BYTES)):
            left -= len(part)


def _serve(site: Site, http: Request, rest: str, said: Authorization | None) -> bytes | _Lasting:
    serve, wanted = _find_service(http.method, rest)
    if serve is _enrol:
        return serve(_Asked(site, http, rest, said, None))
    if wanted is not None and http.mimetype not in ("", wanted):
        raise RequestMistyped(expected=wanted)
    if said is None:
        raise RequestUnsigned(reason="header")
    certificate = site.devices.find_certificate(said.device)
    if certificate is None and serve is not _hand_in:
        raise DeviceRefused(device=said.device, reason="unknown")
    return serve(_Asked(site, http, rest, said, certificate))


def _find_service(method: str, rest: str) -> "tuple[Service, str | None]":
    """Give what answers a request, and the type of body that it takes.

    :raises PathUnknown: if there is nothing at this address.
    :raises MethodUnknown: if there is, but not for this method.
    """
    place, _, name = rest.partition("/")
    services = _SERVICES.get((place, "/" in rest))
    if services is None or ("/" in rest and not _HASH.match(name)):
        raise PathUnknown(path=rest[:200])
    if method not in services:
        raise MethodUnknown(method=method, allowed=", ".join(services))
    return services[method]


def _check(asked: _Asked, body_hash: bytes) -> None:
    """Recognise the device.

    :raises RequestUnsigned: if the request is not signed by it, or over a challenge that has ended.
    :raises CertificateRefused: if its certificate has ended.
    """
    assert asked.said is not None and asked.certificate is not None
    query = asked.http.query_string.decode("ascii", "replace")
    target = find_target(f"{ROOT}{asked.rest}", query)
    if not is_request_signed(asked.certificate.signing, asked.http.method, target, body_hash, asked.said):
        raise RequestUnsigned(reason="signature")
    if not is_challenge(asked.site.secret, asked.said.device, asked.said.challenge, asked.site.now_ms() // 1000):
        raise RequestUnsigned(reason="challenge")
    check_standing(asked.site, asked.certificate)


def _read_body(http: Request, limit: int) -> bytes:
    """Read a body that has to be whole.

    :raises RequestTooLarge: if it is longer than the limit.
    """
    if (http.content_length or 0) > limit:
        raise RequestTooLarge(limit_bytes=limit)
    parts, size = [], 0
    while part := http.stream.read(READ_BYTES):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise RequestTooLarge(limit_bytes=limit)
    return b"".join(parts)


def _read_checked(asked: _Asked, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    body = _read_body(asked.http, limit)
    _check(asked, hash_content(body))
    return body


def _query(http: Request, *names: str) -> tuple[int, ...]:
    """Read numbers from the query, which holds nothing else; one that is not there is 0.

    :raises RequestRefused: if it holds something else.
    """
    text = http.query_string.decode("ascii", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=len(names))
    except ValueError as error:
        raise RequestRefused(reason="query") from error
    found = dict(pairs)
    if len(found) != len(pairs) or found.keys() - set(names) or not all(map(_NUMBER.match, found.values())):
        raise RequestRefused(reason="query")
    return tuple(int(found.get(name, "0")) for name in names)


def _talk(asked: _Asked) -> _Lasting:
    assert asked.certificate is not None
    asking = decode(_read_checked(asked), TalkRequest)
    sort = OTHER if asking.pull is None else PAGE
    if asked.site.kept is not None:
        asked.site.kept.forget(asked.device, sort)
    return _Lasting(encode(answer_talk(asked.site, asked.certificate, asking)), sort)


def _read_answer(asked: _Asked) -> bytes:
    _read_checked(asked, 0)
    offset, length = _query(asked.http, "offset", "length")
    return read_kept(asked.site, asked.device, asked.name, offset, length or PIECE_BYTES)


def _enrol(asked: _Asked) -> bytes:
    """Whoever enrols is not known yet; what it sends proves itself."""
    return asked.site.enrol(_read_body(asked.http, MAX_ENROL_BYTES))


def _find_shelf(asked: _Asked) -> RemoteShelf:
    return find_shelf(asked.site, asked.device, is_sealed=asked.rest.partition("/")[0] == SEALED)


def _hand_in(asked: _Asked) -> bytes:
    """Take papers of the centre itself; a device that it forgot is recognised by its own among them."""
    assert asked.said is not None
    body = _read_body(asked.http, MAX_MESSAGE_BYTES)
    papers = decode(body, Papers)
    certificate = asked.certificate or find_shown(papers, asked.said.device, asked.site.keys.id)
    if certificate is None:
        raise DeviceRefused(device=asked.said.device, reason="unknown")
    _check(asked._replace(certificate=certificate), hash_content(body))
    return encode(asked.site.remember(papers))


def _describe(asked: _Asked) -> bytes:
    names = decode(_read_checked(asked), Names)
    return encode(_find_shelf(asked).describe(list(names)))


def _read_content(asked: _Asked) -> bytes:
    _read_checked(asked, 0)
    offset, length = _query(asked.http, "offset", "length")
    return find_shelf(asked.site, asked.device).read(asked.name, offset, min(length or PART_BYTES, PART_BYTES))


def _append_content(asked: _Asked) -> bytes:
    body = _read_checked(asked, PART_BYTES)
    offset, is_last = _query(asked.http, "offset", "last")
    return encode(_find_shelf(asked).append(asked.name, offset, body, is_last=bool(is_last)))


def _confirm(asked: _Asked) -> bytes:
    statement = _read_checked(asked, MAX_STATEMENT_BYTES)
    if asked.site.devices.is_revoked(asked.device):
        raise DeviceRefused(device=asked.device, reason="revoked")
    return asked.site.confirm(statement) if asked.site.confirm is not None else b""


def _find_offset(asked: _Asked) -> bytes:
    _read_checked(asked, 0)
    _query(asked.http)
    return encode(asked.site.centre.find_offset(asked.device, asked.name))


def _take_bundle(asked: _Asked) -> bytes:
    """Take a bundle in while it arrives; the sender is recognised by the digest that it announces."""
    digest = _read_digest(asked.http)
    _check(asked, digest)
    (offset,) = _query(asked.http, "offset")
    if (asked.http.content_length or 0) > MAX_UPLOAD_BYTES:
        raise RequestTooLarge(limit_bytes=MAX_UPLOAD_BYTES)
    length = asked.http.content_length or 0
    upload = Upload(asked.site.centre, asked.device, asked.name, offset, length)
    with upload.kept_when_cut():
        while part := asked.http.stream.read(READ_BYTES):
            upload.add(part)
    return upload.finish(digest)


def _read_digest(http: Request) -> bytes:
    """Read the header `Content-Digest` (RFC 9530).

    :raises RequestRefused: if there is none.
    """
    found = _DIGEST.match(http.headers.get("Content-Digest", ""))
    try:
        return base64.b64decode(found[1], validate=True) if found else b""
    except (binascii.Error, ValueError) as error:
        raise RequestRefused(reason="digest") from error


Service = Callable[[_Asked], bytes | _Lasting]
_SERVICES: Final[dict[tuple[str, bool], dict[str, tuple[Service, str | None]]]] = {
    (TALK, False): {"POST": (_talk, MESSAGE)},
    (ANSWERS, True): {"GET": (_read_answer, None)},
    (ENROL, False): {"POST": (_enrol, BYTES)},
    (PAPERS, False): {"POST": (_hand_in, MESSAGE)},
    (CONTENTS, False): {"POST": (_describe, MESSAGE)},
    (CONTENTS, True): {"GET": (_read_content, None), "PUT": (_append_content, BYTES)},
    (SEALED, False): {"POST": (_describe, MESSAGE)},
    (SEALED, True): {"PUT": (_append_content, BYTES)},
    (HELD, False): {"POST": (_confirm, BYTES)},
    (BUNDLES, True): {"GET": (_find_offset, None), "PUT": (_take_bundle, BYTES)},
}
"""What is served: per place, and whether a name follows, the methods with the type of body that they take."""
