"""What is acknowledged is on the disk first: every receipt of a served centre comes after a sync of its database."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from faults.world import Centre, Laptop, wait_for

STRACE = shutil.which("strace")
_CALL = re.compile(r"^(\d+) +(?:[\d.]+ )?(\w+)\((.*)$")


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_no_receipt_leaves_before_the_database_is_synced(centre: Centre, an: Laptop, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for _ in range(4):
        an.write(30, 12_000)
    with centre.served() as address:
        an.sync(address)  # from here on nothing is loaded any more
        an.write(50, 15_000)
        assert centre.process is not None
        wanted = "trace=fsync,fdatasync,recvfrom,read,sendto,write,sendmsg"
        command = [STRACE, "-f", "-s", "24", "-y", "-e", wanted, "-o", str(trace), "-p", str(centre.process.pid)]
        tracing = subprocess.Popen([str(each) for each in command], stderr=subprocess.PIPE)
        assert tracing.stderr is not None
        if b"attached" not in tracing.stderr.readline():
            tracing.communicate()
            pytest.skip("no right to trace a process")
        report = an.sync(address)
        tracing.terminate()
        tracing.communicate(timeout=60)
    assert report["sent"] == 50
    wait_for(trace.exists)
    bundles = check_order(trace.read_text(errors="replace"))
    assert bundles > 1, "no bundle was sent while it was traced"


def check_order(trace: str) -> int:
    """Check that in every thread, between a bundle and the answer to it, the log was synced; count the bundles."""
    waiting: dict[str, bool] = {}
    bundles = 0
    for line in trace.splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        thread, call, rest = found.groups()
        if call in ("recvfrom", "read") and "PUT /sync/v1/bundles/" in rest:
            waiting[thread] = True
        elif call in ("fsync", "fdatasync") and "collector.sqlite-wal" in rest and thread in waiting:
            waiting[thread] = False
        elif call in ("sendto", "write", "sendmsg") and "HTTP/1.1 200" in rest and thread in waiting:
            assert not waiting.pop(thread), "an answer left before the database was synced"
            bundles += 1
    return bundles
