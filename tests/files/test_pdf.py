"""PDFs as they are met: what is printed is read by its place, and what is hostile ends in one sentence."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from support import hostile_pdfs
from support.hostile_pdfs import one_page, pdf, stream

from xlbudget.files.pdf.child import draw_in_child, mark_in_child, read_in_child
from xlbudget.files.pdf.views import Mark, View
from xlbudget.model import Box, PublishedDocument
from xlbudget.model.errors import UnreadableWorkbook

GRID = b"0.5 w 100 600 200 100 re S 200 600 m 200 700 l S 100 650 m 300 650 l S\n"
"""Two columns and two rows, from (100, 600) to (300, 700)."""


def word(text: str, x: float, y: float, size: int = 10) -> bytes:
    """Print a text at a place, in a run of its own."""
    return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n".encode()


def read(tmp_path: Path, content: bytes) -> PublishedDocument:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    return read_in_child(path)


# ---------------------------------------------------------------- by its place


def test_lines_are_rebuilt_by_position_whatever_was_drawn_first(tmp_path: Path) -> None:
    """The second line is drawn first, the first one from its end; far apart is another line."""
    content = word("second", 72, 680) + word("end", 105, 700) + word("first", 72, 700) + word("far", 400, 700)
    document = read(tmp_path, one_page(content))
    assert [line.text for line in document.pages[0].lines] == ["first end", "far", "second"]


def test_any_part_of_a_line_has_a_box(tmp_path: Path) -> None:
    """Helvetica's digits are 0.556 of the size wide: the third of them begins at 72 + 2 × 5.56."""
    document = read(tmp_path, one_page(word("1234", 72, 700)))
    [line] = document.pages[0].lines
    box = line.at(2, 3).box
    assert box is not None
    assert box.left == pytest.approx(72 + 2 * 5.56, abs=0.1)
    assert box.right == pytest.approx(72 + 3 * 5.56, abs=0.1)
    assert box.top < 842 - 700 < box.bottom


def test_a_radical_that_only_looks_like_a_character_is_read_as_the_character(tmp_path: Path) -> None:
    """A font maps its glyphs to ⽬ and ⾦ (Kangxi radicals), as some programs write them."""
    mapping = b"1 beginbfchar <41> <2F6C> endbfchar 1 beginbfchar <42> <2FA6> endbfchar"
    table = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> "
    table += b"endcodespacerange " + mapping + b" endcmap end end"
    objects = hostile_pdfs.page_objects(word("AB", 72, 700))
    objects[5] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 10 0 R >>"
    document = read(tmp_path, pdf(objects | {10: stream(table)}))
    assert [line.text for line in document.pages[0].lines] == ["目金"]


def test_a_turned_page_is_read_as_it_is_shown(tmp_path: Path) -> None:
    """The page lies on its side: (72, 700) from below left stands at (700, 72) from above left."""
    content = one_page(b"BT /F1 10 Tf 0 1 -1 0 100 72 Tm (turned) Tj ET").replace(
        b"/MediaBox", b"/Rotate 90 /MediaBox"
    )
    document = read(tmp_path, content)
    [page] = document.pages
    assert (page.width, page.height) == (842, 595)
    [line] = page.lines
    assert line.text == "turned"
    assert line.place.box is not None
    assert line.place.box.left == pytest.approx(72, abs=1)


def test_a_table_is_a_grid_of_cells_with_their_boxes(tmp_path: Path) -> None:
    content = (
        GRID + word("a", 110, 670) + word("1.00", 210, 670) + word("b", 110, 620) + word("2.00", 210, 620)
    )
    [table] = read(tmp_path, one_page(content)).tables
    assert table.texts() == [["a", "1.00"], ["b", "2.00"]]
    cell = table.cell(1, 1)
    assert cell is not None
    assert cell.place.page == 1
    assert cell.place.box == pytest.approx(Box(200, 192, 300, 242), abs=1)


def test_a_side_without_a_line_joins_two_fields(tmp_path: Path) -> None:
    """The line between the columns stands in the lower row only: the upper one is one cell."""
    content = b"0.5 w 100 600 200 100 re S 200 600 m 200 650 l S 100 650 m 300 650 l S\n"
    content += word("both", 160, 670) + word("left", 110, 620) + word("right", 210, 620)
    [table] = read(tmp_path, one_page(content)).tables
    assert table.texts() == [["both", ""], ["left", "right"]]
    first = table.cell(0, 1)
    assert first is not None
    assert (first.text, first.across) == ("both", 2)


def test_a_number_broken_over_two_lines_is_one_number(tmp_path: Path) -> None:
    content = GRID + word("a", 110, 670) + word("91,016,77", 210, 675) + word("5.35", 210, 662)
    [table] = read(tmp_path, one_page(content)).tables
    assert table.texts()[0] == ["a", "91,016,775.35"]


