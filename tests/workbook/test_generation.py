"""What a generated workbook is: reproducible, locked where it must be, open where units type."""

from __future__ import annotations

import csv
import re
import warnings
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from xlbudget import InputError, Unit, fill, generate, load_template
from xlbudget.files.xlsx import read_workbook
from xlbudget.model import WorkbookTemplate
from xlbudget.returns.stamps import find_stamp
from xlbudget.workbook.sheets.writing import workbook_bytes

UNIT = Unit("101", "示范厅机关", "行政", "示范厅")
ALLOWED = {"SUM", "SUMIFS", "COUNTIF", "IF", "AND", "OR", "ABS", "IFERROR", "INDEX", "MATCH"}


@pytest.fixture(scope="module")
def shanxi() -> WorkbookTemplate:
    return load_template("shanxi_provincial/2023")


@pytest.fixture(scope="module")
def issued(shanxi: WorkbookTemplate) -> bytes:
    return workbook_bytes(shanxi, UNIT)


@pytest.fixture(scope="module")
def book(issued: bytes) -> openpyxl.Workbook:
    return opened(issued)


def opened(content: bytes, *, values: bool = False) -> openpyxl.Workbook:
    """Open with openpyxl, which warns that it cannot keep computed print areas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Print area cannot be set to Defined name")
        return openpyxl.load_workbook(BytesIO(content), data_only=values)


def test_the_blank_workbook_in_the_repository_is_what_generate_writes_today(
    shanxi: WorkbookTemplate, tmp_path: Path
) -> None:
    kept = sorted((shanxi.folder / "blank").glob("*.xlsx"))
    written = generate(shanxi, tmp_path)
    assert [path.name for path in kept] == [written.name]
    assert kept[0].read_bytes() == written.read_bytes()


def test_the_same_input_gives_the_same_bytes(shanxi: WorkbookTemplate, issued: bytes) -> None:
    assert workbook_bytes(shanxi, UNIT) == issued


def test_a_workbook_is_named_by_unit_code_and_name(shanxi: WorkbookTemplate, tmp_path: Path) -> None:
    unit = Unit("../9", "某/单位\u202e" + "名" * 300, "事业")
    path = generate(shanxi, tmp_path, unit)
    assert path.parent == tmp_path
    assert path.name.startswith("9_某_单位_名名")
    assert len(path.name.encode()) < 256


def test_every_sheet_of_the_template_is_there_in_order(
    shanxi: WorkbookTemplate, book: openpyxl.Workbook
) -> None:
    forms = [form.sheet for form in shanxi.forms]
    assert forms == [f"公开表{number}" for number in range(1, 14)]
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert visible[:3] == ["封面", "目录", "填表说明"]
    assert visible[3:9] == [
        "录入1 基本支出",
        "录入2 项目支出",
        "录入3 收入",
        "录入4 年终结转",
        "录入5 收入科目",
        "录入6 情况说明",
    ]
    assert visible[9:13] == ["录入7 文字说明", "录入8 政府采购", "录入9 资产", "录入10 上年数"]
    assert visible[13:16] == ["录入11 绩效目标", "录入12 绩效指标", "录入13 内部往来"]
    assert visible[16:31] == [*forms, "结构图", "校验表"]
    assert visible[31:33] == ["名词解释", "政府购买服务目录"]
    assert book["_xlbudget"].sheet_state == "veryHidden"


def test_forms_are_locked_without_password_and_hold_formulas_only(book: openpyxl.Workbook) -> None:
    for number in range(1, 14):
        sheet = book[f"公开表{number}"]
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        unlocked = [
            cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
        ]
        assert unlocked == []
        numbers = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float | int)]
        shown = [cell for cell in numbers if not sheet.column_dimensions[cell.column_letter].hidden]
        assert [cell.coordinate for cell in shown if not _hidden(sheet, cell.column)] == []


def _hidden(sheet: object, column: int) -> bool:
    """Column groups share one dimension in openpyxl; look it up by its span."""
    dimensions = sheet.column_dimensions.values()  # type: ignore[attr-defined]
    return any(part.hidden and part.min <= column <= part.max for part in dimensions)


def test_ledgers_have_room_for_three_hundred_rows_that_units_may_type_in(book: openpyxl.Workbook) -> None:
    for name in ("录入1 基本支出", "录入2 项目支出"):
        sheet = book[name]
        rows = {cell.row for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
        assert len(rows) == 300
        assert sheet.protection.sheet


def test_capacity_is_a_parameter(shanxi: WorkbookTemplate) -> None:
    small = opened(workbook_bytes(shanxi, UNIT, capacity={"项目支出": 7}))
    sheet = small["录入2 项目支出"]
    rows = {cell.row for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert len(rows) == 7
    with pytest.raises(InputError, match="没有名为“项目支持”的可变行表，无法设定行数；最接近的是“项目支出”"):
        workbook_bytes(shanxi, UNIT, capacity={"项目支持": 7})


def test_amounts_are_validated_and_codes_have_drop_downs(
    shanxi: WorkbookTemplate, book: openpyxl.Workbook
) -> None:
    validations = book["录入2 项目支出"].data_validations.dataValidation
    kinds = {validation.type for validation in validations}
    assert kinds == {"decimal", "list", None}
    amounts = [validation for validation in validations if validation.type == "decimal"]
    assert len(amounts) == 10
    assert all("不小于 0 的数字" in validation.error for validation in amounts)
    lists = [validation.formula1 for validation in validations if validation.type == "list"]
    assert len(lists) == 3  # functional codes, 三公, procurement
    codes = book["_选项"]
    columns = [[cell.value for cell in column if cell.value] for column in codes.iter_cols()]
    with (shanxi.folder / "catalogues" / "functional_classification.csv").open(encoding="utf-8") as stream:
        leaves = [row["code"] for row in csv.DictReader(stream) if row["level"] == "项"]
    assert leaves in columns


def test_formulas_use_only_functions_on_which_all_engines_agree(book: openpyxl.Workbook) -> None:
    """Labels of a chart are no part of what is recalculated: engines differ in TEXT."""
    functions = set()
    count = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" and (sheet.title, cell.column) != ("结构图", 8):
                    count += 1
                    text = re.sub(r'"[^"]*"|\'[^\']*\'', "", str(cell.value))
                    functions |= set(re.findall(r"([A-Z][A-Z0-9.]*)\(", text))
    assert functions == ALLOWED
    assert count > 30_000


def test_the_stamp_is_kept_in_a_sheet_a_name_and_a_property(
    shanxi: WorkbookTemplate, issued: bytes, book: openpyxl.Workbook
) -> None:
    raw = read_workbook(issued)
    stamp = find_stamp(raw)
    assert stamp is not None
    assert (stamp.template_id, stamp.year, stamp.unit) == (shanxi.id, 2023, UNIT)
    assert stamp.digest == shanxi.digest
    assert raw.defined_names["xlbudget_stamp"] == "'_xlbudget'!$A$1"
    assert "".join(str(part.value) for part in book.custom_doc_props.props) == stamp.text()


def test_print_set_up_is_a4_with_repeated_headings_on_every_form(book: openpyxl.Workbook) -> None:
    for number in range(1, 14):
        sheet = book[f"公开表{number}"]
        assert str(sheet.page_setup.paperSize) == "9"
        assert (sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
        assert sheet.print_title_rows is not None
        assert sheet.print_title_rows.startswith("$1:$")


def test_entry_sheets_print_on_one_page_across_or_begin_a_page_where_a_heading_begins(
    shanxi: WorkbookTemplate, book: openpyxl.Workbook
) -> None:
    over_several = {}
    for entry in shanxi.entries:
        sheet = book[entry.sheet]
        breaks = [found.id for found in sheet.col_breaks.brk]
        if not breaks:
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.page_setup.fitToWidth in (None, 1)
            continue
        groups = [column.heading[0] for column in entry.columns]
        assert all(groups[at - 1] != groups[at] for at in breaks)
        over_several[entry.sheet] = [groups[at] for at in breaks]
        assert sheet.print_title_cols == "$A:$C"  # row number, unit (hidden) and project
    assert over_several == {"录入11 绩效目标": ["年度资金（元）", "立项依据", "项目实施计划"]}


def test_a_filled_row_is_as_high_as_its_longest_text(
    shanxi: WorkbookTemplate, issued: bytes, tmp_path: Path
) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "unit_texts.csv").write_text(
        f"item,text\n单位职责,{'职' * 10}\n单位职责,{'责' * 150}\n", encoding="utf-8"
    )
    (tmp_path / "issued.xlsx").write_bytes(issued)
    filled = fill(tmp_path / "issued.xlsx", tmp_path / "entries", tmp_path / "filled.xlsx", template=shanxi)
    entry = shanxi.entry("文字说明")
    width = next(column.width for column in entry.columns if column.key == "内容")
    sheet = opened(filled.read_bytes())[entry.sheet]
    texts = {row: cell.value for (cell,) in sheet.iter_rows(min_col=4, max_col=4) if (row := cell.row) > 4}
    short = next(row for row, text in texts.items() if text == "职" * 10)
    assert sheet.row_dimensions[short].height is None  # as high as every row
    assert sheet.row_dimensions[short + 1].height == 15 * -(-300 // (width - 1))  # 300 digits wide


def test_contents_link_to_every_visible_sheet(book: openpyxl.Workbook) -> None:
    sheet = book["目录"]
    targets = {cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    visible = {part.title for part in book.worksheets if part.sheet_state == "visible"} - {"封面", "目录"}
    assert {target.split("!")[0].strip("'") for target in targets} == visible


def test_the_blank_workbook_asks_for_the_unit_and_says_that_nothing_is_filled_in(
    shanxi: WorkbookTemplate,
) -> None:
    blank = opened(workbook_bytes(shanxi), values=True)["封面"]
    texts = {cell.value: cell for row in blank.iter_rows() for cell in row if cell.value}
    assert "尚未填报" in texts
    code = blank.cell(texts["单位编码"].row, texts["单位编码"].column + 1)
    assert code.value is None
    assert not code.protection.locked
