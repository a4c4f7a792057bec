"""The seed published by different programs in different layouts: the same amounts, wherever they are printed.

Expected amounts are the publication's list (301), the differences that rounding explains those of the rules'
own evaluation by hand (twelve of the thirteen: the last one stands in the narrative).
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support.printed import Layout, browser_page, typst_pdf
from support.published import published_workbook as published_values
from support.shared_files import Convert

from xlbudget import WorkbookTemplate, publish
from xlbudget.checking.published.checking import report_published
from xlbudget.model import Coverage
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.reading import published_workbook
from xlbudget.returns.published.recognition import recognised
from xlbudget.returns.published.workbooks import PublishedWorkbook

FIXTURES = Path(__file__).parents[1] / "fixtures"
LAYOUTS = {
    "ruled": Layout(),
    "over pages, headings repeated": Layout(height=120),
    "over pages, headings once": Layout(height=120, repeat=False),
    "headings without lines": Layout("body"),
    "open at the sides": Layout("inner", height=140),
    "no lines between rows": Layout("columns", height=130),
    "a watermark across": Layout(watermark="仅供内部审核"),
}


@pytest.fixture(scope="session")
def amounts() -> Counter[Decimal]:
    with (FIXTURES / "published_cells.csv").open(encoding="utf-8-sig", newline="") as file:
        found = Counter(Decimal(row["value_wan"]) for row in csv.DictReader(file))
    assert found.total() == 301
    return found


def read(path: Path, template: WorkbookTemplate) -> PublishedWorkbook:
    document = read_document(path)
    assert recognised(document, [template]) is template
    return published_workbook(document, template)


def held(workbook: PublishedWorkbook, amounts: Counter[Decimal], *found: str) -> None:
    """Hold a reading to the publication: 13 forms, 301 amounts, 12 differences, and what is found."""
    assert [form.form for form in workbook.forms] == [f"F{number}" for number in range(1, 14)]
    assert Counter(shown.printed for shown in workbook.amounts.values()) == amounts
    assert workbook.document.year == 2023
    report = report_published(workbook)
    assert [finding.rule for finding in report.findings] == [*found]
    assert len(report.rounding) == 12
    of_forms = [number.coverage for number in report.numbers if number.in_form]
    assert of_forms == [Coverage.CHECKED] * 301


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_amount_is_read_in_every_layout_of_pages(
    layout: Layout, template: WorkbookTemplate, amounts: Counter[Decimal], tmp_path: Path
) -> None:
    path = tmp_path / "公开.pdf"
    path.write_bytes(typst_pdf(layout))
    workbook = read(path, template)
    held(
        workbook, amounts, *(["text_internal"] if layout.watermark else [])
    )  # 仅供内部审核 is no public word
    for cell in workbook.amounts:
        place = workbook.place(cell)
        assert place.page > 0
        assert place.box is not None


@pytest.mark.parametrize("gap", ["　　　", "\n"], ids=["letters apart", "broken in two lines"])
def test_a_title_set_apart_or_broken_is_the_title(
    gap: str, template: WorkbookTemplate, amounts: Counter[Decimal], tmp_path: Path
) -> None:
    """Short titles with three blanks after each letter; or the last two letters on a line of their own."""

    def changed(title: str) -> str:
        if gap == "\n":
            return f"{title[:-2]} \\ {title[-2:]}"
        return gap.join(title) if len(title) < 14 else title  # longer ones would not fit the page

    path = tmp_path / "公开.pdf"
    path.write_bytes(typst_pdf(title=changed))
    held(read(path, template), amounts)


def test_tables_without_any_line_are_read_whole(
    template: WorkbookTemplate, amounts: Counter[Decimal], tmp_path: Path
) -> None:
    """All amounts; of a form that prints none one heading is not told from its neighbour, and is said."""
    path = tmp_path / "公开.pdf"
    path.write_bytes(typst_pdf(Layout("none")))
    workbook = read(path, template)
    assert len(workbook.forms) == 13
    assert Counter(shown.printed for shown in workbook.amounts.values()) == amounts
    report = report_published(workbook)
    assert [finding.rule for finding in report.findings] == ["missing_form"]
    assert len(report.rounding) == 12


def test_the_seed_as_the_program_itself_publishes_it(
    template: WorkbookTemplate, reference_workbook: Path, amounts: Counter[Decimal], tmp_path: Path
) -> None:
    """typst's PDF and the Word document, each with narrative, targets and chart around the forms."""
    [done] = publish(reference_workbook, tmp_path, template)
    for path in done.paths:
        held(read(path, template), amounts)


def test_the_seed_printed_by_a_browser(
    template: WorkbookTemplate, amounts: Counter[Decimal], tmp_path: Path
) -> None:
    page, printed = tmp_path / "a.html", tmp_path / "公开.pdf"
    page.write_text(browser_page(), encoding="utf-8")
    _print([f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", page.as_uri()])
    held(read(printed, template), amounts)


def _print(arguments: Sequence[str]) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("a browser is needed: run tests/system-packages.sh, or install chromium")
    fixed = ["--headless", "--no-sandbox", "--disable-gpu"]
    subprocess.run([program, *fixed, *arguments], check=True, capture_output=True, timeout=120)


def test_the_seed_printed_by_word_processor_and_spreadsheet(
    template: WorkbookTemplate,
    reference_workbook: Path,
    amounts: Counter[Decimal],
    libreoffice: Convert,
    tmp_path: Path,
) -> None:
    """LibreOffice prints the Word document and the public workbook."""
    [done] = publish(reference_workbook, tmp_path / "as_made", template)
    sources = [
        Path(shutil.copy(path, tmp_path / f"{path.suffix[1:]}{path.suffix}"))
        for path in done.paths
        if path.suffix in {".docx", ".xlsx"}
    ]
    assert len(sources) == 2
    for printed in libreoffice(sources, tmp_path / "printed", "pdf", titles=True):
        held(read(printed, template), amounts)


def test_a_table_that_goes_on_on_another_sheet_is_one_table(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Form 6 cut after its fifteenth row, the rest on a sheet of its own below the heading once more."""
    path = tmp_path / "导出.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(published_values()))
    whole = read_forms(book, path, template)
    sheet = book["经济分类"]
    rest = book.create_sheet("经济分类续", book.sheetnames.index("经济分类") + 1)
    heading = next(row for row in sheet.iter_rows() if any(cell.value == "人员经费" for cell in row))[0].row
    cut = heading + 15
    for row in (heading - 1, heading, *range(cut, sheet.max_row + 1)):
        for cell in sheet[row]:
            at = row - heading + 2 if row <= heading else row - cut + 3
            rest.cell(at, cell.column, cell.value)
    sheet.delete_rows(cut, sheet.max_row)
    again = read_forms(book, path, template)
    assert again.unrecognised == ()
    assert {cell: shown.value for cell, shown in again.amounts.items()} == {
        cell: shown.value for cell, shown in whole.amounts.items()
    }


def read_forms(book: openpyxl.Workbook, path: Path, template: WorkbookTemplate) -> PublishedWorkbook:
    book.save(path)
    return read(path, template)