def test_text_cut_off_in_print_is_whole_in_its_own_cell_and_said(tmp_path: Path) -> None:
    """The words run on below the next column, where a clip keeps them from being seen."""
    clipped = b"q 100 650 100 50 re W n\n" + word("a name that is much too long for it", 110, 670) + b"Q\n"
    [table] = read(tmp_path, one_page(GRID + clipped + word("1.00", 270, 670))).tables
    assert table.texts()[0] == ["a name that is much too long for it", "1.00"]
    assert [cell.clipped for cell in table.cells if cell.row == 0] == [True, False]


def test_a_page_that_is_a_picture_is_said(tmp_path: Path) -> None:
    picture = stream(
        b"\x00",
        b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    )
    content = pdf(
        hostile_pdfs.page_objects(b"q 595 0 0 842 0 0 cm /X Do Q", resources=b"/XObject << /X 10 0 R >>")
        | {10: picture}
    )
    document = read(tmp_path, content)
    assert [(page.number, page.unread) for page in document.unread] == [(1, "整页是图片，没有文字")]


# --------------------------------------------------------------------- hostile


REASONS = {
    "cut": {"damaged"},
    "head_only": {"damaged"},
    "no_pages": {"damaged"},
    "encrypted": {"encrypted"},
    "form_in_itself": {"limit", "damaged"},
    "bomb": {"limit", "damaged"},
    "a_million_lines": {"limit", "damaged"},
    "ten_thousand_pages": {"limit"},
    "noise": {"damaged"},
    "html": {"damaged"},
}
"""Why each cannot be read; the others are read."""
ENDLESS = {"form_in_itself", "bomb", "a_million_lines"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    sound = one_page(GRID + word("a", 110, 670) + word("1.00", 210, 670))
    paths = {}
    for name, content in hostile_pdfs.hostile(sound).items():
        paths[name] = folder / f"{name}.pdf"
        paths[name].write_bytes(content)
    return paths


def test_hostile_files_end_in_one_sentence_and_the_next_one_is_read(
    hostile: dict[str, Path], tmp_path: Path
) -> None:
    said = {}
    for name, path in hostile.items():
        try:
            read_in_child(path, seconds=3.0 if name in ENDLESS else 60.0)
        except UnreadableWorkbook as error:
            said[name] = error.reason
            assert re.fullmatch(rf"“{path.name}”[^\n]+。", str(error)), str(error)
            assert str(error).count("。") == 1
    assert {name: reason for name, reason in said.items() if reason not in REASONS.get(name, ())} == {}
    assert {"cut", "head_only", "no_pages", "encrypted", "ten_thousand_pages", "noise", "html"} <= said.keys()
    assert [line.text for line in read(tmp_path, one_page(word("after", 72, 700))).pages[0].lines] == [
        "after"
    ]


def test_a_script_and_an_attachment_are_said_and_left_alone(tmp_path: Path) -> None:
    document = read(tmp_path, hostile_pdfs.with_script())
    assert document.remarks == ("文件里带有脚本、附件 1 个，没有运行，也没有打开。",)
    assert [line.text for line in document.pages[0].lines] == ["12.34"]


# ------------------------------------------------------------ pictures and marks


def test_a_picture_shows_the_part_of_the_page_around_a_frame(tmp_path: Path) -> None:
    """92 points around a place of ten, at two pixels a point: as wide as the page, some 200 pixels high."""
    path = tmp_path / "a.pdf"
    path.write_bytes(one_page(word("here", 72, 700)))
    [image] = draw_in_child(path, [View(1, (Box(72, 132, 95, 142),), scale=2.0)])
    assert image.startswith(b"\x89PNG")
    width, height = (int.from_bytes(image[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1190, 204)


def test_a_marked_copy_begins_with_the_file_itself_and_holds_the_words(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(one_page(word("here", 72, 700)))
    content = mark_in_child(path, [Mark(1, Box(72, 132, 95, 142), "应为 1.00")], "xlbudget")
    assert content.startswith(path.read_bytes())
    assert "应为 1.00".encode("utf-16-be") in content or b"<FEFF" in content.upper()
    marked = tmp_path / "b.pdf"
    marked.write_bytes(content)
    assert [line.text for line in read_in_child(marked).pages[0].lines] == ["here"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_frame_stands_where_the_page_shows_the_place_however_it_is_turned(
    turn: int, tmp_path: Path
) -> None:
    """It goes two points beyond the place, 1.5 wide: its middle is red, five points farther is paper."""
    path = tmp_path / "a.pdf"
    path.write_bytes(one_page(b"").replace(b"/MediaBox", b"/Rotate %d /MediaBox" % turn))
    box = Box(100, 200, 160, 220)
    path.write_bytes(mark_in_child(path, [Mark(1, box, "错")], "xlbudget"))
    [image] = draw_in_child(path, [View(1, whole=True, scale=2.0)])
    shown = Image.open(io.BytesIO(image)).convert("RGB")
    for x, y in ((130, 198.7), (130, 221.3), (98.7, 210), (161.3, 210)):
        red, green, blue = shown.getpixel((int(2 * x), int(2 * y)))
        assert red > 150 > max(green, blue), (x, y)
    for x, y in ((130, 193), (130, 227), (93, 210), (167, 210), (130, 210)):
        assert min(shown.getpixel((int(2 * x), int(2 * y)))) > 200, (x, y)
