"""What a cell shows is not always what it holds; what stands outside a table is not read: both are said.

Every file is spoiled in a spreadsheet library and saved again by LibreOffice; each case has the complete list
of findings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from support import builders
from support.builders import BASIC, PROJECTS, REVENUE
from support.shared_files import made_once
from support.whole_actions import converted

from xlbudget import Report, WorkbookTemplate, check, read_roster
from xlbudget.model import StoredCell, Trouble
from xlbudget.returns.entry_values import read_code
from xlbudget.returns.shown_values import FormatKind, odd_formats, shown_by

ROOM = {"基本支出": 20, "项目支出": 8, "上年项目": 4, "年终结转": 3, "收入科目": 3}
Typed = Mapping[tuple[str, str], tuple[object, str]]
Found = list[tuple[str, str, str, str]]

GENERAL = "General"
CASES: dict[str, tuple[Typed, Found, str]] = {
    "dates": (
        {(PROJECTS, "H6"): (45047, "yyyy-mm-dd"), (PROJECTS, "D7"): (45047, 'm"月"d"日"')},
        [
            ("shown_otherwise", "blocking", PROJECTS, "H6"),
            ("shown_otherwise", "blocking", PROJECTS, "D7"),
        ],
        "单元格是日期格式，显示为“2023-05-01”，存着的是 45047",
    ),
    "percent": (
        {(PROJECTS, "H6"): (0.95, "0%")},
        [("shown_otherwise", "blocking", PROJECTS, "H6")],
        "单元格是百分比格式，显示为“95%”，存着的是 0.95",
    ),
    "fraction": (
        {(BASIC, "H6"): (0.5, "# ?/?")},
        [("shown_otherwise", "blocking", BASIC, "H6")],
        "显示为“1/2”，存着的是 0.5",
    ),
    "a code in scientific notation": (
        {(PROJECTS, "C6"): (1.4e20, GENERAL)},
        [("malformed_code", "blocking", PROJECTS, "C6")],
        "不是编码",
    ),
    "a code with its name": (
        {(BASIC, "C6"): ("2010301行政运行", "@")},
        [("malformed_code", "blocking", BASIC, "C6")],
        "编码写成了“2010301行政运行”，已按 “2010301” 读取",
    ),
    "a code of the level above": (
        {(BASIC, "C6"): ("20103", "@")},
        [("unknown_code", "blocking", BASIC, "C6")],
        "“20103”的级次是“款”，这一栏要填级次为“项”的编码",
    ),
    "a row below a table of fixed lines": (
        {(REVENUE, "A10"): ("其他收入", "@"), (REVENUE, "B10"): (5000, "0.00")},
        [("outside_table", "blocking", REVENUE, "B10")],
        "表格下方填了“5000”",
    ),
    "a row below a full ledger": (
        {(PROJECTS, "C14"): ("XM999", "@"), (PROJECTS, "H14"): (5000, "0.00")},
        [("outside_table", "blocking", PROJECTS, "H14")],
        "请移到表内的空行",
    ),
    "amounts beside a table": (
        {(PROJECTS, "Z8"): (5000, "0.00"), (PROJECTS, "Z9"): (6000, "0.00")},
        [("outside_table", "explain", PROJECTS, "Z8")],
        "还有 Z9，共 2 格",
    ),
    "an entry fed by a form": (
        {(REVENUE, "B7"): ("=公开表3!E6*0", "0.00")},
        [("entry_formula", "explain", REVENUE, "B7")],
        "它从“公开表3”的计算结果取数",
    ),
    "an entry fed by the total beside it": (
        {(PROJECTS, "L6"): ("=M7*0", "0.00")},
        [("entry_formula", "explain", PROJECTS, "L6")],
        "计算结果取数",
    ),
    "an entry that is a sum of its own": (
        {(PROJECTS, "L6"): ("=0*2", "0.00")},
        [("entry_formula", "note", PROJECTS, "L6")],
        "建议改填数字",
    ),
}


@pytest.fixture(scope="session")
def spoiled(
    template: WorkbookTemplate,
    demo_data: Path,
    libreoffice: Callable[..., list[Path]],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    unit = read_roster(demo_data / "units.csv", template).find("101")
    assert unit is not None
    small = builders.filled(template, unit, demo_data / "department" / "101", capacity=ROOM)

    def typed(cells: Typed) -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(BytesIO(small))
        for (sheet, address), (value, code) in cells.items():
            book[sheet][address].value = value
            book[sheet][address].number_format = code
        target = BytesIO()
        book.save(target)
        return target.getvalue()

    def make(folder: Path) -> None:
        made = converted(folder / "as made", {name: typed(cells) for name, (cells, _, _) in CASES.items()})
        libreoffice(made, folder / "resaved")

    return made_once(request, tmp_path_factory, "meanings", make)


def rows(report: Report) -> Found:
    return [(one.rule, one.severity.value, one.place.sheet, one.place.address) for one in report.findings]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_shown_or_left_unread_is_said_and_nothing_else_is_blamed(
    template: WorkbookTemplate, spoiled: Path, name: str
) -> None:
    _, found, says = CASES[name]
    report = check(spoiled / "resaved" / f"{name}.xlsx", template)
    assert rows(report) == found
    assert says in report.findings[0].message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("yyyy/m/d", FormatKind.DATE),
        ('[$-804]yyyy"年"m"月"', FormatKind.DATE),
        ("[h]:mm", FormatKind.DATE),
        ("0.00%", FormatKind.PERCENT),
        ("0.00E+00", FormatKind.SCIENTIFIC),
        ("# ??/??", FormatKind.FRACTION),
        ("#,##0.00", None),
        ('#,##0.00"元"', None),
        ("General", None),
        ("@", None),
        ("[Red]-#,##0.00", None),
    ],
)
def test_a_number_format_is_told_by_its_code(code: str, kind: FormatKind | None) -> None:
    assert odd_formats(("", code)).get(1) == kind


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (FormatKind.DATE, "45047", "2023-05-01"),
        (FormatKind.DATE, "45047.5", "2023-05-01 12:00"),
        (FormatKind.DATE, "-3", "########"),
        (FormatKind.PERCENT, "0.955", "95.5%"),
        (FormatKind.FRACTION, "3", ""),
        (FormatKind.SCIENTIFIC, "149700", "1.50E+5"),
    ],
)
def test_what_a_cell_shows(kind: FormatKind, text: str, shown: str) -> None:
    assert shown_by(StoredCell("n", text), kind, date_1904=False) == shown


@pytest.mark.parametrize("text", ["1.40E+20", "1.4e20"])
def test_a_code_that_became_a_power_of_ten_is_lost(text: str) -> None:
    assert read_code(StoredCell("s", text), None) == (None, Trouble.UNREADABLE_CODE)
