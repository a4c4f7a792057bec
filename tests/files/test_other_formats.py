"""Workbooks that come back as .xls, .et, .ods or .xlsb: the same entries and findings as from .xlsx.

The first two formats are written by LibreOffice from workbooks of ours, the last by ``xlsb_files`` after its
specification (LibreOffice reads what that writes as we do; it cannot write the format itself).
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import openpyxl
import pytest
from support import builders
from support import hostile_files as files
from support.builders import BASIC, PROJECTS, Row
from support.ods_files import reason_of
from support.xlsb_files import as_xlsb

from xlbudget import Report, Roster, WorkbookTemplate, check, read
from xlbudget.cli import BLOCKED, CLEAN, COULD_NOT_RUN, run
from xlbudget.files.workbooks import read_any
from xlbudget.files.xls.biff_records import biff_facts
from xlbudget.files.xlsx import Limits
from xlbudget.model import UNSEEN, RuleStatus, StoredCell, Trouble
from xlbudget.model.errors import UnreadableWorkbook
from xlbudget.returns.entry_values import read_amount, read_code, read_text

Convert = Callable[..., list[Path]]
KINDS = ("xls", "ods", "xlsb")
PLAIN, SPOILED = "103_示范厅信息中心", "101_示范厅机关"


def spoiled(workbook: bytes) -> bytes:
    """Mistakes of several kinds, that every format can hold."""
    workbook = builders.typed(workbook, BASIC, {"H6": "4,203,600 ", "C8": 2010301.0, "H9": "约5万"})
    workbook = builders.stored_as(workbook, PROJECTS, "H6", kind="e", value="#DIV/0!")
    workbook = builders.typed(workbook, "公开表5", {"D8": 12.5})
    return builders.changed_sheet(
        workbook, BASIC, lambda xml: xml.replace('<row r="10"', '<row r="10" hidden="1"', 1)
    )


@pytest.fixture(scope="session")
def saved(
    department_workbooks: list[Path],
    libreoffice: Convert,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder for each format with a sound workbook and a spoiled one, all saved by LibreOffice but xlsb."""
    folder = tmp_path_factory.mktemp("formats")
    sources = {path.stem: path for path in department_workbooks}
    (folder / "source").mkdir()
    for name in (PLAIN, SPOILED):
        content = sources[name].read_bytes()
        (folder / "source" / f"{name}.xlsx").write_bytes(spoiled(content) if name == SPOILED else content)
    given = [folder / "source" / f"{name}.xlsx" for name in (PLAIN, SPOILED)]
    for kind in ("xlsx", "xls", "ods"):
        libreoffice(given, folder / kind, kind)
    (folder / "xlsb").mkdir()
    for path in (folder / "xlsx").iterdir():
        (folder / "xlsb" / f"{path.stem}.xlsb").write_bytes(as_xlsb(path))
    return folder


def rows_of(report: Report) -> list[Row]:
    return builders.rows_of(report)


def entries_of(path: Path, template: WorkbookTemplate) -> object:
    submission = read(path, template)
    return submission.unit, submission.entries, submission.controls, submission.capacity, submission.codes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [PLAIN, SPOILED])
