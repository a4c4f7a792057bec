"""The most memory that a process has held, whatever the process that started it held before."""

from __future__ import annotations

import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak() -> float:
    """Return MB; ``ru_maxrss``, where there is nothing better, counts what the parent held at the start."""
    if STATUS.exists():
        return int(STATUS.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
