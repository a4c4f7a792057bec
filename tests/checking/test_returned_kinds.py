"""The kinds of what comes back that take more than a cell typed over: rows, columns, dialects, twins.

As in ``test_returned``: every case names the exact findings. The table of all kinds is in docs/.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders, dialects, table
from support.builders import PROJECTS, REVENUE
from support.whole_actions import with_column

from xlbudget import Report, WorkbookTemplate, read
from xlbudget.files.xlsx import read_workbook
from xlbudget.model import StoredCell, Trouble
from xlbudget.returns.entry_values import read_code

Judge = Callable[..., Report]
HERE = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


@pytest.fixture(scope="session")
def projects(reference_workbook: Path) -> dict[str, str]:
    """What stands in the ledger of projects, by address; amounts in H (this year) and N (carried over)."""
    raw = read_workbook(reference_workbook, sheets=lambda name: name == PROJECTS)
    cells = next(sheet.cells for sheet in raw.sheets if sheet.name == PROJECTS)
    letters = {3: "C", 4: "D", 5: "E", 7: "G", 8: "H", 14: "N"}
    return {
        f"{letters[column]}{row}": cell.text
        for (row, column), cell in cells.items()
        if 6 <= row <= 29 and column in letters and cell.text
    }


def moved(projects: dict[str, str], columns: str, rows: dict[int, int]) -> dict[str, float | str | None]:
    """Say what to type so that the cells of some rows stand in other rows."""
    typed: dict[str, float | str | None] = {}
    for source in rows:
        typed |= {f"{column}{source}": None for column in columns if f"{column}{source}" in projects}
    for source, target in rows.items():
        for column in columns:
            text = projects.get(f"{column}{source}")
            if text is not None:
                typed[f"{column}{target}"] = float(text) if column in "HN" else text
            elif f"{column}{target}" in projects:
                typed[f"{column}{target}"] = None
    return typed


# ── Codes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (StoredCell("n", "101"), "0101"),
        (StoredCell("n", "101.0"), "0101"),
        (StoredCell("s", "101"), "0101"),
        (StoredCell("s", "０１０１"), "0101"),
    ],
)
def test_a_leading_zero_is_restored_where_the_list_knows_only_one_such_code(
    stored: StoredCell, code: str
) -> None:
    assert read_code(stored, {"0101", "0102"}) == (code, Trouble.MALFORMED_CODE)


def test_a_leading_zero_is_not_invented() -> None:
    assert read_code(StoredCell("s", "101"), {"101", "0101"}) == ("101", None)


@pytest.mark.returned(4, "录入2 四行功能科目改成了 01、02、03、04")
def test_a_block_of_codes_renumbered_is_one_finding(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {f"E{row}": f"0{row - 5}" for row in range(6, 10)}))
    assert builders.rows_of(report) == [("unknown_code", "blocking", PROJECTS, "E6", "01", None, None)]
    assert "“01”不在代码表中，往下到 E9 共 4 格逐格加一，疑是拖动填充" in report.findings[0].message


@pytest.mark.returned(4, "录入2 功能科目名称一格填了旧名称，与编码不一致")
def test_an_old_name_typed_over_the_name_that_the_code_has_is_found(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {"F6": "其他公安支出（旧）"}))
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", PROJECTS, "F6", "其他公安支出（旧）", "执法办案", None)
    ]


# ── Rows and columns ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.returned(6, "录入2 删去第 8 行")
def test_a_row_deleted_from_a_ledger_is_told_beside_what_its_amount_leaves_open(
    reference: bytes, judged: Judge
) -> None:
    """All other rows are read; revenue is 346 万元 more than what is left."""
    report = judged(builders.row_deleted(reference, PROJECTS, 8))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("moved_cells", "blocking", PROJECTS, "A8"),
        ("E-01", "blocking", REVENUE, "B5"),
    ]
    assert report.findings[1].difference == Decimal(346)


@pytest.mark.returned(6, "录入2 各行重新排序（整行对调），重新计算过")
def test_rows_in_another_order_are_the_same_budget(
    template: WorkbookTemplate, reference: bytes, projects: dict[str, str], judged: Judge
) -> None:
    swapped = moved(projects, "CDEGHN", {6: 7, 7: 6})
    assert (
        builders.rows_of(
            judged(builders.recalculated(builders.typed(reference, PROJECTS, swapped), template))
        )
        == []
    )


@pytest.mark.returned(6, "录入2 一列金额整段往下错了一行")
def test_amounts_pasted_one_line_off_are_found_where_they_stand_without_a_code(
    template: WorkbookTemplate, reference: bytes, projects: dict[str, str], judged: Judge
) -> None:
    shifted = moved(projects, "H", {row: row + 1 for row in range(6, 30)})
    report = judged(builders.recalculated(builders.typed(reference, PROJECTS, shifted), template))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("missing_entry", "blocking", PROJECTS, "C30"),
        # the formulas of the forms go by code: what stands without one is missing in them, not in the ledger
        ("E-01", "blocking", REVENUE, "B5"),
    ][: len(report.findings)]
    assert "疑 H7:H30 的金额整段往下错了 1 行，应在 H6:H29。" in report.findings[0].message


@pytest.mark.returned(7, "录入2 中间空出一行，空行下面的金额是文本")
def test_after_an_empty_row_findings_name_the_rows_as_they_are(
    template: WorkbookTemplate, reference: bytes, projects: dict[str, str], judged: Judge
) -> None:
    gap = moved(projects, "CDEGHN", {29: 31})
    workbook = builders.recalculated(builders.typed(reference, PROJECTS, gap), template)
    report = judged(builders.typed(workbook, PROJECTS, {"H31": "1830000"}))
    assert builders.rows_of(report) == [
        ("text_amount", "blocking", PROJECTS, "H31", "1830000", Decimal(1830000), None)
    ]
    assert "第 26 行" in report.findings[0].message


@pytest.mark.returned(7, "录入2 和公开表5 远处有零星字符（AZ2000、XFD3000）")
def test_stray_characters_far_away_are_nothing(reference: bytes, judged: Judge) -> None:
    workbook = builders.scribbled(reference, PROJECTS, 2000, "AZ2000", "草稿")
    assert builders.rows_of(judged(builders.scribbled(workbook, "公开表5", 3000, "XFD3000", "x"))) == []


@pytest.mark.returned(9, "带进来的隐藏名称和失效名称（#REF!、别的文件）")
def test_names_that_are_not_ours_are_ignored(reference: bytes, judged: Judge) -> None:
    names = (
        '<definedName name="旧表引用" hidden="1">#REF!$A$1</definedName>'
        '<definedName name="_外部">[1]Sheet1!$A$1</definedName></definedNames>'
    )
    workbook = builders.changed_part(
        reference, "xl/workbook.xml", lambda xml: xml.replace("</definedNames>", names)
    )
    assert builders.rows_of(judged(workbook)) == []


@pytest.mark.returned(10, "录入2 两格合并，使用区域拉到 XFD1048576")
def test_merged_cells_and_a_used_range_to_the_end_of_the_sheet_change_nothing(
    reference: bytes, judged: Judge
) -> None:
    def stretched(xml: str) -> str:
        xml = re.sub(r'<dimension ref="[^"]*"/>', '<dimension ref="A1:XFD1048576"/>', xml)
        xml = re.sub(r"<mergeCells[^>]*>", r'<mergeCells><mergeCell ref="T6:T7"/>', xml)
        last = '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        return xml.replace("</sheetData>", last)

    assert builders.rows_of(judged(builders.changed_sheet(reference, PROJECTS, stretched))) == []


@pytest.mark.returned(10, "录入2 隐藏了一列有金额的列")
def test_a_hidden_column_with_entries_is_a_note(reference: bytes, judged: Judge) -> None:
    assert builders.rows_of(judged(builders.hidden_column(reference, PROJECTS, 8))) == [
        ("hidden_entries", "note", PROJECTS, "H6", None, None, None)
    ]


def test_a_hidden_column_without_entries_is_nothing(reference: bytes, judged: Judge) -> None:
    assert builders.rows_of(judged(builders.hidden_column(reference, PROJECTS, 9))) == []


@pytest.mark.returned(10, "录入2 在 H 列前加了一列")
def test_a_column_inserted_into_a_ledger_is_a_note_while_all_results_follow(
    reference: bytes, judged: Judge
) -> None:
    """Every amount is read under its heading."""
    report = judged(with_column(reference, PROJECTS, 8))
    assert builders.rows_of(report) == [("moved_cells", "note", PROJECTS, "H5", None, None, None)]
    assert report.workbooks[0].verdict == "可接收"


def test_a_heading_that_is_only_worded_otherwise_moves_nothing(reference: bytes, judged: Judge) -> None:
    assert builders.rows_of(judged(builders.typed(reference, PROJECTS, {"H5": "一般公共预算（元）"}))) == []


# ── Calculation ──────────────────────────────────────────────────────────────────────────────────


def calculating(attributes: str) -> Callable[[str], str]:
    return lambda xml: re.sub(r"<calcPr [^>]*/>", f"<calcPr {attributes}/>", xml)


@pytest.mark.returned(13, "设为手动计算，公开表5 一格的结果没有更新")
def test_manual_calculation_is_found_by_what_it_left_behind(reference: bytes, judged: Judge) -> None:
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    manual = calculating('calcId="191029" calcMode="manual"')
    report = judged(builders.changed_part(workbook, "xl/workbook.xml", manual))
    ours = Decimal("2194.0698")
    assert builders.rows_of(report) == [
        ("stale_value", "explain", "公开表5", "D6", Decimal(2190), ours, Decimal(2190) - ours)
    ]


@pytest.mark.returned(13, "设为“以显示精度为准”")
def test_precision_as_displayed_is_a_remark(reference: bytes, judged: Judge) -> None:
    displayed = calculating('calcId="191029" fullPrecision="0"')
    report = judged(builders.changed_part(reference, "xl/workbook.xml", displayed))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == ("文件设为“以显示精度为准”，保存的数值可能已被舍入。",)


@pytest.mark.returned(13, "存盘的程序不会计算，每个公式的结果都是空文本")
@pytest.mark.parametrize("kind", [' t="str"', ""])
def test_a_workbook_of_empty_results_was_never_calculated(reference: bytes, judged: Judge, kind: str) -> None:
    """One remark, where thousands of results differ from ours."""
    parts = builders.unpacked(reference)
    for part in builders.sheet_parts(parts).values():
        parts[part] = re.sub(
            rb'(<c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="\w+")?>(<f>[^<]*</f>)(?:<v>[^<]*</v>)?</c>',
            rb"\g<1>%b>\g<2><v></v></c>" % kind.encode(),
            parts[part],
        )
    report = judged(builders.packed(parts))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == (
        "文件中没有保存计算结果（未用 Excel 或 WPS 计算过），以重新计算的数值为准。",
    )


@pytest.mark.returned(11, "带有旧宏模块那样没有内容的表")
def test_modules_and_other_sheets_without_cells_are_the_units_own(reference: bytes, judged: Judge) -> None:
    def listed(xml: str) -> str:
        return xml.replace("</sheets>", '<sheet name="Module1" sheetId="97" r:id=""/></sheets>')

    report = judged(builders.changed_part(reference, "xl/workbook.xml", listed))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == ("单位自加的工作表未读取：“Module1”。",)


def test_an_entry_sheet_that_is_no_worksheet_any_more_is_missing(reference: bytes, judged: Judge) -> None:
    """Not read as a sheet on which nothing is entered."""

    def emptied(xml: str) -> str:
        changed, count = re.subn(rf'(<sheet name="{PROJECTS}"[^>]*? r:id=")[^"]*"', r'\g<1>"', xml)
        assert count == 1
        return changed

    report = judged(builders.changed_part(reference, "xl/workbook.xml", emptied))
    assert ("moved_cells", "blocking", PROJECTS, "", None, None, None) in builders.rows_of(report)


@pytest.mark.returned(21, "同一格存有两个数（inlineStr 带 v 和 is），或用全角数字存数")
def test_a_cell_that_programs_read_differently_is_refused(reference: bytes, judged: Judge) -> None:
    workbook = builders.stored_as(reference, PROJECTS, "H8", kind="n", value="３４６００００")

    def twice(xml: str) -> str:
        return re.sub(
            r'<c r="H6"( s="\d+")?[^>]*><v>3000000(?:\.0)?</v></c>',
            r'<c r="H6"\g<1> t="inlineStr"><v>3000000</v><is><t>300</t></is></c>',
            xml,
        )

    report = judged(builders.changed_sheet(workbook, PROJECTS, twice))
    assert builders.rows_of(report) == [
        ("ambiguous_value", "blocking", PROJECTS, "H6", "3000000／300", None, None),
        ("ambiguous_value", "blocking", PROJECTS, "H8", "３４６００００", None, None),
    ]


# ── Amounts in the wrong money, totals, twins ────────────────────────────────────────────────────


@pytest.mark.returned(14, "录入3 一般公共预算收入按万元填（6673.4298）")
def test_an_entry_in_the_money_of_the_forms_says_so(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    report = judged(builders.recalculated(builders.typed(reference, REVENUE, {"B5": 6673.4298}), template))
    assert builders.rows_of(report) == [
        ("implausible_amount", "blocking", REVENUE, "B5", Decimal("6673.4298"), None, None)
    ]
    assert "疑按万元填写，合 66,734,298.00 元" in report.findings[0].message


@pytest.mark.returned(14, "录入3 一般公共预算收入按万元填，只到两位小数（6673.43）")
def test_a_rounded_entry_in_the_money_of_the_forms_is_told_by_its_factor(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    report = judged(builders.recalculated(builders.typed(reference, REVENUE, {"B5": 6673.43}), template))
    typed, right = Decimal("6673.43"), Decimal("66734298")
    assert builders.rows_of(report) == [("E-01", "blocking", REVENUE, "B5", typed, right, typed - right)]
    assert "疑把元写成万元（差 10,000 倍）" in report.findings[0].message


@pytest.mark.returned(14, "公开表5 一格填成了元（21940698）")
def test_a_form_cell_in_the_money_of_entries_names_the_factor(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, "公开表5", {"D6": 21940698.0}))
    ours, typed = Decimal("2194.0698"), Decimal(21940698)
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表5", "D6", typed, ours, typed - ours)
    ]
    assert "疑把万元写成元（差 10,000 倍）" in report.findings[0].message


@pytest.mark.returned(15, "公开表1 本年收入合计手工改为 6680")
def test_a_total_made_to_fit_by_hand_is_found_with_its_difference(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, "公开表1", {"B36": 6680.0}))
    ours, typed = Decimal("6673.4298"), Decimal(6680)
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表1", "B36", typed, ours, typed - ours)
    ]


@pytest.mark.returned(16, "录入5 收入科目改为 160 万元，录入3 的同一笔仍是 150 万元")
def test_a_twin_left_behind_is_one_finding_that_names_both_places(
    template: WorkbookTemplate, units: dict[str, bytes], judged: Judge
) -> None:
    workbook = builders.typed(units["102"], "录入5 收入科目", {"F6": 1600000.0})
    report = judged(builders.recalculated(workbook, template))
    assert builders.rows_of(report) == [
        ("F7-02", "blocking", "公开表7", "C6", Decimal(160), Decimal(150), Decimal(10))
    ]
    assert "录入5 收入科目" in report.findings[0].message
    assert "录入3 收入" in report.findings[0].message


@pytest.mark.returned(17, "没有金额的单元格填了 0")
def test_a_zero_for_nothing_is_nothing(template: WorkbookTemplate, reference: bytes, judged: Judge) -> None:
    workbook = builders.typed(reference, PROJECTS, {"H17": 0.0, "I6": 0.0})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == []


@pytest.mark.returned(17, "公开表7 是空表，“注：本表无数据”被删去")
def test_an_empty_form_whose_note_is_gone_is_found(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, "公开表7", {"B7": None}))
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表7", "B7", None, "注：本表无数据", None)
    ]


@pytest.mark.returned(18, "一个项目列两个功能科目，各一行，编码名称相同")
def test_one_project_over_two_functions_is_nothing(units: dict[str, bytes], judged: Judge) -> None:
    assert builders.rows_of(judged(units["103"])) == []


@pytest.mark.returned(19, "文件里另有一张别的单位的公开表1")
def test_another_units_form_in_the_file_is_listed_and_not_read(reference: bytes, judged: Judge) -> None:
    report = judged(builders.with_sheet(reference, "102 公开表1", {"A2": "2023年预算收支总表"}))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == ("单位自加的工作表未读取：“102 公开表1”。",)


@pytest.mark.returned(20, "一个项目的结转 18 万元填进了本年栏")
def test_carry_over_among_this_years_figures_is_named_on_both_sides(
    template: WorkbookTemplate, units: dict[str, bytes], judged: Judge
) -> None:
    workbook = builders.typed(units["103"], PROJECTS, {"L8": 480000.0, "R8": None})
    report = judged(builders.recalculated(workbook, template))
    assert builders.rows_of(report) == [
        ("E-01", "blocking", REVENUE, "B9", Decimal(120), Decimal(138), Decimal(-18))
    ]
    [finding] = report.findings
    assert (
        "现为 480,000.00 元，疑把另一栏的数并在这里（差额应在“录入2 项目支出!R8”），应为 300,000.00 元"
        in (finding.message)
    )
    assert "（E-02、F1-10" in finding.message


# ── Other programs, and what units add ───────────────────────────────────────────────────────────


@pytest.mark.returned(22, "WPS 保存：自己的名字空间，dimension 只写 A1")
def test_a_workbook_as_wps_writes_it_is_the_same(reference: bytes, judged: Judge) -> None:
    report = judged(dialects.wps(reference))
    assert (builders.rows_of(report), report.workbooks[0].remarks) == ([], ())


@pytest.mark.returned(22, "Excel 2010 保存：共享字符串、共享公式、行的 spans")
def test_a_workbook_as_excel_2010_writes_it_is_the_same(
    template: WorkbookTemplate, reference: bytes, reference_workbook: Path, judged: Judge, tmp_path: Path
) -> None:
    workbook = dialects.excel_2010(reference, PROJECTS, "F")
    report = judged(workbook)
    assert (builders.rows_of(report), report.workbooks[0].remarks) == ([], ())
    theirs = read(builders.returned(tmp_path, "2010.xlsx", workbook), template)
    assert theirs.entries == read(reference_workbook, template).entries


@pytest.mark.returned(22, "Numbers 保存：1904 日期，没有名称和文件属性")
def test_a_workbook_as_numbers_writes_it_is_the_same(reference: bytes, judged: Judge) -> None:
    report = judged(dialects.numbers(reference))
    assert (builders.rows_of(report), report.workbooks[0].remarks) == ([], ())


@pytest.mark.returned(23, "录入2 一格有批注，另有单位自己的草稿表")
def test_comments_and_own_sheets_are_left_alone(reference: bytes, judged: Judge) -> None:
    workbook = dialects.with_comment(reference, PROJECTS, "H6", "已与财务处核对")
    report = judged(builders.with_sheet(workbook, "草稿", {"A1": 1.0}))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == ("单位自加的工作表未读取：“草稿”。",)


# ── The table ────────────────────────────────────────────────────────────────────────────────────


def test_the_table_has_every_kind_and_a_line_for_every_marked_test() -> None:
    marked = 0
    for path in HERE.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        marked += len(re.findall(r"^@pytest\.mark\.returned\(", text, re.MULTILINE))
    lines = table.lines()
    assert len(lines) == len(set(lines)) == marked
    assert [int(line[2:].split(" ", 1)[0]) for line in lines] == sorted(
        int(line[2:].split(" ", 1)[0]) for line in lines
    )
    assert {int(line[2:].split(" ", 1)[0]) for line in lines} == set(table.KINDS)
