"""Certificates: the server's word that a device is enrolled, with which keys and for what.

Only the server's clock judges when a certificate ends; laptops, whose clocks are wrong, ask for the signature alone.
A revocation counts by order of receipt: what the server received before it stays, what comes after is quarantined.
"""

from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sync.errors import CertificateRefused
from sync.keys import KEY_BYTES, Keys, device_id
from sync.log import RECORDS
from sync.names import Amount, Hash, Name, Number
from sync.statements import FORMAT_VERSION, read_statement, sign_statement

CERTIFICATE: Final = "certificate"
REVOCATION: Final = "revocation"
MAX_SCOPES: Final = 1_000
MAX_ENDS: Final = 1_000
Key = Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class Scope(msgspec.Struct, frozen=True):
    """A unit by its internal id, the kinds of records there (none named: all), and whether they may be written.

    `lanes` are those that may be read; early certificates name none and mean the records alone.
    """

    unit: Name
    kinds: Annotated[tuple[Name, ...], Meta(max_length=200)] = ()
    write: bool = False
    lanes: Annotated[tuple[Name, ...], Meta(max_length=8)] | UnsetType = UNSET

    def reads(self, unit: str, kind: str, lane: str) -> bool:
        """Tell whether records of this kind in this unit and lane may be read."""
        lanes = (RECORDS,) if isinstance(self.lanes, UnsetType) else self.lanes
        return self.unit == unit and (not self.kinds or kind in self.kinds) and lane in lanes


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What the server signed about a device. `issued` grows with every certificate: the highest of a device counts."""

    device: Name
    signing: Key
    encryption: Key
    scopes: Annotated[tuple[Scope, ...], Meta(max_length=MAX_SCOPES)]
    issued: Number
    expires_ms: Amount
    key: Key
    purpose: str = CERTIFICATE
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    def may_write(self, unit: str, kind: str) -> bool:
        """Tell whether the device may write records of this kind there."""
        return any(
            scope.write and scope.unit == unit and (not scope.kinds or kind in scope.kinds) for scope in self.scopes
        )


class End(NamedTuple):
    """Up to where an epoch of a device had arrived: its name, the last number, and the chain there."""

    epoch: Name
    sequence: Number
    chain: Hash


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """The server's word that a device counts no more for what arrives after position `after` of its log.

    `at_ms` is when that was decided, by the server's clock; `ends` are the ends of what the device had sent by then. So
    a server that forgot it can tell later what came after. Early revocations say neither.
    """

    device: Name
    after: Amount
    issued: Number
    at_ms: Amount = 0
    ends: Annotated[tuple[End, ...], Meta(max_length=MAX_ENDS)] = ()
    key: Key
    purpose: str = REVOCATION
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION


def issue_certificate(certificate: Certificate, keys: Keys) -> bytes:
    """Sign a certificate."""
    return sign_statement(certificate, keys)


def read_certificate(data: bytes, servers: frozenset[str]) -> Certificate:
    """Read a certificate of one of these servers; when it ends is not looked at.

    :raises StatementRefused: if it is none.
    :raises CertificateRefused: if none of them signed it, or the device's id does not follow from its key.
    """
    certificate = read_statement(data, Certificate, CERTIFICATE)
    if device_id(certificate.key) not in servers:
        raise CertificateRefused(reason="issuer", device=certificate.device)
    if device_id(certificate.signing) != certificate.device:
        raise CertificateRefused(reason="device", device=certificate.device)
    return certificate


def revoke(
    device: str, *, after: int, issued: int, keys: Keys, at_ms: int = 0, ends: tuple[End, ...] = ()
) -> bytes:
    """Sign a revocation."""
    key = keys.public_signing
    word = Revocation(device=device, after=after, issued=issued, at_ms=at_ms, ends=ends[:MAX_ENDS], key=key)
    return sign_statement(word, keys)


def read_revocation(data: bytes, servers: frozenset[str]) -> Revocation:
    """Read a revocation of one of these servers.

    :raises StatementRefused: if it is none.
    :raises CertificateRefused: if none of them signed it.
    """
    revocation = read_statement(data, Revocation, REVOCATION)
    if device_id(revocation.key) not in servers:
        raise CertificateRefused(reason="issuer", device=revocation.device)
    return revocation
