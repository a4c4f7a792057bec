"""The reader of .xlsx packages: same reading from every writer and dialect, refusal of the rest.

Expected values are written by hand or come from openpyxl, never from the reader itself.
"""

from __future__ import annotations

import dataclasses
import io
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import reader_agrees
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from support import hostile_files as files
from support.mutated_files import mutations
from support.openpyxl_reading import as_openpyxl_reads, as_openpyxl_would

from xlbudget.files.xlsx import Limits, raised_limits, read_workbook
from xlbudget.files.xlsx.source import LIMIT_WORDS
from xlbudget.model import StoredCell
from xlbudget.model.errors import InputError, UnreadableWorkbook

Place = tuple[int, int]


#: Said only by the reader's last net, which would hide a slip of the reader itself.
UNFORESEEN = "内容不符合格式规定"


def cells_of(data: bytes) -> dict[Place, StoredCell]:
    return dict(read_workbook(data).sheets[0].cells)


def plain(data: bytes) -> dict[Place, tuple[str, str]]:
    """Kind and text of each cell of the first sheet."""
    return {place: (cell.kind, cell.text) for place, cell in cells_of(data).items()}


def formulas(data: bytes) -> dict[Place, str]:
    return {place: cell.formula for place, cell in cells_of(data).items() if cell.formula is not None}


def reason_of(source: Path | bytes, limits: Limits | None = None) -> str:
    """The reason for which a file is refused; fails when it is read."""
    with pytest.raises(UnreadableWorkbook) as refused:
        read_workbook(source, limits=limits or Limits())
    message = str(refused.value)
    assert UNFORESEEN not in message, repr(refused.value.__cause__)
    assert message.endswith("。") and "；请" in message, message
    assert "\n" not in message
    return refused.value.reason


# ── Against openpyxl ─────────────────────────────────────────────────────────────────────────────


def test_our_own_workbooks_are_read_as_openpyxl_reads_them(
    department_workbooks: list[Path], resaved_department: list[Path]
) -> None:
    """One as we write it and one as LibreOffice does; tests/reader_agrees.py compares all there are."""
    for path in (department_workbooks[0], resaved_department[0]):
        assert reader_agrees.differences(path.read_bytes()) == []


@pytest.mark.parametrize("inside", ["<v><x>2</x></v>", "<v>1<x/></v>", "<f><x>A2</x></f><v>1</v>"])
def test_elements_inside_a_value_are_refused(inside: str) -> None:
    """Programs differ in what they take for the value: openpyxl reads nothing, others what is inside."""
    assert reason_of(files.workbook(f'<row r="1"><c r="A1">{inside}</c></row>')) == "damaged"


def test_limits_are_raised_by_name() -> None:
    raised = raised_limits(["cells=3000000", "seconds=90"])
    assert (raised.cells, raised.seconds, raised.rows) == (3_000_000, 90.0, Limits().rows)
    assert set(LIMIT_WORDS) == {field.name for field in dataclasses.fields(Limits)}
    with pytest.raises(
        InputError, match=r"没有名为“cell”的读取上限；可以提高的有：file_bytes（文件字节数）、.*seconds"
    ):
        raised_limits(["cell=1"])
    for wrong in ("cells", "cells=", "cells=-1", "cells=999", "cells=1e9", "cells=２００００００"):
        with pytest.raises(
            InputError, match=r"cells（有内容的单元格数）应写成 cells=整数，不小于默认的 1,000,000"
        ):
            raised_limits([wrong])


def by_xlsxwriter(fill: Callable[[xlsxwriter.Workbook], None], **options: object) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as book:
        fill(book)
    return stream.getvalue()


