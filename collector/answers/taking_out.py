"""The page on which the village team takes the answers of a round out as files."""

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from flask import Response, render_template, request, send_file

from collector.accounts.access import KEEPERS, allow
from collector.answers import exporting
from collector.answers.blueprint import blueprint
from collector.answers.urn import count_waiting
from collector.clock import today
from collector.exchange.journal import note_export
from collector.exchange.tables import write_csv, write_workbook
from collector.query import get_record
from collector.web import reading, services
from collector.wording import say
from sync.storage import Connection

_TYPES: Final = {
    "csv": ("zip", "application/zip"),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ndjson": ("ndjson", "application/x-ndjson"),
}


@blueprint.route("/rounds/<round_id>/answers", methods=["GET", "POST"])
@allow(KEEPERS)
def export_answers(round_id: str) -> str | Response | tuple[str, int]:
    """Say what the files hold and to whom they may go, and give them; every time is noted."""
    exporting.require_village(services().folder)
    round_row = get_record(reading(), "round", round_id)
    count = exporting.count_answers(reading(), round_id)
    shape = request.form.get("shape", "")
    if request.method == "POST" and shape in _WRITERS and count:
        note_export(services().folder, "answers", shape, to="browser", round=round_id, sheets=count)
        return _send(shape, round_id)
    return render_template(
        "answers/export.html", round=round_row, count=count, waiting=count_waiting(reading(), round_id)
    ), 422 if request.method == "POST" else 200


def _send(shape: str, round_id: str) -> Response:
    ending, media_type = _TYPES[shape]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    _WRITERS[shape](reading(), round_id, file)
    file.seek(0)
    name = f"phieu-tra-loi-{today().isoformat()}.{ending}"
    return send_file(file, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)


def _write_zip(connection: Connection, round_id: str, file: IO[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in write_csv(exporting.list_tables(connection, say, round_id), Path(folder)):
            archive.write(path, path.name)


def _write_workbook(connection: Connection, round_id: str, file: IO[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_workbook(exporting.list_tables(connection, say, round_id), Path(folder) / "answers.xlsx")
        file.write(path.read_bytes())


def _write_lines(connection: Connection, round_id: str, file: IO[bytes]) -> None:
    file.writelines(exporting.write_lines(connection, round_id))


_WRITERS: Final[dict[str, Callable[[Connection, str, IO[bytes]], None]]] = {
    "csv": _write_zip,
    "xlsx": _write_workbook,
    "ndjson": _write_lines,
}
