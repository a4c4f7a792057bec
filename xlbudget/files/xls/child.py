"""The one door to xlrd, run as ``python -m`` in a process of its own: BIFF bytes in, JSON out.

Standard input is the file, the one argument its limits as JSON, standard output what was found:
sheets with cells (row, column, kind, text, whether there is a formula, style), names, settings; or
``refused`` with a reason and what is wrong. Whatever else happens ends the process with another code.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import xlrd
from xlrd import compdoc
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT
from xlrd.biffh import error_text_from_code as ERRORS

from xlbudget.files.xls.biff_records import BiffFacts, biff_facts

if sys.platform != "win32":
    import resource

_MEMORY = 1 << 30  # bytes; the largest workbook within the limit on cells takes a third of it
_STATES = ("visible", "hidden", "veryHidden")
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TOO_MUCH = 3  # exit code
_BY_LIBREOFFICE = "Calc"


def main() -> int:
    """Read, and write what was found."""
    limits = json.loads(sys.argv[1])
    limit_process(limits["seconds"])
    data = sys.stdin.buffer.read()
    try:
        found = _read(data, limits)
    except xlrd.XLRDError as error:
        encrypted = "encrypt" in str(error).lower()
        found = {
            "refused": ("encrypted", "设有密码，无法读取")
            if encrypted
            else ("damaged", "已损坏（不是完好的 .xls 工作簿）")
        }
    except MemoryError:
        return _TOO_MUCH
    sys.stdout.write(json.dumps(found, ensure_ascii=True))
    return 0


def limit_process(seconds: float) -> None:
    """Limit the memory and the processor time of this process, by what its system offers for that."""
    if sys.platform != "win32":
        most = max(1, round(seconds))
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        except (ValueError, OSError):  # macOS takes no limit on memory
            pass
        else:
            return
    threading.Thread(target=_watched, args=(seconds,), daemon=True).start()


def _watched(seconds: float) -> None:
    """End the process when it has used up its time or memory."""
    while time.process_time() <= seconds and _memory() <= _MEMORY:
        time.sleep(0.05)
    os._exit(_TOO_MUCH)


def _memory() -> int:
    """Return the bytes of memory that this process takes, or took at most."""
    if sys.platform != "win32":
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    class Counters(ctypes.Structure):
        _fields_ = [
            ("size", ctypes.c_uint32),
            ("faults", ctypes.c_uint32),
            *(
                (name, ctypes.c_size_t)
                for name in ("peak", "held", "q1", "q2", "q3", "q4", "page", "peak_page")
            ),
        ]

    counters = Counters()
    counters.size = ctypes.sizeof(counters)
    system = ctypes.windll.kernel32
    system.GetCurrentProcess.restype = ctypes.c_void_p
    system.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    system.K32GetProcessMemoryInfo(system.GetCurrentProcess(), ctypes.byref(counters), counters.size)
    return int(counters.page)


def _read(data: bytes, limits: Mapping[str, Any]) -> dict[str, Any]:
    book = _opened(data)
    stream, names = _stream(data)
    facts = biff_facts(stream)
    kept = {"cells": 0, "text": 0}
    sheets = []
    for at, sheet in enumerate(book.sheets()):
        known = at < len(facts.formulas)
        part = _sheet(book, sheet, facts.formulas[at] if known else set())
        part["protected"] = known and facts.protected[at]
        kept["cells"] += len(part["cells"])
        kept["text"] += sum(len(cell[3]) for cell in part["cells"])
        for counted, what in (("cells", "有内容的单元格超过 {} 个"), ("text", "文本总量超过 {} 字")):
            if kept[counted] > limits[counted]:
                return {"refused": ("limit", f"超出读取上限（{what.format(limits[counted])}）")}
        sheets.append(part)
    by_libreoffice = book.user_name == _BY_LIBREOFFICE
    return {
        "sheets": sheets,
        "names": dict(_names(book, scope=-1)),
        "local_names": [
            (name, sheet, text) for sheet in range(book.nsheets) for name, text in _names(book, scope=sheet)
        ],
        "core": {"application": "LibreOffice"} if by_libreoffice else {},
        "date_1904": bool(book.datemode),
        "calc_mode": facts.calc_mode,
        "precision_as_displayed": facts.precision_as_displayed,
        "active": list(_active(facts, names)),
        "formats": [book.format_map[style.format_key].format_str for style in book.xf_list],
    }


def _opened(data: bytes) -> Any:
    """Return the workbook; where the directory of the file is in disorder, as WPS leaves it, all the same."""
    options = {"file_contents": data, "formatting_info": True, "ragged_rows": True, "logfile": io.StringIO()}
    try:
        return xlrd.open_workbook(**options)
    except compdoc.CompDocError:
        return xlrd.open_workbook(**options, ignore_workbook_corruption=True)


def _stream(data: bytes) -> tuple[bytes, list[str]]:
    """Return the workbook stream, and the names of all streams in the file."""
    if not data.startswith(_OLE2):
        return data, []
    document = compdoc.CompDoc(data, logfile=io.StringIO(), ignore_workbook_corruption=True)
    for name in ("Workbook", "Book"):
        held, start, length = document.locate_named_stream(name)
        if held:
            return bytes(held[start : start + length]), [str(part.name) for part in document.dirlist]
    return b"", []


def _sheet(book: Any, sheet: Any, formulas: set[tuple[int, int]]) -> dict[str, Any]:
    cells = list(_cells(book, sheet, formulas))
    filled = {cell[0] for cell in cells}
    return {
        "name": sheet.name,
        "state": _STATES[min(sheet.visibility, 2)],
        "cells": cells,
        "hidden_rows": [
            row + 1 for row, told in sheet.rowinfo_map.items() if told.hidden and row + 1 in filled
        ],
        "hidden_columns": _runs(sorted(at + 1 for at, told in sheet.colinfo_map.items() if told.hidden)),
        "merges": [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells],
    }


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return numbers in order as runs, each from first to last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


def _cells(
    book: Any, sheet: Any, formulas: set[tuple[int, int]]
) -> Iterator[tuple[int, int, str, str, bool, int]]:
    zeros = book.user_name == _BY_LIBREOFFICE  # it writes 0 for a text in cells of some formats
    for row in range(sheet.nrows):
        for column, (sort, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            formula = (row, column) in formulas
            found = _value(sort, value)
            if found is None and not formula:
                continue
            kind, text = found or ("blank", "")
            if formula and zeros and (kind, text) == ("n", "0"):
                kind = "zero"
            yield row + 1, column + 1, kind, text, formula, sheet.cell_xf_index(row, column)


def _value(sort: int, value: Any) -> tuple[str, str] | None:
    """Return kind and text of a value as xlrd gives it; None for an empty cell."""
    if sort == XL_CELL_TEXT:
        return "s", value
    if sort in (XL_CELL_NUMBER, XL_CELL_DATE):
        return "n", str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if sort == XL_CELL_BOOLEAN:
        return "b", str(int(value))
    return ("e", ERRORS.get(value, f"#{value}")) if sort == XL_CELL_ERROR else None


def _names(book: Any, scope: int) -> Iterator[tuple[str, str]]:
    for name in book.name_obj_list:
        if name.scope == scope and name.result is not None:
            yield name.name, str(name.result.text)


def _active(facts: BiffFacts, streams: list[str]) -> Iterator[str]:
    if facts.macros or any(name.startswith("_VBA_PROJECT") for name in streams):
        yield "宏"
    if facts.links:
        yield "外部链接"
    if any(name.startswith("MBD") for name in streams):
        yield "OLE 对象"
    if "Ctls" in streams:
        yield "ActiveX 控件"


if __name__ == "__main__":
    sys.exit(main())
