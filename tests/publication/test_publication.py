"""The published document and the public workbook of the reference budget, as a reader finds them."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import load_workbook
from support import builders

from xlbudget import WorkbookTemplate, check, fill, publish, read
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import run
from xlbudget.definitions.loading import load_with_problems
from xlbudget.publication.document import writing
from xlbudget.publication.document.docx_document import docx_document
from xlbudget.publication.document.parts import Bar, PrintedTable, Publication, StructureChart, TableCell
from xlbudget.publication.document.pdf_document import pdf_document
from xlbudget.publication.document.target_forms import target_tables
from xlbudget.publication.narrative import compose
from xlbudget.publication.narrative.written import ComposedText, Title

FIXTURES = Path(__file__).parents[1] / "fixtures"
PARTS = [
    "第一部分 概况",
    "第二部分 2023年单位预算报表",
    "第三部分 2023年度单位预算情况说明",
    "第四部分 名词解释",
]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def published(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("公开")
    [done] = publish(reference_workbook, folder, template)
    assert (done.refused, done.findings, done.source) == ("", (), reference_workbook)
    assert sorted(folder.iterdir()) == sorted(done.paths)
    assert {path.stem for path in done.paths} == {"243001_山西省公安厅交通管理局2023年度单位预算公开"}
    return {path.suffix: path for path in done.paths}


@pytest.fixture(scope="module")
def amounts() -> Counter[Decimal]:
    with (FIXTURES / "published_cells.csv").open(encoding="utf-8-sig", newline="") as file:
        found = Counter(Decimal(row["value_wan"]) for row in csv.DictReader(file))
    assert found.total() == 301
    return found


# ------------------------------------------------------------ public workbook


def test_the_public_workbook_holds_the_published_amounts_and_no_formula(
    published: dict[str, Path], amounts: Counter[Decimal]
) -> None:
    book = load_workbook(published[".xlsx"])
    chart = "一般公共预算当年拨款结构图"
    assert book.sheetnames == ["目录", *(f"公开表{number}" for number in range(1, 14)), chart]
    assert [row for row in book[chart].iter_rows(min_row=4, values_only=True) if row[0]] == [
        ("公共安全支出  90.91%", 6066.78),
        ("社会保障和就业支出  7.41%", 494.33),
        ("卫生健康支出  1.68%", 112.32),
    ]
    forms = [sheet for sheet in book if sheet.title != chart]
    values = [
        cell.value for sheet in forms for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]
    numbers = Counter(round(Decimal(str(value)), 2) for value in values if isinstance(value, int | float))
    assert numbers == amounts
    assert not [value for value in values if isinstance(value, str) and value.startswith("=")]
    assert {sheet.sheet_state for sheet in book} == {"visible"}
    assert not [part for sheet in book for part in (*sheet.row_dimensions.values(),) if part.hidden]
    assert not [part for sheet in book for part in (*sheet.column_dimensions.values(),) if part.hidden]


def test_the_public_workbook_has_no_other_part_and_says_nothing_of_who_made_it(
    published: dict[str, Path], template: WorkbookTemplate
) -> None:
    with zipfile.ZipFile(published[".xlsx"]) as package:
        names = {re.sub(r"\d+", "#", name) for name in package.namelist()}
        core = package.read("docProps/core.xml").decode()
        strings = package.read("xl/sharedStrings.xml")
    assert names == {
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/app.xml",
        "docProps/core.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/charts/chart#.xml",
        "xl/drawings/_rels/drawing#.xml.rels",
        "xl/drawings/drawing#.xml",
        "xl/worksheets/_rels/sheet#.xml.rels",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/theme/theme#.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet#.xml",
    }
    assert re.findall("<dc:creator>(.*?)</dc:creator>", core) == [""]
    texts = {"".join(item.itertext()) for item in ElementTree.fromstring(strings)}
    known = {form.sheet for form in template.forms} | {form.title for form in template.forms}
    known |= {form.caption for form in template.forms}
    for form in template.forms:
        for panel in form.panels:
            known |= {part for column in panel.columns for part in column.heading}
            known |= {text for line in panel.lines for text in line.cells.values() if isinstance(text, str)}
    for catalogue in template.catalogues:
        known |= {text for row in catalogue.rows for text in row.values()}
    ledger = template.folder / "demo" / "reference" / "ledger_projects.csv"
    with ledger.open(encoding="utf-8-sig", newline="") as file:
        known |= {row["project_name"] for row in csv.DictReader(file)}
    unit = "山西省公安厅交通管理局"
    known |= {unit, f"单位名称：{unit}", "单位：万元", "注：本表无数据", f"{unit}2023年度单位预算公开"}
    chart = "一般公共预算当年拨款结构图"
    parts = {"公共安全支出  90.91%", "社会保障和就业支出  7.41%", "卫生健康支出  1.68%"}
    assert texts - known == {chart, "目录", "项目及占比", "金额（万元）", *parts}


# ----------------------------------------------------------------------- PDF


@pytest.fixture(scope="module")
def pages(published: dict[str, Path]) -> list[str]:
    command = ["pdftotext", "-layout", str(published[".pdf"]), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [re.sub(r"[ \t\u2060]+", "", page) for page in text.split("\f")][:-1]


def test_the_pdf_is_tagged_bookmarked_and_says_nothing_of_who_made_it(published: dict[str, Path]) -> None:
    told = subprocess.run(
        ["pdfinfo", str(published[".pdf"])], capture_output=True, check=True
    ).stdout.decode()
    facts = dict(line.split(":", 1) for line in told.splitlines())
    assert facts["Tagged"].strip() == "yes"
    assert facts["Title"].strip() == "山西省公安厅交通管理局2023年度单位预算公开"
    assert "Author" not in facts
    content = published[".pdf"].read_bytes()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    assert b"/Outlines" in content or b"/Type/ObjStm" in content


def test_programs_that_read_aloud_find_headings_tables_and_the_chart_in_words(
    published: dict[str, Path],
) -> None:
    """As poppler reads the file: what wrote it is not asked."""
    command = ["pdfinfo", "-struct", str(published[".pdf"])]
    tree = subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")
    tags = Counter(re.findall(r"^ *([A-Z][A-Za-z]*\d?)\b", tree, re.M))
    assert (tags["H1"], tags["H2"], tags["H3"]) == (1 + 4, 2 + 13 + 12, 4)
    assert (tags["TOCI"], tags["Figure"], tags["Table"], tags["THead"]) == (4 + 2 + 13 + 12, 1, 17, 17)
    tables = re.split(r"^ *Table\b", tree, flags=re.M)[1:]
    assert all(re.search(r"^ *TH\b", table, re.M) for table in tables)
    content = published[".pdf"].read_bytes()
    for entry in (b"/MarkInfo<</Marked true", b"/StructTreeRoot ", b"/Lang(zh-CN)", b"/DisplayDocTitle true"):
        assert entry in content, entry
    [words] = re.findall(rb"/S/Figure[^>]*/Alt<FEFF([0-9A-F]+)>", content)
    said = bytes.fromhex(words.decode()).decode("utf-16-be")
    assert said.startswith("一般公共预算当年拨款结构图：公共安全支出6,066.78万元，90.91%；")
    fonts = subprocess.run(["pdffonts", str(published[".pdf"])], capture_output=True, check=True)
    listed = [line.split() for line in fonts.stdout.decode().splitlines()[2:]]
    assert listed
    assert {(emb, uni) for *_, emb, _, uni, _, _ in listed} == {("yes", "yes")}


def test_the_pages_that_the_contents_name_are_right(pages: list[str]) -> None:
    lines = re.findall(r"^(\S+?)\.{3,}\W*(\d+)$", pages[1], re.M)
    assert len(lines) == 4 + 2 + 13 + 12  # parts, sections of the overview, forms, sections of the narrative
    for words, page in lines:
        assert words in pages[1 + int(page)], words


def test_what_the_pdf_says_can_be_searched(pages: list[str], amounts: Counter[Decimal]) -> None:
    text = "".join(pages)
    assert "比上年增加944.25万元，增长9.72%" in "".join(text.split())
    assert text.count("注：本表无数据") == 3
    forms = "".join(pages[3:-1]).partition("第三部分")[0]
    printed = Counter(Decimal(part.replace(",", "")) for part in re.findall(r"[\d,]+\.\d\d", forms))
    assert printed.keys() == amounts.keys()


def test_a_table_longer_than_a_page_goes_on_with_its_headings() -> None:
    cells = [TableCell(0, 0, "栏目甲", align="center", bold=True), TableCell(0, 1, "栏目乙")]
    cells += [TableCell(row, column, f"第{row}行") for row in range(1, 121) for column in (0, 1)]
    table = PrintedTable("长表", (10.0, 10.0), 1, 121, tuple(cells), listed=True)
    chart = StructureChart("图", "万元", (Bar("甲", "1.00", "100.00%", Decimal(1), Decimal(1)),))
    text = text_of(pdf_document(Publication("题", "目录", (table, chart), ())))
    assert text.count("栏目甲") == text.count("\f") - 2  # every page but title and contents
    assert all(f"第{row}行" in text for row in range(1, 121))


@pytest.mark.parametrize("more", [0, 8, 9, 10, 11, 12, 30, 60])
def test_no_character_of_a_long_title_stands_alone(more: int) -> None:
    title = f"示范厅{'甲' * more}2023年度单位预算公开"
    cover = text_of(pdf_document(Publication(title, "目录", (Title(1, ComposedText("一")),), ()))).partition(
        "\f"
    )
    lines = ["".join(line.split()) for line in cover[0].splitlines() if line.strip()]
    assert "".join(lines) == title
    assert min(map(len, lines)) > max(map(len, lines)) / 2


@pytest.mark.parametrize("rows", range(20, 50, 3))
@pytest.mark.parametrize("landscape", [False, True])
def test_no_title_stands_alone(rows: int, landscape: bool) -> None:
    cells = [TableCell(row, 0, f"第{row}行") for row in range(rows)]
    table = PrintedTable(
        "题目", (10.0,), 1, rows, tuple(cells), "表号", "单位", "万元", "", landscape, listed=True
    )
    pages = text_of(pdf_document(Publication("题", "目录", (table,), ()))).split("\f")
    assert "题目" in pages[2]
    assert "第1行" in pages[2]


def test_thirty_performance_forms_take_a_page_each(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    """One with long texts takes two; no page is blank, no number broken."""
    tables = list(target_tables(Evidence(template, read(reference_workbook, template))))
    short = [replace(table, title=f"第{number}张") for number, table in enumerate(tables * 10)]
    amount = "9,123,456,789.00"
    cells = [
        replace(cell, text=f"{cell.text}；" * 6)
        if len(cell.text) > 40
        else replace(cell, text=amount)
        if cell.text == "12,000,000"
        else cell
        for cell in tables[0].cells
    ]
    long = replace(tables[0], title="长的一张", cells=tuple(cells))
    publication = Publication("题", "目录", (*short[:29], long), ())
    pages = text_of(pdf_document(publication)).split("\f")[:-1]
    assert len(pages) == 2 + 29 + 2
    assert all(len(page.split()) > 10 for page in pages[2:])
    assert [
        words for page in pages for words in page.split() if words.startswith("第") and "张" in words
    ] == [table.title for table in short[:29]]
    assert amount in pages[-2]
    rows = docx.Document(BytesIO(docx_document(publication))).tables[29]._tbl.findall(f"{W}tr")
    longest = [max(len(text_in(cell)) for cell in row.iter(f"{W}tc")) for row in rows]
    whole = [row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows]
    assert whole == [letters <= 300 for letters in longest]
    assert {*whole} == {True, False}
    places = [cell for row in rows for cell in row.iter(f"{W}tc") if text_in(cell) == amount]
    assert [place.find(f"{W}tcPr/{W}noWrap") is not None for place in places] == [True, True]


def text_in(cell: Any) -> str:
    return "".join(part.text or "" for part in cell.iter(f"{W}t"))


def text_of(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return re.sub(r"[ \t]+", "", done.stdout.decode())


# ---------------------------------------------------------------------- docx


def test_the_docx_has_headings_forms_and_their_amounts(
    published: dict[str, Path], amounts: Counter[Decimal], template: WorkbookTemplate
) -> None:
    document = docx.Document(str(published[".docx"]))
    headings = [part for part in document.paragraphs if part.style.name.startswith("Heading")]
    assert [part.text for part in headings if part.style.name == "Heading 1"] == PARTS
    titles = [part.text for part in headings if part.style.name == "Heading 2"]
    assert titles[2:15] == [form.title for form in template.forms]
    assert [title.partition("、")[0] for title in titles[15:]] == [*"一二三四五六七八九十", "十一", "十二"]
    tables = document.tables
    assert len(tables) == 13 + 3 + 1
    printed = Counter(
        Decimal(text.replace(",", ""))
        for table in tables[:13]
        for text in texts_of(table)
        if re.fullmatch(r"-?[\d,]+\.\d\d", text)
    )
    assert printed == amounts
    sides = [(section.page_width, section.page_height) for section in document.sections]
    assert [width > height for width, height in sides] == [False, True, False, True, False, True, False]
    assert document.core_properties.author == ""


def texts_of(table: Any) -> list[str]:
    return [text_in(cell) for cell in table._tbl.iter(f"{W}tc")]


def test_headings_of_tables_in_the_docx_are_repeated_and_the_chart_is_described(
    published: dict[str, Path],
) -> None:
    document = docx.Document(str(published[".docx"]))
    repeated = [len(list(table._tbl.iter(f"{W}tblHeader"))) for table in document.tables]
    assert repeated == [2, 2, 2, 3, 2, 2, 2, 1, 3, 2, 2, 2, 2, 1, 1, 1, 1]
    [picture] = document.inline_shapes
    assert picture._inline.docPr.get("descr") == (
        "一般公共预算当年拨款结构图：公共安全支出6,066.78万元，90.91%；社会保障和就业支出494.33万元，7.41%；"
        "卫生健康支出112.32万元，1.68%"
    )


def test_performance_forms_print_what_was_entered_and_leave_the_sign_off_to_paper(
    published: dict[str, Path],
) -> None:
    table = docx.Document(str(published[".docx"])).tables[13]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0][2] == "培训费"
    assert rows[3][2:] == ["实施期资金总额："] * 2 + [
        "12,000,000",
        "年度资金总额：",
        "年度资金总额：",
        "3,000,000",
    ]
    first = next(row for row in rows if row[1] == "产出指标")
    assert first[2:] == ["数量指标", "培训班次（会议次数）", "≥10次"] * 2
    assert next(row for row in rows if row[3] == "培训需求满足度")[4] == "满足"  # no number, no sign
    assert {*rows[-1]} == {"负责人：", "经办人：", "联系电话：", "填报日期："}
    classes = [row[2] for row in rows if row[0] == "绩效指标" and row[2] != "二级指标"]
    assert [*dict.fromkeys(classes)] == [
        *("数量指标", "质量指标", "时效指标", "成本指标"),
        *("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标", "服务对象满意度"),
    ]


# ------------------------------------------------------------------ refusals


def test_the_same_workbook_gives_the_same_bytes(
    template: WorkbookTemplate, reference_workbook: Path, published: dict[str, Path], tmp_path: Path
) -> None:
    [again] = publish([reference_workbook], tmp_path / "又一次", template)
    for path in again.paths:
        assert path.read_bytes() == published[path.suffix].read_bytes(), path.suffix


def test_a_workbook_with_blocking_findings_is_refused_and_a_draft_is_marked(
    reference_workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoiled = builders.typed(reference_workbook.read_bytes(), "录入3 收入", {"B5": 66734299.0})
    path = tmp_path / "报送" / "243001.xlsx"
    path.parent.mkdir()
    path.write_bytes(spoiled)
    output = tmp_path / "公开"
    assert run(["publish", str(path), "-o", str(output)]) == 1
    told = capsys.readouterr().err
    assert "“243001.xlsx”有不予接收的问题，先改正再公开（要看草稿可加 --draft）：" in told
    assert not output.exists()
    assert run(["publish", str(path), "-o", str(output), "--draft"]) == 0
    assert sorted(part.suffix for part in output.iterdir()) == [".docx", ".pdf"]
    assert all(part.stem.endswith("（仅供内部审核）") for part in output.iterdir())
    [pdf] = output.glob("*.pdf")
    assert text_of(pdf.read_bytes()).count("供") >= 20  # on every page, askew: letter by letter
    [document] = output.glob("*.docx")
    with zipfile.ZipFile(BytesIO(document.read_bytes())) as package:
        headers = [package.read(name).decode() for name in package.namelist() if "header" in name]
    assert len([header for header in headers if 'string="仅供内部审核"' in header]) == 2
    assert path.read_bytes() == spoiled


def test_texts_that_are_missing_refuse_one_workbook_and_no_other(
    department_workbooks: list[Path],
    reference_workbook: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = [str(department_workbooks[0]), str(reference_workbook)]
    assert run(["publish", *paths, "-o", str(tmp_path / "公开")]) == 1
    told = capsys.readouterr()
    assert "公开文件缺少内容（要看草稿可加 --draft）：" in told.err
    assert "“单位职责”没有写" in told.err
    assert "共 2 个工作簿，1 个没有生成。" in told.err
    assert told.out.count("已写入") == 3


def test_what_nobody_has_explained_is_not_published(
    template: WorkbookTemplate,
    reference_workbook: Path,
    demo_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As published, with «XX月XX日前» and «≥195»; with the figures alone, and the unit's word on them."""
    slips = fill(
        reference_workbook, demo_data / "reference_as_published", tmp_path / "1.xlsx", template=template
    )
    assert run(["publish", str(slips), "-o", str(tmp_path / "公开")]) == 1
    told = capsys.readouterr().err
    assert "有没有说明的问题，改正或在“录入6 情况说明”写明理由再公开" in told
    assert "XX" in told
    assert "195" in told
    assert not (tmp_path / "公开").exists()
    explained = fill(
        reference_workbook, demo_data / "reference_published", tmp_path / "2.xlsx", template=template
    )
    assert run(["publish", str(explained), "-o", str(tmp_path / "公开")]) == 0
    [pdf] = (tmp_path / "公开").glob("*.pdf")
    text = text_of(pdf.read_bytes())
    assert "13,306,000" in text  # as the unit's own document prints them
    assert "21,350,000" in text
    assert "12,000,000" not in text


