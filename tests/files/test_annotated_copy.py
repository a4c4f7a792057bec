"""Annotated copies: the unit's own file, marked at its findings, and nothing else changed."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from support import builders, hostile_files
from support.builders import PROJECTS
from support.hostile_files import MAIN, OFFICE, XML, parts_of, relationships, worksheet, zipped

from xlbudget import check
from xlbudget.cli import run
from xlbudget.files.annotation import annotated
from xlbudget.files.xlsx import read_workbook
from xlbudget.model import Report, WorkbookTemplate
from xlbudget.model.errors import InputError, NotAnnotatable
from xlbudget.reports.annotated_copies import AnnotatedCopy, write_copies

Convert = Callable[..., list[Path]]
RED = "FFC7CE"
FORM = "公开表5"
LIST = "问题"
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="2">'
    '<fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="4" fillId="1"><alignment wrapText="1"/></xf></cellXfs>'
    "</styleSheet>"
)


def marked(data: bytes, marks: Mapping[str, Mapping[tuple[int, int], tuple[str, str]]]) -> bytes:
    return annotated(data, hashlib.sha256(data).hexdigest(), marks)[0]


@lru_cache(maxsize=4)
def loaded(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data))


@lru_cache(maxsize=4)
def contents(data: bytes) -> dict[tuple[str, tuple[int, int]], tuple[object, ...]]:
    """Value and formula of every cell, by the reader that checks use."""
    return {
        (sheet.name, at): (cell.kind, cell.text, cell.formula)
        for sheet in read_workbook(data).sheets
        for at, cell in sheet.cells.items()
    }


def elements(data: bytes, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(builders.unpacked(data)[part])


def comments(data: bytes, sheet: str) -> dict[str, str]:
    """Address → text of each comment, as any XML reader finds them from the sheet."""
    parts = builders.unpacked(data)
    folder, _, name = builders.sheet_parts(parts)[sheet].rpartition("/")
    rels = parts.get(f"{folder}/_rels/{name}.rels")
    links = list(ElementTree.fromstring(rels)) if rels else []
    found = [link.get("Target", "") for link in links if link.get("Type", "").endswith("/comments")]
    if not found:
        return {}
    root = elements(data, posixpath.normpath(posixpath.join("/", folder, found[0])).lstrip("/"))
    texts = {node.get("ref", ""): node for node in root.iter(f"{{{MAIN}}}comment")}
    return {at: "".join(text.text or "" for text in node.iter(f"{{{MAIN}}}t")) for at, node in texts.items()}


def own(held: Mapping[tuple[str, tuple[int, int]], object]) -> dict[tuple[str, tuple[int, int]], object]:
    """What the unit's own sheets hold: without the list that the copy begins with."""
    return {place: value for place, value in held.items() if place[0] != LIST}


def fill_of(data: bytes, sheet: str, address: str) -> str:
    """The colour of a cell, from the XML."""
    root = elements(data, builders.sheet_parts(builders.unpacked(data))[sheet])
    [style] = [node.get("s", "0") for node in root.iter(f"{{{MAIN}}}c") if node.get("r") == address] or ["0"]
    styles = elements(data, "xl/styles.xml")
    formats, fills = (styles.find(f"{{{MAIN}}}{name}") for name in ("cellXfs", "fills"))
    assert formats is not None and fills is not None
    colour = fills[int(formats[int(style)].get("fillId", "0"))].find(f".//{{{MAIN}}}fgColor")
    return "" if colour is None else colour.get("rgb", "")


