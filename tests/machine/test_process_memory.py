"""Memory that processes share counts once."""

import os
import subprocess
import sys

import pytest

from agentgrid.machine.process_memory import exact_memory, resident_memory
from agentgrid.machine.process_table import find_descendants, read_table

SHARERS = """\
import os, sys
kept = bytearray(b"x") * 60_000_000
for _ in range(3):
    if not os.fork():
        break
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="only Linux splits shared pages")
def test_shared_pages_count_once_in_the_exact_figure_and_for_everybody_in_the_rough_one() -> None:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SHARERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        table = read_table()
        entries = [table[pid] for pid in find_descendants(table, [process.pid])]

        rough, exact = resident_memory(entries), exact_memory(entries)

        process.kill()
    assert len(entries) == 4
    assert rough > 4 * 60_000_000
    assert 60_000_000 < exact < 120_000_000


def test_what_has_ended_meanwhile_counts_as_it_was_seen() -> None:
    process = subprocess.Popen(["sleep", "20"])
    entry = read_table()[process.pid]
    process.kill()
    process.wait()

    assert exact_memory([entry]) == entry.memory_bytes