def test_what_the_officer_has_accepted_is_published_and_not_judged_again(
    template: WorkbookTemplate,
    reference_workbook: Path,
    demo_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = tmp_path / "targets"
    data.mkdir()
    shutil.copy(demo_data / "reference_published" / "performance_targets.csv", data)
    (tmp_path / "in").mkdir()
    fill(reference_workbook, data, tmp_path / "in" / "243001.xlsx", template=template)
    collection = str(tmp_path / "collection")
    assert run(["collect", str(tmp_path / "in"), "--into", collection]) == 0
    assert run(["publish", collection, "243001", "-o", str(tmp_path / "a")]) == 1
    assert run(["decide", collection, "243001", "accept", "--reason", "已核"]) == 0
    monkeypatch.setattr(writing, "check_file", None)  # whoever judges again fails
    assert run(["publish", collection, "243001", "-o", str(tmp_path / "b")]) == 0
    assert len(list((tmp_path / "b").iterdir())) == 3


def test_two_processes_publish_what_one_does(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    """Each unit's documents byte for byte, told in the order of the workbooks."""
    told = []
    for workers in (1, 2):
        done = publish(department_workbooks, tmp_path / str(workers), template, draft=True, workers=workers)
        assert [part.source for part in done] == department_workbooks
        told.append([part.findings for part in done])
    assert told[0] == told[1]
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("1", "2"))
    assert len(one) == 2 * len(department_workbooks)
    assert one == two


def test_a_workbook_that_takes_too_long_or_breaks_its_process_is_said(template: WorkbookTemplate) -> None:
    work = writing.Publishing(template, Path("公开"), False, lambda report: report, {})
    late, broken = work.late(Path("甲.xlsx")), work.broken(Path("甲.xlsx"))
    assert (late.failed, late.refused) == (True, "“甲.xlsx”生成超过 300 秒，已放弃；请单独生成这一份。")
    assert broken.failed
    assert broken.refused == "“甲.xlsx”使程序异常退出（可能内存不足），没有生成；请单独生成这一份。"


def test_the_notice_of_the_catalogue_is_a_letter_with_the_catalogue_behind_it(
    published: dict[str, Path],
) -> None:
    """Letter head, number and title in the middle, signature and day at the right."""
    paragraphs = [
        (part.text, part.alignment) for part in docx.Document(str(published[".docx"])).paragraphs if part.text
    ]
    texts = [text for text, _ in paragraphs]
    at = texts.index("山西省财政厅文件")
    assert texts[at + 1] == "晋财政法〔2019〕14号"
    assert texts[at + 3] == "山西省公安厅交管局："
    assert [alignment for _, alignment in paragraphs[at : at + 3]] == [WD_ALIGN_PARAGRAPH.CENTER] * 3
    assert paragraphs[at + 6 : at + 8] == [
        ("山西省公安厅交管局", WD_ALIGN_PARAGRAPH.RIGHT),
        ("2019年2月20日", WD_ALIGN_PARAGRAPH.RIGHT),
    ]
    assert texts[at + 8] == "政府购买服务指导性目录"


def test_procurement_follows_from_the_projects_that_are_marked(
    template: WorkbookTemplate, reference_workbook: Path, demo_data: Path, tmp_path: Path
) -> None:
    """Marked rows and what is typed for the rest add up; one kind in both places is to be explained."""
    with (demo_data / "reference" / "ledger_projects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    amounts = [Decimal(row["current_year_general_yuan"]) for row in rows[:2]]

    def procured(kind: str) -> Path:
        data = tmp_path / kind
        data.mkdir()
        with (data / "ledger_projects.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0], "procurement"])
            writer.writeheader()
            writer.writerows({**row, "procurement": kind if at < 2 else ""} for at, row in enumerate(rows))
        return fill(reference_workbook, data, tmp_path / f"{kind}.xlsx", template=template)

    works = procured("工程")  # no works are typed
    assert builders.rows_of(check(works, template)) == []
    composed = compose(Evidence(template, read(works, template)))
    text = "\n".join(block.text for block in composed.blocks if isinstance(block, ComposedText))
    total = (Decimal(25779200) + sum(amounts)) / 10000
    assert f"政府采购预算总额{total:,.2f}万元" in text
    assert f"政府采购工程预算{sum(amounts) / 10000:,.2f}万元" in text
    assert "政府采购货物预算438.00万元" in text
    goods = check(procured("货物"), template)  # 4,380,000 are typed
    assert [(row[0], row[1], row[2]) for row in builders.rows_of(goods)] == [
        ("N-19", "explain", "录入8 政府采购")
    ]


def test_no_output_lands_among_the_returned_workbooks(
    reference_workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = reference_workbook.parent
    assert run(["publish", str(folder), "-o", str(folder / "公开")]) == 2
    assert "在报送文件夹里" in capsys.readouterr().err


# --------------------------------------------------------------- definitions


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'across = 6 }],\n  [{ text = "主管',
            'across = 5 }],\n  [{ text = "主管',
            "head 第 1 行占 7 列，应占 8 列（widths 的个数）",
        ),
        (
            'align = "center" }, { text = "年度目标"',
            'align = "centre" }, { text = "年度目标"',
            "align 应为 left、center、right 之一；最接近的是“center”",
        ),
        ("{数量|[@项目期]}年", "{数量|[@项目期]年", "的括号没有配对的“}”"),
    ],
)
def test_mistakes_in_the_printed_form_have_a_line(
    template: WorkbookTemplate, tmp_path: Path, old: str, new: str, message: str
) -> None:
    folder = tmp_path / "own" / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo", "cases"))
    path = folder / "document" / "target_form.toml"
    builders.edit(path, old, new)
    _, problems = load_with_problems(folder)
    [problem] = problems
    assert message in problem.message
    assert problem.source.file == "own/2023/document/target_form.toml"
    assert problem.source.line > 1
