"""Workbooks of values as other systems lay them out: recognised by their words, never guessed.

Each case takes the published workbook, changes its layout and asks for the same amounts, or for the
exact complaint.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from support import budgets
from support.published import published_workbook
from test_engines_agree_cases import DEPARTMENT, ROOM, UNITS, department_entries

from xlbudget import Roster, Unit, WorkbookTemplate
from xlbudget.checking.published.checking import report_published
from xlbudget.model import Cell, ColumnKind, EntryRow, RuleStatus
from xlbudget.returns.published.precision import Printed, decimals, usual_decimals
from xlbudget.returns.published.reading import read_published
from xlbudget.returns.published.texts import labels, money_in, title_of, unit_in
from xlbudget.returns.published.workbooks import PublishedWorkbook
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan

Edit = Callable[[openpyxl.Workbook], None]
Read = Callable[[Edit], PublishedWorkbook]


@pytest.fixture
def edited(template: WorkbookTemplate, tmp_path: Path) -> Read:
    """Read the published workbook after an edit."""

    def read(edit: Edit) -> PublishedWorkbook:
        book = openpyxl.load_workbook(io.BytesIO(published_workbook()))
        edit(book)
        path = tmp_path / "改.xlsx"
        book.save(path)
        return read_published(path, template)

    return read


@pytest.fixture(scope="module")
def reference(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> PublishedWorkbook:
    path = tmp_path_factory.mktemp("published") / "导出.xlsx"
    path.write_bytes(published_workbook())
    return read_published(path, template)


def values(workbook: PublishedWorkbook) -> dict[Cell, Decimal]:
    return {cell: shown.value for cell, shown in workbook.amounts.items()}


def complaints(workbook: PublishedWorkbook) -> list[tuple[str, str, str]]:
    return [(part.place.sheet, part.place.address, part.reason) for part in workbook.unrecognised]


def moved(sheet: Worksheet, rows: int, columns: int) -> None:
    """Move everything down and to the right, merged cells too."""
    merges = [str(part) for part in sheet.merged_cells.ranges]
    for part in merges:
        sheet.unmerge_cells(part)
    area = f"A1:{openpyxl.utils.get_column_letter(sheet.max_column)}{sheet.max_row}"
    sheet.move_range(area, rows, columns)


# --------------------------------------------------------------- recognised


def test_position_merges_and_blank_rows_do_not_matter(edited: Read, reference: PublishedWorkbook) -> None:
    """All sheets pushed to other cells, merges gone (a group's heading stays in its first cell)."""

    def edit(book: openpyxl.Workbook) -> None:
        for at, sheet in enumerate(book.worksheets):
            moved(sheet, 3 + at, 2)
        book["Z02 收入"].insert_rows(20, 2)

    workbook = edited(edit)
    assert values(workbook) == values(reference)
    assert complaints(workbook) == []


def test_full_width_characters_spaces_and_missing_numbering_do_not_matter(
    edited: Read, reference: PublishedWorkbook
) -> None:
    wide = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}

    def edit(book: openpyxl.Workbook) -> None:
        for row in book["Z01"].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and "、" in cell.value:
                    cell.value = " " + cell.value.partition("、")[2].replace("支出", "支 出") + "\u00a0"
        for row in book["Sheet3"].iter_rows(min_row=6):
            row[1].value = str(row[1].value or "").translate(wide) or None
        book["Sheet10"]["A1"] = '2023年 一般公共预算"三公"经费支出预算表'

    workbook = edited(edit)
    assert values(workbook) == values(reference)
    assert complaints(workbook) == []


