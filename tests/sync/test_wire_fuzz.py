"""Whatever is sent to the centre: it answers with a refusal that its document knows, and nothing changes."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_scenes import Laptop, ServedCentre, count_rows, make_centre, serving

import sync.server
from sync.errors import SyncError
from sync.feed import Cursor
from sync.giving import Gap, OwnTip
from sync.heads import Ask
from sync.messages import Claim, PullRequest
from sync.openapi import make_document
from sync.segments import Tip
from sync.signing import format_authorization, hash_content, sign_request
from sync.wire import DOCUMENT, MESSAGE, ROOT, TALK, About, TalkRequest, encode, join_upload

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@schemathesis.serializer(MESSAGE)
def _pack(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write what was made of the schema; what MessagePack cannot hold becomes text."""
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, UnicodeEncodeError, TypeError):
        return msgspec.msgpack.encode(repr(value))


class Scene:
    """A served centre, a laptop that it knows, and a challenge that counts."""

    def __init__(self, centre: ServedCentre, url: str) -> None:
        self.centre = centre
        self.url = url
        self.laptop = Laptop(centre, "u1")
        self.laptop.write("a1")
        self.transport = self.laptop.transport(url)
        self.laptop.sync(self.transport)

    def sign(self, prepared: requests.PreparedRequest) -> None:
        """Sign a request, whatever it is, as the laptop."""
        body = prepared.body or b""
        data = body.encode() if isinstance(body, str) else body
        assert isinstance(data, bytes)
        path = (prepared.path_url or "")[len(ROOT) :]
        challenge = self.transport._challenges.get()
        said = sign_request(self.laptop.keys, prepared.method or "", f"{ROOT}{path}", hash_content(data), challenge)
        prepared.headers["Authorization"] = format_authorization(said)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    centre = make_centre(tmp_path_factory.mktemp("fuzz"))
    with serving(centre.make_app()) as url:
        yield Scene(centre, url)
    centre.close()


SCHEMA = schemathesis.openapi.from_dict(json.loads(make_document()))
OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}


def test_the_document_describes_all_that_is_answered_and_nothing_else() -> None:
    methods = {"get", "put", "post", "delete", "patch", "head", "options"}
    paths = json.loads(make_document())["paths"]
    described = {path: set(operations) & methods for path, operations in paths.items()}
    assert described.pop(f"/{DOCUMENT}") == {"get"}
    answered = {
        f"/{place}/{{name}}" if has_name else f"/{place}": {method.lower() for method in services}
        for (place, has_name), services in sync.server._SERVICES.items()
    }
    assert described == answered


