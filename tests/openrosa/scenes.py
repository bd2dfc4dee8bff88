"""A round that phones can ask for, forms written in Excel's format, and a client that speaks as ODK Collect does."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from answer_scenes import make_round
from factories import Village, services_of
from flask import Flask
from flask.testing import FlaskClient
from questionnaires.workbooks import Row, make_workbook
from werkzeug.test import TestResponse

from collector.answers.urn import count_waiting
from collector.openrosa.phones import Phones
from collector.questionnaires.built_in import ensure_built_in
from collector.questionnaires.store import NewQuestionnaire, add_questionnaire

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
CODE = "23AB-CDEF-GH45"


def make_xform(survey: list[Row], choices: list[Row] | None = None, **settings: Any) -> str:
    """Make the XForm of a questionnaire from the rows of its sheets."""
    from pyxform.xls2xform import convert

    made = convert(BytesIO(make_workbook(survey, choices or [], **settings)), file_type=".xlsx")
    return str(made.xform)


def add_form(app: Flask, village: Village, xform: str, **mapping: str) -> str:
    """Record a questionnaire; return its id."""
    root = re.search(r'<(\w+) id="([^"]+)" version="([^"]*)"', xform)
    assert root
    new = NewQuestionnaire(xform, root[2], root[3], "Phiếu thử", "households", mapping)
    with services_of(app).database.recording() as recorder:
        return add_questionnaire(recorder, village.unit, new)


def open_round(app: Flask, village: Village, questionnaire: str = "", **changes: Any) -> str:
    """Open a round, of the built-in questionnaire unless another is named; return its id."""
    if not questionnaire:
        with services_of(app).database.recording() as recorder:
            questionnaire = ensure_built_in(recorder, village.unit, "participation_household")
    return make_round(app, village, questionnaire, **changes)


def waiting(app: Flask, round_id: str) -> int:
    """Count the sheets in the urn."""
    with services_of(app).database.reading() as connection:
        return count_waiting(connection, round_id)


def urn_of(app: Flask) -> list[dict[str, Any]]:
    """Give the rows of the urn."""
    with services_of(app).database.reading() as connection:
        return [dict(row) for row in connection.rows("SELECT * FROM urn")]


@dataclass
class Collect:
    """A phone: it fetches forms and sends sheets as the specification of OpenRosa says."""

    client: FlaskClient
    key: str
    device: str = "collect:Xyz987"
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "X-OpenRosa-Version": "1.0",
            "Date": "Mon, 09 Mar 2026 05:00:00 GMT",
            "User-Agent": "org.odk.collect.android/v2026.1 Dalvik/2.1.0",
        }
    )

    @property
    def base(self) -> str:
        """The server as it stands in the settings."""
        return f"/openrosa/{self.key}"

    def list_forms(self, path: str = "/formList") -> list[dict[str, str]]:
        """Fetch the list of forms."""
        answer = self.client.get(f"{self.base}{path}", query_string={"deviceID": self.device}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "text/xml"
        assert answer.headers["X-OpenRosa-Version"] == "1.0"
        root = ElementTree.fromstring(answer.data)
        assert root.tag == f"{LIST}xforms"
        return [{part.tag.removeprefix(LIST): part.text or "" for part in form} for form in root]

    def fetch(self, url: str) -> bytes:
        """Fetch what a list names."""
        answer = self.client.get(url, headers=self.headers, buffered=True)
        assert answer.status_code == 200, answer.text
        data = answer.data
        answer.close()
        return data

    def ask_where(self) -> TestResponse:
        """Send the HEAD request that comes before sheets."""
        where = f"{self.base}/submission"
        return self.client.head(where, query_string={"deviceID": self.device}, headers=self.headers)

    def send(self, xml: str | bytes, **files: bytes) -> TestResponse:
        """Send a sheet, with files if they are given."""
        parts = {"xml_submission_file": xml.encode() if isinstance(xml, str) else xml, **files}
        body, media_type = encode_parts(parts)
        return self.client.post(
            f"{self.base}/submission", query_string={"deviceID": self.device}, headers=self.headers,
            data=body, content_type=media_type,
        )  # fmt: skip


def encode_parts(parts: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Write files as multipart/form-data; give the body and its media type."""
    boundary = uuid.uuid4().hex
    lines = []
    for name, content in parts.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name.replace("_", ".")}"\r\n'
        lines.append(f"{head}Content-Type: text/xml\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def add_phone(app: Flask, name: str = "Máy 1") -> Collect:
    """Add a phone and give it."""
    key = Phones(services_of(app).folder).add(name, date(2026, 3, 1))
    assert key
    return Collect(app.test_client(), key)


def message(answer: TestResponse) -> tuple[str, str]:
    """Give nature and words of the message in a response."""
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    found = root.find(f"{RESPONSE}message")
    assert found is not None
    return found.get("nature", ""), found.text or ""


def fill(
    form: Mapping[str, str], answers: str = "<know>yes</know>", *, instance: str = "", deprecated: str = "",
    consent: str = "yes", code: str = CODE, added: str = "", meta: str = "", version: str | None = None,
) -> str:
    """Fill in a form of the list by hand, as XML."""  # fmt: skip
    instance = instance or f"uuid:{uuid.uuid4()}"
    older = f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    version = form["version"] if version is None else version
    return (
        f'<?xml version="1.0"?><data id="{form["formID"]}" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
        f"<collector><consent_version>1-vi-0</consent_version><consent>{consent}</consent><day>2026-03-09</day>"
        f"{added}</collector>{answers}"
        f"<collector_end><code>{code}</code></collector_end><meta><instanceID>{instance}</instanceID>{older}{meta}</meta></data>"
    )
