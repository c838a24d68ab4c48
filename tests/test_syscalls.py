"""kill -9 at every system call by which one addition and its publishing reach the disk."""

import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

# What changes the disk. SQLite writes with pwrite64, FAISS and Python with write.
CALLS = "write pwrite64 writev fsync fdatasync rename renameat renameat2 unlink unlinkat ftruncate mkdir rmdir flock".split()
TORTURE = bool(os.environ.get("TORTURE"))  # every call, or every fortieth
BEGUN = 6  # changes made before: what is left is to publish, to add a document, and to publish again

needs_strace = pytest.mark.skipif(
    not shutil.which("strace")
    or subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode != 0,
    reason="strace is missing or may not trace here; on Debian: apt-get install strace",
)


def _traced(log: Path, *more: str) -> list[str]:
    return ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(f'?{call}' for call in CALLS)}", *more]


@needs_strace
@pytest.mark.timeout(3600)
def test_an_addition_killed_at_a_system_call_is_there_wholly_or_not_at_all(ordeal: Any, tmp_path: Path):
    """The calls are counted in a run that nobody ends; then, call for call, another run is killed at it."""
    log = tmp_path / "calls"
    ordeal.begin(BEGUN)
    run = ordeal.run(BEGUN, [], None, _traced(log))
    assert ordeal.check(run.acknowledged) == 9
    counts = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text("utf-8", "replace"), re.MULTILINE))
    assert {"pwrite64", "fsync", "rename", "unlink", "mkdir"} <= {name.replace("fdatasync", "fsync") for name in counts}
    moments = [(call, number) for call in sorted(counts) for number in range(1, counts[call] + 1)]
    spared = 0  # runs in which a call came less often than counted: threads share the writes out anew each time
    for call, number in moments if TORTURE else moments[8::40]:
        ordeal.begin(BEGUN)
        run = ordeal.run(BEGUN, [], None, _traced(log, "-e", f"inject={call}:signal=SIGKILL:when={number}"))
        spared += not run.killed
        ordeal.tally["kills at system calls"] += run.killed
        ordeal.complete(ordeal.check(run.acknowledged))
    assert spared <= len(moments) // 20, "the calls are others in every run"
