"""Rosters as offices keep them: what has one meaning is set right and said, what has two is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from support import hostile_files

from xlbudget import Roster, Unit, WorkbookTemplate, read_roster
from xlbudget.cli import CLEAN, run
from xlbudget.model import StoredCell
from xlbudget.model.errors import InputError
from xlbudget.returns.entry_values import read_code

HEAD = ["单位编码", "单位名称", "单位性质", "上级单位"]
Cells = Sequence[Sequence[object]]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Writes a workbook: sheet → rows; ``change`` may merge, hide and the like."""

    def write(change: Callable[[Worksheet], object] | None = None, **sheets: Cells) -> Path:
        written = openpyxl.Workbook()
        written.remove(written.active)
        for name, rows in sheets.items():
            sheet = written.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
            if change is not None:
                change(sheet)
        written.save(tmp_path / "名册.xlsx")
        return tmp_path / "名册.xlsx"

    return write


def mistakes(path: Path, template: WorkbookTemplate) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_roster(path, template)
    head, *lines = str(refused.value).splitlines()
    assert head == "单位名册有误："
    return lines


def named(roster: Roster) -> list[tuple[str, str]]:
    return [(unit.code, unit.name) for unit in roster.units]


def test_full_width_and_apostrophed_codes_are_the_codes(
    template: WorkbookTemplate, book: Callable[..., Path]
) -> None:
    rows = [
        HEAD,
        ["'0101", "甲", "行政", None],
        ["０１０２", "乙", "事业", "０１０１"],
        ["\u30000103 ", "丙", "事业", "‘0101"],
    ]
    roster = read_roster(book(名册=rows), template)
    assert [(unit.code, unit.superior_code) for unit in roster.units] == [
        ("0101", ""),
        ("0102", "0101"),
        ("0103", "0101"),
    ]
    assert roster.notes == (
        "名册里单位编码带全角字符、撇号或首尾空格：第 2 行“'0101”按“0101”、第 3 行“０１０２”按“0102”"
        "读取；请改成普通数字。",
    )


LETTERS = ["0", "７", "３", "A", "ｂ", "-", " ", "\u3000", "\u200b"]


