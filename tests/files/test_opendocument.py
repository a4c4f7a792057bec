"""Reading .ods: every kind of cell as programs write it, what is no sheet, what is hostile."""

from __future__ import annotations

import time
import zipfile

import pytest
from support import hostile_files as files
from support.mutated_files import mutations
from support.ods_files import opendocument, reason_of, sheet

from xlbudget.files.workbooks import read_any
from xlbudget.model import UNSEEN
from xlbudget.model.errors import UnreadableWorkbook


def cells_in(row: str) -> dict[int, tuple[str, str, str | None]]:
    book = read_any(opendocument(sheet(f"<row>{row}</row>")))
    return {column: cell[:3] for (_, column), cell in book.sheets[0].cells.items()}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('type="float" value="1.50"><p>1.5</p>', ("n", "1.50", None)),
        ('type="currency" value="3"><p>¥3</p>', ("n", "3", None)),
        ('type="percentage" value="0.95"><p>95%</p>', ("n", "0.95", None)),
        ('type="date" office:date-value="2023-05-01"><p>5月</p>', ("n", "45047", None)),
        ('type="time" office:time-value="PT12H00M00S"><p>中</p>', ("n", "0.5", None)),
        ('type="boolean" office:boolean-value="true"><p>TRUE</p>', ("b", "1", None)),
        ('type="string"><p>一</p><p>二</p>', ("s", "一\n二", None)),
        ('type="string" string="存"><p>显</p>', ("s", "存", None)),
        ('type="string"><p> 一 <text:s text:c="3"/>二<text:tab/>三\n  </p>', ("s", "一    二\t三", None)),
        ('type="string"><p>一 </p>', ("s", "一 ", None)),
        ('type="string"><p>甲<text:span>乙</text:span><text:a>丙</text:a></p>', ("s", "甲乙丙", None)),
        ('type="string"><office:annotation><p>批注</p></office:annotation><p>甲</p>', ("s", "甲", None)),
        ('type="string"><draw:frame><p>框</p></draw:frame><p>甲</p>', ("s", "甲", None)),
        ('type="float" value="１２"><p>12</p>', ("ambiguous", "１２", None)),
        ('formula="of:=1/0" type="string" string="" known="error"><p>#DIV/0!</p>', ("e", "#DIV/0!", UNSEEN)),
        ('formula="of:=1/0" type="float" value="0"><p>#DIV/0!</p>', ("e", "#DIV/0!", UNSEEN)),
        ('formula="of:=A1" type="float" value="0"><p>Err:502</p>', ("e", "Err:502", UNSEEN)),
        ('type="string"><p>#DIV/0!</p>', ("s", "#DIV/0!", None)),
        ('formula="of:=A1">', ("blank", "", UNSEEN)),
    ],
)  # fmt: skip
def test_cells_of_opendocument(cell: str, expected: tuple[str, str, str | None]) -> None:
    assert cells_in(f"<cell {cell}</cell>") == {1: expected}


def test_repeated_rows_and_cells_stand_where_they_are_shown() -> None:
    one = '<cell type="float" value="1"><p>1</p></cell>'
    rows = (
        '<column across="2"/>'
        '<column table:visibility="collapse" across="3"/>'
        f'<heads><row>{one}</row></heads>'
        f'<group><row down="2" table:visibility="filter">'
        f'<cell across="2"/>'
        + one.replace("<cell", "<cell across='2'", 1)
        +         "</row></group>"
        '<row down="1048500"><cell '
        'across="16384"/></row>'
        f'<row><cell wide="2" tall="2"/>{one}</row>'
    )  # fmt: skip
    found = read_any(opendocument(sheet(rows))).sheets[0]
    assert set(found.cells) == {(1, 1), (2, 3), (2, 4), (3, 3), (3, 4), (1048504, 2)}
    assert (found.hidden_rows, found.hidden_columns) == ({2, 3}, ((3, 5),))
    assert found.merges == ((1048504, 1, 1048505, 2),)


