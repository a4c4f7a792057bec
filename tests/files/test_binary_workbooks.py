"""Reading .xlsb: every record of a cell, names and settings, and records that are broken."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from random import Random

from support import hostile_files as files
from support import xlsb_files

from xlbudget.files.workbooks import read_any
from xlbudget.model import UNSEEN
from xlbudget.model.errors import UnreadableWorkbook


def test_every_record_of_a_binary_cell_is_read() -> None:
    cells = {
        (1, 1): ("n", "12.5", False, 0),
        (1, 2): ("n", "-0.07", False, 1),
        (1, 3): ("n", "1e+300", False, 0),
        (1, 4): ("s", " 前后 ", False, 0),
        (1, 5): ("b", "1", False, 0),
        (1, 6): ("e", "#REF!", False, 0),
        (1, 7): ("blank", "", False, 0),
        (2, 1): ("n", "0.1", True, 1),
        (2, 2): ("s", "甲😀", True, 0),
        (2, 3): ("b", "0", True, 0),
        (2, 4): ("e", "#DIV/0!", True, 0),
        (2, 5): ("s", "", True, 0),
        (1048576, 16384): ("n", "7", False, 0),
    }  # fmt: skip
    sheet = xlsb_files.Sheet("表一", cells, 2, [2], [(2, 3)], [(1, 1, 2, 2)], protected=True)
    names = {"甲": (0, 3, 28)}
    book = read_any(xlsb_files.xlsb(xlsb_files.Book([sheet], names, ["General", "0.00%"])))
    found = book.sheets[0]
    kept = {at: cell for at, cell in cells.items() if cell[0] != "blank"}
    for at, (kind, text, formula, style) in kept.items():
        cell = found.cells[at]
        assert (cell.kind, cell.formula, cell.style) == (kind, UNSEEN if formula else None, style)
        assert float(cell.text) == float(text) if kind == "n" else cell.text == text
    assert len(found.cells) == len(kept)
    assert (found.state, found.protected, found.hidden_rows) == ("veryHidden", True, {2})
    assert (found.hidden_columns, found.merges) == (((2, 3),), ((1, 1, 2, 2),))
    assert book.defined_names == {"甲": "'表一'!$AB$3"}
    assert book.number_formats == ("General", "0.00%") and book.format == "xlsb"
    assert not book.precision_as_displayed and book.calc_mode == "auto"


def test_short_and_rich_binary_cells_are_read() -> None:
    short = b"".join(
        [
            xlsb_files.record(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0)),
            xlsb_files.record(12, struct.pack("<I", 0)),
            xlsb_files.record(16, struct.pack("<Id", 0, 2.5)),
            xlsb_files.record(62, struct.pack("<II", 4, 0) + b"\x01" + xlsb_files.wide("富") + bytes(8)),
            xlsb_files.record(15, struct.pack("<IB", 0, 1)),
            xlsb_files.record(6, struct.pack("<II", 9, 0) + xlsb_files.wide("直写")),
        ]
    )  # fmt: skip
    parts = files.unzipped(xlsb_files.xlsb(xlsb_files.Book([xlsb_files.Sheet("表一", {})])))
    begin, end = xlsb_files.record(145), xlsb_files.record(146)
    parts["xl/worksheets/sheet1.bin"] = parts["xl/worksheets/sheet1.bin"].replace(
        begin + end, begin + short + end
    )
    cells = read_any(files.zipped(parts)).sheets[0].cells
    assert {at: cell[:2] for at, cell in cells.items()} == {
        (1, 2): ("n", "2.5"),
        (1, 5): ("s", "富"),
        (1, 6): ("b", "1"),
        (1, 10): ("s", "直写"),
    }


def xlsb_base() -> bytes:
    cells = {
        (row, column): ("n", str(row * column / 7), column == 2, 0)
        for row in range(1, 20)
        for column in (1, 2)
    }
    cells |= {(row, 3): ("s", f"名称{row}", row % 2 == 0, 0) for row in range(1, 20)}
    return xlsb_files.xlsb(xlsb_files.Book([xlsb_files.Sheet("表一", cells)], {"甲": (0, 1, 1)}))


def test_whatever_is_changed_in_records_ends_in_the_one_error() -> None:
    """The last net, for what nobody foresaw, is not needed."""
    read = refused = 0
    for name, data in records_changed(xlsb_base(), 300):
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
    assert read > 50 and refused > 50


def records_changed(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """Binary parts with bytes flipped, cut, or lengths changed, in a sound zip."""
    for number in range(count):
        chance, parts = Random(number), files.unzipped(data)
        name = chance.choice(sorted(part for part in parts if part.endswith(".bin")))
        content = bytearray(parts[name])
        for _ in range(chance.choice([1, 1, 4])):
            content[chance.randrange(len(content))] = chance.choice(
                [0, 0x7F, 0x80, 0xFF, chance.randrange(256)]
            )
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        parts[name] = bytes(content)
        yield f"record {number}", files.zipped(parts)
