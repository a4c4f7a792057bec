"""Documents that others published, checked by the command: findings with page and box, verdicts, codes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from openpyxl import load_workbook
from support.hostile_pdfs import encrypted
from support.printed import Layout, as_published, typst_pdf
from support.published import published_workbook

from xlbudget import read_published
from xlbudget.checking.published.checking import report_published
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.journal import Journal
from xlbudget.checking.runs.report_data import data_of, report_from
from xlbudget.cli import run
from xlbudget.files.pdf.child import read_in_child
from xlbudget.model import WorkbookTemplate
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.reading import published_workbook as read_forms

Checked = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Check files as published; give the exit code and the report for programs."""

    def check(*paths: Path, options: Sequence[str] = ()) -> tuple[int, dict[str, Any]]:
        report = tmp_path / "report.json"
        code = run(["check", *map(str, paths), "--published", "-o", str(report), *options])
        return code, json.loads(report.read_text(encoding="utf-8"))

    return check


def spoiled(form: int, row: int, column: int, text: str) -> str:
    """Misprint one amount of form 3: 2080505, first column of amounts, 134.65 → 134.95."""
    wrong = form == 3 and column == 2 and text == "134.65"
    return "134.95" if wrong else text


@pytest.fixture(scope="module")
def spoiled_pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spoiled") / "公开.pdf"
    path.write_bytes(typst_pdf(Layout(height=140), spoiled))
    return path


def test_a_misprint_is_found_at_its_page_and_box_with_the_right_value_and_the_second_place(
    spoiled_pdf: Path, checked: Checked
) -> None:
    """494.33 − 292.35 − 67.33 = 134.65; form 2 prints the same line right, on another page."""
    code, report = checked(spoiled_pdf)
    assert code == 1
    [finding] = report["findings"]
    document = read_in_child(spoiled_pdf)
    [place] = [cell.place for table in document.tables for cell in table.cells if cell.text == "134.95"]
    assert place.box is not None
    assert (finding["document"], finding["page"]) == ("公开.pdf", place.page)
    assert finding["box"] == pytest.approx(place.box, abs=0.06)
    assert (finding["found"], finding["expected"], finding["severity"]) == ("134.95", "134.65", "blocking")
    assert {operand["page"] for operand in finding["operands"]} > {place.page}
    assert all(operand["box"] for operand in finding["operands"])
    assert "第 5 页" in finding["message"]


def test_coverage_counts_every_number(spoiled_pdf: Path, checked: Checked) -> None:
    _, report = checked(spoiled_pdf)
    [workbook] = report["workbooks"]
    assert workbook["coverage"]["in_forms"] == workbook["coverage"]["in_forms_checked"] == 301
    assert len(report["numbers"]) == sum(workbook["coverage"][name] for name in ("checked", "read", "unread"))
    assert {number["coverage"] for number in report["numbers"]} == {"checked"}


def test_pages_checklists_and_marked_copies_are_written(
    spoiled_pdf: Path, checked: Checked, tmp_path: Path
) -> None:
    """Two pictures at the finding, one of each page with numbers; the checklist answers 否 with the page."""
    page, book, paper = (tmp_path / f"r{suffix}" for suffix in (".html", ".xlsx", ".docx"))
    marked = tmp_path / "marked"
    options = ["-o", str(page), "-o", str(book), "-o", str(paper), "--annotate", str(marked)]
    before = spoiled_pdf.read_bytes()
    code, report = checked(spoiled_pdf, options=options)
    assert code == 1
    number = str(report["findings"][0]["page"])
    text = page.read_text(encoding="utf-8")
    pages = {one["page"] for one in report["numbers"]}
    assert text.count('src="data:image/png;base64,') == 2 + len(pages)
    assert "全文有数 301 个：已核对 301 个" in text
    rows = [
        [cell.text for cell in row.cells] for table in docx.Document(str(paper)).tables for row in table.rows
    ]
    assert rows[0] == ["序号", "检查内容", "符合要求", "问题", "页"]
    [wrong] = [row for row in rows if "134.95" in row[3]]
    assert (wrong[2], wrong[4]) == ("否", number)
    sheet = load_workbook(book)["公开检查表"]
    [line] = [row for row in sheet.iter_rows(values_only=True) if "134.95" in str(row[4])]
    assert (line[3], line[5]) == ("否", number)
    [copy] = marked.iterdir()
    assert copy.read_bytes().startswith(before)
    assert spoiled_pdf.read_bytes() == before