def test_entries_and_findings_are_those_of_the_xlsx(
    saved: Path, template: WorkbookTemplate, kind: str, name: str
) -> None:
    """All but what formulas say; that one was overwritten is seen."""
    reference, other = (saved / suffix / f"{name}.{suffix}" for suffix in ("xlsx", kind))
    assert entries_of(other, template) == entries_of(reference, template)
    expected, found = check(reference, template), check(other, template)
    assert rows_of(found) == rows_of(expected)
    assert len(rows_of(expected)) == (0 if name == PLAIN else 6)
    unseen = f"文件是 .{kind} 格式，看不到公式的文字，只核对了公式是否被数值覆盖，没有核对公式是否被改写"
    assert found.workbooks[0].remarks == (*expected.workbooks[0].remarks, f"{unseen}。")
    outcomes = {outcome.rule: outcome for outcome in found.workbooks[0].outcomes}
    formulas = outcomes.pop("changed_formula")
    assert (formulas.status, formulas.reason) == (
        RuleStatus.NOT_RUN if name == PLAIN else RuleStatus.FAILED,
        unseen,
    )
    assert [outcomes[part.rule] for part in expected.workbooks[0].outcomes if part.rule in outcomes] == list(
        outcomes.values()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_workbook_is_read_as_from_xlsx(saved: Path, kind: str) -> None:
    """Each cell's kind, text and whether it has a formula; sheets, their states, names and merges."""
    expected = read_any(saved / "xlsx" / f"{SPOILED}.xlsx")
    found = read_any(saved / kind / f"{SPOILED}.{kind}")
    assert [(sheet.name, sheet.state, sheet.protected) for sheet in found.sheets] == [
        (sheet.name, sheet.state, sheet.protected) for sheet in expected.sheets
    ]
    assert found.format == kind and found.active_content == ()
    assert bare(found.defined_names["xlbudget_stamp"]) == bare(expected.defined_names["xlbudget_stamp"])
    for ours, theirs in zip(found.sheets, expected.sheets, strict=True):
        assert set(ours.merges) == set(theirs.merges)
        assert columns_of(ours.hidden_columns) == columns_of(theirs.hidden_columns)
        assert ours.hidden_rows == theirs.hidden_rows
        assert [
            at for at in {*ours.cells, *theirs.cells} if not alike(ours.cells.get(at), theirs.cells.get(at))
        ] == []


def columns_of(runs: Sequence[tuple[int, int]]) -> set[int]:
    return {column for first, last in runs for column in range(first, last + 1)}


def bare(address: str) -> str:
    return address.replace("'", "")


def alike(ours: StoredCell | None, theirs: StoredCell | None) -> bool:
    """The same cell; of a formula that shows nothing LibreOffice keeps no value in .ods, and 0 in .xls."""
    if ours is None or theirs is None or (ours.formula is None) != (theirs.formula is None):
        return False
    if ours.kind == theirs.kind == "n":
        return abs(float(ours.text) - float(theirs.text)) < 1e-9
    if ours.kind == "zero":
        return theirs.kind == "s" or float(theirs.text) == 0
    return ours[:2] == theirs[:2] or (ours.kind, theirs[:2]) == ("blank", ("s", ""))


def test_numbers_are_shown_by_the_same_formats(saved: Path) -> None:
    """So that what a cell shows and what it holds can be compared."""
    for kind in ("xls", "ods"):
        book = read_any(saved / kind / f"{PLAIN}.{kind}")
        sheet = next(sheet for sheet in book.sheets if sheet.name == BASIC)
        assert book.number_formats[sheet.cells[6, 8].style].startswith("#,##0.00")
        assert book.number_formats[sheet.cells[6, 3].style] == "@"


def test_a_file_is_what_it_holds_whatever_its_name_says(
    saved: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    for kind in (*KINDS, "xlsx"):
        for name in ("报送.xlsx", "报送.et", "报送.ods"):
            renamed = tmp_path / name
            shutil.copy(saved / kind / f"{PLAIN}.{kind}", renamed)
            assert rows_of(check(renamed, template)) == []


def test_all_formats_go_through_the_commands(
    saved: Path,
    template: WorkbookTemplate,
    roster: Roster,
    demo_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """check FOLDER, collect, consolidate, and --annotate says why there is no copy."""
    returned = tmp_path / "报送"
    returned.mkdir()
    shutil.copy(saved / "xls" / f"{SPOILED}.xls", returned / f"{SPOILED}.et")
    shutil.copy(saved / "ods" / f"{PLAIN}.ods", returned)
    shutil.copy(saved / "xlsb" / f"{PLAIN}.xlsb", tmp_path / f"{PLAIN}.xlsb")
    listed = str(demo_data / "units.csv")
    assert run(["check", str(returned), "--annotate", str(tmp_path / "批注")]) == BLOCKED
    assert "不是 .xlsx 格式，不能在其中加批注" in capsys.readouterr().out
    for one in (returned / f"{PLAIN}.ods", tmp_path / f"{PLAIN}.xlsb"):
        target = tmp_path / f"{one.suffix}汇总.xlsx"
        assert run(["consolidate", str(one), "-o", str(target)]) == CLEAN, capsys.readouterr()
        assert read_any(target).sheets
    collection = tmp_path / "收件"
    assert run(["collect", str(returned), "--into", str(collection), "--roster", listed]) in (CLEAN, BLOCKED)
    text = capsys.readouterr().out
    assert "示范厅机关" in text and "示范厅信息中心" in text and "无法读取" not in text


# ── What cells hold ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def kinds_of_cells(libreoffice: Convert, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workbook with every kind of cell, as LibreOffice saves it in each format."""
    folder = tmp_path_factory.mktemp("cells")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "表'一"
    for at, value in enumerate(
        [
            12.5,
            -0.07,
            1e15,
            300,
            "０１２",
            " 前后 ",
            "一\n二",
            "=1/0",
            "=NA()",
            '="甲"&"乙"',
            "=A1=12.5",
            True,
            '=""',
        ],
        1,
    ):
        sheet.cell(at, 1, value)
    sheet["B1"], sheet["B1"].number_format = 45047, "yyyy-mm-dd"
    sheet["B2"], sheet["B2"].number_format = 0.95, "0%"
    sheet["B3"], sheet["B3"].number_format = 140000223010001, "0.00E+00"
    sheet["B4"], sheet["B4"].number_format = 0.5, "h:mm:ss"
    sheet["B5"] = "#N/A 不是错误"
    sheet["D1"] = "合并"
    sheet.merge_cells("D1:E2")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["G"].hidden = True
    other = book.create_sheet("藏")
    other["C70"] = "远"
    other.sheet_state = "hidden"
    book.save(folder / "格.xlsx")
    for kind in ("xls", "ods"):
        libreoffice([folder / "格.xlsx"], folder, kind)
    return folder


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_every_kind_of_cell_is_read_as_what_it_is(kinds_of_cells: Path, kind: str) -> None:
    """An error is an error, in .ods too, where it is stored as an empty text."""
    book = read_any(kinds_of_cells / f"格.{kind}")
    first, second = book.sheets
    cells = {at: cell[:3] for at, cell in first.cells.items()}
    empty = ("zero", "0", UNSEEN) if kind == "xls" else ("blank", "", UNSEEN)
    expected = [
        ("n", "12.5", None),
        ("n", "-0.07", None),
        ("n", None, None),
        ("n", "300", None),
        ("s", "０１２", None),
        ("s", " 前后 ", None),
        ("s", "一\n二", None),
        ("e", "#DIV/0!", UNSEEN),
        ("e", "#N/A", UNSEEN),
        ("s", "甲乙", UNSEEN),
        ("b", "1", UNSEEN),
        ("b", "1", UNSEEN),  # LibreOffice has no constant of that kind, but =TRUE()
        empty,
    ]
    assert float(cells.pop((3, 1))[1]) == 1e15
    found = [cells.pop((at, 1)) for at in range(1, 14) if at != 3]
    if kind == "xls" and found[-1] != empty:
        empty = ("s", "", UNSEEN)
    assert found == [*expected[:2], *expected[3:-1], empty]
    assert cells == {
        (1, 2): ("n", "45047", None),
        (2, 2): ("n", "0.95", None),
        (3, 2): ("n", "140000223010001", None),
        (4, 2): ("n", "0.5", None),
        (5, 2): ("s", "#N/A 不是错误", None),
        (1, 4): ("s", "合并", None),
    }
    shown = [book.number_formats[first.cells[row, 2].style].lower() for row in range(1, 5)]
    assert shown[0].startswith("yyyy") and shown[1] == "0%" and shown[2] == "0.00e+00" and "mm" in shown[3]
    assert (first.name, first.merges, first.hidden_rows, first.hidden_columns) == (
        "表'一",
        ((1, 4, 2, 5),),
        {3},
        ((7, 7),),
    )
    assert (second.name, second.state, dict(second.cells)[70, 3].text) == ("藏", "hidden", "远")


# ── Hostile files ────────────────────────────────────────────────────────────────────────────────


def test_hostile_xls_end_in_a_sentence(saved: Path) -> None:
    """Cut, flipped, of a few streams only, encrypted; each in a process of its own."""
    sound = (saved / "xls" / f"{PLAIN}.xls").read_bytes()
    chance = Random(5)
    variants = [sound[: len(sound) // part] for part in (2, 5)]
    for _ in range(8):
        changed = bytearray(sound)
        for _ in range(chance.choice([1, 40, 4_000])):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        variants.append(bytes(changed))
    variants.append(files.ole2("Workbook"))
    ends = set()
    for data in variants:
        try:
            read_any(data)
        except UnreadableWorkbook as error:
            ends.add(error.reason)
            assert str(error).startswith("所给文件") and str(error).endswith("。")
    assert "damaged" in ends and ends <= {"damaged", "limit", "not_a_workbook", "old_format"}


@pytest.mark.parametrize("limits", [Limits(cells=100), Limits(text_total=100), Limits(seconds=0.0)])
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_limits_hold_in_every_format(saved: Path, kind: str, limits: Limits) -> None:
    assert reason_of((saved / kind / f"{PLAIN}.{kind}").read_bytes(), limits) == "limit"


def test_the_reader_of_xls_imports_nothing_from_where_the_command_runs(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Officers run the command in the folder of what they received."""
    for name in ("json", "xlrd", "struct", "xlbudget"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert read_any(saved / "xls" / f"{PLAIN}.xls").sheets


@pytest.mark.parametrize(("seconds", "memory"), [("-1", 1 << 40), ("60", 1)])
def test_the_reader_of_xls_ends_itself_where_the_system_sets_no_limits(seconds: str, memory: int) -> None:
    """As on Windows, and on macOS for memory."""
    code = (
        "import time; from xlbudget.files.xls import child; "
        f"child._MEMORY = {memory}; child._watched({seconds}); time.sleep(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3


def test_a_zero_that_may_stand_for_a_text_is_none_in_an_entry_of_text() -> None:
    """LibreOffice's .xls has 0 for what a formula says in words; an amount of 0 is one."""
    zero = StoredCell("zero", "0", UNSEEN)
    assert read_amount(zero) == (Decimal(0), None)
    assert read_text(zero) == read_code(zero, None) == (None, Trouble.AMBIGUOUS_VALUE)


@pytest.mark.returned(22, "LibreOffice 存成 .xls，再改名为 .et，有几处填错")
def test_a_workbook_saved_as_xls_and_called_et(saved: Path, judged: Callable[..., Report]) -> None:
    report = judged((saved / "xls" / f"{SPOILED}.xls").read_bytes(), "报送.et")
    assert len(report.findings) == 6


@pytest.mark.returned(22, "LibreOffice 存成 .ods")
def test_a_workbook_saved_as_ods(saved: Path, judged: Callable[..., Report]) -> None:
    assert rows_of(judged((saved / "ods" / f"{PLAIN}.ods").read_bytes(), "报送.ods")) == []


@pytest.mark.returned(22, "存成 .xlsb")
def test_a_workbook_saved_as_xlsb(saved: Path, judged: Callable[..., Report]) -> None:
    assert rows_of(judged((saved / "xlsb" / f"{PLAIN}.xlsb").read_bytes(), "报送.xlsb")) == []


def test_where_formulas_stand_is_told_by_the_records() -> None:
    def records(*parts: tuple[int, bytes]) -> bytes:
        return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in parts)

    begin, end = (0x809, bytes(16)), (0x0A, b"")
    sub = records(
        begin,
        (0x0D, b"\0\0"),
        (0x0E, b"\0\0"),
        (0x12, b"\x01\0"),
        (0x06, struct.pack("<HH", 4, 2) + bytes(18)),
        begin,
        (0x06, struct.pack("<HH", 9, 9) + bytes(18)),
        end,
        (0x203, struct.pack("<HH", 5, 2) + bytes(10)),
        end,
    )

    def book(offset: int) -> bytes:
        return records(
            begin,
            (0x85, struct.pack("<IBB", offset, 0, 0) + b"\x01\0a"),
            (0x85, struct.pack("<IBB", offset, 0, 6) + b"\x01\0b"),
            (0x1AE, b"\x01\0\x01\x04"),
            (0x1AE, b"\x01\0\x05\0\x00c.xls"),
            end,
        )

    facts = biff_facts(book(len(book(0))) + sub)
    assert facts.formulas == [{(4, 2)}]
    assert (facts.calc_mode, facts.precision_as_displayed, facts.protected) == ("manual", True, [True])
    assert facts.links and facts.macros


def test_a_folder_without_workbooks_says_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "甲.zip").write_bytes(b"PK")
    (tmp_path / "乙.pdf").write_bytes(files.PDF)
    assert run(["check", str(tmp_path)]) == COULD_NOT_RUN
    said = capsys.readouterr().err
    assert "没有找到工作簿" in said and "甲.zip" in said and "乙.pdf" in said and "解压" in said
