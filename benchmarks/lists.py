"""Lists, search and the first page with many records, against the same pages with few."""

from pathlib import Path

from benchmarks.bulk import make_folder
from benchmarks.processes import Client, laptop, milliseconds
from benchmarks.table import Figure, median

BUDGET = 2.0
PAGES = {
    "first page": "/",
    "list of meetings": "/meetings",
    "list of opinions": "/opinions",
    "search for a common word": "/search?q=duong",
    "search for two words": "/search?q=duong+nuoc",
    "search for a rare word": "/search?q=bhling",
}


def measure_lists(folder: Path, meetings: int, opinions: int, runs: int = 15) -> list[Figure]:
    """Measure the median of every page with many meetings and with a hundredth of them."""
    few = make_folder(folder / f"lists-{meetings // 100}-{opinions}", max(meetings // 100, 2), opinions)
    many = make_folder(folder / f"lists-{meetings}-{opinions}", meetings, opinions)
    times: dict[tuple[str, str], list[float]] = {}
    with laptop(few.root) as (small, _), laptop(many.root) as (large, _):
        clients = {"few": Client(small).log_in(), "many": Client(large).log_in()}
        for _ in range(runs):
            for name, path in PAGES.items():
                for size, client in clients.items():
                    times.setdefault((name, size), []).append(milliseconds(client.get, path))
    return [Figure(name, median(times[name, "many"][2:]), median(times[name, "few"][2:]), BUDGET) for name in PAGES]
