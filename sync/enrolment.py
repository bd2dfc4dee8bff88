"""What a laptop and a centre say when the laptop enrols: a signed request, and a signed answer. Pure.

Both know the words of a one-time code and nothing else of each other. From the words follow (slowly, by scrypt) a name
of the code and two keys: with one the laptop shows that it has the words, with the other the centre does. So whoever
stands between them can neither enrol nor pose as the centre, and learns nothing that helps to guess the words.

    request over the network    statement of the laptop | proof, 32 bytes
    answer                      statement of the centre | proof, 32 bytes, over request and answer

On a stick the statements travel alone or with their proofs; without them a person compares the words of the centre.
"""

import hashlib
import hmac
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from sync.certificates import Certificate, Key, read_certificate
from sync.errors import AnswerRefused, EnrolmentRefused, StatementRefused, SyncError
from sync.keys import Keys, device_id
from sync.names import Amount, Name, Number
from sync.statements import FORMAT_VERSION, read_statement, sign_statement

REQUEST: Final = "enrolment-request"
MEMBERSHIP: Final = "membership"
PROOF_BYTES: Final = 32
ROOT_BYTES: Final = 32
CODE_ID_BYTES: Final = 16
MAX_REQUEST_BYTES: Final = 16 * 1024
NO_UNIT: Final = "none"
"""What a laptop says that has no village yet: it takes the one that its code names, and brings none along."""
_SALT: Final = b"collector enrolment code 1"
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": ROOT_BYTES}

Text = Annotated[str, Meta(max_length=200)]
Url = Annotated[str, Meta(max_length=500)]


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a laptop says of itself, signed by the keys that it made. `key` is its public signing key.

    `role` is village or commune; `unit` is the village or commune as the laptop knows it, `unit_name`,
    `commune_code`, `commune_valid_from` and `local_number` are what people know it by. `code` names the one-time code,
    and is empty where a person approves the request instead.
    """

    device: Name
    encryption: Key
    name: Text
    role: Name
    unit: Name
    unit_name: Text
    commune_code: Text = ""
    commune_valid_from: Text = ""
    local_number: Text = ""
    demo: bool = False
    program: Text = ""
    made_ms: Amount = 0
    code: Annotated[bytes, Meta(max_length=CODE_ID_BYTES)] = b""
    key: Key
    purpose: str = REQUEST
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a laptop keeps of the centre that it belongs to, signed by it. `key` is the centre's signing key.

    `unit` is the laptop's village or commune as the centre knows it, and takes the place of the laptop's own where
    they differ; `certificate` are the bytes of a signed certificate; `code` names the one-time code with which the
    laptop joined, if it was one.
    """

    device: Name
    encryption: Key
    escrow: Key
    certificate: Annotated[bytes, Meta(max_length=256 * 1024)]
    unit: Name
    unit_name: Text = ""
    commune: Name
    url: Url = ""
    centre_name: Text = ""
    issued_ms: Amount = 0
    code: Annotated[bytes, Meta(max_length=CODE_ID_BYTES)] = b""
    key: Key
    purpose: str = MEMBERSHIP
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def server(self) -> str:
        """The id of the centre."""
        return device_id(self.key)

    @property
    def signing(self) -> bytes:
        """The raw Ed25519 public key of the centre."""
        return self.key

    def read_certificate(self) -> Certificate:
        """Give the certificate of the laptop."""
        return read_certificate(self.certificate, frozenset({self.server}))


class CodeKeys(NamedTuple):
    """What follows from the words of a code: its name, and the keys with which both sides show that they have it."""

    id: bytes
    asking: bytes
    answering: bytes


def derive_root(words: str) -> bytes:
    """Derive the secret of a code from its words, in small letters and with single spaces; takes a moment."""
    return hashlib.scrypt(words.encode(), salt=_SALT, **_SCRYPT)