def test_columns_are_found_by_their_headings_in_any_order_and_others_are_left_alone(
    edited: Read, reference: PublishedWorkbook
) -> None:
    """Form 3 with 项目支出 before 基本支出 and a column of remarks between code and name."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["Sheet3"]
        merges = [str(part) for part in sheet.merged_cells.ranges]
        for part in merges:
            sheet.unmerge_cells(part)
        for row in range(5, 30):
            basic, projects = sheet.cell(row, 5), sheet.cell(row, 6)
            basic.value, projects.value = projects.value, basic.value
        sheet.move_range("C4:F30", 0, 1)
        sheet["C5"] = "备注"
        sheet["C9"] = 12345

    workbook = edited(edit)
    assert values(workbook) == values(reference)


def test_a_form_without_title_is_known_by_headings_that_no_other_form_has(
    edited: Read, reference: PublishedWorkbook
) -> None:
    """Form 2's headings are its own; forms 3 and 5 have the same, and are not guessed."""

    def edit(book: openpyxl.Workbook) -> None:
        book["Z02 收入"]["A1"] = None
        book["Sheet3"]["B1"] = None

    workbook = edited(edit)
    assert values(workbook).keys() == {cell for cell in values(reference) if cell.table != "F3"}
    [(sheet, _, reason)] = complaints(workbook)
    assert sheet == "Sheet3"
    assert reason == (
        "没有标题，栏目与“2023年预算支出总表”、“2023年一般公共预算支出预算表（不含上年结转）”、"
        "“2023年政府性基金预算支出表（不含上年结转）”都相同"
    )
    assert workbook.unread["F3", "合计"] == "没有找到“2023年预算支出总表”"


def test_a_list_of_contents_and_extra_sheets_are_no_forms(edited: Read, reference: PublishedWorkbook) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        contents = book.create_sheet("目录", 0)
        for row, form in enumerate(("2023年预算收支总表", "2023年预算收入总表", "2023年预算支出总表"), 1):
            contents.cell(row, 1, form)
            contents.cell(row, 2, row)
        book.create_sheet("说明")["A1"] = "本表由系统导出"

    workbook = edited(edit)
    assert values(workbook) == values(reference)
    assert complaints(workbook) == []


