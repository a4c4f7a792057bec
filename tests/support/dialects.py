"""The same workbook as other programs write it: dialects of OOXML, at the level of the parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, unescape

from openpyxl.formula.translate import Translator

from support.builders import changed_part, packed, sheet_parts, unpacked, with_part

_CELL = re.compile(r'<c r="(?P<at>[A-Z]+\d+)"(?P<rest>[^>]*)(?<!/)>(?P<inner>.*?)</c>', re.DOTALL)


def wps(workbook: bytes) -> bytes:
    """As WPS writes it: its own namespaces and program name, a dimension that says nothing."""
    spaces = 'xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"'

    def change(xml: str) -> str:
        xml = re.sub(r'<dimension ref="[^"]*"/>', '<dimension ref="A1"/>', xml)
        return re.sub(r"<worksheet ", f"<worksheet {spaces} ", xml, count=1)

    changed = _every_sheet(workbook, change)
    return changed_part(
        changed,
        "docProps/app.xml",
        lambda xml: re.sub(r"<Application>[^<]*<", "<Application>WPS 表格<", xml),
    )


def excel_2010(workbook: bytes, sheet: str, column: str) -> bytes:
    """As Excel 2010 writes it: row spans, its own attributes, texts and
    one column of formulas shared."""
    spaces = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
    )

    def change(xml: str) -> str:
        xml = re.sub(r"<row r=", '<row spans="1:20" x14ac:dyDescent="0.25" r=', xml)
        return re.sub(r"<worksheet ", f"<worksheet {spaces} ", xml, count=1)

    parts = unpacked(_every_sheet(shared_strings(workbook), change))
    part = sheet_parts(parts)[sheet]
    parts[part] = _shared(parts[part].decode(), column).encode()
    return packed(parts)


def _shared(xml: str, column: str) -> str:
    """Let the formulas of one column be copies of the first, as Excel stores what was filled down."""
    cells = [cell for cell in _CELL.finditer(xml) if re.fullmatch(rf"{column}\d+", cell["at"])]
    cells = [cell for cell in cells if "<f>" in cell["inner"]]
    first, formula = cells[0], _formula(cells[0])
    for cell in cells[1:]:
        moved = Translator(f"={formula}", origin=first["at"]).translate_formula(cell["at"])
        assert moved == f"={_formula(cell)}", cell["at"]
        xml = xml.replace(cell[0], re.sub(r"<f>[^<]*</f>", '<f t="shared" si="0"/>', cell[0]))
    shared = f'<f t="shared" ref="{first["at"]}:{cells[-1]["at"]}" si="0">'
    return xml.replace(first[0], first[0].replace("<f>", shared))


def _formula(cell: re.Match[str]) -> str:
    found = re.search(r"<f>([^<]*)</f>", cell["inner"])
    assert found is not None
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"})


def shared_strings(workbook: bytes) -> bytes:
    """Keep texts in the table of shared strings, as Excel and WPS do."""
    parts = unpacked(workbook)
    strings: dict[str, int] = {}

    def shared(cell: re.Match[str]) -> str:
        if 't="inlineStr"' not in cell["rest"]:
            return cell[0]
        text = cell["inner"].removeprefix("<is>").removesuffix("</is>")
        rest = cell["rest"].replace('t="inlineStr"', 't="s"')
        return f'<c r="{cell["at"]}"{rest}><v>{strings.setdefault(text, len(strings))}</v></c>'

    for part in sheet_parts(parts).values():
        parts[part] = _CELL.sub(shared, parts[part].decode()).encode()
    assert strings
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = "".join(f"<si>{text}</si>" for text in strings)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{namespace}">{items}</sst>'.encode()
    with_part(parts, "sharedStrings", "sharedStrings.xml", "rIdStrings")
    return packed(parts)


def numbers(workbook: bytes) -> bytes:
    """As Numbers writes it: texts inline, dates counted from 1904, no names and no properties of ours."""
    parts = unpacked(workbook)
    assert "xl/sharedStrings.xml" not in parts
    book = parts["xl/workbook.xml"].decode()
    book = re.sub(r"<definedNames>.*</definedNames>", "", book, flags=re.DOTALL)
    assert "<workbookPr" in book
    parts["xl/workbook.xml"] = book.replace("<workbookPr", '<workbookPr date1904="1"', 1).encode()
    parts["docProps/custom.xml"] = re.sub(
        rb"<(?:\w+:)?property .*</(?:\w+:)?property>", b"", parts["docProps/custom.xml"], flags=re.DOTALL
    )
    return packed(parts)


def with_comment(workbook: bytes, sheet: str, address: str, text: str) -> bytes:
    """Add a comment as Excel does (its drawing left out: no reader of values looks at it)."""
    parts = unpacked(workbook)
    own = sheet_parts(parts)[sheet]
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/comments1.xml"] = (
        f'<comments xmlns="{namespace}"><authors><author>单位</author></authors><commentList>'
        f'<comment ref="{address}" authorId="0"><text><t>{escape(text)}</t></text></comment>'
        "</commentList></comments>"
    ).encode()
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = f'<Relationship Id="rIdOwn" Type="{base}/comments" Target="../comments1.xml"/></Relationships>'
    name = own.replace("worksheets/", "worksheets/_rels/") + ".rels"
    empty = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    )
    relations = parts.get(name, empty.encode()).decode()
    parts[name] = relations.replace("</Relationships>", relation).encode()
    return packed(parts)


def _every_sheet(workbook: bytes, change: Callable[[str], str]) -> bytes:
    parts = unpacked(workbook)
    for part in sheet_parts(parts).values():
        parts[part] = change(parts[part].decode()).encode()
    return packed(parts)