def test_a_sound_document_passes_and_nobody_is_asked_to_fill_in_a_form(
    checked: Checked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What to do next is for a reader of publications: no workbook is to be filled in or returned."""
    path = tmp_path / "公开.pdf"
    path.write_bytes(typst_pdf())
    code, report = checked(path)
    assert (code, report["findings"], report["workbooks"][0]["verdict"]) == (0, [], "可接收")
    said = capsys.readouterr().out
    assert "没有发现问题" in said
    assert not any(word in said for word in ("下发", "填报", "汇总", "退回"))


def test_a_report_is_kept_and_given_back_whole_by_a_run_that_goes_on(
    spoiled_pdf: Path, template: WorkbookTemplate
) -> None:
    """``--resume`` keeps reports as JSON: places with boxes, operands and numbers come back equal."""
    report = report_published(read_forms(read_document(spoiled_pdf), template))
    assert report.findings[0].place.box is not None
    assert report_from(json.loads(json.dumps(data_of(report)))) == report


def test_a_journal_of_other_templates_is_begun_anew(
    spoiled_pdf: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    report = report_published(read_forms(read_document(spoiled_pdf), template))
    path = tmp_path / "续审.jsonl"
    with Journal(path, Batch(template, as_published=True, templates=(template,))) as journal:
        journal.keep(report)
    other = replace(template, digest="other")
    with Journal(path, Batch(template, as_published=True, templates=(template,))) as journal:
        assert journal.find(spoiled_pdf) == report
    with Journal(path, Batch(template, as_published=True, templates=(template, other))) as journal:
        assert journal.find(spoiled_pdf) is None


# ------------------------------------------------------------------ not checked


def test_a_document_of_no_template_is_not_checked_and_never_passes(checked: Checked, tmp_path: Path) -> None:
    """Tables of another kind: general checks alone, exit code 3 — also for a workbook of values."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["某县2023年扶贫资金分配表"], ["乡镇", "金额"], ["甲", 1.25], ["乙", 2.5]):
        sheet.append(row)
    path = tmp_path / "分配表.xlsx"
    book.save(path)
    code, report = checked(path)
    assert code == 3
    [workbook] = report["workbooks"]
    assert workbook["verdict"] == "未核对"
    assert workbook["unchecked"].startswith("文件里的 1 张表格不是“")
    assert report["template"]["title"] == "公开文件，没有套用模板"
    assert workbook["coverage"]["checked"] == 0


def test_a_form_is_not_taken_for_another_against_its_title(
    template: WorkbookTemplate, checked: Checked, tmp_path: Path
) -> None:
    """Form 2's columns are its own; under another title it is no form 2, and that is said with its place."""
    book = openpyxl.load_workbook(io.BytesIO(published_workbook()))
    sheet = book["Z02 收入"]
    [title] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "2023年预算收入总表"]
    title.value = "2023年事业单位经营情况表"
    path = tmp_path / "导出.xlsx"
    book.save(path)
    _, report = checked(path)
    said = {(finding["rule"], finding["form"] or finding["line"]) for finding in report["findings"]}
    assert said == {
        ("missing_form", "2023年预算收入总表"),
        ("other_table", "2023年事业单位经营情况表"),
    }


def test_a_mistyped_title_is_still_its_form_and_is_named(checked: Checked, tmp_path: Path) -> None:
    """One letter of form 10's title: 算 → 標. The numbers are checked all the same."""
    path = tmp_path / "公开.pdf"

    def mistyped(title: str) -> str:
        return title.replace("经费支出预算表", "经费支出预標表") if "三公" in title else title

    path.write_bytes(typst_pdf(Layout(), as_published, mistyped))
    _, report = checked(path)
    [finding] = report["findings"]
    assert (finding["rule"], finding["severity"], finding["kind"]) == ("title_differs", "explain", "name")
    assert finding["found"] == "2023年一般公共预算“三公”经费支出预標表"
    assert finding["expected"] == "2023年一般公共预算“三公”经费支出预算表"
    assert finding["page"] > 0
    assert report["workbooks"][0]["coverage"]["in_forms_checked"] == 301


def test_a_document_of_another_year_is_checked_by_its_own_year(checked: Checked, tmp_path: Path) -> None:
    """All titles say 2024: the document is one of 2024, and is held to the forms as they are known."""
    path = tmp_path / "公开.pdf"
    path.write_bytes(typst_pdf(Layout(), as_published, lambda title: title.replace("2023", "2024")))
    code, report = checked(path)
    assert (code, report["findings"]) == (0, [])
    assert any("这是 2024 年的文件" in remark for remark in report["workbooks"][0]["remarks"])