def test_zero_lines_left_out_are_blank_but_a_missing_total_is_not_known(
    edited: Read, reference: PublishedWorkbook
) -> None:
    """Form 1 lists only the classes with money; form 10 has lost its total."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["Z01"]
        for row in range(sheet.max_row, 5, -1):
            if not any(isinstance(cell.value, float) for cell in sheet[row]):
                sheet.delete_rows(row)
        for row in book["Sheet10"].iter_rows(min_row=5):
            if row[0].value == "合计":
                book["Sheet10"].delete_rows(row[0].row)
                break

    workbook = edited(edit)
    assert {cell for cell in values(reference) if cell not in values(workbook)} == {
        cell for cell in values(reference) if cell.table == "F10" and workbook.line_name(cell) == "合计"
    }
    report = report_published(workbook)
    assert [(one.rule, one.place.line) for one in report.findings] == [("missing_total", "合计")]
    outcomes = {one.rule: one for one in report.outcomes}
    assert outcomes["F1-03"].status is RuleStatus.PASSED
    assert (outcomes["F10-02"].status, outcomes["F10-02"].reason) == (
        RuleStatus.NOT_RUN,
        "4 处的金额没有读到",
    )


def department(template: WorkbookTemplate) -> tuple[Plan, budgets.Printed]:
    """Return the forms of a department of three units, projects in the order of the units."""
    entries = dict(department_entries())
    projects = sorted(entries["项目支出"], key=lambda row: str(row.values["单位编码"]))
    entries["项目支出"] = [EntryRow(at, row.values) for at, row in enumerate(projects)]
    plan = plan_of(template, ROOM | {"F8": 12, "F9支出": 12, "F2": 20, "F3": 20, "F5": 20})
    return plan, budgets.rounded(budgets.printed(plan, entries, DEPARTMENT))


@pytest.mark.parametrize("listed", [True, False])
def test_units_among_the_projects_are_known_by_the_roster_and_not_guessed_without(
    template: WorkbookTemplate, tmp_path: Path, listed: bool
) -> None:
    """Form 11 names two of three units (the third, a 事业单位, has no operating expenses)."""
    plan, cells = department(template)
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(budgets.values_only(plan, cells, unit=DEPARTMENT))
    roster = Roster(tuple(Unit(*unit) for unit in UNITS)) if listed else None
    workbook = read_published(path, template, roster)
    assert workbook.unit.name == "示范厅（汇总）"
    outcomes = {one.rule: one for one in report_published(workbook).outcomes}
    levels = {cell: workbook.value(cell) for cell in cells if cell[::2] == ("F12", "行类")}
    if listed:
        assert levels == {cell: cells[cell] for cell in levels}
        assert {outcomes[rule].status for rule in ("F12-01", "F12-02", "F13-01", "F13-02")} == {
            RuleStatus.PASSED
        }
        return
    assert {outcomes[rule].reason for rule in ("F12-01", "F12-02", "F13-01", "F13-02")} == {
        "列有下属单位的行，不知道哪些行是单位；用 --roster 给出单位名册后可以核对"
    }
    assert outcomes["F12-03"].status is RuleStatus.PASSED


# ------------------------------------------------------------- not recognised


def test_a_title_of_last_year_over_this_years_amounts_is_a_slip_and_last_years_amounts_are_left_out(
    edited: Read,
) -> None:
    """The other forms tell which of the two it is."""

    def edit(book: openpyxl.Workbook) -> None:
        book["Z02 收入"]["A1"] = "2022年预算收入总表"

    def older(book: openpyxl.Workbook) -> None:
        edit(book)
        for row in book["Z02 收入"].iter_rows(min_row=5):
            for cell in row:
                if isinstance(cell.value, float):
                    cell.value = round(cell.value * 0.93, 2)

    slip, whole = (report_published(edited(way)) for way in (edit, older))
    assert [(one.rule, one.expected) for one in slip.findings] == [("title_year", "2023")]
    assert [(one.rule, "没有核对" in one.message) for one in whole.findings] == [("title_year", True)]


def test_the_second_copy_of_a_form_is_not_read(edited: Read, reference: PublishedWorkbook) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book.copy_worksheet(book["Z01"]).title = "Z01 旧"

    workbook = edited(edit)
    assert values(workbook) == values(reference)
    assert complaints(workbook) == [("Z01 旧", "A1", "“2023年预算收支总表”已在工作表“Z01”读过，这一份没有读")]


def test_a_missing_column_keeps_its_rules_from_running(edited: Read) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Z02 收入"]["I4"] = "其他"

    workbook = edited(edit)
    assert workbook.unread == {("F2", "上年结转"): "“2023年预算收入总表”没有“上年结转”栏"}
    report = report_published(workbook)
    assert [(one.rule, one.place.form, one.place.column) for one in report.findings] == [
        ("missing_form", "2023年预算收入总表", "上年结转")
    ]
    reasons = {one.rule: one.reason for one in report.outcomes if one.status is RuleStatus.NOT_RUN}
    assert reasons["X-02"] == "“2023年预算收入总表”没有“上年结转”栏"
    assert "F2-R" not in reasons


def test_money_that_no_caption_states_is_said(edited: Read, reference: PublishedWorkbook) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            for row in sheet.iter_rows(max_row=12):
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("金额单位"):
                        cell.value = None

    workbook = edited(edit)
    assert values(workbook) == values(reference)
    assert len([remark for remark in workbook.remarks if "没有写明金额单位，按万元读取" in remark]) == 13


# ---------------------------------------------------------------- round trip


def test_values_written_as_a_workbook_of_values_come_back_equal(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Every amount, and of every line the code, level and code above that rules go by."""
    plan = budgets.plan(template)
    unprinted = {"F11": {"单位编码"}, "F12": {"键", "上级"}, "F13": {"键", "上级"}}  # codes on no form
    path = tmp_path / "数值.xlsx"

    @settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(seed=st.integers(0, 10**6), places=st.sampled_from([None, 2, 0]), as_text=st.booleans())
    def come_back_equal(seed: int, places: int | None, as_text: bool) -> None:
        cells = budgets.printed(plan, budgets.random_entries(random.Random(seed), template))
        if places is not None:
            cells = budgets.rounded(cells, places)
        path.write_bytes(budgets.values_only(plan, cells, as_text=as_text))
        workbook = read_published(path, template)
        amounts = {cell: value for cell, value in cells.items() if isinstance(value, Decimal)}
        assert values(workbook) == amounts
        assert complaints(workbook) == []
        texts = {
            cell: value
            for cell, value in cells.items()
            if isinstance(value, str)
            and cell.column not in unprinted.get(cell.table, ())
            and (column := plan.layout.column(cell.table, cell.column))
            and column.kind is not ColumnKind.AMOUNT  # rows that count the columns
        }
        assert len(texts) > 200
        assert {cell: workbook.value(cell) for cell in texts} == texts

    come_back_equal()


