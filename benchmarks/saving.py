"""Saving until durable: one field against one commit, and many phones at once against one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.processes import Client, baseline, laptop, milliseconds
from benchmarks.table import Figure, percentile
from collector.database import open_database
from collector.demo.village import make_demo
from collector.folder import DataFolder
from collector.query import list_records

SAVE_BUDGET = 2.5
PHONES_BUDGET = 5.0
PHONES = 30


def measure_saving(folder: Path, saves: int = 300) -> list[Figure]:
    """Measure the p95 of saving a field of a meeting, as keystrokes and as a form, in turns with the baseline."""
    data = folder / "saving"
    meeting, items = _meeting(data)
    with laptop(data) as (port, _), baseline(folder / "baseline") as (other, _):
        client, plain = Client(port).log_in(), Client(other)
        client.get(f"/meetings/{meeting}/live")
        times: dict[str, list[float]] = {"keys": [], "form": [], "base": []}
        for number in range(saves):
            item, position = items[number % len(items)]
            words = f"Bà con nêu ý kiến về đường và nước, lần thứ {number}. " * 5
            key = {"form": f"meeting:{meeting}:agenda:{item}", "fields": {"notes": words}}
            times["keys"].append(milliseconds(_expect, client.post_json, "/drafts", key, 200))
            form = {f"{position}-notes": words}
            path = f"/meetings/{meeting}/notes/{item}"
            times["form"].append(milliseconds(_expect, client.post, path, form, 303))
            times["base"].append(milliseconds(_expect, plain.post, "/", {"field": words}, 200))
    p95 = {name: percentile(found[saves // 10 :], 0.95) for name, found in times.items()}
    return [
        Figure("save keystrokes of a field, p95", p95["keys"], p95["base"], SAVE_BUDGET),
        Figure("save a meeting field, p95", p95["form"], p95["base"], SAVE_BUDGET),
    ]


def _expect(send: Callable[..., int], path: str, values: object, wanted: int) -> None:
    status = send(path, values)
    if status != wanted:
        raise RuntimeError(f"{path}: {status}")


def _meeting(data: Path) -> tuple[str, list[tuple[str, int]]]:
    make_demo(DataFolder(data))
    database = open_database(DataFolder(data).database)
    with database.reading() as connection:
        meeting = list_records(connection, "meeting", order="starts_at DESC")[0]["id"]
        items = list_records(connection, "agenda_item", meeting=meeting)
    database.storage.close()
    return meeting, [(item["id"], item["position"]) for item in items]


def measure_phones(
    folder: Path, seconds: float = 10.0, phones: int = PHONES, pause_seconds: float = 1.0
) -> list[Figure]:
    """Let phones save at once, each a field a second as a page does; count errors and compare with one phone."""
    data = folder / "phones"
    _meeting(data)
    with laptop(data) as (port, _):
        one, _ = _save_for(port, 1, seconds, pause_seconds)
        many, errors = _save_for(port, phones, seconds, pause_seconds)
    return [
        Figure(f"{phones} phones saving at once, p95", percentile(many, 0.95), percentile(one, 0.95), PHONES_BUDGET),
        Figure(f"{phones} phones saving at once, errors of {len(many)}", float(errors), None, 0.0, ""),
    ]


def _save_for(port: int, phones: int, seconds: float, pause_seconds: float) -> tuple[list[float], int]:
    clients = [Client(port).log_in() for _ in range(phones)]
    times: list[float] = []
    failed: list[Exception] = []
    end = time.perf_counter() + seconds

    def save(number: int) -> None:
        count = 0
        time.sleep(pause_seconds * number / phones)
        while time.perf_counter() < end:
            count += 1
            fields = {"form": f"meeting:phone:{number}", "fields": {"text": f"Ý kiến {count} của máy {number}. " * 5}}
            try:
                times.append(milliseconds(_expect, clients[number].post_json, "/drafts", fields, 200))
            except Exception as error:
                failed.append(error)
                return
            time.sleep(pause_seconds)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(phones)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(failed)
