"""The department summary: the sum of its units, cell by cell, and nothing joined that must not be."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from support import builders
from support.builders import BASIC, PROJECTS

from xlbudget import (
    ConsolidationRefused,
    DepartmentSummary,
    InputError,
    Roster,
    Unit,
    WorkbookTemplate,
    check,
    consolidate,
    fill,
)
from xlbudget.files.xlsx import read_workbook
from xlbudget.model import ColumnKind, Panel
from xlbudget.returns.stamps import find_stamp
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.master import unit_workbook

QUANTUM = Decimal("0.000001")
UNITS = ("101", "102", "103")


@pytest.fixture(scope="session")
def summary(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("summary") / "部门汇总.xlsx"
    consolidate(department_workbooks, path, template=template)
    return path


@pytest.fixture(scope="session")
def joined(template: WorkbookTemplate, summary: Path) -> pd.DataFrame:
    return form_cells(template, [summary])


@pytest.fixture(scope="session")
def single(template: WorkbookTemplate, department_workbooks: list[Path]) -> pd.DataFrame:
    return form_cells(template, department_workbooks)


def opened(path: Path, *, values: bool) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, data_only=values, read_only=True)


def form_cells(template: WorkbookTemplate, files: Sequence[Path]) -> pd.DataFrame:
    """Every amount that the forms of some workbooks store: file, form, column, key of the line, value.

    Read by openpyxl; a line is known by the panel's key column, a fixed line by its position.
    """
    records: list[dict[str, object]] = []
    for path in files:
        book = opened(path, values=True)
        stamp = find_stamp(read_workbook(path, sheets=lambda name: name == "_xlbudget"))
        assert stamp is not None
        layout = plan_of(template, stamp.capacity).layout
        for form, panel in template.panels:
            placed = layout.tables[panel.id]
            rows = book[form.sheet].iter_rows(
                min_row=placed.first_row + 1, max_row=placed.first_row + placed.rows, values_only=True
            )
            for at, row in enumerate(rows):
                records += records_of(path.name, panel, placed.columns, at, layout.line_of(panel.id, at), row)
        book.close()
    return pd.DataFrame(records)


def records_of(
    file: str, panel: Panel, places: dict[str, int], at: int, fixed: str, row: Sequence[object]
) -> Iterator[dict[str, object]]:
    """The amounts of one line; the level of a line tells units from projects in forms 12 and 13."""
    if any(line.numbering and line.key == fixed for line in panel.lines):
        return
    key = fixed or (row[places[panel.key]] if panel.key else "")
    kind = row[places[panel.level]] if panel.level in places else ""
    for column in panel.columns:
        value = row[places[column.key]]
        if column.kind is ColumnKind.AMOUNT and isinstance(value, int | float) and value != 0:
            amount = (Decimal(repr(float(value))) / QUANTUM).to_integral_value() * QUANTUM
            yield {
                "file": file,
                "panel": panel.id,
                "column": column.key,
                "kind": kind if panel.id in {"F12", "F13"} else "",
                "line": key,
                "value": amount,
            }


def sums(cells: pd.DataFrame) -> pd.Series:
    return cells.groupby(["panel", "column", "kind", "line"])["value"].agg(lambda part: sum(part, Decimal(0)))


# ── What the summary is ──────────────────────────────────────────────────────────────────────────


def test_every_form_cell_is_the_sum_of_the_units_cells(joined: pd.DataFrame, single: pd.DataFrame) -> None:
    unit_lines = (joined["panel"] == "F12") & (joined["kind"] == "单位")  # units' own workbooks have none
    expected, found = sums(single), sums(joined[~unit_lines])
    assert found.to_dict() == expected.to_dict()
    assert len(found) > 300
    assert set(found.index.get_level_values("panel")) >= {f"F{number}" for number in (2, 3, 5, 6, 7, 8, 10)}


def test_every_project_of_every_unit_has_its_line(joined: pd.DataFrame) -> None:
    projects = joined[(joined["panel"] == "F12") & (joined["kind"] == "项目") & (joined["column"] == "合计")]
    assert list(projects["line"]) == [f"{unit}/XM00{at}" for unit in UNITS for at in (1, 2, 3)]


def test_units_have_lines_of_their_own(joined: pd.DataFrame) -> None:
    lines = joined[(joined["column"] == "合计") & ~joined["line"].isin(["合计行", "部门合计"])]

    def amounts(panel: str, kind: str) -> dict[str, Decimal]:
        found = lines[(lines["panel"] == panel) & (lines["kind"] == kind)]
        return dict(zip(found["line"], found["value"], strict=True))

    assert amounts("F12", "单位") == {"101": Decimal(339), "102": Decimal(310), "103": Decimal(698)}
    assert amounts("F13", "单位") == {"101": Decimal(48), "102": Decimal("35.6"), "103": Decimal("71.5")}
    # 事业 units have no 机关运行经费
    assert amounts("F11", "") == {"101": Decimal("235.1544"), "102": Decimal("49.35")}


def test_a_project_on_two_codes_is_one_line_and_counts_once(joined: pd.DataFrame) -> None:
    lines = joined[(joined["panel"] == "F12") & (joined["line"] == "103/XM003")].set_index("column")
    assert dict(lines["value"]) == {
        "合计": Decimal(280),
        "一般公共预算": Decimal(250),
        "单位资金": Decimal(30),
    }


def test_the_summary_passes_its_own_check(template: WorkbookTemplate, summary: Path) -> None:
    report = check(summary, template)
    assert builders.rows_of(report) == []
    assert report.workbooks[0].department
    assert report.workbooks[0].unit == Unit("HZ", "示范厅", "部门汇总")


def test_the_summary_is_live_and_traceable(summary: Path, template: WorkbookTemplate) -> None:
    book = opened(summary, values=False)
    for form in template.forms:
        kinds = {cell.data_type for row in book[form.sheet].iter_rows() for cell in row}
        assert "f" in kinds, form.sheet
    ledger = [
        [str(value) for value in row[:4]]
        for row in book[PROJECTS].iter_rows(min_row=6, values_only=True)
        if row[1] is not None
    ]
    assert [(unit, code) for _, unit, code, _ in ledger] == [
        *(("101", f"XM00{at}") for at in (1, 2, 3)),
        *(("102", f"XM00{at}") for at in (1, 2, 3)),
        *(("103", f"XM00{at}") for at in (1, 2, 3, 3)),
    ]
    units = [row[1:4] for row in book["单位名册"].iter_rows(min_row=5, max_row=7, values_only=True)]
    assert units == [
        ("101", "示范厅机关", "行政"),
        ("102", "示范厅执法监督局", "参公"),
        ("103", "示范厅信息中心", "事业"),
    ]
    assert book["单位名册"].sheet_state == "visible"
    book.close()


def test_the_order_of_the_files_does_not_matter(
    template: WorkbookTemplate, department_workbooks: list[Path], summary: Path, tmp_path: Path
) -> None:
    other = tmp_path / "另一个.xlsx"
    before = [path.read_bytes() for path in department_workbooks]
    result = consolidate(reversed(department_workbooks), other, template=template)
    assert isinstance(result, DepartmentSummary)
    assert [unit.code for unit in result.units] == list(UNITS)
    assert other.read_bytes() == summary.read_bytes()
    assert [path.read_bytes() for path in department_workbooks] == before


def test_a_figure_changed_in_the_summary_is_found(
    template: WorkbookTemplate, summary: Path, tmp_path: Path
) -> None:
    workbook = builders.typed(summary.read_bytes(), "公开表2", {"D6": 1.0})
    [row] = builders.rows_of(check(builders.returned(tmp_path, "汇总.xlsx", workbook), template))
    assert row[:5] == ("changed_formula", "blocking", "公开表2", "D6", Decimal(1))


# ── What is not joined ───────────────────────────────────────────────────────────────────────────


def refused(
    files: Sequence[Path], tmp_path: Path, template: WorkbookTemplate, **options: object
) -> list[str]:
    """The reasons for which files are not joined; nothing is written then."""
    output = tmp_path / "汇总" / "部门汇总.xlsx"
    with pytest.raises(ConsolidationRefused) as refusal:
        consolidate(files, output, template=template, **options)  # type: ignore[arg-type]
    assert not output.parent.exists()
    assert str(refusal.value) == "\n".join(refusal.value.reasons)
    return list(refusal.value.reasons)


def spoilt(source: Path, tmp_path: Path, sheet: str, cells: dict[str, float | str | None]) -> Path:
    return builders.returned(tmp_path / "改", source.name, builders.typed(source.read_bytes(), sheet, cells))


def test_a_unit_with_a_blocking_finding_is_named(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    bad = spoilt(department_workbooks[2], tmp_path, BASIC, {"H6": "九十八万"})
    [reason] = refused([*department_workbooks[:2], bad], tmp_path, template)
    assert reason.startswith(
        "“103 示范厅信息中心”（103_示范厅信息中心.xlsx）有 1 个不予接收的问题，例如："
        "2023年基本支出录入表 · 第 1 行 · 本年一般公共预算（录入1 基本支出!H6）：“九十八万”无法认作金额"
    )


def test_findings_to_be_explained_pass_only_when_allowed(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    odd = builders.returned(
        tmp_path / "改", "101.xlsx", builders.with_macros(department_workbooks[0].read_bytes())
    )
    assert refused([odd], tmp_path, template) == [
        "“101 示范厅机关”（101.xlsx）有待说明的问题；说明认可后可用 --allow explain 汇总。"
    ]
    consolidate([odd], tmp_path / "s.xlsx", template=template, allow=["explain"])
    assert "xl/vbaProject.bin" not in builders.unpacked((tmp_path / "s.xlsx").read_bytes())


def test_a_workbook_without_amounts_is_not_joined_in_silence(
    template: WorkbookTemplate, roster: Roster, department_workbooks: list[Path], tmp_path: Path
) -> None:
    empty = tmp_path / "103.xlsx"
    empty.write_bytes(unit_workbook(template, roster.units[2]))
    files = [*department_workbooks[:2], empty]
    assert refused(files, tmp_path, template) == [
        "“103 示范厅信息中心”（103.xlsx）是空表，没有填任何金额；"
        "单位书面确认是零报告后可用 --allow explain 汇总，收件文件夹中的用 xlbudget decide 确认。"
    ]
    joined = consolidate(files, tmp_path / "s.xlsx", template=template, allow=["explain"])
    assert [unit.code for unit in joined.units] == ["101", "102", "103"]
    assert joined.gaps == ("空表，未确认是否零报告：103 示范厅信息中心",)


def test_the_same_file_twice_counts_once(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    twin = Path(shutil.copy(department_workbooks[0], tmp_path / "101_又一份.xlsx"))
    report = check([*department_workbooks, twin], template)
    assert report.findings == () and len(report.workbooks) == len(department_workbooks)
    [remark] = report.skipped
    assert remark == f"101_又一份.xlsx：与“{department_workbooks[0].name}”内容完全相同，只审核一份"
    once = consolidate(department_workbooks, tmp_path / "一.xlsx", template=template)
    twice = consolidate([*department_workbooks, twin], tmp_path / "二.xlsx", template=template)
    assert [unit.code for unit in twice.units] == [unit.code for unit in once.units]
    assert twice.workbook() == once.workbook()


def test_two_returns_of_one_unit_are_refused(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    once = Path(shutil.copy(department_workbooks[0], tmp_path))
    twice = tmp_path / "101_又一个.xlsx"
    twice.write_bytes(builders.other_bytes(once.read_bytes()))
    assert refused([once, twice], tmp_path, template) == [
        "单位“101 示范厅机关”报送了 2 个文件：“101_又一个.xlsx”、“101_示范厅机关.xlsx”。"
        "请确定以哪个为准，移走其余的。"
    ]


def test_every_file_that_must_not_be_joined_is_named(
    template: WorkbookTemplate, department_workbooks: list[Path], summary: Path, tmp_path: Path
) -> None:
    """Another version, no workbook: each with its own reason; and a unit that a summary has too."""
    other = builders.with_stamp(
        department_workbooks[1].read_bytes(), lambda stamp: stamp.replace(template.digest, "f" * 64)
    )
    files = [
        department_workbooks[0],
        builders.returned(tmp_path, "甲 别的版本.xlsx", other),
        builders.returned(tmp_path, "乙 不是.xlsx", b"no workbook"),
    ]
    reasons = refused(files, tmp_path, template)
    assert [reason.partition("有 ")[0] for reason in reasons] == [
        "“102 示范厅执法监督局”（甲 别的版本.xlsx）",
        "“乙 不是.xlsx”",
    ]
    assert "另一版本" in reasons[0]
    twice = [department_workbooks[0], Path(shutil.copy(summary, tmp_path / "丙 汇总.xlsx"))]
    assert refused(twice, tmp_path, template) == [
        f"单位“101 示范厅机关”既在“{department_workbooks[0].name}”里，又在“丙 汇总.xlsx”里；请去掉一个。"
    ]


def test_a_blank_workbook_is_named_by_its_file(template: WorkbookTemplate, tmp_path: Path) -> None:
    [blank] = (template.folder / "blank").glob("*.xlsx")
    [reason] = refused([Path(shutil.copy(blank, tmp_path / "空白.xlsx"))], tmp_path, template)
    assert reason.startswith("“空白.xlsx”有 3 个不予接收的问题")


def test_units_that_filled_in_the_blank_workbook_are_known_by_their_cover(
    template: WorkbookTemplate, demo_data: Path, roster: Roster, tmp_path: Path
) -> None:
    [blank] = (template.folder / "blank").glob("*.xlsx")
    unit = roster.units[0]
    facts: dict[str, float | str | None] = {
        "C9": unit.code,
        "C10": unit.name,
        "C11": unit.kind,
        "C12": unit.superior,
    }
    named = builders.returned(tmp_path, "101.xlsx", builders.typed(blank.read_bytes(), "封面", facts))
    filled = fill(named, demo_data / "department" / "101", tmp_path / "填报.xlsx", template=template)
    report = check(filled, template, roster=roster)
    assert builders.rows_of(report) == []
    assert report.workbooks[0].unit == unit
    assert [missing.code for missing in report.missing] == ["102", "103"]


def test_workbooks_of_two_years_are_not_joined(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    old = builders.with_stamp(
        department_workbooks[1].read_bytes(),
        lambda stamp: stamp.replace('"year": 2023', '"year": 2022').replace(template.digest, "e" * 64),
    )
    files = [department_workbooks[0], builders.returned(tmp_path, "102.xlsx", old)]
    [reason] = refused(files, tmp_path, template)
    assert "是 2022 年度的模板，本次为 2023 年度" in reason


def test_units_missing_from_the_returns_are_refused_and_named_when_allowed(
    template: WorkbookTemplate, department_workbooks: list[Path], roster: Roster, tmp_path: Path
) -> None:
    one = department_workbooks[:1]
    assert refused(one, tmp_path, template, roster=roster) == [
        "还有 2 个单位没有报送：102 示范厅执法监督局、103 示范厅信息中心；可用 --allow missing 先行汇总。"
    ]
    output = tmp_path / "s.xlsx"
    result = consolidate(one, output, template=template, roster=roster, allow=["missing"])
    assert result.gaps == ("未报送：102 示范厅执法监督局", "未报送：103 示范厅信息中心")
    assert [unit.code for unit in result.units] == ["101"]


def test_an_allowance_that_does_not_exist_is_refused(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"--allow 只能是 .*refused，不能是“blocking”"):
        consolidate(department_workbooks, tmp_path / "s.xlsx", template=template, allow=["blocking"])


def test_the_summary_is_never_written_over_one_of_its_inputs(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    copies = [Path(shutil.copy(path, tmp_path)) for path in department_workbooks]
    before = [path.read_bytes() for path in copies]
    for target in (copies[0], tmp_path / "." / "x" / ".." / copies[0].name):
        with pytest.raises(InputError, match="就是输入文件"):
            consolidate(tmp_path, target, template=template)
    assert [path.read_bytes() for path in copies] == before
