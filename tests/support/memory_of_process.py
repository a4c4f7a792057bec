"""How much memory this process has held since a moment: what a file costs, not what was there before."""

from __future__ import annotations

import resource
from pathlib import Path

CLEAR_PEAK = Path("/proc/self/clear_refs")  # of Linux; elsewhere the whole process is measured


def peak_from_here() -> float:
    """Forget the process's peak and return its memory in MB: a worker forked from a large process, as the
    suite's is, would otherwise be blamed for what its parent held before the file was opened."""
    if CLEAR_PEAK.exists():
        CLEAR_PEAK.write_text("5", encoding="ascii")
    return peak_memory() if CLEAR_PEAK.exists() else 0.0


def peak_memory() -> float:
    """The most memory in MB that this process has held since the peak was last forgotten."""
    if CLEAR_PEAK.exists():
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