def a_budget_by_xlsxwriter() -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("基本支出")
        sheet.write_row(0, 0, ["科目编码", "科目名称", "金额", " 前后空格 "], bold)
        for row in range(1, 200):
            sheet.write_string(row, 0, f"2{row:06d}", text)
            sheet.write_string(row, 1, f"名称{row % 7}")
            sheet.write_number(row, 2, row * 1234.56789)
            sheet.write_formula(row, 3, f"=C{row + 1}/10000", None, row * 0.123456789)
        sheet.write_formula(200, 2, "=SUM(C2:C200)", bold, 1e15)
        sheet.write_formula(201, 2, '=IF(A1="","",A1&"x")', None, "")
        sheet.write_formula(202, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(203, 2, "=1=1", None, True)
        sheet.write_boolean(204, 0, False)
        sheet.write_array_formula("E1:E3", "{=SUM(C2:C4*D2:D4)}", None, 42)
        sheet.write_rich_string("F1", "上年", bold, "结转", " 资金")
        sheet.write_blank(300, 300, None, bold)
        hidden = book.add_worksheet("隐藏 表")
        hidden.write(0, 0, -0.0001)
        hidden.hide()
        stamp = book.add_worksheet("stamp")
        stamp.write(1048575, 16383, "角落")
        stamp.very_hidden()

    return by_xlsxwriter(fill)


def a_budget_by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "项目支出"
    for row in range(1, 100):
        sheet.append([f"项目{row}", row, row / 3, f"=B{row}+C{row}", row % 2 == 0, None, "  x\ny\t"])
    sheet["H1"] = "#N/A"
    sheet["H2"] = ArrayFormula("H2:H5", "=SUM(B1:B4*C1:C4)")
    book.create_sheet("空表")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("make", [a_budget_by_xlsxwriter, a_budget_by_openpyxl])
def test_cells_kinds_and_formulas_are_those_openpyxl_reads(make: Callable[[], bytes]) -> None:
    data = make()
    expected = as_openpyxl_reads(data)
    assert as_openpyxl_would(read_workbook(data)) == expected
    assert sum(len(cells) for _, _, cells in expected) > 500


CHINESE = st.text(
    st.characters(
        codec="utf-8", categories=["L", "N", "P", "S", "Zs", "Cc"], exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=30,
)
NUMBERS = st.one_of(
    st.floats(-1e300, 1e300),
    st.integers(-(10**15), 10**15).map(lambda cents: cents / 100),
)
PLACES = st.tuples(st.integers(0, 40), st.integers(0, 30))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(PLACES, st.one_of(CHINESE, NUMBERS), min_size=1, max_size=25), st.booleans())
def test_texts_and_numbers_survive_xlsxwriter(
    wanted: dict[Place, str | float], constant_memory: bool
) -> None:
    """Control characters and literal _xHHHH_ too; constant memory makes inline strings."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("数据")
        for (row, column), value in sorted(wanted.items()):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_number(row, column, value)

    found = cells_of(by_xlsxwriter(fill, constant_memory=constant_memory))
    assert {(row - 1, column - 1) for row, column in found} == set(wanted)
    for (row, column), value in wanted.items():
        cell = found[row + 1, column + 1]
        if isinstance(value, str):
            assert (cell.kind, cell.text) == ("s", value)
        else:  # xlsxwriter writes 16 digits
            assert cell.kind == "n" and float(cell.text) == pytest.approx(value, rel=1e-15)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(PLACES, st.one_of(CHINESE, NUMBERS, st.booleans()), min_size=1, max_size=25))
def test_texts_and_numbers_survive_openpyxl(wanted: dict[Place, str | float | bool]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    allowed = {
        place: "".join(letter for letter in value if letter >= " " and letter != "_") or "空"
        if isinstance(value, str)
        else value
        for place, value in wanted.items()
    }
    for (row, column), value in allowed.items():
        cell = sheet.cell(row + 1, column + 1)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # also when it begins with = or looks like an error
    stream = io.BytesIO()
    book.save(stream)
    found = cells_of(stream.getvalue())
    assert {(row - 1, column - 1) for row, column in found} == set(allowed)
    for (row, column), value in allowed.items():
        cell = found[row + 1, column + 1]
        if isinstance(value, str):
            assert (cell.kind, cell.text) == ("s", value)
        elif isinstance(value, bool):
            assert (cell.kind, cell.text) == ("b", "1" if value else "0")
        else:  # openpyxl writes 16 digits
            assert cell.kind == "n" and float(cell.text) == pytest.approx(value, rel=1e-15)


# ── Dialects ─────────────────────────────────────────────────────────────────────────────────────

STRINGS = "<si><t>甲</t></si><si><t xml:space='preserve'> 乙 </t></si><si/>"
TWO_ROWS = (
    '<row r="2"><c r="B2" t="s"><v>1</v></c><c r="D2"><v>12.50</v></c></row>'
    '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="C4" t="e"><v>#REF!</v></c></row>'
)
TWO_ROWS_READ = {(2, 2): ("s", " 乙 "), (2, 4): ("n", "12.50"), (4, 1): ("b", "1"), (4, 3): ("e", "#REF!")}


def prefixed(xml: bytes) -> bytes:
    """Every element of the main namespace with the prefix x:, as some .NET writers do."""
    text = xml.decode().replace(f'xmlns="{files.MAIN}"', f'xmlns:x="{files.MAIN}"')
    head, _, body = text.partition("?>")
    return (head + "?>" + body.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:")).encode()


def repackaged(change: Callable[[files.Parts], object]) -> bytes:
    parts = files.parts_of(files.worksheet(TWO_ROWS), strings=STRINGS)
    change(parts)
    return files.zipped(parts)


def _prefix_all(parts: files.Parts) -> None:
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        parts[name] = prefixed(parts[name])


def _absolute_targets(parts: files.Parts) -> None:
    for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        folder = b"/xl/" if name.startswith("xl") else b"/"
        parts[name] = parts[name].replace(b'Target="', b'Target="' + folder)


def _other_case_and_slashes(parts: files.Parts) -> None:
    for name in list(parts):
        if name.startswith("xl/"):
            parts[name.replace("worksheets", "WorkSheets").replace("/", "\\").replace(".xml", ".XML")] = (
                parts.pop(name)
            )


def _directory_entries(parts: files.Parts) -> None:
    parts.update({"xl/": b"", "xl/worksheets/": b"", "_rels/": b""})


def _utf16(parts: files.Parts) -> None:
    sheet = parts["xl/worksheets/sheet1.xml"].decode().replace("UTF-8", "UTF-16")
    parts["xl/worksheets/sheet1.xml"] = sheet.encode("utf-16")


def _pretty_printed(parts: files.Parts) -> None:
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"><", b">\n      <").replace(b"12.50", b"\n  12.50\n ")
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v>1</v>", b"<v> 1 </v>")


def _backslash_targets(parts: files.Parts) -> None:
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].replace(b"worksheets/", b".\\worksheets\\")


def _with_shifted_offsets() -> bytes:
    """A first entry whose bytes no offset counts, as left by tools that put data in front."""
    data = files.workbook(TWO_ROWS, strings=STRINGS)
    return b"PK\x03\x04" + bytes(100) + data


DIALECTS = {
    "transitional": lambda: repackaged(lambda parts: None),
    "Strict": lambda: files.workbook(
        TWO_ROWS, strings=STRINGS, main=files.STRICT_MAIN, office=files.STRICT_OFFICE
    ),
    "prefixed namespace": lambda: repackaged(_prefix_all),
    "absolute targets": lambda: repackaged(_absolute_targets),
    "targets with backslashes": lambda: repackaged(_backslash_targets),
    "changed case, backslashes": lambda: repackaged(_other_case_and_slashes),
    "directory entries": lambda: repackaged(_directory_entries),
    "UTF-16": lambda: repackaged(_utf16),
    "pretty-printed": lambda: repackaged(_pretty_printed),
    "stored, not compressed": lambda: files.zipped(
        files.parts_of(files.worksheet(TWO_ROWS), strings=STRINGS), method=0
    ),
    "no r attributes": lambda: files.workbook(
        '<row/><row><c/><c t="s"><v>1</v></c><c/><c><v>12.50</v></c></row>'
        '<row></row><row><c t="b"><v>true</v></c><c/><c t="e"><v>#REF!</v></c></row>',
        strings=STRINGS,
    ),
    "r on some cells only": lambda: files.workbook(
        '<row r="2"><c r="B2" t="s"><v>1</v></c><c s="1"/><c><v>12.50</v></c></row>'
        '<row r="4"><c t="b"><v>1</v></c><c r="C4" t="e"><v>#REF!</v></c></row>',
        strings=STRINGS,
    ),
    "r on cells, not on rows": lambda: files.workbook(TWO_ROWS.replace(' r="2">', ">", 1), strings=STRINGS),
    "inline strings": lambda: files.workbook(
        TWO_ROWS.replace(
            't="s"><v>1</v>', 't="inlineStr"><is><t xml:space="preserve"> 乙 </t></is>'
        )
    ),
    "text in v of an inline string": lambda: files.workbook(
        TWO_ROWS.replace('t="s"><v>1</v>', 't="inlineStr"><v> 乙 </v>')
    ),
    "rows and cells out of order": lambda: files.workbook(
        '<row r="4"><c r="C4" t="e"><v>#REF!</v></c><c r="A4" t="b"><v>1</v></c></row>'
        '<row r="2"><c r="D2"><v>12.50</v></c><c r="B2" t="s"><v>1</v></c></row>',
        strings=STRINGS,
    ),
    "extension lists that look like cells": lambda: files.workbook(
        TWO_ROWS.replace("<v>12.50</v>", "<v>12.50</v><extLst><ext><c r='Z9'><v>9</v></c></ext></extLst>"),
        strings=STRINGS,
        after="<extLst><ext><row r='9'><c r='Z9'><v>9</v></c></row></ext></extLst>",
    ),
    "bytes before the zip directory's own offsets": _with_shifted_offsets,
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_the_same_cells(dialect: str) -> None:
    assert plain(DIALECTS[dialect]()) == TWO_ROWS_READ


@pytest.mark.parametrize("make", [files.streamed_zip64, files.zip64_directory])
def test_64_bit_and_streamed_zips_are_read(make: Callable[[], bytes]) -> None:
    assert plain(make()) == {(1, 1): ("n", "1")}


def test_r_on_cells_without_r_on_rows_keeps_counting_from_the_cell() -> None:
    rows = '<row><c r="A5"><v>1</v></c></row><row><c><v>2</v></c></row>'
    assert plain(files.workbook(rows)) == {(5, 1): ("n", "1"), (6, 1): ("n", "2")}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("<t>甲</t>", "甲"),
        ("<t> 前后 </t>", " 前后 "),
        ("<t/>", ""),
        ("<r><rPr><b/></rPr><t>上年</t></r><r><t xml:space='preserve'> 结转</t></r>", "上年 结转"),
        ("<t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/>", "東京"),
        ("<r><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='2'><t>トウ</t></rPh>", "東京"),
        ("<t>a_x000D_b_x0000_c</t>", "a\rb\0c"),
        ("<t>_x005F_x0041_</t>", "_x0041_"),
        ("<t>_x41_ _X0041_ _x004g_</t>", "_x41_ _X0041_ _x004g_"),
        ("<t>_xD83D__xDE00_</t>", "😀"),
        ("<t>_xD83D_!</t>", "\ufffd!"),
        ("<t>&lt;&amp;&#20803;<![CDATA[<元>]]></t>", "<&元<元>"),
        ("<t>一\n二</t>", "一\n二"),
    ],
)
def test_shared_and_inline_strings_are_resolved(item: str, text: str) -> None:
    rows = f'<row><c t="s"><v>0</v></c><c t="inlineStr"><is>{item}</is></c></row>'
    assert plain(files.workbook(rows, strings=f"<si>{item}</si>")) == {
        (1, 1): ("s", text),
        (1, 2): ("s", text),
    }


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("<c><v>2040201.0</v></c>", "n", "2040201.0"),
        ("<c t='n'><v>0012.500</v></c>", "n", "0012.500"),
        ("<c><v>1e999</v></c>", "n", "1e999"),
        ("<c><v>NaN</v></c>", "n", "NaN"),
        ("<c t='str'><v>１２</v></c>", "s", "１２"),
        ("<c t='str'><v> 12 </v></c>", "s", " 12 "),
        ("<c t='str'><f>A2</f><v></v></c>", "s", ""),
        ("<c t='str'><v>_x000D_</v></c>", "s", "\r"),
        ("<c t='b'><v>0</v></c>", "b", "0"),
        ("<c t='b'><v>true</v></c>", "b", "1"),
        ("<c t='e'><v>#N/A</v></c>", "e", "#N/A"),
        ("<c><f>A2</f></c>", "blank", ""),
        ("<c><f>A2</f><v/></c>", "blank", ""),
        ("<c t='str'><f>A2</f></c>", "blank", ""),
        ("<c t='d'><v>2023-01-05</v></c>", "n", "44931"),
        ("<c t='d'><v>2023-01-05T12:00:00Z</v></c>", "n", "44931.5"),
        ("<c t='d'><v>06:00:00</v></c>", "n", "0.25"),
        ("<c t='d'><v>1900-02-28</v></c>", "n", "59"),
        ("<c t='d'><v>1900-03-01</v></c>", "n", "61"),
        ("<c t='d'><v>去年</v></c>", "s", "去年"),
        ("<c t='d'><v>2023</v></c>", "s", "2023"),
    ],
)
def test_each_type_of_cell_has_its_kind_and_untouched_text(cell: str, kind: str, text: str) -> None:
    assert plain(files.workbook(f"<row>{cell}</row>")) == {(1, 1): (kind, text)}


@pytest.mark.parametrize(
    "cell",
    [
        "<c/>",
        "<c s='5'/>",
        "<c><v/></c>",
        "<c><v> </v></c>",
        "<c t='s'/>",
        "<c t='s'><v/></c>",
        "<c><f/></c>",
    ],
)
def test_cells_with_neither_value_nor_formula_are_left_out(cell: str) -> None:
    assert plain(files.workbook(f"<row>{cell}<c><v>1</v></c></row>")) == {(1, 2): ("n", "1")}


def test_dates_of_a_1904_workbook_count_from_1904() -> None:
    data = files.workbook(
        "<row><c t='d'><v>2023-01-05</v></c><c t='d'><v>06:00:00</v></c></row>",
        settings='<workbookPr date1904="1"/>',
    )
    assert read_workbook(data).date_1904 is True
    assert plain(data) == {(1, 1): ("n", "43469"), (1, 2): ("n", "0.25")}


def test_the_1904_flag_of_xlsxwriter_is_seen() -> None:
    data = by_xlsxwriter(lambda book: book.add_worksheet(), default_date_format="yyyy")
    assert read_workbook(data).date_1904 is False
    assert read_workbook(by_xlsxwriter(lambda book: book.add_worksheet(), date_1904=True)).date_1904 is True


def test_style_numbers_are_kept() -> None:
    cells = cells_of(files.workbook('<row s="9"><c><v>1</v></c><c s="12"><v>1</v></c></row>'))
    assert [cell.style for cell in cells.values()] == [0, 12]


# ── Formulas ─────────────────────────────────────────────────────────────────────────────────────

MOVED_AS_BY_OPENPYXL = [
    "A1",
    "$A1+A$1+$A$1",
    "SUM(A1:B2,$C$1:C3)/10000",
    "SUM(C:C)+SUM($C:D)+SUM(3:4)+SUM($3:4)",
    "LOG10(A1)+ATAN2(A1,B1)",
    "'表 A1'!B2&\"A1\"&'it''s B1'!$C3",
    "公开表A1!B2+表一!B2",
]


def shared_workbook(formula: str) -> bytes:
    text = formula.replace("&", "&amp;").replace("<", "&lt;")
    return files.workbook(
        f'<row r="5"><c r="E5"><f t="shared" ref="E5:G7" si="0">{text}</f><v>1</v></c>'
        '<c r="F5"><f t="shared" si="0"/><v>1</v></c></row>'
        '<row r="7"><c r="G7"><f t="shared" si="0"/></c></row>'
    )


@pytest.mark.parametrize("formula", MOVED_AS_BY_OPENPYXL)
def test_shared_formulas_are_moved_as_openpyxl_moves_them(formula: str) -> None:
    move = Translator("=" + formula, "E5").translate_formula
    assert formulas(shared_workbook(formula)) == {
        (5, 5): formula,
        (5, 6): move("F5").removeprefix("="),
        (7, 7): move("G7").removeprefix("="),
    }


@pytest.mark.parametrize(
    ("formula", "moved"),
    [
        ('IF(A1="say ""A1""",B1,1E3+1.5E+2)', 'IF(C3="say ""A1""",D3,1E3+1.5E+2)'),
        ("Table1[[#This Row],[A1]]+[1]Sheet1!A1", "Table1[[#This Row],[A1]]+[1]Sheet1!C3"),
        ("#REF!+A1#", "#REF!+C3#"),
        ("rate_A1+A1_rate+TAX+XFE1+A1048577+A0", "rate_A1+A1_rate+TAX+XFE1+A1048577+A0"),
        ("A1:INDEX(B:B,2)", "C3:INDEX(D:D,2)"),
        ("'unclosed A1", "'unclosed C3"),
    ],
)
def test_shared_formulas_keep_what_only_looks_like_a_reference(formula: str, moved: str) -> None:
    assert formulas(shared_workbook(formula))[7, 7] == moved