# ---------------------------------------------------------------- single words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年预算收支总表", ("#预算收支总表", 2023)),
        (" ２０２２年度 预算收支总表（续） ", ("#预算收支总表", 2022)),
        ("预算收支总表 续表", ("预算收支总表", None)),
    ],
)
def test_titles(text: str, expected: tuple[str, int | None]) -> None:
    assert title_of(text) == expected


@pytest.mark.parametrize(
    ("text", "money", "unit"),
    [
        ("单位：万元", "万元", None),
        ("金额单位:（元）", "元", None),
        ("单位名称：某某局 单位：万元", "万元", "某某局"),
        ("编制单位：某某局", "", "某某局"),
        ("部门名称：", "", ""),
        ("单位名称", "", None),
        ("预算单位编码", "", None),
    ],
)
def test_captions(text: str, money: str, unit: str | None) -> None:
    assert (money_in(text), unit_in(text)) == (money, unit)


def test_labels_with_and_without_numbering() -> None:
    assert labels("一、一般公共预算") == ("一一般公共预算", "一般公共预算")
    assert labels("①公务用车购置费") == ("1公务用车购置费", "公务用车购置费")
    assert labels("（二）其他") == ("二其他", "其他")
    assert labels("一般公共预算") == ("一般公共预算",)


# ------------------------------------------------------------------ precision


def amounts(*texts: str, shown: int | None = None) -> list[Printed]:
    return [Printed(Decimal(text), max(0, -Decimal(text).as_tuple().exponent), shown) for text in texts]  # type: ignore[operator]


def test_plain_numbers_have_lost_their_zeros_and_take_the_usual_decimals() -> None:
    rounded = amounts("108", "6673.43", "90.5")
    assert usual_decimals(rounded, 2) == 2
    assert [decimals(part, 2) for part in rounded] == [2, 2, 2]


def test_a_number_with_more_decimals_is_known_that_much_better_and_no_other_is() -> None:
    outlier = amounts("108", "6673.43", "90.5", "1092.0012")
    assert usual_decimals(outlier, 2) == 2
    assert [decimals(part, 2) for part in outlier] == [2, 2, 2, 4]


def test_exact_quotients_are_known_to_their_last_decimal() -> None:
    exact = amounts("6673.4298", "0.000001", "3983.37", "1.25")
    assert usual_decimals(exact[:2], 2) == 6
    assert usual_decimals(exact, 2) == 2  # half of them say nothing about the others


def test_formats_and_texts_show_their_zeros() -> None:
    assert usual_decimals(amounts("108", "300", shown=2), 2) == 2
    assert usual_decimals(amounts("108", "300"), 2) == 0
    [text] = amounts("108", shown=0)
    assert decimals(text, 2) == 0
    [padded] = amounts("108.25", shown=6)
    assert decimals(padded, 2) == 2
