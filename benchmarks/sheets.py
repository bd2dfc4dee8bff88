"""Saving, results and lists with many answer sheets, against the same with few of them."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.answered import make_folder
from benchmarks.processes import CHECKOUT, Client, baseline, laptop, milliseconds
from benchmarks.table import Figure, median, percentile
from collector.answers.papers import MAX_NUMBER
from collector.database import open_database
from collector.folder import DataFolder

SAVE_BUDGET = 2.5
PAGE_BUDGET = 2.0
MEMORY_BUDGET = 1.5
SAVES = 200
FEW = 10_000


def measure_sheets(folder: Path, sheets: int, runs: int = 15) -> list[Figure]:
    """Measure saving a sheet, the results of a round, and the list of rounds, with many and with few sheets."""
    few, small = make_folder(folder / f"few-{FEW}", FEW)
    many, large = make_folder(folder / f"many-{sheets}", sheets)
    pages = {"results of a round of 75 sheets": "/rounds/{usual}/results", "list of rounds": "/rounds"}
    times: dict[tuple[str, str], list[float]] = {}
    with laptop(few.root) as (one, _), laptop(many.root) as (other, _):
        clients = {"few": (Client(one).log_in(), small), "many": (Client(other).log_in(), large)}
        for _ in range(runs):
            for name, path in pages.items():
                for size, (client, rounds) in clients.items():
                    times.setdefault((name, size), []).append(milliseconds(client.get, path.format(**rounds)))
        client, rounds = clients["many"]
        whole = f"/rounds/{rounds['large']}/results"
        first = milliseconds(client.get, whole)
        again = median([milliseconds(client.get, whole) for _ in range(runs)])
    usual = median(times["results of a round of 75 sheets", "few"][2:])
    (_, little), (seconds, much) = measure_export(few.root), measure_export(many.root)
    saving = measure_saving_sheets(many.root, large["open"], folder / "baseline")
    return [
        saving,
        *(Figure(name, median(times[name, "many"][2:]), median(times[name, "few"][2:]), PAGE_BUDGET) for name in pages),
        Figure(f"results of a round of {sheets // 2:,} sheets, again", again, usual, PAGE_BUDGET),
        Figure(f"memory of exporting {sheets:,} sheets", much, little, MEMORY_BUDGET, "MB"),
        Figure(f"seconds of exporting {sheets:,} sheets", seconds, None, 600.0, "s"),
        Figure(f"results of a round of {sheets // 2:,} sheets, first look", first, None, 10_000.0),
    ]


def measure_saving_sheets(data: Path, round_id: str, base: Path) -> Figure:
    """Measure the p95 of saving a paper sheet until it is durable, in turns with one commit."""
    times: dict[str, list[float]] = {"sheet": [], "base": []}
    free = list_free_numbers(data, round_id)
    with laptop(data) as (port, _), baseline(base) as (other, _):
        client, plain = Client(port).log_in(), Client(other)
        path = f"/rounds/{round_id}/papers"
        fields = list_fields(client.get(path))
        for number in free[:SAVES]:
            sent = {**fields, "number": str(number)}
            times["sheet"].append(milliseconds(_expect, client, path, sent, 303))
            times["base"].append(milliseconds(_expect, plain, "/", {"field": json.dumps(sent)}, 200))
            client.get(path)  # as a browser does: it shows what was said, which else grows in the cookie
    p95 = {name: percentile(found[SAVES // 10 :], 0.95) for name, found in times.items()}
    return Figure("save an answer sheet, p95", p95["sheet"], p95["base"], SAVE_BUDGET)


def list_free_numbers(data: Path, round_id: str) -> list[int]:
    """List numbers of papers that were not entered yet in a round."""
    database = open_database(DataFolder(data).database)
    try:
        with database.reading() as connection:
            sql = "SELECT paper_number FROM entered_paper WHERE round = :round"
            taken = {row["paper_number"] for row in connection.rows(sql, {"round": round_id})}
    finally:
        database.storage.close()
    return [number for number in range(1, MAX_NUMBER) if number not in taken]


def list_fields(page: str) -> dict[str, str]:
    """Give an answer to every question of the page on which papers are entered: the first of its choices."""
    fields = dict.fromkeys(re.findall(r'<select[^>]*name="(q[0-9]+)"', page), "(blank)")
    for name, value in re.findall(r'type="radio" name="(q[0-9]+)" value="([^"]+)"', page):
        fields.setdefault(name, value)
    return fields


def measure_export(folder: Path, shape: str = "csv") -> tuple[float, float]:
    """Export all answers of a folder; give the seconds and the most memory that it took, in MB."""
    target = folder / f"answers-{shape}"
    command = ["export", "answers", "--format", shape, "-o", str(target), "--data", str(folder)]
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "collector", *command], cwd=CHECKOUT, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"export answers: {process.returncode}")
    seconds = time.perf_counter() - begun
    shutil.rmtree(target, ignore_errors=True)
    target.unlink(missing_ok=True)
    return seconds, used.ru_maxrss / 1024


def _expect(client: Client, path: str, values: dict[str, str], wanted: int) -> None:
    status = client.post(path, values)
    if status != wanted:
        raise RuntimeError(f"{path}: {status}")