def test_references_that_leave_the_grid_come_in_again_on_the_other_side() -> None:
    """As in Excel: the formula of B2 that looks one up and one left, used in A1."""
    data = files.workbook(
        '<row r="1"><c r="A1"><f t="shared" si="3"/></c></row>'
        '<row r="2"><c r="B2"><f t="shared" ref="A1:B2" si="3">A1</f></c></row>'
    )
    assert formulas(data) == {(2, 2): "A1", (1, 1): "XFD1048576"}


def test_a_shared_formula_that_states_its_own_text_has_it() -> None:
    data = files.workbook(
        '<row><c><f t="shared" ref="A1:B1" si="0">X1</f></c><c><f t="shared" si="0">Y9</f></c></row>'
    )
    assert formulas(data) == {(1, 1): "X1", (1, 2): "Y9"}


def test_a_shared_formula_without_text_anywhere_is_damage() -> None:
    assert reason_of(files.workbook('<row><c><f t="shared" si="0"/><v>5</v></c></row>')) == "damaged"


def test_array_formulas_stand_at_their_cell_and_data_tables_read_as_excel_shows_them() -> None:
    data = files.workbook(
        '<row><c><f t="array" ref="A1:A2">SUM(B1:B2*C1:C2)</f><v>1</v></c>'
        '<c><f t="dataTable" ref="B1:B2" dt2D="0" dtr="1" r1="D1"/><v>2</v></c>'
        '<c><f t="dataTable" ref="C1:C2" dt2D="1" dtr="1" r1="D1" r2="E1"/><v>3</v></c>'
        '<c><f t="dataTable" ref="D1:D2" r1="D1"/><v>4</v></c></row><row><c><v>9</v></c></row>'
    )
    assert formulas(data) == {
        (1, 1): "SUM(B1:B2*C1:C2)",
        (1, 2): "TABLE(D1,)",
        (1, 3): "TABLE(D1,E1)",
        (1, 4): "TABLE(,D1)",
    }
    assert cells_of(data)[2, 1] == StoredCell("n", "9", None, 0)


