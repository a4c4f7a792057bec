"""Two returns of one unit: what was typed otherwise, what that did to the forms, what became of findings."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from xlbudget import Comparison, InputError, WorkbookTemplate, compare, fill, generate
from xlbudget.cli import run
from xlbudget.department.comparison import Fate, Way
from xlbudget.department.comparison.findings import finding_changes
from xlbudget.department.comparison.papers import comparison_text, comparison_workbook
from xlbudget.model import Finding, Place, Roster, Severity

UNITS_FROM = 11  # from form 11 on a line is named by its place or stands twice (department, unit)
BASIC, PROJECTS = "录入1 基本支出", "录入2 项目支出"


def changed_ledgers(folder: Path) -> None:
    """Swap two digits of the first salary and put its row last; one project goes, another comes."""
    with (folder / "ledger_basic.csv").open(encoding="utf-8", newline="") as stream:
        heading, first, *rest = csv.reader(stream)
    assert first == ["2010301", "30101", "4203600.00"]
    with (folder / "ledger_basic.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([heading, *rest, [*first[:2], "4023600.00"]])
    with (folder / "ledger_projects.csv").open(encoding="utf-8", newline="") as stream:
        heading, *rows = csv.reader(stream)
    kept = [row for row in rows if row[0] != "XM003"]
    assert len(kept) == len(rows) - 1
    with (folder / "ledger_projects.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([heading, *kept, ["XM099", "=新项目", "2010302", "500.00", "0", ""]])


@pytest.fixture(scope="module")
def returns(
    template: WorkbookTemplate,
    demo_data: Path,
    roster: Roster,
    department_workbooks: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("second")
    entries = folder / "entries"
    entries.mkdir()
    for path in (demo_data / "department" / "101").iterdir():
        (entries / path.name).write_bytes(path.read_bytes())
    changed_ledgers(entries)
    issued = generate(template, folder, roster.units[0])
    return department_workbooks[0], fill(issued, entries, folder / "second.xlsx", template=template)


@pytest.fixture(scope="module")
def comparison(returns: tuple[Path, Path]) -> Comparison:
    return compare(*returns)


def test_entries_are_matched_by_their_codes_wherever_they_stand(comparison: Comparison) -> None:
    found = [(part.way, part.sheet, part.row, part.column, part.old, part.new) for part in comparison.entries]
    new, old = f"{PROJECTS}|XM099 =新项目 2010302", f"{PROJECTS}|XM003 因公出国（境）经费 2010302"
    source, items = "本年一般公共预算", "三公项目"
    assert [(way, f"{sheet}|{row}", *rest) for way, sheet, row, *rest in found] == [
        (Way.CHANGED, f"{BASIC}|2010301 30101", source, Decimal("4203600"), Decimal("4023600")),
        (Way.ADDED, new, "项目名称", None, "=新项目"),
        (Way.ADDED, new, source, None, Decimal(500)),
        (Way.REMOVED, old, "项目名称", "因公出国（境）经费", None),
        (Way.REMOVED, old, items, "因公出国（境）费", None),
        (Way.REMOVED, old, source, Decimal(180_000), None),
    ]
    differences = [part.difference for part in comparison.entries]
    assert differences == [Decimal(-180_000), None, Decimal(500), None, None, Decimal(-180_000)]


def printed(path: Path) -> pd.DataFrame:
    """What ``values`` prints of a workbook."""
    target = path.with_suffix(".csv")
    assert run(["values", str(path), "-o", str(target)]) == 0
    frame = pd.read_csv(target, encoding="utf-8-sig", dtype=str)
    frame["form"] = frame["form"].astype(int)
    frame = frame[frame["form"] < UNITS_FROM]
    key = ["form", "line", "column"]  # two lines of form 4 are called alike: this year's money, last year's
    return frame.assign(twin=frame.groupby(key).cumcount()).set_index([*key, "twin"])["value"]


def test_every_printed_amount_that_differs_is_listed(
    comparison: Comparison, returns: tuple[Path, Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Against the amounts that ``values`` prints, joined by pandas; projects by hand."""
    copies = []
    for at, path in enumerate(returns):
        copies.append(tmp_path / f"{at}.xlsx")
        copies[-1].write_bytes(path.read_bytes())
    both = pd.concat([printed(path) for path in copies], axis=1, keys=["old", "new"]).fillna("0")
    both = both[both["old"] != both["new"]]
    number = {form.title.replace("{year}", "2023"): form.number for form in template.forms}
    listed = {
        (number[part.place.form], part.place.line, part.place.column, 0): (part.old, part.new)
        for part in comparison.forms
        if number[part.place.form] < UNITS_FROM
    }
    assert listed == {
        key: (Decimal(row["old"]), Decimal(row["new"])) for key, row in both.to_dict("index").items()
    }
    last = {part.place.line: part.difference for part in comparison.forms if "本年预算" in part.place.form}
    assert last == {
        "2 示范厅机关": Decimal("-17.95"),
        "5 =新项目": Decimal("0.05"),
        "5 因公出国（境）经费": Decimal("-18"),
    }


