"""On paper, a filled workbook and a summary end at the last row in use, also as LibreOffice prints them.

The rows in use are those in which openpyxl finds a word, in the columns that are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from xlbudget import WorkbookTemplate
from xlbudget.files.xlsx.workbook import read_workbook

AREA = re.compile(r"'?(?P<sheet>[^'!]+)'?!\$A\$1:\$(?P<column>[A-Z]+)\$(?P<row>\d+)")


def areas(workbook: Path) -> dict[str, tuple[str, int]]:
    """Return the last column and row of each sheet's print area; each is constant."""
    raw = read_workbook(workbook)
    texts = [text for name, _, text in raw.sheet_names_local if name == "_xlnm.Print_Area"]
    found = [AREA.fullmatch(text) for text in texts]
    assert all(found), [text for text in texts if not AREA.fullmatch(text)]
    return {one["sheet"]: (one["column"], int(one["row"])) for one in found if one}


def last_word(workbook: Path, sheet: str, column: str) -> int:
    """Return the last row with a word in the printed columns, a drawn number of a ledger row aside."""
    book = openpyxl.load_workbook(workbook, data_only=True)
    cells = book[sheet][f"A1:{column}{book[sheet].max_row}"]
    return max(cell.row for row in cells for cell in row if isinstance(cell.value, str) and cell.value)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("number", [2, 3, 5, 6, 12, 13])
def test_a_filled_workbook_prints_open_forms_down_to_their_last_line(
    full_size_workbook: Path, template: WorkbookTemplate, number: int
) -> None:
    """Everything that says something is printed, and nothing below it."""
    sheet = next(form.sheet for form in template.forms if form.number == number)
    column, row = areas(full_size_workbook)[sheet]
    assert row == last_word(full_size_workbook, sheet, column)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_ledger_is_printed_down_to_its_last_entry(
    full_size_workbook: Path, template: WorkbookTemplate, demo_data: Path
) -> None:
    """As many rows as its CSV has; five stand above them."""
    entries = (demo_data / "reference" / "ledger_basic.csv").read_text(encoding="utf-8-sig").splitlines()
    sheet = template.entry("基本支出").sheet
    assert areas(full_size_workbook)[sheet][1] == 5 + len(entries) - 1


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_summary_prints_its_rows_in_use(transfer_summary: Path, template: WorkbookTemplate) -> None:
    """The forms of a department too end where their words do."""
    found = areas(transfer_summary)
    for form in template.forms:
        if form.number in {2, 3, 5, 6, 12}:
            column, row = found[form.sheet]
            assert row == last_word(transfer_summary, form.sheet, column)


def test_libreoffice_prints_a_filled_workbook_on_fifty_pages(
    full_size_workbook: Path, libreoffice: Callable[..., list[Path]], tmp_path: Path
) -> None:
    """It had 84 when every row that could be filled in was printed."""
    [paper] = libreoffice([full_size_workbook], tmp_path, "pdf", titles=True)
    with pypdfium2.PdfDocument(paper) as document:
        assert 30 <= len(document) <= 50