def test_openpyxl_data_tables_are_formulas() -> None:
    book = openpyxl.Workbook()
    book.active["B2"] = DataTableFormula("B2:B5", r1="A1")
    stream = io.BytesIO()
    book.save(stream)
    assert formulas(stream.getvalue()) == {(2, 2): "TABLE(,A1)"}


def test_a_leading_equals_sign_and_escapes_in_formulas_are_removed() -> None:
    data = files.workbook('<row><c><f>=A2&amp;"_x000D_"</f></c></row>')
    assert formulas(data) == {(1, 1): 'A2&"\r"'}


# ── Sheets and workbook ──────────────────────────────────────────────────────────────────────────


def test_layout_names_properties_and_settings_are_read() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        first = book.add_worksheet("收入")
        first.write(0, 0, 1)
        first.write(4, 2, 5)
        first.set_row(4, None, None, {"hidden": True})
        first.set_row(5, None, None, {"hidden": True})
        first.set_column(3, 5, 10, None, {"hidden": True})
        first.merge_range("A8:C9", "合并")
        first.protect("")
        chart = book.add_chartsheet("图")
        shape = book.add_chart({"type": "column"})
        shape.add_series({"values": "=收入!$A$1:$A$2"})
        chart.set_chart(shape)
        book.add_worksheet("支出 ").very_hidden()
        book.define_name("xlb_template", '="shanxi"')
        book.define_name("'支出 '!xlb_local", "='支出 '!$A$1")
        book.set_custom_property("xlbudget.unit", "省教育厅")
        book.set_custom_property("xlbudget.year", 2023)
        book.set_calc_mode("manual")

    book = read_workbook(by_xlsxwriter(fill))
    first, chart, last = book.sheets
    assert [(sheet.name, sheet.state, sheet.kind) for sheet in book.sheets] == [
        ("收入", "visible", "worksheet"),
        ("图", "visible", "chartsheet"),
        ("支出 ", "veryHidden", "worksheet"),
    ]
    assert first.hidden_rows == {5}  # row 6 is hidden as well, but hides nothing
    assert first.hidden_columns == ((4, 6),)
    assert first.merges == ((8, 1, 9, 3),)
    assert first.protected and not last.protected
    assert not chart.cells and not chart.decoded and last.decoded
    assert book.defined_names == {"xlb_template": '"shanxi"'}
    assert book.sheet_names_local == (("xlb_local", 2, "'支出 '!$A$1"),)
    assert book.properties == {"xlbudget.unit": "省教育厅", "xlbudget.year": "2023"}
    assert book.core == {"application": "Microsoft Excel", "version": "12.0000"}
    assert book.calc_mode == "manual" and not book.precision_as_displayed and not book.date_1904
    assert book.active_content == ()


