"""More workbooks on which our recalculation, the whole engine and LibreOffice must show the same.

The real budget, three kinds of units, and a department with every source of money and names that
look like numbers, formulas, errors and markup: no formula cell may differ.
"""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_engines_agree import ECONOMIC, FUNCTIONS, differences

from xlbudget import Unit, WorkbookTemplate, check, fill, generate, load_template, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.model import CellValue, EntryRow
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import unit_rows, workbook_bytes

DEPARTMENT = Unit("HZ", "示范厅（汇总）", "部门汇总", "")
UNITS = [
    ("101", "示范厅机关", "行政"),
    ("102", "示范厅执法监督局", "参公"),
    ("103", "示范厅信息中心", "事业"),
]
ROOM = {"基本支出": 8, "项目支出": 12, "年终结转": 2, "收入科目": 3, "单位名册": 3}
ROOM |= {"F2": 14, "F3": 14, "F5": 14, "F6": 12, "F7": 2, "F8": 6, "F9收入": 2, "F9支出": 6}
ROOM |= {"上年项目": 3, "内部往来": 3, "绩效目标": 3}
NAMES = [
    "12",
    "1e3",
    "=1+1",
    "TRUE",
    "#1 锅炉房改造",
    "30%",
    "“甲”与\"乙\"、'丙'",
    "<b>&amp;</b>",
    "第一行\n第二行",
    "@SUM(1)",
    "专用设备购置",
    "专用设备购置",
]
SOURCES = ["一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金"]


def row(at: int, texts: Mapping[str, str], **amounts: str) -> EntryRow:
    values: dict[str, CellValue] = {key: Decimal(text) for key, text in amounts.items()}
    return EntryRow(at, {**texts, **values})


def basic(at: int, unit: str, function: str, economic: str, **amounts: str) -> EntryRow:
    return row(at, {"单位编码": unit, "功能科目": function, "经济科目": economic}, **amounts)


def department_entries() -> dict[str, Sequence[EntryRow]]:
    """Return what three units spend: the same codes in all of them, each source of money somewhere."""
    projects = []
    for at, name in enumerate(NAMES):
        texts = {
            "单位编码": UNITS[at % 3][0],
            "项目编码": f"P{at // 3}",  # the same project codes in every unit
            "项目名称": name,
            "功能科目": ["2040202", "2040220", "2080501"][at % 3],
        }
        if at == 3:
            texts["三公项目"] = "公务用车购置费"
        spent = {f"本年{SOURCES[at % 5]}": f"{10_000 * at + 1}.0{at % 10}"}
        projects.append(row(at, texts, **spent, **{f"结转{SOURCES[(at + 1) % 5]}": "333.33"}))
    return {
        "单位名册": [
            row(at, {"所属单位编码": code, "所属单位名称": name, "所属单位性质": kind})
            for at, (code, name, kind) in enumerate(UNITS)
        ],
        "基本支出": [
            basic(0, "101", "2040201", "30101", 本年一般公共预算="3463100.55"),
            basic(1, "101", "2040201", "30201", 本年一般公共预算="0.01", 结转一般公共预算="5"),
            basic(2, "102", "2040201", "30101", 本年一般公共预算="1000000.10"),
            basic(3, "102", "2040201", "30217", 本年政府性基金预算="60000"),
            basic(4, "103", "2101101", "30101", 本年一般公共预算="999999.99", 本年单位资金="7.01"),
            basic(6, "103", "2040201", "30201", 本年一般公共预算="123.45", 本年国有资本经营预算="8"),
            basic(7, "103", "2080501", "30302", 本年财政专户管理资金="88888888.88"),
        ],
        "项目支出": projects,
        "收入": [
            row(at, {}, 本年收入=f"{1234567 * (at + 1)}.89", 上年结转=f"{at}.5") for at in range(len(SOURCES))
        ],
        "年终结转": [
            row(0, {"单位编码": "102", "功能科目": "2040202"}, 本年一般公共预算="9", 结转单位资金="1")
        ],
        "收入科目": [
            row(0, {"单位编码": "101", "收入科目": "1030148"}, 本年收入="20"),
            row(1, {"单位编码": "102", "收入科目": "1030601"}, 本年收入="30.3"),
            row(2, {"单位编码": "103", "收入科目": "1030148"}, 本年收入="4"),
        ],
    }


