"""The engine inside ODK Collect, JavaRosa, fills the form of a round in, and its sheet is received.

pyxform brings JavaRosa along in ODK Validate; running it from source needs a Java development kit.
"""

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from factories import Village
from flask import Flask
from openrosa.scenes import Collect, add_form, add_phone, open_round, urn_of
from openrosa.test_served_form import nosy

from collector.answers.sheets import hash_withdrawal_code

CLIENT = Path(__file__).with_name("JavaRosaClient.java")
CONSENT = "/data/collector/consent"

pytestmark = pytest.mark.skipif(shutil.which("javac") is None, reason="no Java development kit here")


def fill_in(folder: Path, form: bytes, **answers: str) -> tuple[str, list[str]]:
    """Fill a form in; give the sheet, and the paths of the questions that were asked."""
    path = folder / "form.xml"
    path.write_bytes(form)
    jar = files("pyxform.validators.odk_validate").joinpath("bin", "ODK_Validate.jar")
    pairs = [each for path_and_answer in answers.items() for each in path_and_answer]
    command = ["java", "-cp", str(jar), str(CLIENT), str(path), *pairs]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, re.findall(r"^asked (\S+):", done.stderr, re.MULTILINE)


def fetch(phone: Collect) -> bytes:
    """Fetch the only form of the list."""
    (form,) = phone.list_forms()
    return phone.fetch(form["downloadUrl"])


def test_a_sheet_filled_in_by_the_engine_of_collect_is_received(
    app: Flask, village: Village, tmp_path: Path
) -> None:
    open_round(app, village)
    phone = add_phone(app)
    answers = {CONSENT: "yes", "/data/know": "yes", "/data/discuss": "no", "/data/do": "refused", "/data/sex": "female"}
    sheet, asked = fill_in(tmp_path, fetch(phone), **answers)
    assert asked[0] == CONSENT
    assert asked[-1] == "/data/collector_end/code_shown"
    assert "/data/supervise" not in asked, "the round leaves it out"
    assert phone.send(sheet).status_code == 201
    kept = json.loads(urn_of(app)[0]["sheet"])
    found = {name: kept.get(name) for name in ("know", "discuss", "do", "inspect", "supervise", "sex")}
    assert found == {
        "know": "yes", "discuss": "no", "do": "refused", "inspect": "blank", "supervise": None, "sex": "female",
    }  # fmt: skip
    code = re.search(r"<code>([A-H2-9]{4}-[A-H2-9]{4}-[A-H2-9]{4})</code>", sheet)
    assert code, sheet
    assert kept["withdrawal_hash"] == hash_withdrawal_code(code[1])


def test_without_consent_the_engine_asks_nothing_more(app: Flask, village: Village, tmp_path: Path) -> None:
    open_round(app, village)
    phone = add_phone(app)
    sheet, asked = fill_in(tmp_path, fetch(phone), **{CONSENT: "no"})
    assert asked == [CONSENT]
    assert phone.send(sheet).status_code == 201
    assert urn_of(app) == []


def test_each_sheet_gets_a_code_of_its_own(app: Flask, village: Village, tmp_path: Path) -> None:
    open_round(app, village)
    form = fetch(add_phone(app))
    codes = {re.findall("<code>(.+?)</code>", fill_in(tmp_path, form, **{CONSENT: "yes"})[0])[0] for _ in range(2)}
    assert len(codes) == 2


def test_a_nosy_form_makes_the_engine_say_nothing_of_the_phone(app: Flask, village: Village, tmp_path: Path) -> None:
    open_round(app, village, add_form(app, village, nosy(), know="/data/g/know"))
    phone = add_phone(app)
    sheet, asked = fill_in(tmp_path, fetch(phone), **{CONSENT: "yes", "/data/g/know": "yes"})
    assert "/data/g/photo" not in asked
    assert "/data/place" not in asked
    assert phone.send(sheet).status_code == 201
    for name in ("start", "end", "deviceid", "username", "phonenumber", "email", "place", "photo"):
        value = re.search(rf"<{name}>([^<]+)</{name}>", sheet)
        assert value is None, value
    assert not re.search(r"T\d\d:\d\d", sheet), "no minute in the whole sheet"
    kept = json.loads(urn_of(app)[0]["sheet"])
    assert kept["know"] == "yes"
    answered = {path for path, value in json.loads(kept["answers"]).items() if value}
    assert answered <= {"/data/g/know", "/data/today", "/data/double"}