def test_only_the_sheets_asked_for_are_decoded() -> None:
    book = read_workbook(a_budget_by_xlsxwriter(), sheets=lambda name: name == "隐藏 表")
    assert [(sheet.name, sheet.decoded, len(sheet.cells)) for sheet in book.sheets] == [
        ("基本支出", False, 0),
        ("隐藏 表", True, 1),
        ("stamp", False, 0),
    ]


def test_an_error_of_the_callers_own_choice_of_sheets_is_not_blamed_on_the_file() -> None:
    def choose(name: str) -> bool:
        raise KeyError(name)

    with pytest.raises(KeyError):
        read_workbook(files.workbook(files.ONE_CELL), sheets=choose)


@pytest.mark.parametrize(
    ("application", "properties", "expected"),
    [
        ("LibreOffice/24.2.7.2$Linux_X86_64 LibreOffice_project/x", "", ("LibreOffice", "24.2.7.2")),
        ("WPS 表格", "", ("WPS", "16.0300")),
        (
            "Microsoft Excel",
            '<property name="KSOProductBuildVer"><vt:lpwstr>2052-12.1.0</vt:lpwstr></property>',
            ("WPS", "2052-12.1.0"),
        ),
    ],
)
def test_the_program_that_wrote_the_file_is_named(
    application: str, properties: str, expected: tuple[str, str]
) -> None:
    parts = files.parts_of(files.worksheet(files.ONE_CELL))
    parts["docProps/app.xml"] = (
        f'<Properties xmlns="{files.EXTENDED}"><Application>{application}</Application>'
        "<AppVersion>16.0300</AppVersion></Properties>"
    ).encode()
    parts["docProps/custom.xml"] = (
        f'<Properties xmlns="{files.CUSTOM}" xmlns:vt="{files.VARIANT}">{properties}</Properties>'.encode()
    )
    parts["_rels/.rels"] = files.relationships(
        ("a", "officeDocument", "xl/workbook.xml"),
        ("b", "extended-properties", "docProps/app.xml"),
        ("c", "custom-properties", "docProps/custom.xml"),
    )
    core = read_workbook(files.zipped(parts)).core
    assert (core["application"], core["version"]) == expected


def test_broken_and_foreign_defined_names_do_no_harm() -> None:
    names = (
        '<definedNames><definedName name="a">表一!$A$1</definedName><definedName name="a">later</definedName>'
        '<definedName name="b" hidden="1">#REF!</definedName>'
        '<definedName name="c" localSheetId="x">1</definedName>'
        '<definedName name="d" localSheetId="0">&apos;C:\\[别处.xlsx]表&apos;!A1</definedName></definedNames>'
    )
    book = read_workbook(files.workbook(files.ONE_CELL, names=names))
    assert book.defined_names == {"a": "表一!$A$1", "b": "#REF!"}
    assert book.sheet_names_local == (("d", 0, "'C:\\[别处.xlsx]表'!A1"),)


def test_precision_as_displayed_is_seen() -> None:
    book = read_workbook(files.workbook(files.ONE_CELL, names='<calcPr calcId="1" fullPrecision="0"/>'))
    assert book.precision_as_displayed is True and book.calc_mode == "auto"


def test_active_content_is_listed_and_the_cells_are_read_all_the_same() -> None:
    book = read_workbook(files.with_active_content())
    assert book.active_content == (
        "宏",
        "外部链接",
        "DDE",
        "数据连接",
        "OLE 对象",
        "ActiveX 控件",
        "WEBSERVICE 函数",
    )
    assert len(book.sheets[0].cells) == 2


def test_macros_are_found_by_content_type_too() -> None:
    parts = files.parts_of(files.worksheet(files.ONE_CELL))
    parts["xl/innocent.bin"] = b"vba"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"<Default ",
        b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default ',
        1,
    )
    assert read_workbook(files.zipped(parts)).active_content == ("宏",)


def test_a_dde_formula_is_told_from_a_bar_in_a_text() -> None:
    rows = "<row><c><f>\"a|b\"&amp;'c|d'!A1</f></c></row>"
    assert read_workbook(files.workbook(rows)).active_content == ()


def test_a_missing_shared_strings_part_matters_only_when_referenced() -> None:
    assert plain(files.workbook(files.ONE_CELL)) == {(1, 1): ("n", "1")}
    assert reason_of(files.workbook('<row><c t="s"><v>0</v></c></row>')) == "damaged"


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "单位.xlsx"
    path.write_bytes(b"PK\x03\x04")
    assert reason_of(path) == "damaged"
    data = files.workbook(files.ONE_CELL)
    path.write_bytes(data)
    assert read_workbook(path) == read_workbook(data)
    import hashlib

    assert read_workbook(path).sha256 == hashlib.sha256(data).hexdigest()


# ── What real programs write ─────────────────────────────────────────────────────────────────────


def test_there_is_nothing_above_the_root_of_a_package() -> None:
    """LibreOffice's ``../customXml/item1.xml``; the workbook itself may be named so as well."""
    parts = files.parts_of(files.worksheet(files.ONE_CELL))
    parts["customXml/item1.xml"] = b"<a/>"
    for workbook in ("xl/workbook.xml", "../xl/workbook.xml", "/../../xl/./x/../workbook.xml"):
        parts["_rels/.rels"] = files.relationships(
            ("a", "customXml", "../customXml/item1.xml"), ("b", "officeDocument", workbook)
        )
        parts["xl/drawings/_rels/drawing1.xml.rels"] = files.relationships(
            ("a", "image", "../../../../../etc/passwd"), ("b", "chart", "..\\..\\..\\..\\x.xml")
        )
        book = read_workbook(files.zipped(parts))
        assert dict(book.sheets[0].cells) == {(1, 1): StoredCell("n", "1")}
        assert book.active_content == ()


