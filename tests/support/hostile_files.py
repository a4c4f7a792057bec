"""Builders of strange, broken and hostile workbook files, as bytes.

Nothing here uses the reader under test. ``workbook`` writes a minimal package from XML
fragments, so that each dialect shows exactly what differs; the builders named after an
attack or an accident return one file each.
"""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
EXTENDED = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
VARIANT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Parts = dict[str, bytes]


def zipped(
    parts: dict[str, bytes] | Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip of the parts; a sequence of pairs may repeat names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def unzipped(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def relationships(*links: tuple[str, str, str], base: str = OFFICE) -> bytes:
    """Return a relationships part from (id, kind, target)."""
    body = "".join(
        f'<Relationship Id="{i}" Type="{base}/{kind}" Target="{target}"/>' for i, kind, target in links
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}">{body}</Relationships>'.encode()


def worksheet(rows: str, *, before: str = "", after: str = "", main: str = MAIN) -> str:
    """Return a worksheet part around the rows given."""
    return f'{XML}<worksheet xmlns="{main}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts_of(
    sheet: str | bytes,
    *,
    strings: str | None = None,
    names: str = "",
    settings: str = "",
    main: str = MAIN,
    office: str = OFFICE,
) -> Parts:
    """Return the parts of a workbook with one sheet 表一, whose XML is given whole."""
    links = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    parts: Parts = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{TYPES}"><Default Extension="xml" '
        f'ContentType="application/xml"/></Types>'.encode(),
        "_rels/.rels": relationships(("rId1", "officeDocument", "xl/workbook.xml"), base=office),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{main}" xmlns:r="{office}">{settings}<sheets>'
        f'<sheet name="表一" sheetId="1" r:id="rId1"/></sheets>{names}</workbook>'.encode(),
        "xl/worksheets/sheet1.xml": sheet.encode() if isinstance(sheet, str) else sheet,
    }
    if strings is not None:
        links.append(("rId2", "sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = f'{XML}<sst xmlns="{main}">{strings}</sst>'.encode()
    parts["xl/_rels/workbook.xml.rels"] = relationships(*links, base=office)
    return parts


def workbook(rows: str, *, before: str = "", after: str = "", **options: str) -> bytes:
    """Return a workbook whose one sheet holds the rows given."""
    sheet = worksheet(rows, before=before, after=after, main=options.get("main", MAIN))
    return zipped(parts_of(sheet, **options))


ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


# ── Zip ──────────────────────────────────────────────────────────────────────────────────────────


def zip_bomb() -> bytes:
    """A sheet of 100 MB of blanks, in 100 kB."""
    return zipped(parts_of(worksheet(" " * 100_000_000)))


def zip_bomb_with_a_lying_header() -> bytes:
    """A sheet of 50 MB of blanks that says it has 1,000 bytes, in both headers."""
    sheet = worksheet(" " * 50_000_000).encode()
    data = zipped(parts_of(sheet))
    assert data.count(struct.pack("<I", len(sheet))) == 2
    return data.replace(struct.pack("<I", len(sheet)), struct.pack("<I", 1_000))


def zip_of_thousands_of_entries() -> bytes:
    parts = parts_of(worksheet(ONE_CELL))
    parts.update({f"xl/media/image{number}.png": b"" for number in range(5_000)})
    return zipped(parts)


def overlapping_entries() -> bytes:
    """Two names in the directory that point at the same compressed bytes."""
    parts = parts_of(worksheet(ONE_CELL))
    parts["xl/theme/a.xml"] = b"<a/>" * 50
    parts["xl/theme/b.xml"] = b"<a/>" * 50
    data = bytearray(zipped(parts))
    first, second = (_directory_entry(data, name) for name in (b"xl/theme/a.xml", b"xl/theme/b.xml"))
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def _directory_entry(data: bytes | bytearray, name: bytes) -> int:
    at = data.rfind(name)
    assert data[at - 46 : at - 42] == b"PK\x01\x02"
    return at - 46


def duplicate_entries() -> bytes:
    parts = list(parts_of(worksheet(ONE_CELL)).items())
    second = worksheet(ONE_CELL.replace("<v>1", "<v>2")).encode()
    # the second name differs in case only, as on Windows and in Excel it does not
    return zipped([*parts, ("XL/worksheets/Sheet1.xml", second)])


def entry_outside_the_package(name: str) -> bytes:
    return zipped({**parts_of(worksheet(ONE_CELL)), name: b"<a/>"})


def relationship_outside_the_package() -> bytes:
    parts = parts_of(worksheet(ONE_CELL))
    parts["xl/_rels/workbook.xml.rels"] = relationships(("rId1", "worksheet", "../../../../etc/passwd"))
    return zipped(parts)


def zip_with_a_password() -> bytes:
    """A workbook whose zip entries say they are encrypted."""
    data = bytearray(zipped(parts_of(worksheet(ONE_CELL))))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(signature), bytes(data)):
            data[found.start() + flags] |= 1
    return bytes(data)


def wrong_checksum() -> bytes:
    """One digit of a stored (uncompressed) sheet changed without its checksum."""
    data = zipped(parts_of(worksheet(ONE_CELL)), zipfile.ZIP_STORED)
    return data.replace(b"<v>1</v>", b"<v>7</v>")


def without_part(name: str) -> bytes:
    parts = parts_of(worksheet('<row><c t="s"><v>0</v></c></row>'), strings="<si><t>甲</t></si>")
    del parts[name]
    return zipped(parts)


def streamed_zip64() -> bytes:
    """Written without seeking and with 64-bit sizes: data descriptors and zip64 extra fields everywhere."""

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            piece = bytes(data)  # type: ignore[call-overload]
            self.data += piece
            return len(piece)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, data in parts_of(worksheet(ONE_CELL)).items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as part:
                part.write(data)
    return stream.data


def zip64_directory() -> bytes:
    """A workbook whose end record defers to a zip64 end record."""
    data = zipped(parts_of(worksheet(ONE_CELL)))
    end = data.rfind(b"PK\x05\x06")
    _, _, _, count, size, offset = struct.unpack_from("<HHHHII", data, end + 4)
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    short = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:end] + wide + locator + short


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────


