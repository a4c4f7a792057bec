"""The benchmark runs; what it measures decides no test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_quick_benchmark_prints_its_table() -> None:
    script = Path(__file__).parent.parent / "benchmarks" / "per_workbook.py"
    done = subprocess.run(
        [sys.executable, str(script), "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| check, all included |" in done.stdout
