"""The benchmarks run; what they measure decides no test."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import collection
import copies
import pytest
import speed
from support import generated_budgets as budgets

from xlbudget import WorkbookTemplate, read
from xlbudget.cli import run

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


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


def test_whole_runs_and_other_programs_are_measured_and_drawn(
    reference_workbook: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written, drawn = tmp_path / "speed.json", tmp_path / "speed.svg"
    words = ["speed.py", "--quick", "--parts", "runs", "others", "--workbook", str(reference_workbook)]
    monkeypatch.setattr(sys, "argv", [*words, "-o", str(written), "--chart", str(drawn)])
    speed.main()
    assert "| **whole runs** |" in capsys.readouterr().out
    document = json.loads(written.read_text(encoding="utf-8"))
    rows = {row["what"]: row for row in document["rows"]}
    figures = rows["2 files, 2 cores"]["figures"]
    assert figures["files"] == figures["cores"] == 2
    if Path("/proc/self/status").exists():
        assert 20 < figures["parent"] < 400 and 50 < figures["worker"] < 400
    assert rows["xlbudget: read and recalculate"]["seconds"] > 0
    assert {"cores", "python", "versions"} <= set(document["machine"])
    assert drawn.read_text(encoding="utf-8").startswith("<svg")


def test_commands_are_started_as_often_as_asked(
    template: WorkbookTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    small = tmp_path / "small.xlsx"
    small.write_bytes(b"")
    monkeypatch.setattr(speed.subprocess, "run", lambda words, **_: found.append(" ".join(words[3:])))
    rows = list(speed.fresh_processes(template, small, speed.Size(starts=2)))
    assert found.count(f"check {small}") == 2
    assert len(found) == 2 * len(rows)
    assert [row.what for row in rows][:3] == ["--help", "lint", "check of one workbook"]


def test_whole_runs_are_made_in_turn_and_the_gain_is_the_median_of_pairs(
    reference_workbook: Path, template: WorkbookTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small.xlsx"
    small.write_bytes(reference_workbook.read_bytes())
    seconds = {1: iter([10.0, 30.0, 12.0]), 2: iter([5.0, 20.0, 4.0])}
    asked = []

    def run(_: Path, cores: int) -> dict[str, float]:
        asked.append(cores)
        took = next(seconds[cores])
        return {"seconds": took, "worked": took * cores, "parent": 40.0 + took, "worker": 90.0 + took}

    monkeypatch.setattr(speed, "run", run)
    one, two = speed.whole_runs(template, small, speed.Size(runs=(4,), rounds=3))
    assert asked == [1, 2, 1, 2, 1, 2]
    assert one.figures == {"seconds": 12, "worked": 12, "parent": 70, "worker": 120, "files": 4, "cores": 1}
    assert one.seconds == 3 and two.figures is not None and two.figures["seconds"] == 5
    assert two.note.endswith("110 MB in the largest worker; 2.00 × as fast as one core")


def test_the_table_of_speed_gives_ratios_to_one_check() -> None:
    rows = [
        speed.Row("one workbook", speed.CHECK, 0.08),
        speed.Row("others", "a program", 1.0, "3 of 4 form cells as ours"),
        speed.Row("others", "another", None, "not installed"),
    ]
    assert list(speed.table(rows))[2:] == [
        "| **one workbook** | | | |",
        f"| {speed.CHECK} | 80.0 | 1.00 | |",
        "| **others** | | | |",
        "| a program | 1,000.0 | 12.50 | 3 of 4 form cells as ours |",
        "| another | – | – | not installed |",
    ]


def test_copies_of_a_workbook_are_of_units_of_their_own_and_share_no_amount(
    reference_workbook: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    copies.Original(reference_workbook, template).write(tmp_path / "报送", 3)
    found = [read(path, template) for path in sorted((tmp_path / "报送").iterdir())]
    assert len({submission.unit.code for submission in found}) == 3
    first, second, third = (submission.entries["基本支出"][0].values for submission in found)
    grown = [key for key, value in first.items() if isinstance(value, Decimal) and value]
    assert grown
    for key in grown:
        assert second[key] == first[key] * Decimal("1.01") and third[key] == first[key] * Decimal("1.02")
