"""A workbook saved again by another program is the same workbook: recognised, same values, no finding.

LibreOffice writes every part anew; openpyxl drops stored results and stands for programs that
cannot calculate. Neither is the unit's mistake: at most a remark says what happened to the file.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support.shared_files import ROOM

from xlbudget import Report, Submission, Unit, WorkbookTemplate, check, generate, read, read_roster
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.model import WorkbookReport
from xlbudget.workbook.layout import Layout

Convert = Callable[..., list[Path]]

NOT_CALCULATED = "文件中没有保存计算结果（未用 Excel 或 WPS 计算过），以重新计算的数值为准。"


def loaded(path: Path) -> openpyxl.Workbook:
    """Return the workbook with its formulas; openpyxl warns of what it will not keep."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path)


def amounts(submission: Submission, template: WorkbookTemplate) -> list[tuple[int, str, str, Decimal]]:
    """Return the exact amounts of all forms, recalculated from what was read."""
    return [
        (part.form, part.line, part.column, part.value)
        for part in form_values(Evidence(template, submission))
    ]


def checked_as_the_same(path: Path, original: Path, template: WorkbookTemplate) -> WorkbookReport:
    """Check a copy: the stamp, the entries and the form values are the original's, and nothing is wrong."""
    ours, theirs = read(original, template), read(path, template)
    assert (theirs.unit, theirs.template_id, theirs.digest) == (ours.unit, ours.template_id, ours.digest)
    assert theirs.capacity == ours.capacity
    assert theirs.entries == ours.entries
    assert amounts(theirs, template) == amounts(ours, template)
    [workbook] = check(path, template).workbooks
    assert [finding.message for finding in workbook.findings] == []
    return workbook


# ---------------------------------------------------------------- LibreOffice


@pytest.mark.slow
@pytest.mark.returned(22, "用 LibreOffice 打开后另存")
def test_the_real_budget_saved_by_libreoffice_is_the_same_workbook(
    template: WorkbookTemplate,
    reference_workbook: Path,
    resaved_reference: Path,
    tell: Callable[[Report], None],
) -> None:
    tell(check(resaved_reference, template))
    assert checked_as_the_same(resaved_reference, reference_workbook, template).remarks == ()


@pytest.mark.slow
def test_workbooks_of_all_kinds_of_units_saved_by_libreoffice_are_the_same(
    template: WorkbookTemplate, department_workbooks: list[Path], resaved_department: list[Path]
) -> None:
    """Units with fund revenue, unit funds, carry-over to next year: every form is in use somewhere."""
    for copy, original in zip(resaved_department, department_workbooks, strict=True):
        assert checked_as_the_same(copy, original, template).remarks == ()


@pytest.mark.slow
def test_saving_twice_by_libreoffice_changes_no_more_than_once(
    template: WorkbookTemplate,
    reference_workbook: Path,
    resaved_reference: Path,
    libreoffice: Convert,
    tmp_path: Path,
) -> None:
    [twice] = libreoffice([resaved_reference], tmp_path)
    assert checked_as_the_same(twice, reference_workbook, template).remarks == ()


# -------------------------------------------------------------- typed by hand