def test_new_findings_are_told(comparison: Comparison) -> None:
    assert [(part.fate, part.finding.rule) for part in comparison.findings] == [(Fate.NEW, "E-01")]
    assert (comparison.old.verdict, comparison.new.verdict) == ("可接收", "不予接收")


def test_the_other_way_round_they_are_gone(returns: tuple[Path, Path]) -> None:
    back = compare(returns[1], returns[0])
    assert [(part.fate, part.finding.rule) for part in back.findings] == [(Fate.GONE, "E-01")]
    assert sorted(part.way for part in back.entries) == sorted(
        [Way.CHANGED, *[Way.REMOVED] * 2, *[Way.ADDED] * 3]
    )


def test_a_workbook_is_the_same_as_itself(returns: tuple[Path, Path]) -> None:
    same = compare(returns[0], returns[0])
    assert same.same
    assert comparison_text(same).endswith("两次报送内容相同：录入、公开表和问题都没有变动。\n")


def test_the_text_says_first_what_matters(comparison: Comparison) -> None:
    lines = comparison_text(comparison, limit=3).splitlines()
    assert lines[0] == "两次报送对比：101 示范厅机关"
    assert lines[3] == f"录入变动 6 处，公开表变动 {len(comparison.forms)} 处；问题：新出现 1"
    change = "本年一般公共预算（H22）：4,203,600.00 → 4,023,600.00（-180,000.00）"
    assert lines[5:7] == ["录入变动（元）", f"  修改  {BASIC} · 2010301 30101 · {change}"]
    assert "  ……另有 3 处，用 -o 写出全部" in lines


def test_the_workbook_lists_all_and_text_stays_text(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    path.write_bytes(comparison_workbook(comparison))
    assert comparison_workbook(comparison) == path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["录入变动", "公开表变动", "问题变动"]
    rows = [sheet.max_row - 4 for sheet in book]
    assert rows == [6, len(comparison.forms), 1]
    typed = [cell for row in book["录入变动"].iter_rows() for cell in row if cell.value == "=新项目"]
    assert [cell.data_type for cell in typed] == ["s"]


def finding(row: str, stored: int, rule: str = "R") -> Finding:
    place = Place("表", row, "栏", "表", "A1")
    return Finding(rule, Severity.EXPLAIN, "说明。", place=place, stored=Decimal(stored))


Raised = list[tuple[Finding, bool]]


def fates(before: Raised, after: Raised) -> Iterator[tuple[Fate, str]]:
    return ((part.fate, part.finding.place.line) for part in finding_changes(before, after))


def test_a_finding_is_known_by_place_and_value_else_by_one_of_them() -> None:
    before = [(finding("一", 1), True), (finding("二", 2), True), (finding("三", 3), True)]
    after = [(finding("二", 1), True), (finding("三", 3), True), (finding("五", 9, "S"), True)]
    assert list(fates(before, after)) == [
        (Fate.GONE, "二"),
        (Fate.UNCHANGED, "二"),  # moved there from line 一
        (Fate.UNCHANGED, "三"),
        (Fate.NEW, "五"),
    ]
    assert list(fates([(finding("一", 1), True)], [(finding("一", 2), True)])) == [(Fate.OTHER_VALUE, "一")]


def test_what_is_explained_now_was_open_before() -> None:
    opened, settled = (finding("一", 1), True), (finding("一", 1), False)
    assert list(fates([opened], [settled])) == [(Fate.SETTLED, "一")]
    assert list(fates([settled], [settled])) == []
    assert list(fates([settled], [opened])) == [(Fate.NEW, "一")]
    assert list(fates([settled], [])) == []


def test_only_two_returns_of_one_unit_are_compared(
    department_workbooks: list[Path], comparison: Comparison, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"是 101 .* 的，.*是 102 .* 的；只能对比同一单位"):
        compare(department_workbooks[0], department_workbooks[1])
    other = tmp_path / "other.xlsx"
    other.write_bytes(comparison_workbook(comparison))
    with pytest.raises(InputError, match=r"“other.xlsx”不能对比：.*没有模板标识"):
        compare(department_workbooks[0], other)
    with pytest.raises(InputError, match="找不到工作簿"):
        compare(department_workbooks[0], tmp_path / "none.xlsx")


def test_the_command_says_it_and_writes_it(
    returns: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "对比.xlsx"
    assert run(["compare", *map(str, returns), "-o", str(target)]) == 0
    assert target.read_bytes().startswith(b"PK")
    assert f"已写入 {target}" in capsys.readouterr().out
    assert run(["compare", *map(str, returns), "-o", str(returns[0])]) == 2
    assert "就是输入文件" in capsys.readouterr().err
