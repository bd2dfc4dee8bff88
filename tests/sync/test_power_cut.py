"""What was acknowledged survives a kill at any moment."""

import random
import subprocess
import sys
import time
from pathlib import Path

from collector import cache
from collector.database import open_database
from collector.registry import KINDS
from sync.log import verify_chains

KILLS = 20
WRITER = """
import sys
from pathlib import Path
from collector.database import open_database
from collector.device import ensure_epoch
from collector.folder import DataFolder

folder = DataFolder(Path(sys.argv[1]))
folder.prepare()
database = open_database(folder.place)
ensure_epoch(database, folder)
unit = "0192a0b0-0000-7000-8000-00000000000a"
programme = None
while True:
    with database.recording() as recorder:
        if programme is None:
            programme = recorder.add("programme", unit, {"name": "Đường"})
        last = recorder.connection.value("SELECT head_sequence FROM epoch JOIN lane_writer USING (device, epoch)")
        recorder.update("programme", programme, {"name": f"Đường {last}", "description": "lời " * 2_000})
        recorder.add("household", unit, {"number": 1, "head_name": f"Alăng {last}"})
        done = recorder.connection.value("SELECT head_sequence FROM epoch JOIN lane_writer USING (device, epoch)")
    sys.stdout.write(f"{done}\\n")
    sys.stdout.flush()
"""


def write_until_killed(folder: Path, seconds: float) -> int:
    """Let a process save in a loop, kill it without warning, and give the last sequence it acknowledged."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()
        assert first, "the writer did not start"
        time.sleep(seconds)
        process.kill()
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
    return max(int(line) for line in lines if line.endswith("\n"))


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    moments = random.Random(1)
    for _ in range(KILLS):
        acknowledged = write_until_killed(tmp_path, moments.uniform(0.0, 0.15))
        database = open_database(tmp_path / "collector.sqlite")
        with database.reading() as connection:
            head = connection.value("SELECT head_sequence FROM epoch")
            held = connection.value("SELECT count(*) FROM revision")
            assert head == held >= acknowledged
            # Each process writes three revisions in its first transaction and two in every other: none is half there.
            assert head % 2 == connection.value("SELECT count(*) FROM programme") % 2
            assert verify_chains(connection) == held
            assert list(cache.differences(connection, KINDS)) == []
        assert database.storage.integrity_errors() == []
        database.storage.close()