def make_code_keys(root: bytes) -> CodeKeys:
    """Give what follows from the secret of a code."""
    name, asking, answering = (hmac.digest(root, each, "sha256") for each in (b"name", b"asking", b"answering"))
    return CodeKeys(name[:CODE_ID_BYTES], asking, answering)


def sign_request(request: EnrolRequest, keys: Keys, code: CodeKeys | None = None) -> bytes:
    """Sign a request; with a code, show that the laptop has it."""
    if code is None:
        return sign_statement(request, keys)
    data = sign_statement(msgspec.structs.replace(request, code=code.id), keys)
    return data + hmac.digest(code.asking, data, "sha256")


def read_request(data: bytes) -> tuple[EnrolRequest, bytes]:
    """Read a request; give it and its proof (b"" where it came without a code).

    :raises EnrolmentRefused: if it is damaged, or the device's id does not follow from the key that signed.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise EnrolmentRefused(reason="malformed")
    for statement, proof in ((data, b""), (data[:-PROOF_BYTES], data[-PROOF_BYTES:])):
        try:
            request = read_statement(statement, EnrolRequest, REQUEST)
        except StatementRefused as error:
            if error.context.get("reason") == "too_new":
                raise EnrolmentRefused(reason="too_new") from error
            continue
        if device_id(request.key) != request.device or bool(proof) != bool(request.code):
            break
        return request, proof
    raise EnrolmentRefused(reason="malformed")


def is_proven(data: bytes, root: bytes) -> bool:
    """Tell whether a request with a proof comes from somebody who has the words of the code."""
    proof = hmac.digest(make_code_keys(root).asking, data[:-PROOF_BYTES], "sha256")
    return hmac.compare_digest(proof, data[-PROOF_BYTES:])


def sign_membership(membership: Membership, keys: Keys, request: bytes = b"", root: bytes | None = None) -> bytes:
    """Sign the answer; with the secret of the code that the request named, show that the centre has it too."""
    data = sign_statement(membership, keys)
    if root is None:
        return data
    return data + _prove_answer(make_code_keys(root), request, data)


def read_membership(data: bytes, device: str) -> Membership:
    """Read a membership that nobody vouches for but its own signature, without proof.

    :raises AnswerRefused: if it is damaged, too new, or for another device.
    """
    try:
        membership = read_statement(data, Membership, MEMBERSHIP)
        certificate = membership.read_certificate()
    except SyncError as error:
        raise AnswerRefused(reason=error.context.get("reason", "malformed")) from error
    if membership.device != device or certificate.device != device:
        raise AnswerRefused(reason="device", device=membership.device)
    return membership


def open_answer(answer: bytes, request: bytes, code: CodeKeys, device: str) -> tuple[Membership, bytes]:
    """Read the answer to a request with a code; give the membership and the bytes of its statement, to be kept.

    :raises AnswerRefused: if it does not come from who gave the code, or is for another request or device.
    """
    statement, proof = answer[:-PROOF_BYTES], answer[-PROOF_BYTES:]
    if not hmac.compare_digest(proof, _prove_answer(code, request, statement)):
        raise AnswerRefused(reason="proof")
    return read_membership(statement, device), statement


def split_answer(answer: bytes) -> bytes:
    """Give the statement of an answer that came on a stick, with or without its proof.

    :raises AnswerRefused: if it is none.
    """
    for statement in (answer, answer[:-PROOF_BYTES]):
        try:
            read_statement(statement, Membership, MEMBERSHIP)
        except StatementRefused:
            continue
        return statement
    raise AnswerRefused(reason="malformed")


def _prove_answer(code: CodeKeys, request: bytes, statement: bytes) -> bytes:
    return hmac.digest(code.answering, hashlib.sha256(request).digest() + statement, "sha256")


def fingerprint_bytes(key: bytes) -> bytes:
    """Give eight bytes that stand for a public key, to be compared by people."""
    return hashlib.sha256(b"collector fingerprint\n" + key).digest()[:8]
