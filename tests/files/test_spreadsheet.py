"""The door to XlsxWriter: texts stay texts, whatever they look like, and packages stay sound."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xlbudget.files.xlsx import read_workbook
from xlbudget.files.xlsx_writer import Book, build, custom_property, data_text, shared_string, stored_result

# two escapes that share an underscore are beyond XlsxWriter
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda text: not re.search("_x[0-9a-fA-F]{4}_x", text)
)
ODD = [
    "<r>红</r>",
    "<r><t>红</t></r>",
    "<r>&\x01_x0041_</r>",
    "\x00\x08\x1f",
    "_x0000_",
    "_x0041_ _x0042_",
    "\ufffe\uffff",
    " 前后 ",
    "\n",
    "a\tb\r\nc",
    "=1+1",
    "{=1+1}",
    "#N/A",
    "+86-351-1",
    "<b>&amp;\"'",
    "😀\u202e文本",
    "]]>",
]


def written(text: str) -> bytes:
    """A workbook with a text as a string, a formula's result, a property and the title."""

    def write(book: Book) -> None:
        sheet = book.add_worksheet("表")
        sheet.write_string(0, 0, text)
        sheet.write_formula(1, 0, "=A1", None, text)
        sheet.merge_range(2, 0, 2, 1, text, book.add_format({"bold": True}))
        book.set_custom_property("xlbudget_0", text, "text")

    return build(write, title=text)


def printed(text: str) -> str:
    """The text with □ for what neither XML nor paper holds, by the categories of Unicode."""

    def holds(letter: str) -> bool:
        code = ord(letter)
        if unicodedata.category(letter) in {"Cc", "Cs"}:
            return letter in "\t\n\r"
        turns = unicodedata.bidirectional(letter) in {
            "LRE",
            "RLE",
            "PDF",
            "LRO",
            "RLO",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
        return not (turns or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE)

    return "".join(letter if holds(letter) else "□" for letter in text)


def parts(package: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_any_text_comes_back_and_every_part_is_sound(text: str) -> None:
    package = written(text)
    for content in parts(package).values():
        ElementTree.fromstring(content.encode())
    found = read_workbook(package).sheets[0].cells
    assert found[1, 1].text == found[3, 1].text == printed(text)
    assert found[2, 1].text == printed(text) or (found[2, 1].kind == "e" and text.startswith("#"))


for _odd in ODD:
    test_any_text_comes_back_and_every_part_is_sound = example(_odd)(
        test_any_text_comes_back_and_every_part_is_sound
    )


@pytest.mark.parametrize("text", ODD)
def test_markup_of_a_unit_is_no_markup(text: str) -> None:
    """XlsxWriter itself writes a text that begins with <r> and ends with </r> as it stands."""
    tree = ElementTree.fromstring(parts(written(text))["xl/sharedStrings.xml"].encode())
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"sst", "si", "t", "r"}
    assert len(list(tree)) == 1


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_single_values_are_what_xlsxwriter_writes(text: str) -> None:
    by_library = parts(written(text))
    assert shared_string(text) in by_library["xl/sharedStrings.xml"]
    assert f"<dc:title>{data_text(text)}</dc:title>" in by_library["docProps/core.xml"]
    assert custom_property(0, "xlbudget_0", text) in by_library["docProps/custom.xml"]
    kind, content = stored_result(text)
    assert f'<c r="A2"{kind}><f>A1</f><v>{content}</v></c>' in by_library["xl/worksheets/sheet1.xml"]


for _odd in ODD:
    test_single_values_are_what_xlsxwriter_writes = example(_odd)(
        test_single_values_are_what_xlsxwriter_writes
    )


@pytest.mark.parametrize("value", [0, 12, -1.5, 1e300, 0.1 + 0.2, True, False, "", "#DIV/0!", "文"])
def test_results_are_what_xlsxwriter_writes(value: float | str | bool) -> None:
    package = build(lambda book: book.add_worksheet("表").write_formula(0, 0, "=B1", None, value))
    sheet = parts(package)["xl/worksheets/sheet1.xml"]
    kind, content = stored_result(value)
    assert re.findall(r"<c r=.*?</c>", sheet) == [f'<c r="A1"{kind}><f>B1</f><v>{content}</v></c>']