@pytest.fixture
def short_template(template: WorkbookTemplate, tmp_path: Path) -> WorkbookTemplate:
    """The real template with short code lists: the whole engine takes minutes for the long ones."""
    folder = tmp_path / "short" / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo"))
    kept = {
        "functional_classification.csv": FUNCTIONS,
        "department_economic.csv": ECONOMIC,
        "department_to_government_economic.csv": ECONOMIC,
    }
    for name, codes in kept.items():
        path = folder / "catalogues" / name
        with path.open(encoding="utf-8", newline="") as stream:
            heading, *rows = csv.reader(stream)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([heading, *(part for part in rows if part[0] in codes)])
    return load_template(folder)


def whole_engine(path: Path) -> Callable[[str, str], Any]:
    """Return the value of every cell as the engine calculates the file on its own."""
    import formulas
    import schedula

    with (
        warnings.catch_warnings(),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    cells = {str(key).upper(): part.value[0, 0] for key, part in solution.items() if hasattr(part, "ranges")}

    def value(sheet: str, address: str) -> Any:
        found = cells[f"'[{path.name}]{sheet}'!{address}".upper()]
        if found is schedula.EMPTY:
            return None
        return found.item() if hasattr(found, "item") else found

    return value


def stored(path: Path) -> Callable[[str, str], Any]:
    """Return the value of every cell as a file stores it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True)
    return lambda sheet, address: book[sheet][address].value


@pytest.mark.slow
def test_a_department_of_awkward_names_is_the_same_in_both_engines(
    short_template: WorkbookTemplate, libreoffice: Callable[..., list[Path]], tmp_path: Path
) -> None:
    entries = department_entries()
    path = tmp_path / "department.xlsx"
    path.write_bytes(workbook_bytes(short_template, DEPARTMENT, entries, capacity=ROOM, department=True))
    plan = plan_of(short_template, ROOM)
    ours = plan.evaluate({**entries, "填报单位": unit_rows(plan, DEPARTMENT)})
    assert len(plan.blueprint.formulas) > 2000
    assert differences(plan, ours, stored(path)) == []
    assert differences(plan, ours, whole_engine(path)) == []
    [calculated] = libreoffice([path], tmp_path / "calculated")
    assert differences(plan, ours, stored(calculated)) == []


@pytest.mark.slow
def test_every_formula_of_real_and_demonstration_budgets_is_the_same_in_libreoffice(
    template: WorkbookTemplate,
    reference_workbook: Path,
    department_workbooks: list[Path],
    resaved_reference: Path,
    resaved_department: list[Path],
) -> None:
    """Between them the four workbooks fill every form but form 9 (none of them has state capital)."""
    files = [reference_workbook, *department_workbooks]
    used: set[int] = set()
    for path, calculated in zip(files, [resaved_reference, *resaved_department], strict=True):
        evidence = Evidence(template, read(path, template))
        used |= {part.form for part in form_values(evidence)}
        assert differences(evidence.plan, evidence.values, stored(calculated)) == [], path.name
    assert used >= {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13}


def test_project_names_of_any_kind_are_printed_as_typed(template: WorkbookTemplate, tmp_path: Path) -> None:
    """A name that looks like a number, a formula or an error is a text in the form that lists it."""
    folder = tmp_path / "entries"
    folder.mkdir()
    with (folder / "ledger_projects.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["project_code", "project_name", "functional_code", "current_year_general_yuan"])
        writer.writerows([f"P{at}", name, "2040202", "100"] for at, name in enumerate(NAMES))
    (folder / "revenue.csv").write_text(
        f"source,current_year_yuan\n一般公共预算,{100 * len(NAMES)}\n", encoding="utf-8"
    )
    issued = generate(template, tmp_path, Unit("243001", "测试单位", "行政"), capacity={"项目支出": 12})
    filled = fill(issued, folder, tmp_path / "filled.xlsx", template=template)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(filled, data_only=True)["公开表12"]
    printed = [sheet.cell(8 + at, 1) for at in range(len(NAMES))]
    assert [cell.value for cell in printed] == NAMES
    assert {cell.data_type for cell in printed} == {"s"}
    assert [finding.rule for finding in check(filled, template).findings] == ["wrong_money"]
