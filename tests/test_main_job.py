"""The main job on the real budget and a small department: generate, fill, check, consolidate."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from support import builders

from xlbudget import (
    ConsolidationRefused,
    Report,
    Roster,
    Unit,
    WorkbookTemplate,
    check,
    consolidate,
    generate,
    read,
)
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.files.patched_cells import overwrite_cells


def opened(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path)


def findings(report: Report) -> list[tuple[object, ...]]:
    return [
        (part.rule, part.severity.value, part.place.sheet, part.place.address, part.stored, part.expected)
        for part in report.findings
    ]


def spoiled(source: Path, target: Path, cells: dict[str, dict[str, float | str | None]]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(overwrite_cells(source.read_bytes(), cells))
    return target


# ------------------------------------------------------------ spoiled copies


def test_a_number_as_text_is_one_finding_at_its_cell(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    path = spoiled(reference_workbook, tmp_path / "a.xlsx", {"录入2 项目支出": {"H6": "3,000,000 "}})
    assert findings(check(path, template)) == [
        ("text_amount", "blocking", "录入2 项目支出", "H6", "3,000,000 ", Decimal(3000000))
    ]


def test_a_formula_overwritten_with_10000_yuan_more_names_both_values(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    path = spoiled(reference_workbook, tmp_path / "b.xlsx", {"公开表5": {"D6": 2195.0698}})
    [finding] = check(path, template).findings
    assert (finding.rule, finding.place.sheet, finding.place.address) == ("changed_formula", "公开表5", "D6")
    assert (finding.stored, finding.expected, finding.difference) == (
        Decimal("2195.0698"),
        Decimal("2194.0698"),
        Decimal(1),
    )
    assert finding.money == "万元"
    assert "合计 · 基本支出" in finding.message


def test_a_total_typed_by_hand_is_found_at_the_total(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    path = spoiled(reference_workbook, tmp_path / "c.xlsx", {"公开表1": {"D36": 10657.0}})
    assert findings(check(path, template)) == [
        ("changed_formula", "blocking", "公开表1", "D36", Decimal(10657), Decimal("10656.7998"))
    ]


def test_last_years_template_is_one_intake_finding_and_nothing_else_runs(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    folder = tmp_path / "templates" / "shanxi_provincial" / "2022"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo"))
    text = (folder / "template.toml").read_text(encoding="utf-8")
    (folder / "template.toml").write_text(text.replace("year = 2023", "year = 2022"), encoding="utf-8")
    old = generate(
        "shanxi_provincial/2022", tmp_path, Unit("101", "甲", "行政"), templates=tmp_path / "templates"
    )
    report = check(old, template)
    assert [(part.rule, part.stored, part.expected) for part in report.findings] == [
        ("wrong_template", "2022", "2023")
    ]
    assert report.workbooks[0].outcomes == ()


def test_another_units_file_is_named(
    template: WorkbookTemplate, department_workbooks: list[Path], roster: Roster, tmp_path: Path
) -> None:
    wrong = tmp_path / "101_示范厅机关.xlsx"
    shutil.copyfile(department_workbooks[1], wrong)
    report = check(wrong, template, roster=roster)
    assert [(part.rule, part.unit, part.stored, part.expected) for part in report.findings] == [
        ("misnamed_file", "102", "101", "102")
    ]
    assert [unit.code for unit in report.missing] == ["101", "103"]


def test_a_cover_typed_over_with_another_unit_is_named(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    path = spoiled(department_workbooks[0], tmp_path / "x.xlsx", {"封面": {"C9": "102"}})
    [finding] = [part for part in check(path, template).findings if part.severity == "blocking"]
    assert (finding.rule, finding.place.address, finding.stored, finding.expected) == (
        "wrong_unit",
        "C9",
        "102",
        "101",
    )


def test_checking_changes_no_file(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(reference_workbook, tmp_path))
    before = hashlib.sha256(copy.read_bytes()).hexdigest()
    check(copy, template)
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == before
    assert list(tmp_path.iterdir()) == [copy]


# ------------------------------------------------------------- the department


def keyed_amounts(path: Path, template: WorkbookTemplate) -> dict[tuple[str, str, str], Decimal]:
    """Form amounts by (panel, column, key of the line); lines without key by their fixed name."""
    evidence = Evidence(template, read(path, template))
    found: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    panels = {panel.id: panel for _, panel in template.panels}
    for part in form_values(evidence):
        panel = panels[part.cell.table]
        key = evidence.layout.line_of(panel.id, part.cell.row)
        if not key and panel.key:
            cell = type(part.cell)(panel.id, part.cell.row, panel.key)
            key = str(evidence.recalculated(cell))
        found[panel.id, part.column, key] += part.value
    return found


def test_each_cell_of_the_summary_is_the_sum_of_the_units_cells(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    summary = tmp_path / "summary.xlsx"
    consolidate(reversed(department_workbooks), summary, template=template)
    series = [pd.Series(keyed_amounts(path, template), dtype=object) for path in department_workbooks]
    expected = pd.concat(series).groupby(level=[0, 1, 2]).agg(lambda part: sum(part, Decimal(0)))
    joined = keyed_amounts(summary, template)
    unit_lines = {
        key: value for key, value in joined.items() if key[0] == "F12" and key[2] in {"101", "102", "103"}
    }
    assert {key: value for key, value in joined.items() if key not in unit_lines} == dict(expected)
    by_unit = {key[2]: value for key, value in unit_lines.items() if key[1] == "合计"}
    assert by_unit == {"101": Decimal(339), "102": Decimal(310), "103": Decimal(698)}
    assert findings(check(summary, template)) == []
    formulas = [
        cell for row in opened(summary)["公开表2"].iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert len(formulas) > 1000


def test_a_unit_with_a_blocking_finding_is_refused_by_name_and_nothing_is_written(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    bad = spoiled(department_workbooks[2], tmp_path / "103.xlsx", {"录入1 基本支出": {"H6": "九十八万"}})
    with pytest.raises(ConsolidationRefused, match=r"“103 示范厅信息中心”（103\.xlsx）有 1 个不予接收的问题"):
        consolidate([*department_workbooks[:2], bad], tmp_path / "summary.xlsx", template=template)
    assert not (tmp_path / "summary.xlsx").exists()


def test_two_returns_of_one_unit_are_refused(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    twice = tmp_path / "again.xlsx"
    twice.write_bytes(builders.other_bytes(department_workbooks[0].read_bytes()))
    with pytest.raises(ConsolidationRefused, match="单位“101 示范厅机关”报送了 2 个文件"):
        consolidate([*department_workbooks, twice], tmp_path / "summary.xlsx", template=template)


def test_a_missing_unit_is_refused_unless_allowed_and_then_named(
    template: WorkbookTemplate, department_workbooks: list[Path], roster: Roster, tmp_path: Path
) -> None:
    two = department_workbooks[:2]
    with pytest.raises(ConsolidationRefused, match="还有 1 个单位没有报送：103 示范厅信息中心"):
        consolidate(two, tmp_path / "s.xlsx", template=template, roster=roster)
    summary = consolidate(two, tmp_path / "s.xlsx", template=template, roster=roster, allow=["missing"])
    assert summary.gaps == ("未报送：103 示范厅信息中心",)