def send(scene: Scene, case: schemathesis.Case, *, is_signed: bool) -> requests.Response:
    """Send what was made, as it is or signed."""
    sent = case.as_transport_kwargs(base_url=scene.url + ROOT.rstrip("/"))
    known = {"method", "url", "headers", "params", "data", "json", "cookies"}
    with requests.Session() as session:
        session.trust_env = False
        prepared = session.prepare_request(requests.Request(**{k: v for k, v in sent.items() if k in known}))
        if is_signed:
            scene.sign(prepared)
        return session.send(prepared, timeout=60)


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_document_describes_is_answered_as_it_says(scene: Scene, label: str, is_signed: bool) -> None:
    checks = schemathesis.checks
    told = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]

    @QUICK
    @given(case=OPERATIONS[label].as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.validate_response(send(scene, case, is_signed=is_signed), checks=told)

    stored = count_rows(scene.centre)
    check()
    assert count_rows(scene.centre) == stored


NUMBERS = st.one_of(st.integers(0, 3), st.sampled_from([2**31, 2**63 - 1, 2**63, 2**64 - 1, -1]))
NAMES = st.one_of(st.sampled_from(["", "a", "x" * 64, "x" * 65, "a/b", "a\0b", "~1.a", "v1"]), st.text(max_size=8))
HASHES = st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
TIPS = st.builds(Tip, NUMBERS, HASHES)
TUPLES = st.tuples(TIPS) | st.just(()) | st.lists(TIPS, max_size=3).map(tuple)


def requests_of(scene: Scene) -> st.SearchStrategy[TalkRequest]:
    """Make questions, of which some hit what is there."""
    with scene.laptop.storage.reading() as connection:
        row = connection.row("SELECT incarnation, version, position, chain FROM cursor")
        mine = connection.row("SELECT device, epoch FROM epoch")
    assert row is not None and mine is not None
    life, devices = st.just(row["incarnation"]) | NAMES, st.just(mine["device"]) | NAMES
    epochs, chains = st.just(mine["epoch"]) | NAMES, st.just(bytes(row["chain"])) | HASHES
    versions = st.sampled_from([row["version"], "v0"]) | NAMES
    cursors = st.builds(Cursor, life, versions, NUMBERS, chains, st.none() | versions, NUMBERS)
    asks = st.lists(st.builds(Ask, devices, epochs, TUPLES), max_size=3).map(tuple)
    own = st.lists(st.builds(OwnTip, epochs, TIPS), max_size=2).map(tuple)
    gaps = st.lists(st.builds(Gap, devices, epochs, TIPS, TUPLES), max_size=2).map(tuple)
    return st.builds(
        TalkRequest,
        st.none() | st.builds(About, NAMES, NUMBERS, NUMBERS, NUMBERS),
        st.none() | st.binary(min_size=15, max_size=16),
        st.none() | st.builds(PullRequest, st.none() | cursors, own, gaps),
        st.none() | NAMES,
        st.none() | NUMBERS,
        asks,
        asks,
        st.lists(NAMES | st.just("a1"), max_size=3).map(tuple),
    )


def test_questions_of_every_shape_are_answered_or_refused(scene: Scene) -> None:
    @settings(QUICK, max_examples=150)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        asked = data.draw(strategy)
        try:
            scene.transport.request("POST", TALK, encode(asked), MESSAGE)
        except SyncError as error:
            assert error.code == "request_refused", error

    strategy = requests_of(scene)
    stored = count_rows(scene.centre)
    check()
    assert count_rows(scene.centre) == stored


def test_messages_of_every_form_are_refused(scene: Scene) -> None:
    plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary() | st.floats()
    trees = st.recursive(
        plain, lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(), inner), max_leaves=20
    )
    deep = st.integers(100, 60_000).map(lambda depth: b"\x91" * depth)
    written = trees.map(msgspec.msgpack.encode) | deep | st.binary(max_size=300)

    @settings(QUICK, max_examples=100)
    @given(written, st.sampled_from([TALK, "contents", "enrol"]))
    def check(body: bytes, place: str) -> None:
        try:
            scene.transport.request("POST", place, body)
        except SyncError as error:
            assert error.status < 500, error

    stored = count_rows(scene.centre)
    check()
    assert count_rows(scene.centre) == stored


def test_uploads_of_every_form_are_refused(scene: Scene) -> None:
    claims = st.builds(Claim, NUMBERS, st.lists(NUMBERS, max_size=3).map(tuple), st.binary(max_size=40))
    bodies = st.binary(max_size=200) | st.builds(join_upload, claims, st.binary(max_size=200))
    names = st.binary(min_size=32, max_size=32).map(bytes.hex)
    queries = st.sampled_from(
        ["", "?offset=0", "?offset=9", "?offset=-1", "?offset=1&offset=2", "?x=1", "?offset=%d9%a4"]
    )

    @settings(QUICK, max_examples=100)
    @given(names, queries, bodies)
    def check(name: str, query: str, body: bytes) -> None:
        with pytest.raises(SyncError) as refused:
            scene.transport.request("PUT", f"bundles/{name}{query}", body)
        assert refused.value.status < 500, refused.value

    stored = count_rows(scene.centre)
    check()
    assert count_rows(scene.centre) == stored


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "talk", 405),
        ("DELETE", "bundles/" + "0" * 64, 405),
        ("OPTIONS", "talk", 405),
        ("GET", "bundles/short", 404),
        ("GET", "nothing", 404),
        ("POST", "talk/", 404),
        ("HEAD", "nothing", 404),
    ],
)
def test_what_is_not_there_is_said(scene: Scene, method: str, path: str, status: int) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert session.request(method, scene.url + ROOT + path, timeout=60).status_code == status


def test_bodies_of_another_type_or_too_long_are_refused(scene: Scene) -> None:
    def refused(body: bytes, media: str) -> str:
        with pytest.raises(SyncError) as error:
            scene.transport.request("POST", TALK, body, media)
        return error.value.code

    assert refused(b"{}", "application/json") == "request_mistyped"
    assert refused(b"a=b", "application/x-www-form-urlencoded") == "request_mistyped"
    assert refused(bytes(1024 * 1024 + 1), MESSAGE) == "request_too_large"