def typed(workbook: Path, entries: Path, template: WorkbookTemplate, target: Path) -> Path:
    """Type the CSV ledgers into an issued workbook as a person would: codes as text, amounts as numbers."""
    book, layout = loaded(workbook), Layout(template)
    for name, table in (("ledger_basic", "基本支出"), ("ledger_projects", "项目支出"), ("revenue", "收入")):
        entry = template.entry(table)
        with (entries / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for at, row in enumerate(rows):
            for heading, text in row.items():
                column = next(column for column in entry.columns if heading in column.csv)
                if column.entry and text:
                    place = layout.position(table, at, column.key)
                    cell = book[entry.sheet].cell(place[0] + 1, place[1] + 1)
                    assert not cell.protection.locked
                    cell.value = float(text) if heading.endswith("_yuan") else text
    book.save(target)
    return target


@pytest.fixture(scope="module")
def typed_workbook(
    template: WorkbookTemplate, demo_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The real budget typed through openpyxl into the workbook that the unit was sent."""
    folder = tmp_path_factory.mktemp("typed")
    unit = read_roster(demo_data / "reference_unit.csv", template).units[0]
    assert unit == Unit("243001", "山西省公安厅交通管理局", "行政", "山西省公安厅交通管理局")
    issued = generate(template, folder, unit, capacity=ROOM)
    return typed(issued, demo_data / "reference", template, folder / "typed.xlsx")


def test_entries_typed_through_openpyxl_give_the_same_forms(
    template: WorkbookTemplate, reference_workbook: Path, typed_workbook: Path
) -> None:
    """A zero typed into an amount is read as the amount 0; the forms are the same as without it."""
    ours, theirs = read(reference_workbook, template), read(typed_workbook, template)
    assert theirs.unit == ours.unit
    assert amounts(theirs, template) == amounts(ours, template)
    [workbook] = check(typed_workbook, template).workbooks
    assert [finding.message for finding in workbook.findings] == []
    assert workbook.remarks == (NOT_CALCULATED,)


@pytest.mark.slow
def test_entries_typed_and_calculated_by_libreoffice_need_no_remark(
    template: WorkbookTemplate, typed_workbook: Path, libreoffice: Convert, tmp_path: Path
) -> None:
    [calculated] = libreoffice([typed_workbook], tmp_path)
    assert checked_as_the_same(calculated, typed_workbook, template).remarks == ()


def test_every_entry_typed_over_with_itself_is_the_same_workbook(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    book, layout = loaded(reference_workbook), Layout(template)
    retyped = 0
    for entry in template.entries:
        for column in entry.columns:
            for row in range(layout.capacity[entry.id] if column.entry else 0):
                place = layout.position(entry.id, row, column.key)
                cell = book[entry.sheet].cell(place[0] + 1, place[1] + 1)
                if cell.value is not None:
                    value, cell.value = cell.value, None
                    cell.value = float(value) if isinstance(value, int) else value
                    retyped += 1
    ledgers = 4 + 28 * 3 + 24 * 3 + 2 + 19 + 14 + 2  # facts, ledger rows, 三公, amounts, revenue
    document = 28 * 2 + 2 + 2 + 8  # texts, procurement, assets, last year's figures that are not nil
    performance = 3 * 15 + 10 * 10 + 10 * 6  # targets; indicators with a number and without
    assert retyped == ledgers + document + performance
    book.save(tmp_path / "retyped.xlsx")
    workbook = checked_as_the_same(tmp_path / "retyped.xlsx", reference_workbook, template)
    assert workbook.remarks == (NOT_CALCULATED,)


# ------------------------------------------------- sheets moved and renamed


def test_sheets_in_another_order_are_the_same_workbook(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    book = loaded(reference_workbook)
    for sheet in list(book):
        book.move_sheet(sheet, -2 * book.index(sheet))
    book.move_sheet("公开表5", 3)
    assert book.sheetnames != loaded(reference_workbook).sheetnames
    book.save(tmp_path / "moved.xlsx")
    workbook = checked_as_the_same(tmp_path / "moved.xlsx", reference_workbook, template)
    assert workbook.remarks == (NOT_CALCULATED,)


RENAMED = [
    ("公开表5", "一般公共预算支出"),
    ("录入2 项目支出", "项目's 2"),
    ("校验表", "核对"),
]


def renamed_as_excel_does(book: openpyxl.Workbook, old: str, new: str) -> None:
    """Rename a sheet with every formula and every defined name that mentions it."""
    mention = re.compile(re.escape(f"'{old}'!") + "|" + rf"(?<![\w.]){re.escape(old)}!")
    quoted = "'" + new.replace("'", "''") + "'!"
    book[old].title = new
    names = [*book.defined_names.values()]
    for sheet in book:
        names += sheet.defined_names.values()
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.value = mention.sub(lambda _: quoted, cell.value)
    for name in names:
        name.attr_text = mention.sub(lambda _: quoted, name.attr_text)


@pytest.mark.parametrize(("old", "new"), RENAMED, ids=["form", "entry sheet", "check sheet"])
def test_a_renamed_sheet_is_found_and_a_remark_says_so(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path, old: str, new: str
) -> None:
    """Excel and WPS carry a new name into every formula and defined name."""
    book = loaded(reference_workbook)
    renamed_as_excel_does(book, old, new)
    book.save(tmp_path / "renamed.xlsx")
    workbook = checked_as_the_same(tmp_path / "renamed.xlsx", reference_workbook, template)
    assert workbook.remarks == (NOT_CALCULATED, f"工作表“{old}”被改名为“{new}”，已按原表读取。")


@pytest.mark.parametrize(("old", "new"), RENAMED, ids=["form", "entry sheet", "check sheet"])
def test_a_sheet_renamed_by_a_program_that_leaves_the_formulas_alone_is_found(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path, old: str, new: str
) -> None:
    """openpyxl changes the name on the tab only: formulas and defined names keep the old one."""
    book = loaded(reference_workbook)
    book[old].title = new
    book.save(tmp_path / "renamed.xlsx")
    workbook = checked_as_the_same(tmp_path / "renamed.xlsx", reference_workbook, template)
    assert workbook.remarks == (NOT_CALCULATED, f"工作表“{old}”被改名为“{new}”，已按原表读取。")
