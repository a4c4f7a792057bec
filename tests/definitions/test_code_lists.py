"""The finance office's list of codes: any columns, several years; what is new, gone, renamed, moved."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import openpyxl
import pytest

from xlbudget import check, generate, load_template
from xlbudget.checking.definitions.lint import lint
from xlbudget.cli import run
from xlbudget.definitions.code_lists import CodeChanges, catalogue_named, compare_codes
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.model.errors import InputError

NAME = "某县财政局/2026"
LIST = """2026年政府收支分类科目,,,
科目编码,科目名称,启用年度,停用年度
201,一般公共服务支出,2007,
20103,政府办公厅及相关机构事务,2007,
2010350,事业运行,2007-01-01,
2010301,行政运行,2007,
2010302,一般行政管理事务,2007,2025年12月31日
2010303,机关服务,2027,
208,社会保障和就业支出,,
20805,行政事业单位养老支出,,
2080505,机关事业单位基本养老保险缴费支出,,
,（以下空白）,,
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    return tmp_path / "模板"


def compared(root: Path, path: Path, **columns: str) -> CodeChanges:
    template = load_template(NAME, root)
    return compare_codes(path, template, catalogue_named(template, ""), columns)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def codes(changes: CodeChanges) -> list[str]:
    return [row["code"] for row in changes.rows]


def test_what_a_list_changes_is_said_by_kind(own: Path, tmp_path: Path) -> None:
    """Validity takes rows out; the list's order holds; level and code above as codes alike have."""
    changes = compared(own, written(tmp_path / "目录.csv", LIST))
    assert [change.code for change in changes.added] == ["2010350"]
    assert [change.code for change in changes.gone] == ["2010302"]
    assert [(change.code, change.new) for change in changes.renamed] == [
        ("20103", "政府办公厅及相关机构事务")
    ]
    assert changes.moved == ()
    assert (changes.other_years, changes.unread) == (2, (12,))
    assert codes(changes)[:4] == ["201", "20103", "2010350", "2010301"]
    new = next(row for row in changes.rows if row["code"] == "2010350")
    assert (new["level"], new["parent"]) == ("项", "20103")


def test_a_workbook_with_other_headings_and_numbers_as_codes(own: Path, tmp_path: Path) -> None:
    """Codes stored as numbers, a column for the code above, dates as a spreadsheet has them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["目录"])
    sheet.append(["新编码", "父级编码", "名称", "失效日期"])
    sheet.append([201, None, "一般公共服务支出", None])
    sheet.append([20103, 201, "政府办公厅（室）及相关机构事务", None])
    sheet.append([2010301, 201, "行政运行", None])
    sheet.append([2010302, 20103, "一般行政管理事务", 45000])  # 2023-03-15
    path = tmp_path / "目录.xlsx"
    book.save(path)
    with pytest.raises(InputError, match="--column"):
        compared(own, path)
    changes = compared(own, path, 编码="新编码")
    assert codes(changes) == ["201", "20103", "2010301", "999", "99999", "9999999"]
    assert [(change.code, change.old, change.new) for change in changes.moved] == [
        ("2010301", "20103", "201")
    ]
    assert changes.other_years == 1


def test_a_code_that_an_incomplete_list_lacks_is_explained_and_visible(own: Path, tmp_path: Path) -> None:
    """In a complete list it is refused; the code that stands for others survives an import."""
    folder = own / NAME
    for state in ("incomplete", "complete"):
        template = load_template(NAME, own)
        unit = read_roster(folder / "demo" / "units.csv", template).units[0]
        data = shutil.copytree(folder / "demo" / "001", tmp_path / state)
        text = (data / "expenditure.csv").read_text(encoding="utf-8").replace("2010302", "2010399")
        written(data / "expenditure.csv", text)
        issued = generate(template, tmp_path / f"{state}下发", unit)
        if state == "complete":
            with pytest.raises(InputError, match="“2010399”不在代码表中"):
                fill(issued, data, tmp_path / "完整.xlsx", template=template)
            continue
        filled = fill(issued, data, tmp_path / "不完整.xlsx", template=template)
        [finding] = check(filled, template).findings
        assert (finding.rule, finding.stored, finding.severity) == ("unknown_code", "2010399", "explain")
        assert "9999999 未列入代码表的科目" in finding.message
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = openpyxl.load_workbook(filled, data_only=True)["公开表2"]
        rows = [[cell.value for cell in row] for row in values.iter_rows()]
        assert [row[4] for row in rows if "9999999" in row] == [500000]
        kept = compared(own, written(tmp_path / "目录.csv", LIST))
        assert codes(kept)[-3:] == ["999", "99999", "9999999"]
        main = folder / "template.toml"
        written(main, main.read_text(encoding="utf-8").replace('others = "9999999"', ""))


def test_a_code_that_stands_twice_is_told_and_the_last_taken(own: Path, tmp_path: Path) -> None:
    text = "代码,名称,年度\n201,旧名,2025\n201,甲,2026\n201,乙,2026年\n"
    changes = compared(own, written(tmp_path / "目录.csv", text))
    assert changes.twice == ("201",) and changes.rows[0]["name"] == "乙" and changes.other_years == 1


def test_the_old_list_is_kept_and_the_template_lints(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own / NAME
    path = folder / "catalogues" / "functional_classification.csv"
    before = path.read_bytes()
    words = ["codes", "import", str(written(tmp_path / "目录.csv", LIST))]
    words += ["--templates", str(own), "--template", NAME]
    assert run(words) == 0
    assert path.read_bytes() == before
    assert "加 --write" in capsys.readouterr().out
    assert run([*words, "--write"]) == 0
    digest = load_template(NAME, own).digest
    assert lint(own) == []
    assert (folder / "old_code_lists" / "functional_classification_1.csv").read_bytes() == before
    assert run([*words, "--write"]) == 0
    assert len(list((folder / "old_code_lists").iterdir())) == 2
    assert (folder / "old_code_lists" / "functional_classification_1.csv").read_bytes() == before
    assert load_template(NAME, own).digest == digest


def test_a_list_without_codes_leaves_the_template_alone(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own / NAME / "catalogues" / "functional_classification.csv"
    before = path.read_bytes()
    source = written(tmp_path / "目录.csv", "编码,名称,年度\n201,甲,2020\n")
    assert run(["codes", "import", str(source), "--templates", str(own), "--template", NAME, "--write"]) == 0
    assert path.read_bytes() == before
    assert "没有写入" in capsys.readouterr().out