def test_what_cannot_be_read_stops_nothing_and_is_not_checked(
    spoiled_pdf: Path, checked: Checked, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(encrypted())
    (folder / "b.pdf").write_bytes(spoiled_pdf.read_bytes())
    (folder / "c.txt").write_text("x")
    (folder / "d.pdf").write_text("not what its name says")
    (folder / "e.docx").write_bytes(b"PK\x03\x04 torn")
    code, report = checked(folder)
    assert code == 1
    assert {work["file"]: work["verdict"] for work in report["workbooks"]} == {
        "a.pdf": "未核对",
        "b.pdf": "不予接收",
        "d.pdf": "未核对",
        "e.docx": "未核对",
    }
    said = [finding["message"] for finding in report["findings"] if finding["file"] in ("d.pdf", "e.docx")]
    assert ["内容不是扩展名所说的文件" in message for message in said] == [True, True]
    assert report["skipped"] == ["c.txt：不是公开文件，未读取"]
    code, report = checked(folder / "a.pdf")
    assert code == 3
    assert "打开密码" in report["findings"][0]["message"]


# -------------------------------------------------------------- general checks


def table_pdf(rows: Sequence[Sequence[str]]) -> bytes:
    """Print one table of no known form."""
    import typst

    cells = ", ".join(f"[{text}]" for row in rows for text in row)
    width = len(rows[0])
    source = f'#set text(font: "Noto Sans CJK SC")\n某县资金表\n#table(columns: {width}, {cells})'
    content: bytes = typst.compile(source.encode())
    return content


ROWS = [
    ["编码", "名称", "合计", "中央", "省级"],
    ["201", "甲", "30.00", "10.00", "20.00"],
    ["20101", "乙", "12.00", "4.00", "8.00"],
    ["20102", "丙", "18.00", "6.00", "12.00"],
    ["204", "丁", "7.50", "2.50", "5.00"],
    ["20401", "戊", "7.50", "2.50", "5.00"],
    ["205", "己", "3.00", "1.00", "2.00"],
    ["20501", "庚", "3.00", "1.00", "2.00"],
]


def test_a_table_of_no_form_is_held_to_what_it_shows_of_itself(checked: Checked, tmp_path: Path) -> None:
    """合计 is the sum of the columns beside it in seven rows; with one digit changed it is not in one."""
    path = tmp_path / "表.pdf"
    path.write_bytes(table_pdf(ROWS))
    code, report = checked(path)
    assert (code, report["findings"]) == (3, [])
    assert report["workbooks"][0]["coverage"]["checked"] == 21
    wrong = [list(row) for row in ROWS]
    wrong[3][2] = "19.00"
    path.write_bytes(table_pdf(wrong))
    code, report = checked(path)
    assert code == 3
    found = {finding["rule"]: finding for finding in report["findings"]}
    assert set(found) == {"total_beside"}
    assert (found["total_beside"]["found"], found["total_beside"]["expected"]) == ("19.00", "18")
    assert [operand["text"] for operand in found["total_beside"]["operands"]] == ["6.00", "12.00"]


# ------------------------------------------------------------- read-published


def test_the_forms_of_a_publication_become_a_workbook_of_values_that_reads_back_the_same(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    path, values = tmp_path / "公开.pdf", tmp_path / "values.xlsx"
    path.write_bytes(typst_pdf(Layout(height=150)))
    assert run(["read-published", str(path), "-o", str(values)]) == 0
    first = read_forms(read_document(path), template)
    again = read_forms(read_document(values), template)
    assert {cell: shown.value for cell, shown in again.amounts.items()} == {
        cell: shown.value for cell, shown in first.amounts.items()
    }
    sheet = load_workbook(values)["数值"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == 301
    assert all(row[10] and row[11] is not None for row in rows)


def test_the_list_of_values_names_file_unit_form_line_column_page_and_box(tmp_path: Path) -> None:
    path, values = tmp_path / "公开.pdf", tmp_path / "values.csv"
    path.write_bytes(typst_pdf())
    [(_, workbook)] = read_published(path, values)
    lines = values.read_text(encoding="utf-8-sig").splitlines()
    assert not isinstance(workbook, str)
    assert len(lines) == 1 + len(workbook.amounts) == 302
    assert lines[1].startswith(
        "公开.pdf,山西省公安厅交通管理局,2023,2023年预算收支总表,一、一般公共预算,收入,6673.43,万元,"
    )
