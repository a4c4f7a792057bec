"""Reports of very many files: what they have in common is written once, and memory stays flat."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import docx
import jsonschema
import pytest
from openpyxl import load_workbook

from xlbudget import WorkbookTemplate
from xlbudget.checking.one_file import refused
from xlbudget.checking.whole_report import report_of
from xlbudget.model import Report
from xlbudget.reports import render
from xlbudget.reports.json_schema import SCHEMA

MANY = 10_000
MEGABYTES = 400

MEASURED = """
import sys
from pathlib import Path
from support.memory_of_process import peak_memory
from test_many_files import unreadable
from xlbudget import load_template, write_report
report = unreadable(load_template("shanxi_provincial/2023"), int(sys.argv[1]))
write_report(report, Path(sys.argv[2]))
print(peak_memory())
"""


def unreadable(template: WorkbookTemplate, count: int) -> Report:
    """The report of a run over files that are no workbooks."""
    names = (f"{number:05d}.xlsx" for number in range(count))
    parts = (refused(Path("/报送") / name, f"文件“{name}”不是工作簿。请重新报送。") for name in names)
    return report_of(template, parts)


@pytest.mark.parametrize("suffix", ["json", "html", "xlsx", "docx"])
def test_ten_thousand_unreadable_files_take_little_memory(tmp_path: Path, suffix: str) -> None:
    """In a process of its own, whose peak is measured."""
    target = tmp_path / f"报告.{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(MANY), str(target)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "XLBUDGET_CACHE": "off"},
    )
    assert float(done.stdout) < MEGABYTES
    assert target.stat().st_size < 20_000_000


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