def raw_members(data: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Local record (header and compressed bytes) and directory entry without its offset, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.infolist()
        start = archive.start_dir
    starts = [*sorted(each.header_offset for each in listed), start]
    found, at = {}, start
    for each in listed:
        lengths = struct.unpack_from("<HHH", data, at + 28)
        size = 46 + sum(lengths)
        entry = data[at : at + 42] + data[at + 46 : at + size]
        stop = starts[starts.index(each.header_offset) + 1]
        found[each.filename] = (data[each.header_offset : stop], entry)
        at += size
    return found


# ------------------------------------------------------------------ the chain


@pytest.fixture(scope="module")
def spoiled(reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form's total typed over, a text for an amount, and a project renamed in its second row."""
    data = builders.stored_as(reference_workbook.read_bytes(), FORM, "D6", kind="n", value="12.5")
    data = builders.stored_as(data, PROJECTS, "G7", kind="str", value="壹佰元<b>&_x005F_x0041_")
    return builders.returned(tmp_path_factory.mktemp("returned"), "243001_填报.xlsx", data)


@pytest.fixture(scope="module")
def report(spoiled: Path, template: WorkbookTemplate) -> Report:
    return check(spoiled, template)


@pytest.fixture(scope="module")
def copy(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annotated")
    assert write_copies(report, folder) == (
        AnnotatedCopy("243001_填报.xlsx", folder / "243001_填报_批注.xlsx"),
    )
    return folder / "243001_填报_批注.xlsx"


def test_only_the_parts_named_differ_and_all_others_keep_bytes_headers_and_order(
    spoiled: Path, copy: Path
) -> None:
    before, after = raw_members(spoiled.read_bytes()), raw_members(copy.read_bytes())
    parts = builders.sheet_parts(builders.unpacked(spoiled.read_bytes()))
    marked_sheets = {parts[FORM], parts[PROJECTS]}
    added = {name for name in after if name not in before}
    assert list(after)[: len(before)] == list(before)
    changed = {name for name in before if before[name] != after[name]}
    rels = {re.sub(r"worksheets/(.*)", r"worksheets/_rels/\1.rels", part) for part in marked_sheets}
    [listed] = [name for name in added if "/worksheets/sheet" in name]
    assert changed | added == marked_sheets | rels | {
        listed, parts["封面"], "xl/workbook.xml", "xl/_rels/workbook.xml.rels",  # the list; what was selected
        "[Content_Types].xml", "xl/styles.xml", "xl/comments1.xml", "xl/comments2.xml",
        "xl/drawings/vmlDrawing1.vml", "xl/drawings/vmlDrawing2.vml",
    }  # fmt: skip
    assert zipfile.ZipFile(copy).testzip() is None
    assert own(contents(copy.read_bytes())) == contents(spoiled.read_bytes())


def test_each_finding_stands_at_its_cell_in_colour(report: Report, copy: Path) -> None:
    where = [(finding.place.sheet, finding.place.address) for finding in report.findings]
    assert sorted(where) == [(FORM, "D6"), (PROJECTS, "G7")]
    assert [fill_of(copy.read_bytes(), *place) for place in where] == [f"FF{RED}"] * 2
    said = (
        "【不予接收】公式被数值覆盖，现为 12.50 万元，按录入数计算应为 2,194.0698 万元，"
        "相差 -2,181.5698 万元。\n"
        "→ 请恢复原公式（从原模板复制该单元格），需要调整的金额在录入表中修改。（公式被改动或被数值覆盖）"
    )
    assert comments(copy.read_bytes(), FORM) == {"D6": said}
    # an escape that the unit typed as text is escaped once more, so that programs show what was typed
    [entry] = comments(copy.read_bytes(), PROJECTS).values()
    assert "壹佰元<b>&_x005F_x0041_" in entry


def test_styles_of_other_cells_and_other_looks_of_the_cell_are_kept(spoiled: Path, copy: Path) -> None:
    before, after = loaded(spoiled.read_bytes()), loaded(copy.read_bytes())
    differing = [
        cell.coordinate
        for row in before[FORM]
        for cell in row
        if cell.style_id != after[FORM][cell.coordinate].style_id
    ]
    assert differing == ["D6"]
    one, other = before[FORM]["D6"], after[FORM]["D6"]
    for look in ("number_format", "font", "border", "alignment", "protection"):
        assert repr(getattr(one, look)) == repr(getattr(other, look))


def test_the_copy_opens_on_a_list_whose_lines_lead_to_the_cells(
    spoiled: Path, copy: Path, report: Report
) -> None:
    """One sheet before all others, it alone selected; tabs of sheets with findings are coloured."""
    book, before = loaded(copy.read_bytes()), loaded(spoiled.read_bytes())
    assert book.sheetnames == [LIST, *before.sheetnames]
    assert book.active is not None
    assert book.active.title == LIST
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == [LIST]
    sheet = book[LIST]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == ["序号", "级别", "位置", "问题", "怎样改"]
    places = [f"{finding.place.sheet}!{finding.place.address}" for finding in report.findings]
    assert sorted(str(row[2]) for row in rows[1:]) == sorted(places)
    assert all(row[3] and row[4] for row in rows[1:])
    links = {
        cell.coordinate: cell.hyperlink.location
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert links == {
        f"C{number}": "'{}'!{}".format(*str(row[2]).split("!")) for number, row in enumerate(rows[1:], 3)
    }
    red = {sheet.title for sheet in book if getattr(sheet.sheet_properties.tabColor, "rgb", "") == "FFC00000"}
    assert red == {LIST, FORM, PROJECTS}
    # names that belong to one sheet still belong to it: they count sheets from the first
    assert {sheet.title: sheet.print_title_rows for sheet in before} == {
        sheet.title: sheet.print_title_rows for sheet in book if sheet.title != LIST
    }


def test_a_copy_that_comes_back_all_the_same_is_read_with_the_list_left_out(
    copy: Path, report: Report, template: WorkbookTemplate
) -> None:
    again = check(copy, template)
    assert [row[:4] for row in builders.rows_of(again)] == [row[:4] for row in builders.rows_of(report)]
    assert again.workbooks[0].remarks == (f"单位自加的工作表未读取：“{LIST}”。",)


@pytest.mark.slow
def test_libreoffice_opens_both_and_sees_the_same_values_and_our_comments(
    spoiled: Path, copy: Path, libreoffice: Convert, tmp_path: Path
) -> None:
    one, other = libreoffice([spoiled, copy], tmp_path)
    before, after = one.read_bytes(), other.read_bytes()
    assert contents(before) == own(contents(after))
    assert list(comments(after, FORM)) == ["D6"]
    assert comments(after, PROJECTS)["G7"].count("壹佰元<b>&_") == 1
    assert comments(before, FORM) == {}
    assert fill_of(after, FORM, "D6") == f"FF{RED}"
    assert fill_of(before, FORM, "D6") != f"FF{RED}"
    # what LibreOffice wrote, comments included, is annotated again: its comment stays, ours stands below
    again = marked(after, {FORM: {(5, 3): (RED, "第二次"), (6, 3): (RED, "新的")}})
    texts = comments(again, FORM)
    assert list(texts) == ["D6", "D7"]
    assert texts["D6"] == comments(after, FORM)["D6"] + "\n\n第二次"
    assert contents(again) == contents(after)


def test_a_finding_without_a_cell_stands_at_the_first_cell(report: Report, tmp_path: Path) -> None:
    [workbook] = report.workbooks
    finding = workbook.findings[0]
    lost = type(finding)("unread", finding.severity, "缺少工作表。")
    changed = type(workbook)(workbook.path, workbook.sha256, workbook.unit, (lost,), ())
    whole = Report("", "", "", (changed,))
    [made] = write_copies(whole, tmp_path)
    assert made.elsewhere == 1 and made.path is not None
    first = read_workbook(made.path, sheets=lambda _: False).sheets[1].name  # behind the list
    assert comments(made.path.read_bytes(), first) == {"A1": "【不予接收】缺少工作表。（unread）"}


def test_no_copy_of_a_file_changed_since_or_over_a_returned_file(report: Report, tmp_path: Path) -> None:
    [workbook] = report.workbooks
    path = builders.returned(tmp_path, "改.xlsx", workbook.path.read_bytes() + b"\0")
    moved = Report("", "", "", (type(workbook)(path, workbook.sha256, None, workbook.findings, ()),))
    [made] = write_copies(moved, tmp_path / "批注")
    assert made == AnnotatedCopy("改.xlsx", None, "文件在审核之后又有改动")
    assert not (tmp_path / "批注").exists()
    taken = builders.returned(tmp_path, "改_批注.xlsx", b"x")
    both = Report("", "", "", (*moved.workbooks, type(workbook)(taken, "", None, (), ())))
    with pytest.raises(InputError, match="就是报送的文件"):
        write_copies(both, tmp_path)


def test_the_command_writes_copies_beside_the_returned_folder_only(
    spoiled: Path, copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = spoiled.read_bytes()
    arguments = ["check", str(spoiled.parent), "--annotate"]
    assert run([*arguments, str(tmp_path / "批注")]) == 1
    assert f"批注副本 1 份已写入 {tmp_path / '批注'}" in capsys.readouterr().out
    assert (tmp_path / "批注" / copy.name).read_bytes() == copy.read_bytes()
    assert spoiled.read_bytes() == before
    assert run([*arguments, str(spoiled.parent / "批注")]) == 2
    assert "在报送文件夹里" in capsys.readouterr().err
    assert list(spoiled.parent.iterdir()) == [spoiled]


# ------------------------------------------------------------------- dialects


def written(write: Callable[[Any], None]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("表一")
    sheet.write_row(0, 0, [1, 2, 3])
    sheet.write_row(3, 0, ["甲", "乙"])
    write(sheet)
    book.close()
    return stream.getvalue()


def test_an_existing_comment_is_kept_with_ours_below_and_others_are_untouched() -> None:
    def write(sheet: Any) -> None:
        sheet.write_comment("B1", "原有批注")
        sheet.write_comment("C1", "另一条")
        sheet.insert_button("E2", {"caption": "按钮"})
        sheet.insert_textbox("E8", "文本框")

    data = written(write)
    copy = marked(data, {"表一": {(0, 1): (RED, "我们的"), (3, 0): (RED, "=1+1")}})
    found = comments(copy, "表一")
    assert found == {"B1": "原有批注\n\n我们的", "C1": "另一条", "A4": "=1+1"}
    drawing = builders.unpacked(copy)["xl/drawings/vmlDrawing1.vml"].decode()
    assert drawing.count('ObjectType="Note"') == 3 and drawing.count('ObjectType="Button"') == 1
    numbers = re.findall(r'<v:shape id="_x0000_s(\d+)"', drawing)
    assert len(numbers) == len(set(numbers)) == 4
    assert contents(copy) == contents(data)


def test_a_threaded_comment_is_left_alone() -> None:
    data = written(lambda sheet: sheet.write_comment("B1", "会话", {"author": "tc={1-2-3}"}))
    copy = marked(data, {"表一": {(0, 1): (RED, "我们的")}})
    assert comments(copy, "表一") == comments(data, "表一")
    assert fill_of(copy, "表一", "B1") == f"FF{RED}"
    _, silent = annotated(data, hashlib.sha256(data).hexdigest(), {"表一": {(0, 1): (RED, "我们的")}})
    assert silent == ("表一!B1",)  # so that the officer hears of it


DIALECTS = {
    "no addresses": worksheet(
        '<row><c><v>1</v></c><c s="1"><v>2</v></c></row><row r="4"><c><v>3</v></c></row>'
    ),
    "self-closing rows": worksheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1"/></row><row r="4"/>'),
    "no rows": worksheet(""),
    "prefixed": f'{XML}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
    '<x:c r="D1"><x:v>2</x:v></x:c></x:row></x:sheetData><x:extLst/></x:worksheet>',
    "tail": worksheet(
        "<row r='1'><c r='A1' s='0'><v>1</v></c></row>",
        before='<cols><col min="2" max="4" style="1"/></cols>',
        after='<pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/>'
        '<tableParts count="0"/>',
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_cells_there_or_not_are_marked_in_every_dialect(dialect: str) -> None:
    data = with_styles(parts_of(DIALECTS[dialect]))
    wanted = {(0, 0): (RED, "甲"), (0, 1): (RED, "乙"), (3, 2): (RED, "丙"), (8, 0): (RED, "丁")}
    copy = marked(data, {"表一": wanted})
    assert comments(copy, "表一") == {"A1": "甲", "B1": "乙", "C4": "丙", "A9": "丁"}
    fills = [loaded(copy)["表一"][at].fill for at in ("A1", "B1", "C4", "A9", "B4")]
    assert [fill.fgColor.rgb for fill in fills[:4]] == [f"FF{RED}"] * 4
    assert fills[4].fill_type is None
    assert contents(copy) == contents(data)
    if dialect == "tail":
        assert loaded(copy)["表一"]["B1"].number_format == "#,##0.00"
        xml = builders.unpacked(copy)["xl/worksheets/sheet1.xml"].decode()
        assert xml.index("<pageMargins") < xml.index("<legacyDrawing") < xml.index("<tableParts")


def with_styles(parts: builders.Parts) -> bytes:
    parts["xl/styles.xml"] = STYLES.encode()
    kinds = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for name, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("styles", "styles"),
        )
    )
    types = parts["[Content_Types].xml"].decode()
    parts["[Content_Types].xml"] = types.replace("</Types>", f"{kinds}</Types>").encode()
    parts["xl/_rels/workbook.xml.rels"] = relationships(
        ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")
    )
    return zipped(parts)


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 5), st.integers(0, 30)),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=20),
        min_size=1,
        max_size=8,
    )
)
def test_marks_come_back_as_they_were_put_and_no_other_cell_moves(
    texts: Mapping[tuple[int, int], str],
) -> None:
    data = written(lambda _: None)
    copy = marked(data, {"表一": {place: (RED, text) for place, text in texts.items()}})
    sheet = loaded(copy)["表一"]
    found = {
        (cell.row - 1, cell.column - 1): cell.comment.text for row in sheet for cell in row if cell.comment
    }
    escaped = {place: re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text) for place, text in texts.items()}
    assert found == escaped
    coloured = {
        (cell.row - 1, cell.column - 1) for row in sheet for cell in row if cell.fill.fill_type == "solid"
    }
    assert coloured == set(texts)
    assert contents(copy) == contents(data)


