"""The benchmark runs; what it measures decides no test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def output_of(script: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_quick_benchmark_prints_its_table() -> None:
    assert "| check, all included |" in output_of("per_workbook.py", "--quick")


def test_the_benchmark_of_batches_prints_its_table(reference_workbook: Path) -> None:
    lines = output_of("batch.py", "--workbook", str(reference_workbook), "--count", "2").splitlines()
    assert any(line.startswith("| workbooks/s on one core |") for line in lines)
    assert lines[-1].split("|")[2:4] == [" 0 ", " 4 "]  # two that warm up, and two
