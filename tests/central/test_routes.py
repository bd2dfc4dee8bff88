"""The rules of all pages, on those that only a centre has: a decision each, a token for each change, nothing inline."""

from contracts.test_routes import _check_page
from enrolment_scenes import Laptop
from factories import services_of
from flask import Flask
from flask.testing import FlaskClient

from central.scenes import running_in
from collector.accounts.access import ANYONE, OFFICE, decision_of
from collector.central.office import Wish
from sync.quarantine import put_aside
from sync.revisions import Reference

REFERENCE = Reference("somebody", "epoch", 1)


def make_scene(app: Flask) -> dict[str, str]:
    """Make a laptop, a code and something that was set aside; give what addresses name."""
    office, laptop = running_in(app).office, Laptop()
    office.approve(laptop.request(), Wish("20704"))
    office.issue(Wish("20704"))
    with services_of(app).database.storage.writing() as connection:
        connection.execute(
            "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain, root, fed)"
            " VALUES ('somebody', 'epoch', 0, '', 1, :chain, 'epoch', 1)",
            {"chain": bytes(32)},
        )
        put_aside(connection, REFERENCE, b"rubbish", "malformed: x")
    return {**REFERENCE._asdict(), "device_id": laptop.id, "code_id": "00"}  # type: ignore[dict-item]


def rules_of(app: Flask, method: str) -> list[tuple[str, str]]:
    """List the addresses of the pages of a centre that take a method."""
    values = make_scene(app)
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        return [
            (rule.endpoint, adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}))
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("central.") and method in (rule.methods or ())
        ]


def test_the_office_alone_decides(centre_app: Flask) -> None:
    views = {name: view for name, view in centre_app.view_functions.items() if name.startswith("central.")}
    assert len(views) >= 10
    assert {decision_of(view) for view in views.values()} == {OFFICE}
    assert decision_of(centre_app.view_functions["sync.answer"]) == ANYONE


def test_every_page_is_strict(centre_app: Flask, admin: FlaskClient) -> None:
    for endpoint, where in rules_of(centre_app, "GET"):
        with admin.get(where) as page:
            assert page.status_code == 200, endpoint
        _check_page(admin, where)


def test_every_change_needs_the_token_and_the_office(centre_app: Flask, admin: FlaskClient) -> None:
    changes = rules_of(centre_app, "POST")
    assert len(changes) >= 6
    stranger = centre_app.test_client()
    for endpoint, where in changes:
        assert stranger.post(where).status_code == 401, endpoint
    centre_app.config["WTF_CSRF_ENABLED"] = True
    for endpoint, where in changes:
        assert admin.post(where).status_code in (400, 303), endpoint
    assert not running_in(centre_app).office.registry.list_devices()[0]["revoked_at"]
    assert len(running_in(centre_app).office.enrolling.list_codes()) == 1


def test_what_cannot_be_read_stays_set_aside(centre_app: Flask, admin: FlaskClient) -> None:
    make_scene(centre_app)
    where = "/set-aside/somebody/epoch/1"
    assert "rubbish" not in admin.get("/set-aside").text
    assert admin.post(where).status_code in (404, 422)
    assert admin.get(where).status_code == 200
