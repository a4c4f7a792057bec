"""The benchmarks run; what they measure decides no test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xlbudget import WorkbookTemplate
from xlbudget.cli import run

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))
import budgets
import collection

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_a_round_of_two_units_goes_through_every_step(
    template: WorkbookTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = next(collection.models(template, budgets.CAPACITY))
    collection.returns(tmp_path, [model], 2)
    monkeypatch.chdir(tmp_path)
    for words in collection.STEPS.values():
        assert run(list(words)) == 0
    found = dict.fromkeys(collection.STEPS, collection.Measure(2.5, 2, 100))
    more = dict.fromkeys(collection.STEPS, collection.Measure(9.5, 8, 100))
    rows = [line.split(" | ") for line in collection.table({2: found, 4: more})]
    assert rows[-1] == [
        "| verify",
        "2.5 s (processor 2.0 s), 100 MB",
        "9.5 s (processor 8.0 s), 100 MB",
        "3.000 |",
    ]


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
