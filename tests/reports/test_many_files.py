"""Reports of very many files: what they have in common is written once, and memory stays flat."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import docx
import jsonschema
import pytest
from openpyxl import load_workbook

from xlbudget import WorkbookTemplate
from xlbudget.checking.one_file import refused
from xlbudget.checking.whole_report import report_of
from xlbudget.model import (
    Finding,
    Place,
    Report,
    RuleOutcome,
    RuleStatus,
    Severity,
    Unit,
    WorkbookReport,
)
from xlbudget.reports import render
from xlbudget.reports.json_schema import SCHEMA

MANY = 10_000
MEGABYTES = 400

MEASURED = """
import sys
from pathlib import Path
from support.memory_of_process import peak_memory
import test_many_files
from xlbudget import load_template, write_report
made = getattr(test_many_files, sys.argv[1])
report = made(load_template("shanxi_provincial/2023"), int(sys.argv[2]))
write_report(report, Path(sys.argv[3]))
print(peak_memory())
"""


def unreadable(template: WorkbookTemplate, count: int) -> Report:
    """The report of a run over files that are no workbooks."""
    names = (f"{number:05d}.xlsx" for number in range(count))
    parts = (refused(Path("/报送") / name, f"文件“{name}”不是工作簿。请重新报送。") for name in names)
    return report_of(template, parts)


def readable(template: WorkbookTemplate, count: int) -> Report:
    """The report of a run over workbooks of as many units, each with 160 rules and three findings."""
    place = Place("录入1 基本支出", "H6", "基本支出录入表", "第 1 行", "本年")
    text = "收入与支出不等，请核对。"
    found = Finding("x_01", Severity.BLOCKING, text, place=place, stored=Decimal(1), expected=Decimal(2))
    statuses = [*RuleStatus, *[RuleStatus.PASSED] * 4]
    outcomes = tuple(
        RuleOutcome(f"x_{at:03d}", f"第 {at} 条规则", Severity.NOTE, statuses[at % 8], 2) for at in range(160)
    )
    workbooks = (
        WorkbookReport(
            Path(f"/报送/{number:05d}.xlsx"),
            f"{number:064d}",
            Unit(f"{number:06d}", f"第{number}中心", "事业"),
            tuple(replace(found, message=f"{found.message}{number}-{at}") for at in range(3)),
            outcomes,
        )
        for number in range(count)
    )
    return report_of(template, workbooks)


def peak(made: str, count: int, target: Path) -> float:
    """Megabytes that a process takes at most to write the report of so many files."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, made, str(count), str(target)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    return float(done.stdout)


@pytest.mark.parametrize("suffix", ["json", "html", "xlsx", "docx"])
def test_ten_thousand_unreadable_files_take_little_memory(tmp_path: Path, suffix: str) -> None:
    """In a process of its own, whose peak is measured."""
    target = tmp_path / f"报告.{suffix}"
    assert peak("unreadable", MANY, target) < MEGABYTES
    assert target.stat().st_size < 20_000_000


@pytest.mark.parametrize("suffix", ["json", "html", "xlsx", "docx"])
def test_readable_files_take_so_little_that_ten_thousand_fit(tmp_path: Path, suffix: str) -> None:
    """What 500 more files take, and what a process takes for the first of them."""
    few, many = (peak("readable", count, tmp_path / f"{count}.{suffix}") for count in (100, 600))
    assert few + (many - few) / 500 * MANY < MEGABYTES


def test_a_file_that_was_not_read_takes_a_few_hundred_bytes_of_json(template: WorkbookTemplate) -> None:
    one, many = (render(unreadable(template, count), Path("报告.json")) for count in (100, 300))
    assert (len(many) - len(one)) / 200 < 1_000
    data = json.loads(many)
    jsonschema.validate(data, SCHEMA)
    assert (len(data["findings"]), len(data["workbooks"]), data["rules"]) == (300, 300, [])


def test_files_that_were_not_read_are_all_listed(template: WorkbookTemplate) -> None:
    report = unreadable(template, 300)
    [table] = docx.Document(io.BytesIO(render(report, Path("检查表.docx")))).tables
    assert [row.cells[1].text for row in table.rows[1:4]] == ["00000.xlsx", "00001.xlsx", "00002.xlsx"]
    assert len(table.rows) == 301
    sheet = load_workbook(io.BytesIO(render(report, Path("报告.xlsx"))))["问题清单"]
    assert sheet.max_row == 301
