"""The OpenAPI document of `/sync/v1/`, made from the messages and errors themselves.

Bodies are MessagePack or plain bytes; where a schema stands for MessagePack, a text with `contentEncoding` is a binary
string there.
"""

from functools import cache
from typing import Any, Final

import msgspec

from sync.errors import list_errors
from sync.signing import CHALLENGE_SECONDS
from sync.wire import (
    ANSWERS,
    BUNDLES,
    BYTES,
    CONTENTS,
    DOCUMENT,
    ENROL,
    HELD,
    MESSAGE,
    PAPERS,
    PART_BYTES,
    PIECE_BYTES,
    ROOT,
    SEALED,
    TALK,
    Described,
    Names,
    Papers,
    Refusal,
    TalkAnswer,
    TalkRequest,
)

_REFERENCE: Final = "#/components/schemas/{name}"
_ABOUT: Final = f"""How laptops and the centre exchange revisions.

A request is signed: `Authorization: Sync`, then in base 64 for addresses, without padding: device (15 bytes, its id
out of base 32), challenge (12), random bytes (6), Ed25519 signature (64) over `collector request\\n`, method, space,
address from {ROOT} on with its query, `\\n`, SHA-256 of the body, challenge, random bytes. The first challenge is
zeros; the refusal brings one, every answer the next. It counts for {CHALLENGE_SECONDS // 60} minutes by the clock of
the centre. `PUT` names the SHA-256 of its body in `Content-Digest` too, so that the body is taken in while it comes.

An answer is: Ed25519 signature of the centre (64 bytes) over `collector answer\\n`, the signature of the request
(zeros without one), the status (2), SHA-256 of the rest; then the rest: next challenge (12), clock of the centre in
milliseconds (8), content. The content of a refusal is a `Refusal` in MessagePack.

Of a signed answer to `/{TALK}` that has more than {PIECE_BYTES} bytes only the first piece comes, with the status 206
and its whole length in `Content-Range`; the others are read at `/{ANSWERS}`. It is kept for some days, until the device
asks for another one or something changes about what it may see. The whole, put together, is the answer to the first
request with the status 200; a piece alone proves nothing."""
_ENVELOPE: Final = "The signed answer; its content is {content}."


def _bytes(limit: int | None = None) -> dict[str, Any]:
    return {"type": "string", "format": "binary"} | ({} if limit is None else {"maxLength": limit})


def _answers(content: str, *statuses: int) -> dict[str, Any]:
    found: dict[str, Any] = {"200": _answer(_ENVELOPE.format(content=content))}
    for status in sorted({400, 401, 403, 405, *statuses}):
        codes = sorted(code for code, error in list_errors().items() if error.status == status)
        found[str(status)] = _answer(_ENVELOPE.format(content=f"a `Refusal`; codes: {', '.join(codes)}"))
    return found | {"default": _answer("The centre cannot serve now; its content is a `Refusal` with a code alone.")}


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {BYTES: {"schema": _bytes()}}}


def _body(media: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    return {"required": True, "description": description, "content": {media: {"schema": schema}}}


def _named(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=name)}