def test_pointers_that_are_not_followed_refuse_nothing_be_they_damaged() -> None:
    parts = files.parts_of(files.worksheet(files.ONE_CELL))
    broken = {
        "xl/drawings/_rels/drawing1.xml.rels": b"<Relationships>",
        "xl/worksheets/_rels/sheet1.xml.rels": b"",
    }
    assert plain(files.zipped(parts | broken)) == {(1, 1): ("n", "1")}
    for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):  # those that are followed
        assert reason_of(files.zipped(parts | {name: b"<Relationships>"})) == "damaged"
    doctype = {"xl/drawings/_rels/drawing1.xml.rels": b"<!DOCTYPE x><Relationships/>"}
    assert reason_of(files.zipped(parts | doctype)) == "doctype"


@pytest.mark.parametrize(
    ("target", "active"), [("NULL", ()), ("null", ()), ("", ()), ("http://x/a.png", ("外部链接",))]
)
def test_a_picture_that_was_dropped_is_no_external_link(target: str, active: tuple[str, ...]) -> None:
    parts = files.parts_of(files.worksheet(files.ONE_CELL))
    links = files.relationships(("a", "image", target)).replace(b"/></", b' TargetMode="External"/></')
    parts["xl/drawings/_rels/drawing1.xml.rels"] = links
    assert b"External" in links
    assert read_workbook(files.zipped(parts)).active_content == active


def with_more_sheets(sheets: str, *links: tuple[str, str, str], **parts: bytes) -> bytes:
    """A workbook whose sheet 表一 is followed by others."""
    all_parts = files.parts_of(files.worksheet(files.ONE_CELL))
    workbook = all_parts["xl/workbook.xml"].decode().replace("</sheets>", f"{sheets}</sheets>")
    all_parts["xl/workbook.xml"] = workbook.encode()
    all_parts["xl/_rels/workbook.xml.rels"] = files.relationships(
        ("rId1", "worksheet", "worksheets/sheet1.xml"), *links
    )
    return files.zipped(all_parts | {f"xl/{name}.xml": content for name, content in parts.items()})


def test_sheets_without_cells_of_their_own_are_listed_and_refuse_nothing() -> None:
    """Modules have no part at all (two of them the same none); dialogs and macro sheets one without cells."""
    book = read_workbook(
        with_more_sheets(
            '<sheet name="Module1" sheetId="2" state="veryHidden" r:id=""/><sheet name="模块2" sheetId="3"/>'
            '<sheet name="对话框" sheetId="4" r:id="d"/><sheet name="宏表" sheetId="5" r:id="m"/>'
            '<sheet name="别的" sheetId="6" r:id="o"/><sheet name="没有内容的图表" sheetId="7" r:id="c"/>',
            ("d", "dialogsheet", "dialog1.xml"),
            ("m", "xlMacrosheet", "macro1.xml"),
            ("o", "futureSheet", "future.xml"),
            ("c", "chartsheet", "nowhere.xml"),
            dialog1=b"<dialogsheet/>",
            macro1=b"<macrosheet/>",
        )
    )
    assert [
        (sheet.name, sheet.state, sheet.kind, sheet.decoded, len(sheet.cells)) for sheet in book.sheets
    ] == [
        ("表一", "visible", "worksheet", True, 1),
        ("Module1", "veryHidden", "othersheet", False, 0),
        ("模块2", "visible", "othersheet", False, 0),
        ("对话框", "visible", "dialogsheet", False, 0),
        ("宏表", "visible", "macrosheet", False, 0),
        ("别的", "visible", "othersheet", False, 0),
        ("没有内容的图表", "visible", "chartsheet", False, 0),
    ]


def test_a_worksheet_without_its_part_is_damage() -> None:
    assert reason_of(with_more_sheets('<sheet name="表二" sheetId="2" r:id="gone"/>')) == "damaged"
    missing = ("x", "worksheet", "worksheets/sheet2.xml")
    assert reason_of(with_more_sheets('<sheet name="表二" sheetId="2" r:id="x"/>', missing)) == "damaged"


def test_an_empty_style_is_the_first_one_and_whole_columns_and_rows_may_be_merged() -> None:
    data = files.workbook(
        '<row r="1"><c r="A1" s=""><v>1</v></c></row>',
        after='<mergeCells><mergeCell ref="A:A"/><mergeCell ref="$C:$B"/><mergeCell ref="4:3"/></mergeCells>',
    )
    sheet = read_workbook(data).sheets[0]
    assert sheet.cells == {(1, 1): StoredCell("n", "1", None, 0)}
    assert sheet.merges == ((1, 1, 1048576, 1), (1, 2, 1048576, 3), (3, 1, 4, 16384))
    for wrong in ("XFE:XFE", "0:1", "1048577:1048577", "A:1", "A:", ":"):
        assert reason_of(files.workbook("", after=f'<mergeCells><mergeCell ref="{wrong}"/></mergeCells>'))


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ('<c t="inlineStr"><v>100</v><is><t>200</t></is></c>', "ambiguous", "100／200"),
        ('<c><v>100</v><is><t>200</t></is></c>', "ambiguous", "100／200"),
        ('<c t="s"><v>0</v><is><t>乙</t></is></c>', "ambiguous", "甲／乙"),
        ('<c t="inlineStr"><v>甲</v><is><r><t>甲</t></r></is></c>', "s", "甲"),
        ('<c><v>100</v><is><t>100</t></is></c>', "n", "100"),
        ('<c t="inlineStr"><v/><is><t>200</t></is></c>', "s", "200"),
        ('<c t="inlineStr"><v></v><is/></c>', "s", ""),
        ("<c><v>１２００</v></c>", "ambiguous", "１２００"),
        ("<c t='n'><v>12٣</v></c>", "ambiguous", "12٣"),
        ("<c><v>−12</v></c>", "ambiguous", "−12"),
        ("<c><f>A2</f><v>１２</v></c>", "ambiguous", "１２"),
    ],
)  # fmt: skip
def test_what_programs_read_differently_is_ambiguous(cell: str, kind: str, text: str) -> None:
    """In rows read plainly too: the neighbour is as programs write it."""
    neighbour = '<c r="B1"><v>3</v></c>'
    data = files.workbook(
        f'<row r="1">{cell.replace("<c", "<c r=" + chr(34) + "A1" + chr(34), 1)}{neighbour}</row>',
        strings="<si><t>甲</t></si>",
    )
    assert plain(data) == {(1, 1): (kind, text), (1, 2): ("n", "3")}


