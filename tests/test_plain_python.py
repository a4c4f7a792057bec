"""The program where libraries are missing: what is imported, and that nothing else is needed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import whole_job_runs

from xlbudget.checking.runs import many_files
from xlbudget.cli import run
from xlbudget.workbook.calculation import engine, kept_plans
from xlbudget.workbook.keeper import Keeper


def test_the_whole_job_is_the_same_without_libraries_threads_and_processes(
    spoiled_returns: Path, plain_job: dict[str, Any], tmp_path: Path
) -> None:
    """Issued, filled, checked, annotated, compared, joined and collected: byte for byte, and as printed."""
    shutil.copytree(spoiled_returns, tmp_path / "spoiled")
    full, plain = whole_job_runs.ended(tmp_path / "full", tmp_path / "spoiled"), plain_job
    assert plain["loaded"] == []
    assert set(full["loaded"]) <= {"numpy", "lxml"}  # by openpyxl, which fills in the entries
    assert plain["printed"] == full["printed"]
    assert [text[0] for text in full["printed"]] == ["0"] * 5 + ["1", "0", "0", "0", "0", "0", "0"], full[
        "printed"
    ]
    assert plain["files"] == full["files"]
    names = {name.partition("!")[0] for name in full["files"]}
    assert {"clean.json", "spoiled.html", "spoiled.xlsx", "summary.xlsx", "changes.xlsx"} <= names
    assert sum(name.startswith("annotated/") for name in names) >= 5


def test_a_check_of_one_file_imports_no_library_that_it_does_not_need(reference_workbook: Path) -> None:
    """No engine, no table library, none of other formats, no pool of processes."""
    code = (
        "import sys; from xlbudget.cli import run; code = run(['check', '--no-judge', sys.argv[1]]);"
        "heavy = {'numpy', 'pandas', 'scipy', 'formulas', 'schedula', 'openpyxl', 'xlsxwriter', 'docx',"
        " 'lxml', 'jinja2', 'pebble', 'distributed', 'fsspec', 'typst'};"
        "heavy &= set(sys.modules);"
        "print(sorted(heavy)); sys.exit(code or bool(heavy))"
    )
    command = [sys.executable, "-X", "utf8", "-c", code, str(reference_workbook)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["generate", "shanxi_provincial/2023", "-o", "issued", "--rows", "项目支出=5"],
        ["consolidate", "{folder}", "-o", "summary.xlsx"],
        ["compare", "{first}", "{first}", "-o", "changes.xlsx"],
        ["check", "{folder}", "--no-judge", "-o", "report.html", "-o", "report.xlsx", "-o", "report.json"],
    ],
    ids=lambda words: words[0],
)
def test_no_command_of_the_main_job_imports_a_library_of_numbers(
    department_workbooks: list[Path], words: list[str], tmp_path: Path
) -> None:
    first = department_workbooks[0]
    places = {"{folder}": str(first.parent), "{first}": str(first)}
    code = (
        "import sys; from xlbudget.cli import run; code = run(sys.argv[1:]);"
        "heavy = {'numpy', 'pandas', 'scipy', 'formulas', 'schedula', 'docx', 'typst', 'pebble', 'openpyxl'};"
        "heavy &= set(sys.modules); print(sorted(heavy)); sys.exit(code or bool(heavy))"
    )
    command = [sys.executable, "-X", "utf8", "-c", code, *(places.get(word, word) for word in words)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "library", "missing"),
    [
        (["check", "{workbook}", "-o", "checklist.docx"], "docx", "读写 Word 文档（.docx）要另装组件"),
        (["check", "{workbook}", "--engine", "formulas"], "formulas", "这里没有安装“formulas”"),
        (["check", "{workbook}", "{workbook}", "--workers", "2"], "pebble", "这里没有安装“pebble”"),
    ],
)
def test_what_needs_a_library_that_is_missing_says_so_in_a_sentence(
    department_workbooks: list[Path],
    words: list[str],
    library: str,
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    for module in ("files.docx", "reports.docx_checklist", "checking.runs.processes"):
        monkeypatch.delitem(sys.modules, f"xlbudget.{module}", raising=False)
    monkeypatch.setattr(kept_plans, "_plans", Keeper(1))
    engine._engine.cache_clear()
    engine._compiled.cache_clear()
    monkeypatch.setitem(sys.modules, library, None)
    paths = iter(map(str, department_workbooks))
    code = run([next(paths) if word == "{workbook}" else word for word in words])
    assert code == 2
    out, said = capsys.readouterr()
    assert said.startswith(f"错误：{missing}"), out
    assert said.endswith("。\n") and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_many_files_are_checked_one_by_one_where_there_are_no_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert many_files.suitable_workers(100) == 4
    real = importlib.util.find_spec
    for missing in ("pebble", "_multiprocessing"):
        monkeypatch.setattr(
            many_files, "find_spec", lambda name, gone=missing: None if name == gone else real(name)
        )
        assert many_files.suitable_workers(100) == 1