def _hash(description: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    return {"name": "name", "in": "path", "required": True, "description": description, "schema": schema}


def _number(name: str, description: str, maximum: int = 10**15 - 1) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": maximum}
    return {"name": name, "in": "query", "description": description, "schema": schema}


_DIGEST: Final[dict[str, Any]] = {
    "name": "Content-Digest",
    "in": "header",
    "required": True,
    "description": "SHA-256 of the body (RFC 9530)",
    "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
}


def _paths() -> dict[str, Any]:
    bundle, content = _hash("SHA-256 of the bundle"), _hash("SHA-256 of the content")
    answer = _hash("SHA-256 of the signature with which the answer begins")
    return {
        f"/{TALK}": {
            "post": _operation(
                "Ask everything at once",
                _answers("a `TalkAnswer`", 413, 415) | {"206": _answer("The first piece of a long signed answer.")},
                _body(MESSAGE, _named("TalkRequest")),
            )
        },
        f"/{ANSWERS}/{{name}}": {
            "parameters": [answer],
            "get": _operation(
                "Read the next piece of a long answer",
                _answers("bytes of the earlier answer from there on", 410, 413),
                None,
                _number("offset", "where the piece begins"),
                _number("length", f"how long it may be, {PIECE_BYTES} bytes at most"),
            ),
        },
        f"/{BUNDLES}/{{name}}": {
            "parameters": [bundle],
            "get": _operation("Ask how many bytes of a bundle arrived", _answers("a whole number", 413)),
            "put": _operation(
                "Send a bundle from a byte on",
                _answers("the signed receipt", 409, 413, 415, 422),
                _body(BYTES, _bytes(), "Length of the claim (4 bytes), the claim in MessagePack, then the bundle."),
                _number("offset", "where the bytes of this request begin in the bundle"),
                _DIGEST,
            ),
        },
        f"/{CONTENTS}": {
            "post": _operation(
                "Ask how much of contents is here", _answers("a `Described`", 413, 415), _body(MESSAGE, _named("Names"))
            )
        },
        f"/{CONTENTS}/{{name}}": {
            "parameters": [content],
            "get": _operation(
                "Read a part of a content",
                _answers("the bytes", 404, 413),
                None,
                _number("offset", "where the part begins"),
                _number("length", "how long it may be"),
            ),
            "put": _operation(
                "Add a part to a content",
                _answers("the length that is here now", 413, 415),
                _body(BYTES, _bytes(PART_BYTES)),
                _number("offset", "where the part begins"),
                _number("last", "1: the content is whole with this part", 1),
                _DIGEST,
            ),
        },
        f"/{SEALED}": {
            "post": _operation(
                "Ask how much arrived of sealed pieces that are carried for others",
                _answers("a `Described`", 404, 413, 415),
                _body(MESSAGE, _named("Names"), "The SHA-256 of sealed pieces."),
            )
        },
        f"/{SEALED}/{{name}}": {
            "parameters": [_hash("SHA-256 of the sealed piece")],
            "put": _operation(
                "Add a part to a sealed piece",
                _answers("the length that is here now", 404, 409, 413, 415),
                _body(BYTES, _bytes(PART_BYTES)),
                _number("offset", "where the part begins"),
                _number("last", "1: the piece is whole with this part", 1),
                _DIGEST,
            ),
        },
        f"/{HELD}": {
            "post": _operation(
                "Hand over what a laptop says that it holds",
                _answers("the signed receipt of what is here too, empty if there is none", 413, 415, 422),
                _body(BYTES, _bytes(), "The signed statement, which says whose it is."),
            )
        },
        f"/{ENROL}": {
            "post": _operation(
                "Ask to belong to this centre",
                _answers("the membership, proven with the code", 404, 409, 410, 413, 415, 422, 429),
                _body(BYTES, _bytes(), "An enrolment request, which proves itself; nothing else is signed."),
                is_signed=False,
            )
        },
        f"/{PAPERS}": {
            "post": _operation(
                "Hand in what the centre signed and may have forgotten since: memberships, certificates, revocations",
                _answers("how many of them were news", 413, 415),
                _body(MESSAGE, _named("Papers"), "A device that was forgotten is recognised by its certificate."),
            )
        },
        f"/{DOCUMENT}": {
            "get": {
                "summary": "Read this document",
                "security": [],
                "responses": {"200": {"description": "This document", "content": {"application/json": {"schema": {}}}}},
            }
        },
    }


def _operation(
    summary: str,
    answers: dict[str, Any],
    body: dict[str, Any] | None = None,
    *parameters: dict[str, Any],
    is_signed: bool = True,
) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": summary, "responses": answers}
    if body is not None:
        operation["requestBody"] = body
    if parameters:
        operation["parameters"] = list(parameters)
    return operation if is_signed else {**operation, "security": []}


@cache
def make_document() -> bytes:
    """Give the document as JSON."""
    kinds = (TalkRequest, TalkAnswer, Refusal)
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    (names, described, papers), more = msgspec.json.schema_components(
        (Names, Described, Papers), ref_template=_REFERENCE
    )
    signed = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "as said above"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Collector: replication", "version": "1", "description": _ABOUT},
        "servers": [{"url": ROOT.rstrip("/")}],
        "security": [{"device": []}],
        "paths": _paths(),
        "components": {
            "schemas": {**schemas, **more, "Names": names, "Described": described, "Papers": papers},
            "securitySchemes": {"device": signed},
        },
    }
    # The schemas say where a text begins and ends in the words of Python.
    return msgspec.json.encode(document).replace(rb"\\A", b"^").replace(rb"\\Z", b"$")