def _with_doctype(part: str, doctype: str) -> bytes:
    parts = parts_of(worksheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), strings="<si><t>甲</t></si>")
    parts["xl/styles.xml"] = f'{XML}<styleSheet xmlns="{MAIN}"/>'.encode()
    parts[part] = parts[part].replace(XML.encode(), XML.encode() + doctype.encode())
    return zipped(parts)


def doctype_in(part: str) -> bytes:
    return _with_doctype(part, "<!DOCTYPE x>")


def external_entity() -> bytes:
    return _with_doctype("xl/sharedStrings.xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')


def billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    return _with_doctype("xl/worksheets/sheet1.xml", f"<!DOCTYPE x [{entities}]>")


def deeply_nested() -> bytes:
    """A million open elements, each different enough not to look like a zip bomb."""
    inside = "".join(f"<a{number}>" for number in range(1_000_000))
    return workbook(ONE_CELL, after=inside)


def one_enormous_tag() -> bytes:
    letters = random.Random(1).randbytes(6_000_000).hex()
    return workbook(ONE_CELL, after=f'<legacyDrawing id="{letters}"/>')


def one_enormous_text() -> bytes:
    letters = random.Random(1).randbytes(500_000).hex()
    return workbook(f'<row><c t="inlineStr"><is><t>{letters}</t></is></c></row>')


def one_text_of_endless_runs(shared: bool) -> bytes:
    """One text of 25 million characters in runs of 50."""
    chance = random.Random(1)
    runs = "".join(f"<r><t>{chance.randbytes(25).hex()}</t></r>" for _ in range(500_000))
    if shared:
        return workbook('<row><c t="s"><v>0</v></c></row>', strings=f"<si>{runs}</si>")
    return workbook(f'<row><c t="inlineStr"><is>{runs}</is></c></row>')


def shared_formula_that_multiplies() -> bytes:
    """8,000 characters of formula, used by 50,000 cells: 400 MB of text from 1.5 MB."""
    master = "+".join(["A1"] * 2_700)
    cells = "".join(
        f'<row r="{row}"><c r="C{row}"><f t="shared" si="0"/></c></row>' for row in range(2, 50_000)
    )
    first = f'<row r="1"><c r="C1"><f t="shared" ref="C1:C50000" si="0">{master}</f></c></row>'
    return workbook(first + cells)


def million_styled_blank_rows() -> bytes:
    rows = "".join(
        f'<row r="{row}" spans="1:3" s="1" customFormat="1"><c r="B{row}" s="3"/></row>'
        for row in range(2, 1_048_577)
    )
    return workbook(
        f'<row r="1"><c r="A1"><v>1</v></c></row>{rows}', before='<dimension ref="A1:XFD1048576"/>'
    )


def many_cells(count: int) -> bytes:
    return workbook("".join(f"<row><c><v>{number}</v></c></row>" for number in range(count)))


# ── Other kinds of file ──────────────────────────────────────────────────────────────────────────


def ole2(*streams: str) -> bytes:
    """An OLE2 compound file of one directory sector with the streams named, contents left out."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    directory = b""
    for kind, name in [(5, "Root Entry"), *((2, stream) for stream in streams)]:
        raw = name.encode("utf-16-le") + b"\0\0"
        directory += raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + bytes(60)
    return header.ljust(512, b"\xff") + directory + bytes(4_096)


def opendocument(kind: str) -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped({"mimetype": mime, "content.xml": b"<office:document-content xmlns:office='o'/>"})


def office_package(target: str) -> bytes:
    """A package of another Office program, or in another format, by its main part."""
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>'.encode(),
            "_rels/.rels": relationships(("rId1", "officeDocument", target)),
            target: b"<document/>",
        }
    )


HTML_CALLED_XLS = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><table><tr><td>合计</td></tr></table>"
    "</body></html>"
).encode("gb18030")
GBK_CSV = "科目编码,科目名称,金额\r\n2040201,行政运行,12.50\r\n".encode("gbk")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
XML_SPREADSHEET_2003 = (
    b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)


def with_active_content() -> bytes:
    """A workbook that carries one of everything that could act."""
    parts = parts_of(
        worksheet(
            '<row r="1"><c r="A1"><f>_xlfn.WEBSERVICE("http://x")</f></c>'
            "<c r=\"B1\"><f>cmd|'/c calc'!A0</f></c></row>"
        )
    )
    parts["xl/vbaProject.bin"] = b"vba"
    dde = '<ddeLink ddeService="cmd" ddeTopic="calc"/>'
    parts["xl/externalLinks/externalLink1.xml"] = (
        f'{XML}<externalLink xmlns="{MAIN}">{dde}</externalLink>'.encode()
    )
    parts["xl/connections.xml"] = f'{XML}<connections xmlns="{MAIN}"/>'.encode()
    parts["xl/embeddings/oleObject1.bin"] = b"ole"
    parts["xl/activeX/activeX1.xml"] = b"<ax/>"
    return zipped(parts)