# ── The hostile table of returned_workbooks.md ───────────────────────────────────────────────────

book = files.workbook

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "1 zip bomb": (files.zip_bomb, "limit"),
    "1 zip bomb with a lying header": (files.zip_bomb_with_a_lying_header, "limit"),
    "1 thousands of entries": (files.zip_of_thousands_of_entries, "limit"),
    "1 entries that overlap": (files.overlapping_entries, "unsafe"),
    "2 doctype in the sheet": (lambda: files.doctype_in("xl/worksheets/sheet1.xml"), "doctype"),
    "2 doctype in the workbook": (lambda: files.doctype_in("xl/workbook.xml"), "doctype"),
    "2 doctype in relationships": (lambda: files.doctype_in("_rels/.rels"), "doctype"),
    "2 doctype in a part that is not read": (lambda: files.doctype_in("xl/styles.xml"), "doctype"),
    "2 external entity": (files.external_entity, "doctype"),
    "2 billion laughs": (files.billion_laughs, "doctype"),
    "3 row 4294967295": (lambda: book('<row r="4294967295"><c><v>1</v></c></row>'), "damaged"),
    "3 cell in row 4294967295": (lambda: book('<row><c r="A4294967295"><v>1</v></c></row>'), "damaged"),
    "3 row 1048577": (lambda: book('<row r="1048577"><c><v>1</v></c></row>'), "damaged"),
    "3 row 0": (lambda: book('<row r="0"><c><v>1</v></c></row>'), "damaged"),
    "3 row in other digits": (lambda: book('<row r="٣"><c><v>1</v></c></row>'), "damaged"),
    "3 column XFE": (lambda: book('<row><c r="XFE1"><v>1</v></c></row>'), "damaged"),
    "3 XFD1048577": (lambda: book('<row><c r="XFD1048577"><v>1</v></c></row>'), "damaged"),
    "3 cell named ZZZZZZZZ1": (lambda: book('<row><c r="ZZZZZZZZ1"><v>1</v></c></row>'), "damaged"),
    "3 merge outside the grid": (
        lambda: book("", after='<mergeCells><mergeCell ref="A1:A9999999"/></mergeCells>'),
        "damaged",
    ),
    "3 column outside the grid": (
        lambda: book("", before='<cols><col min="1" max="99999" hidden="1"/></cols>'),
        "damaged",
    ),
    "3 a text of a million letters": (files.one_enormous_text, "limit"),
    "3 a tag of twelve million letters": (files.one_enormous_tag, "limit"),
    "3 a million open elements": (files.deeply_nested, "limit"),
    "3 a shared text of endless runs": (lambda: files.one_text_of_endless_runs(True), "limit"),
    "3 an inline text of endless runs": (lambda: files.one_text_of_endless_runs(False), "limit"),
    "3 a shared formula that multiplies": (files.shared_formula_that_multiplies, "limit"),
    "5 encrypted workbook": (lambda: files.ole2("EncryptionInfo", "EncryptedPackage"), "encrypted"),
    "5 zip with a password": (files.zip_with_a_password, "encrypted"),
    "11 duplicate entries": (files.duplicate_entries, "unsafe"),
    "11 entry above the package": (lambda: files.entry_outside_the_package("xl/../../x.xml"), "unsafe"),
    "11 entry with backslashes": (lambda: files.entry_outside_the_package("..\\..\\x.xml"), "unsafe"),
    "11 absolute entry": (lambda: files.entry_outside_the_package("/etc/passwd"), "unsafe"),
    "11 entry on a drive": (lambda: files.entry_outside_the_package("C:\\x.xml"), "unsafe"),
    "11 relationship outside the package": (files.relationship_outside_the_package, "damaged"),
    "12 empty": (lambda: b"", "damaged"),
    "12 zeros": (lambda: bytes(10_000), "damaged"),
    "12 half": (lambda: a_budget_by_xlsxwriter()[:5_000], "damaged"),
    "12 wrong checksum": (files.wrong_checksum, "damaged"),
    "12 sheet missing": (lambda: files.without_part("xl/worksheets/sheet1.xml"), "damaged"),
    "12 workbook missing": (lambda: files.without_part("xl/workbook.xml"), "damaged"),
    "12 strings missing": (lambda: files.without_part("xl/sharedStrings.xml"), "damaged"),
    "12 content types missing": (lambda: files.without_part("[Content_Types].xml"), "damaged"),
    "12 relationships missing": (lambda: files.without_part("xl/_rels/workbook.xml.rels"), "damaged"),
    "12 malformed XML": (lambda: book("<row><c></row>"), "damaged"),
    "12 other encoding": (
        lambda: files.zipped(files.parts_of("<?xml version='1.0' encoding='GB2312'?><worksheet/>")),
        "damaged",
    ),
    "12 xls": (lambda: files.ole2("Workbook"), "old_format"),
    "12 Excel 4": (lambda: b"\x09\x04\x06\x00\x00\x00\x10\x00" + bytes(100), "old_format"),
    "12 ods": (lambda: files.opendocument("spreadsheet"), "old_format"),
    "12 xlsb": (lambda: files.office_package("xl/workbook.bin"), "damaged"),
    "12 XML spreadsheet 2003": (lambda: files.XML_SPREADSHEET_2003, "old_format"),
    "12 odt": (lambda: files.opendocument("text"), "not_a_workbook"),
    "12 docx": (lambda: files.office_package("word/document.xml"), "not_a_workbook"),
    "12 doc": (lambda: files.ole2("WordDocument"), "not_a_workbook"),
    "12 HTML called xls": (lambda: files.HTML_CALLED_XLS, "not_a_workbook"),
    "12 GBK csv": (lambda: files.GBK_CSV, "not_a_workbook"),
    "12 UTF-16 text": (lambda: "编码\t金额".encode("utf-16"), "not_a_workbook"),
    "12 PDF": (lambda: files.PDF, "not_a_workbook"),
    "12 noise": (lambda: b"\x01\x02\x03" * 100, "not_a_workbook"),
    "12 zip of workbooks": (lambda: files.zipped({"甲.xlsx": b"x", "乙.xls": b"x"}), "not_a_workbook"),
    "12 empty zip": (lambda: files.zipped({}), "not_a_workbook"),
    "the same cell twice": (lambda: book(files.ONE_CELL + '<row><c r="A1"><v>2</v></c></row>'), "damaged"),
    "the same sheet name twice": (
        lambda: book(files.ONE_CELL, names='<sheets><sheet name="表一" r:id="rId1"/></sheets>'),
        "damaged",
    ),
    "unknown type of cell": (lambda: book("<row><c t='x'><v>1</v></c></row>"), "damaged"),
    "boolean 2": (lambda: book("<row><c t='b'><v>2</v></c></row>"), "damaged"),
    "shared string -1": (lambda: book("<row><c t='s'><v>-1</v></c></row>", strings=STRINGS), "damaged"),
    "shared string 3 of 3": (lambda: book("<row><c t='s'><v>3</v></c></row>", strings=STRINGS), "damaged"),
    "style of thirty digits": (lambda: book(f"<row><c s='{'9' * 30}'><v>1</v></c></row>"), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_and_broken_files_are_refused_within_seconds(case: str) -> None:
    make, reason = REFUSED[case]
    data = make()
    started = time.process_time()  # what others do on the machine is not the file's fault
    assert reason_of(data) == reason
    assert time.process_time() - started < 10


def test_a_refused_bomb_takes_little_memory() -> None:
    data = files.zip_bomb_with_a_lying_header()
    tracemalloc.start()
    assert reason_of(data) == "limit"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_cell_in_the_last_corner_and_a_huge_merge_cost_nothing() -> None:
    data = files.workbook(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        before='<dimension ref="A1:XFD1048576"/><cols><col min="1" max="16384" hidden="1"/></cols>',
        after='<mergeCells><mergeCell ref="XFD1048576:A1"/></mergeCells>',
    )
    sheet = read_workbook(data).sheets[0]
    assert sheet.cells == {(1048576, 16384): StoredCell("n", "1", None, 0)}
    assert sheet.merges == ((1, 1, 1048576, 16384),)
    assert sheet.hidden_columns == ((1, 16384),)


def test_a_million_styled_blank_rows_are_passed_over() -> None:
    data = files.million_styled_blank_rows()
    started = time.process_time()
    assert plain(data) == {(1, 1): ("n", "1")}
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        (Limits(cells=99), lambda: files.many_cells(100)),
        (Limits(rows=99), lambda: files.many_cells(100)),
        (Limits(strings=2), lambda: book("", strings=STRINGS)),
        (Limits(string_length=5), lambda: book("", strings="<si><t>一二三四五六</t></si>")),
        (Limits(text_total=5), lambda: book("", strings="<si><t>一二三</t></si>" * 2)),
        (Limits(elements=2), lambda: book(files.ONE_CELL)),
        (Limits(merges=0), lambda: book("", after='<mergeCells><mergeCell ref="A1:A2"/></mergeCells>')),
        (Limits(file_bytes=100), lambda: book(files.ONE_CELL)),
        (Limits(inflated_bytes=100), lambda: book(files.ONE_CELL)),
        (Limits(entries=4), lambda: book(files.ONE_CELL)),
        (Limits(nesting=2), lambda: book(files.ONE_CELL)),
        (Limits(seconds=-1.0), lambda: book(files.ONE_CELL)),
    ],
)  # fmt: skip
def test_each_limit_can_be_set_and_is_kept(limits: Limits, data: Callable[[], bytes]) -> None:
    if limits.strings == 2:  # shared strings are read only when a sheet is
        assert plain(data()) == {}
    assert reason_of(data(), limits) == "limit"


