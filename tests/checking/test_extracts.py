"""The extract of a finding shows what the file shows around its cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS

from xlbudget import check
from xlbudget.model import Extract, Finding, WorkbookTemplate


@pytest.fixture(scope="module")
def findings(
    department_workbooks: list[Path], template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Finding]:
    """A form's total typed over and an amount as text, in the second demonstration unit's workbook."""
    data = builders.stored_as(
        department_workbooks[1].read_bytes(), "公开表5", "D6", kind="n", value="1234.567"
    )
    data = builders.stored_as(data, PROJECTS, "K7", kind="str", value="=1+1 " + "长" * 40)
    path = builders.returned(tmp_path_factory.mktemp("extracts"), "102.xlsx", builders.with_macros(data))
    return {finding.rule: finding for finding in check(path, template).findings}


def test_a_form_cell_stands_among_its_neighbours_as_the_file_shows_them(findings: dict[str, Finding]) -> None:
    assert findings["changed_formula"].extract == Extract(
        columns=(("A", "科目编码"), ("B", "科目名称"), ("C", "合计"), ("D", "基本支出"), ("E", "项目支出")),
        rows=(
            (6, ("合计", "", "841.28", "1,234.57", "160.00")),
            (7, ("201", "一般公共服务支出", "680.44", "520.44", "160.00")),
        ),
        row=0,
        column=3,
    )


def test_a_ledger_cell_stands_beside_what_names_its_row_and_long_texts_are_cut(
    findings: dict[str, Finding],
) -> None:
    extract = findings["unreadable_amount"].extract
    assert extract is not None
    assert [letters for letters, _ in extract.columns] == ["C", "D", "I", "J", "K", "L", "M"]
    assert extract.columns[:2] == (("C", "项目编码"), ("D", "项目名称"))
    assert (extract.rows[extract.row][0], extract.columns[extract.column][0]) == (7, "K")
    assert extract.rows[extract.row][1][extract.column] == "=1+1 " + "长" * 18 + "…"
    assert [number for number, _ in extract.rows] == [6, 7, 8]


def test_a_finding_about_the_whole_file_has_none(findings: dict[str, Finding]) -> None:
    assert findings["active_content"].extract is None
