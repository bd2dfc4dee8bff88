"""Start to first page, and the memory of the idle app."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.processes import Client, baseline, laptop
from benchmarks.table import Figure, median
from collector.demo.village import make_demo
from collector.folder import DataFolder

START_BUDGET = 2.0
MEMORY_BUDGET_MB = 90.0
Start = Callable[[Path], AbstractContextManager[tuple[int, Any]]]


def measure_start(folder: Path, runs: int = 9) -> list[Figure]:
    """Measure from the start of the process to the last byte of its first page, in turns with the baseline."""
    data = folder / "data"
    make_demo(DataFolder(data))
    ours, theirs = [], []
    for _ in range(runs + 1):
        ours.append(_start_once(laptop, data, "/login"))
        theirs.append(_start_once(baseline, folder / "baseline", "/"))
    return [Figure("start to first page", median(ours[1:]), median(theirs[1:]), START_BUDGET)]


def _start_once(start: Start, data: Path, path: str) -> float:
    begun = time.perf_counter()
    with start(data) as (port, _):
        Client(port).get(path)
        return (time.perf_counter() - begun) * 1000


def measure_memory(folder: Path, idle_seconds: float = 12.0) -> list[Figure]:
    """Measure the resident memory after somebody logged in, looked around, and the background checks ran."""
    data = folder / "memory"
    make_demo(DataFolder(data))
    with laptop(data) as (port, process):
        client = Client(port).log_in()
        for path in ("/", "/meetings", "/opinions", "/programmes", "/households", "/search?q=duong", "/backups"):
            client.get(path)
        time.sleep(idle_seconds)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return [Figure("memory of the idle app", resident / 1024, None, MEMORY_BUDGET_MB, "MB")]
