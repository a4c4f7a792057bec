"""Word documents as published: tables as grids, all text, changes as accepted."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml

from xlbudget.files.printed_docx import read_word
from xlbudget.model import PublishedDocument
from xlbudget.model.errors import UnreadableWorkbook

BOX = (
    f"<w:p {nsdecls('w')}><w:r><mc:AlternateContent "
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps">'
    "<w:txbxContent><w:p><w:r><w:t>框中的字</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
    "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>框中的字</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
    "</mc:AlternateContent></w:r></w:p>"
)
CHANGED = (
    f"<w:p {nsdecls('w')}><w:r><w:t>收入</w:t></w:r><w:del><w:r><w:delText>1.00</w:delText></w:r></w:del>"
    "<w:ins><w:r><w:t>2.00</w:t></w:r></w:ins><w:r><w:t>万元</w:t></w:r></w:p>"
)
CONTROL = (
    f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>控件中的字</w:t></w:r></w:p></w:sdtContent></w:sdt>"
)


def read(tmp_path: Path, *parts: str, rows: int = 0) -> PublishedDocument:
    document = docx.Document()
    body = document.element.body
    for part in parts:
        body.insert(len(body) - 1, parse_xml(part))
    if rows:
        document.add_paragraph("某表")
        table = document.add_table(rows=rows, cols=3)
        table.cell(0, 0).merge(table.cell(1, 0)).text = "项目"
        table.cell(0, 1).merge(table.cell(0, 2)).text = "金额"
        table.cell(rows - 1, 1).text = "1.00"
    path = tmp_path / "a.docx"
    document.save(str(path))
    return read_word(path)


def test_changes_count_as_accepted_and_text_boxes_and_controls_are_text(tmp_path: Path) -> None:
    document = read(tmp_path, CHANGED, BOX, CONTROL)
    assert [paragraph.text for paragraph in document.paragraphs] == ["收入2.00万元", "框中的字", "控件中的字"]
    assert document.paragraphs[0].place.address == "第 1 段"


def test_merged_cells_reach_over_rows_and_columns_and_the_lines_above_belong_to_the_table(
    tmp_path: Path,
) -> None:
    [table] = read(tmp_path, rows=3).tables
    assert [line.text for line in table.lead] == ["某表"]
    assert table.texts() == [["项目", "金额", ""], ["", "", ""], ["", "1.00", ""]]
    first, second = table.cell(1, 0), table.cell(0, 2)
    assert first is not None
    assert second is not None
    assert (first.text, first.down, second.text, second.across) == ("项目", 2, "金额", 2)
    value = table.cell(2, 1)
    assert value is not None
    assert (value.place.sheet, value.place.address) == ("表 1", "B3")


def test_pages_are_those_that_word_remembers(tmp_path: Path) -> None:
    """A page begins before the second paragraph, another within the third: that one began before."""
    seen = "<w:lastRenderedPageBreak/>"
    parts = [
        f"<w:p {nsdecls('w')}><w:r><w:t>一</w:t></w:r></w:p>",
        f"<w:p {nsdecls('w')}><w:r>{seen}<w:t>二</w:t></w:r></w:p>",
        f"<w:p {nsdecls('w')}><w:r><w:t>三</w:t></w:r><w:r>{seen}<w:t>四</w:t></w:r></w:p>",
        f"<w:p {nsdecls('w')}><w:r><w:t>五</w:t></w:r></w:p>",
    ]
    document = read(tmp_path, *parts)
    assert [(part.text, part.place.page) for part in document.paragraphs] == [
        ("一", 1),
        ("二", 2),
        ("三四", 2),
        ("五", 3),
    ]
    assert document.paragraphs[1].place.where == "第 2 页 第 2 段"


def test_pictures_are_said_and_not_read(tmp_path: Path) -> None:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG")
    document = docx.Document()
    document.add_picture(io.BytesIO(stream.getvalue()))
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert read_word(path).remarks == ("文件里有图片 1 张，图片里的内容没有读取。",)


def test_what_is_no_word_document_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(UnreadableWorkbook, match="不是能读取的 Word 文档"):
        read_word(path)
