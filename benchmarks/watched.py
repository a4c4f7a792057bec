"""Run xlbudget and write down how much memory it takes: the program itself, and the largest of its workers.

python watched.py MEASURES.json check FOLDER -o findings.json

Memory is the most that a process has held at once (VmHWM of Linux; elsewhere nothing is written down).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
PAUSE = 0.1  # s between two looks at the workers; what they need most they need while they check


def main(measures: Path, words: list[str]) -> int:
    """Run the command, and write the peaks as JSON: ``parent`` and ``worker``, in MB."""
    from xlbudget.cli import run

    peaks: dict[int, float] = {}
    threading.Thread(target=_watch, args=(peaks,), daemon=True).start()
    code = run(words)
    found = {"parent": peak("self"), "worker": max(peaks.values(), default=0.0)}
    measures.write_text(json.dumps(found), encoding="utf-8")
    return code


def peak(process: int | str) -> float:
    """Return the most memory in MB that a process has held at once."""
    with suppress(OSError, IndexError):
        status = (PROCESSES / str(process) / "status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return 0.0


def _watch(peaks: dict[int, float]) -> None:
    while True:
        for listed in (PROCESSES / "self" / "task").glob("*/children"):
            with suppress(OSError):
                for child in map(int, listed.read_text(encoding="ascii").split()):
                    peaks[child] = max(peaks.get(child, 0.0), peak(child))
        time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
