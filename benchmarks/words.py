"""Folding of long texts and looking official units up, which whoever types waits for."""

from benchmarks.processes import milliseconds
from benchmarks.table import Figure
from collector.folding import fold
from collector.units.official import find_communes

MEGABYTE = "Cuộc họp của cộng đồng dân cư thôn Pơ Ning, xã Lăng bàn về đường bê tông. " * 14_000
TYPED = ("xa", "phuong", "a", "dac khu", "tay giang", "hung son nghe an", "zz")
FOLDING_MS = 1_000.0
LOOKING_UP_MS = 50.0


def measure_words(runs: int = 5) -> list[Figure]:
    """Measure the quickest of some runs; of what may be typed the slowest."""
    find_communes(TYPED[0])
    folding = min(milliseconds(fold, MEGABYTE) for _ in range(runs))
    looking_up = max(min(milliseconds(find_communes, typed) for _ in range(runs)) for typed in TYPED)
    return [
        Figure("fold a megabyte", folding, None, FOLDING_MS),
        Figure("look a commune up", looking_up, None, LOOKING_UP_MS),
    ]