# ------------------------------------------------------------------- refusals


def signed() -> bytes:
    parts = builders.unpacked(written(lambda _: None))
    return builders.packed(parts | {"_xmlsignatures/sig1.xml": b"<Signature/>"})


def in_utf_16() -> bytes:
    sheet = worksheet('<row r="1"><c r="A1"><v>1</v></c></row>').replace("UTF-8", "UTF-16").encode("utf-16")
    return with_styles(parts_of(sheet))


def strict() -> bytes:
    sheet = worksheet("", main=hostile_files.STRICT_MAIN)
    parts = parts_of(sheet, main=hostile_files.STRICT_MAIN, office=hostile_files.STRICT_OFFICE)
    parts["xl/styles.xml"] = STYLES.encode()
    parts["xl/_rels/workbook.xml.rels"] = relationships(
        ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml"),
        base=hostile_files.STRICT_OFFICE,
    )  # fmt: skip
    return zipped(parts)


REFUSED = {
    "macros": (lambda: builders.with_macros(written(lambda _: None)), "文件带有宏，不再转发"),
    "active": (hostile_files.with_active_content, "不再转发"),
    "signed": (signed, "数字签名"),
    "no styles": (lambda: zipped(parts_of(worksheet(""))), "缺少单元格格式"),
    "utf-16": (in_utf_16, "不是 UTF-8"),
    "strict": (strict, "严格"),
    "zip64": (hostile_files.zip64_directory, "缺少单元格格式|zip64"),
    "no workbook": (lambda: b"PK\x03\x04", "已损坏"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_no_copy_where_none_can_be_made_safely(kind: str) -> None:
    build, reason = REFUSED[kind]
    with pytest.raises(NotAnnotatable, match=reason):
        marked(build(), {"": {(0, 0): (RED, "甲")}})


def test_a_sheet_that_is_not_there_is_said() -> None:
    with pytest.raises(NotAnnotatable, match="找不到工作表“表二”"):
        marked(written(lambda _: None), {"表二": {(0, 0): (RED, "甲")}})


def test_zip_entries_with_descriptors_survive_and_zip64_is_refused() -> None:
    assert OFFICE  # the office namespace is the one that relationships of copies use
    stream = io.BytesIO()
    parts = builders.unpacked(written(lambda _: None))

    class Unseekable(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            return stream.write(piece)

    with zipfile.ZipFile(Unseekable(), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, content in parts.items():
            archive.writestr(name, content)
    data = stream.getvalue()
    copy = marked(data, {"": {(0, 0): (RED, "甲")}})
    assert zipfile.ZipFile(io.BytesIO(copy)).testzip() is None
    assert comments(copy, "表一") == {"A1": "甲"}
    before, after = raw_members(data), raw_members(copy)
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet1.xml",
    }  # fmt: skip