def test_what_is_no_sheet_is_not_read_as_one() -> None:
    """Tables in tracked changes, in links to other files and within cells; names, dates, other settings."""
    row = '<row><cell type="float" value="{}"/></row>'
    around = (
        '<table:tracked-changes><table:table table:name="旧">'
        + row.format(9)
        + "</table:table></table:tracked-changes>"
        '<table:calculation-settings table:precision-as-shown="true">'
        '<table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    inner = sheet(row.format(8), "里")
    cell = f'<row><cell type="string"><p>外</p>{inner}</cell></row>'
    local = (
        '<table:named-expressions><table:named-range table:name="甲" '
        'table:cell-range-address="$表一.$A$1"/></table:named-expressions>'
    )
    after = (
        '<table:named-expressions><table:named-range table:name="乙" '
        "table:cell-range-address=\"$'表 二''三'.$B$2:.$C$4\"/></table:named-expressions>"
        '<table:dde-links><table:dde-link><office:dde-source/><table:table table:name="链">'
        + row.format(7)
        + "</table:table></table:dde-link></table:dde-links>"
    )
    styles = (
        '<style:style style:name="ta1" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    data = opendocument(
        sheet(row.format(1) + cell + local, attributes='table:style-name="ta1" table:protected="true"')
        + after,
        styles=styles,
        around=around,
    )
    book = read_any(data)
    (only,) = book.sheets
    assert {at: cell.text for at, cell in only.cells.items()} == {(1, 1): "1", (2, 1): "外"}
    assert (only.state, only.protected) == ("hidden", True)
    assert book.date_1904 and book.precision_as_displayed
    assert book.defined_names == {"乙": "'表 二''三'!$B$2:$C$4"}
    assert book.sheet_names_local == (("甲", 0, "'表一'!$A$1"),)
    assert book.active_content == ("DDE",)


def test_active_content_of_opendocument_is_listed() -> None:
    rows = '<row><cell formula="of:=[\'file:///c:/别处.ods\'#$表.A1]" type="float" value="1"/></row>'
    data = opendocument(sheet(rows), Basic__Standard__a="<a/>")
    assert read_any(data).active_content == ("宏", "外部链接")


# ── Hostile files ────────────────────────────────────────────────────────────────────────────────

WIDE = '<cell type="float" value="1" across="16384"/>'


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (sheet(f'<row down="1048576">{WIDE}</row>'), "limit"),
        (sheet('<row down="1048577"/>'), "damaged"),
        (sheet('<row down="1048576"/><row/>'), "damaged"),
        (sheet(f"<row>{WIDE}{WIDE}</row>"), "damaged"),
        (sheet('<row down="0"/>'), "damaged"),
        (sheet('<row down="９"/>'), "damaged"),
        (sheet("") + sheet(""), "damaged"),
        ("", "damaged"),
        (sheet("<row>"), "damaged"),
    ],
)  # fmt: skip
def test_hostile_opendocument_is_refused(tables: str, reason: str) -> None:
    started = time.process_time()
    assert reason_of(opendocument(tables)) == reason
    assert time.process_time() - started < 5


def test_an_encrypted_opendocument_says_so() -> None:
    manifest = (
        "<manifest:manifest {names}><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
        "</manifest:manifest>"
    )
    data = opendocument(sheet(""), **{"META-INF__manifest.xml": manifest})
    assert reason_of(data) == "encrypted"


def test_doctypes_and_bombs_in_opendocument_are_refused() -> None:
    parts = files.unzipped(opendocument(sheet("")))
    parts["content.xml"] = b"<!DOCTYPE x>" + parts["content.xml"]
    assert reason_of(files.zipped(parts, method=zipfile.ZIP_STORED)) == "doctype"
    parts["content.xml"] = opendocument(sheet("")) and b"<a>" + b" " * 30_000_000 + b"</a>"
    assert reason_of(files.zipped(parts)) == "limit"


def ods_base() -> bytes:
    cells = "".join(f'<cell type="float" value="{at}"><p>{at}</p></cell>' for at in range(9))
    return opendocument(sheet(f'<row down="3">{cells}</row>'))


def test_whatever_is_changed_in_an_opendocument_ends_in_the_one_error() -> None:
    read = refused = 0
    for name, data in mutations([ods_base()], count=180, seed=7):
        started = time.process_time()
        try:
            read_any(data)
        except UnreadableWorkbook as error:
            refused += 1
            assert str(error).endswith("。"), name
            assert "已损坏（内容不符合格式规定）" not in str(error), (name, error.__cause__)
        else:
            read += 1
        assert time.process_time() - started < 5, name
    assert read > 10 and refused > 60
