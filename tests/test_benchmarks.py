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


def test_the_quick_benchmark_prints_its_table() -> None:
    script = Path(__file__).parent.parent / "benchmarks" / "per_workbook.py"
    done = subprocess.run(
        [sys.executable, str(script), "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| check, all included |" in done.stdout