def test_no_unit_is_listed_under_a_code_that_its_return_cannot_have(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """What a return holds is read by other code: the two agree, or the roster is refused."""
    path = tmp_path / "名册.csv"

    @settings(max_examples=80, deadline=None)
    @given(st.lists(st.sampled_from(LETTERS), max_size=12))
    def agree(letters: list[str]) -> None:
        code = "1" + "".join(letters)
        path.write_text(f"{','.join(HEAD)}\n'{code}',甲,行政,\n", encoding="utf-8")
        try:
            roster = read_roster(path, template)
        except InputError:
            return
        listed = roster.units[0].code
        assert read_code(StoredCell("s", listed), None) == (listed, None)
        assert read_code(StoredCell("s", code), None)[0] == listed

    agree()


def test_line_breaks_in_texts_are_taken_out(template: WorkbookTemplate, book: Callable[..., Path]) -> None:
    rows = [
        HEAD,
        ["101", "示范厅\n机关", "行政", "示范厅"],
        ["102", "Data\r\nCentre", "事业\n单位", "示范厅\n机关"],
    ]
    roster = read_roster(book(名册=rows), template)
    assert roster.units == (
        Unit("101", "示范厅机关", "行政", "示范厅"),
        Unit("102", "Data Centre", "事业", "示范厅机关", "101"),
    )
    assert roster.notes == ("名册第 2、3 行的文字里有换行，已连成一行读取。",)


def test_merged_cells_say_the_same_of_every_row(
    template: WorkbookTemplate, book: Callable[..., Path]
) -> None:
    rows = [
        ["2023年单位名册"],
        HEAD,
        ["101", "甲", "行政", "厅"],
        ["102", "乙", None, None],
        ["103", "丙", "事业", None],
    ]

    def merge(sheet: Worksheet) -> None:
        for area in ("A1:D1", "C3:C4", "D3:D5"):
            sheet.merge_cells(area)

    roster = read_roster(book(merge, 名册=rows), template)
    assert [(unit.kind, unit.superior) for unit in roster.units] == [
        ("行政", "厅"),
        ("行政", "厅"),
        ("事业", "厅"),
    ]
    assert roster.notes == ("名册第 4、5 行的合并单元格，每一行都按合并后的内容读取。",)


def test_a_code_merged_over_rows_is_refused(template: WorkbookTemplate, book: Callable[..., Path]) -> None:
    rows = [HEAD, ["101", "甲", "行政", None], [None, "乙", "行政", None]]
    path = book(lambda sheet: sheet.merge_cells("A2:A3"), 名册=rows)
    first, *_ = mistakes(path, template)
    assert first == (
        "名册.xlsx:3: 这一行与第 2 行合并了“101”，看起来几行是同一个单位；一个单位只占一行，请取消合并"
    )


def test_totals_footers_and_headings_printed_again_are_no_units(
    template: WorkbookTemplate, book: Callable[..., Path]
) -> None:
    rows = [
        HEAD,
        ["一、行政单位"],
        ["101", "甲", "行政", None],
        ["小计", None, None, "1"],
        HEAD,
        ["102", "合计经济研究所", "事业", None],
        [None, "合 计", None, "2 个"],
        ["填表人：", None, "审核：", None],
        ["注：编码由财政部门统一编制"],
    ]
    roster = read_roster(book(名册=rows), template)
    assert named(roster) == [("101", "甲"), ("102", "合计经济研究所")]
    assert roster.notes == (
        "名册第 2 行“一、行政单位”看作小标题，没有读作单位。",
        "名册第 4 行“小计 1”看作合计行，没有读作单位。",
        "名册第 5 行“单位编码 单位名称 单位性质 上级单位”看作重复的表头，没有读作单位。",
        "名册第 7 行“合 计 2 个”看作合计行，没有读作单位。",
        "名册第 8 行“填表人： 审核：”看作表尾（填表人、日期、说明等），没有读作单位。",
        "名册第 9 行“注：编码由财政部门统一编制”看作表尾（填表人、日期、说明等），没有读作单位。",
    )


def test_a_row_that_may_be_a_unit_is_no_footer(template: WorkbookTemplate, book: Callable[..., Path]) -> None:
    """Without a code it is refused with its line; with one it is a unit."""
    rows = [HEAD, ["101", "甲", "行政", None], [None, "乙", "事业", None]]
    assert mistakes(book(名册=rows), template) == ["名册.xlsx:3: 单位编码和单位名称不能为空"]


def test_hidden_and_filtered_rows_are_units_and_said(
    template: WorkbookTemplate, book: Callable[..., Path]
) -> None:
    rows = [HEAD, ["101", "甲", "行政", None], ["102", "乙", "行政", None], ["103", "丙", "事业", None]]

    def hide(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A1:D4"
        sheet.row_dimensions[3].hidden = True

    roster = read_roster(book(hide, 名册=rows), template)
    assert [unit.code for unit in roster.units] == ["101", "102", "103"]
    assert roster.notes == ("名册第 3 行被隐藏或筛选掉了，仍然读作单位；不再需要的单位请从名册里删去。",)


def test_of_several_sheets_the_one_that_is_a_list_is_read(
    template: WorkbookTemplate, book: Callable[..., Path]
) -> None:
    listed = [HEAD, ["101", "甲", "行政", None]]
    roster = read_roster(book(说明=[["请先填名册"]], 单位=listed), template)
    assert named(roster) == [("101", "甲")]
    assert roster.notes == ("名册读的是工作表“单位”；另有工作表 “说明”，没有读取。",)
    (wrong,) = mistakes(book(说明=[["请"]], 单位=[HEAD, ["101", None, "行政", None]]), template)
    assert wrong == "名册.xlsx 工作表“单位”:2: 单位编码和单位名称不能为空"
    (two,) = mistakes(book(今年=listed, 去年=listed), template)
    assert two == ("名册.xlsx:1: 工作表 “今年”、“去年” 都有单位编码和单位名称，不知道以哪张为准；请只留一张")

    def hide(sheet: Worksheet) -> None:
        sheet.sheet_state = "hidden" if sheet.title == "去年" else "visible"

    hidden = read_roster(book(hide, 今年=listed, 去年=[HEAD, ["999", "旧", "行政", None]]), template)
    assert named(hidden) == [("101", "甲")] and "“去年”" in hidden.notes[0]


def test_a_roster_in_another_format_is_read_and_a_broken_one_told(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    from support.ods_files import opendocument, sheet

    cells = "".join(f'<cell type="string"><p>{text}</p></cell>' for text in HEAD[:3])
    row = "".join(f'<cell type="string"><p>{text}</p></cell>' for text in ("101", "甲", "行政"))
    (tmp_path / "名册.ods").write_bytes(opendocument(sheet(f"<row>{cells}</row><row>{row}</row>")))
    assert named(read_roster(tmp_path / "名册.ods", template)) == [("101", "甲")]
    (tmp_path / "名册.xls").write_bytes(hostile_files.HTML_CALLED_XLS)
    (wrong,) = mistakes(tmp_path / "名册.xls", template)
    assert wrong.startswith("名册.xls:1: 文件“名册.xls”是网页（HTML）")


def test_what_was_set_right_is_said_before_anything_is_issued(
    template: WorkbookTemplate, book: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = book(名册=[HEAD, ["１０１", "甲", "行政", None], ["合计", "1"]])
    assert run(["generate", template.id, "--roster", str(path), "-o", str(tmp_path / "下发")]) == CLEAN
    said = capsys.readouterr().err
    assert "第 2 行“１０１”按“101”读取" in said and "看作合计行" in said
    assert [file.name[:4] for file in (tmp_path / "下发").glob("101_*.xlsx")] == ["101_"]