def test_limits_can_be_raised() -> None:
    data = files.workbook(files.ONE_CELL, after="<x>" + " " * 5_000_000 + "</x>")
    assert reason_of(data) == "limit"
    assert len(read_workbook(data, limits=Limits(ratio=1_100, string_length=10**7)).sheets[0].cells) == 1


# ── Files and messages ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["~$预算.xlsx", ".~预算.xlsx", ".~lock.预算.xlsx#"])
def test_lock_files_are_told_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(files.workbook(files.ONE_CELL))
    assert reason_of(path) == "lock_file"


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").write_bytes(files.ole2("Catalog"))
    assert reason_of(tmp_path / "没有.xlsx") == "not_found"
    assert reason_of(tmp_path / ("长" * 300)) == "not_found"
    assert reason_of(tmp_path / "a\0b.xlsx") == "not_found"
    assert reason_of(tmp_path) == "not_a_workbook"
    assert reason_of(tmp_path / "Thumbs.db") == "not_a_workbook"


def test_the_message_names_the_file_the_fault_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "省\x1b[31m教育厅.xlsx"
    path.write_bytes(files.ole2("EncryptionInfo", "EncryptedPackage"))
    with pytest.raises(UnreadableWorkbook) as refused:
        read_workbook(path)
    assert str(refused.value) == "文件“省?[31m教育厅.xlsx”设有打开密码，无法读取；请去掉密码后重新报送。"


# ── Mutations ────────────────────────────────────────────────────────────────────────────────────


def mutation_bases() -> list[bytes]:
    rich = files.workbook(
        TWO_ROWS
        + '<row r="9" hidden="1"><c r="A9" t="inlineStr"><is><r><t>甲</t></r><rPh><t>x</t></rPh></is></c>'
        '<c r="B9"><f t="shared" ref="B9:C9" si="0">SUM(A$1:A9)</f><v>1</v></c>'
        '<c r="C9"><f t="shared" si="0"/></c><c r="D9" t="d"><v>2023-01-05</v></c>'
        '<c t="str"><f t="array" ref="E9">A1</f><v>_x000D_</v></c></row>',
        strings=STRINGS,
        names='<definedNames><definedName name="a" localSheetId="0">表一!$A$1</definedName></definedNames>',
        before='<cols><col min="2" max="3" hidden="1"/></cols>',
        after='<sheetProtection sheet="1"/><mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
    )
    return [rich, files.with_active_content(), a_budget_by_openpyxl(), files.zip64_directory()]


def test_whatever_is_changed_in_a_file_only_the_one_error_is_raised() -> None:
    read = refused = 0
    for name, data in mutations(mutation_bases(), count=480, seed=20_261_123):
        started = time.process_time()
        try:
            read_workbook(data)
        except UnreadableWorkbook as error:
            refused += 1
            assert UNFORESEEN not in str(error), (name, repr(error.__cause__))
        else:
            read += 1
        assert time.process_time() - started < 5, name
    assert read > 40 and refused > 200  # the changes bite, and harmless ones do no harm
