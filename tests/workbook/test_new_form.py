"""A new form is one new file: generated, computed, checked, printed and consolidated with the others."""

from __future__ import annotations

import csv
import shutil
import warnings
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from support import builders
from support.shared_files import ROOM

from xlbudget import Roster, WorkbookTemplate, check, consolidate, fill, generate, load_template
from xlbudget.cli import run

NEW_FORM = Path(__file__).parents[1] / "support" / "f14_own.toml"


@pytest.fixture(scope="module")
def definitions(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The definitions with one file more, under a folder of templates of the department's own."""
    root = tmp_path_factory.mktemp("definitions")
    folder = builders.copy_template(template, root / "shanxi_provincial" / "2023")
    shutil.copy(NEW_FORM, folder / "forms")
    return root


@pytest.fixture(scope="module")
def own(definitions: Path) -> WorkbookTemplate:
    return load_template("shanxi_provincial/2023", definitions)


@pytest.fixture(scope="module")
def workbooks(
    own: WorkbookTemplate, demo_data: Path, roster: Roster, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Two units of the department, filled in under the new definitions."""
    folder = tmp_path_factory.mktemp("own")
    filled = []
    for unit in roster.units[1:]:
        issued = generate(own, folder / "issued", unit, capacity=ROOM)
        target = folder / "returned" / f"{unit.code}.xlsx"
        filled.append(fill(issued, demo_data / "department" / unit.code, target, template=own))
    return filled


def rows_of_sheet(path: Path, sheet: str, *, values: bool) -> list[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=values, read_only=True)
    rows = [row[:5] for row in book[sheet].iter_rows(values_only=True)]
    book.close()
    return rows


def listed(path: Path) -> dict[object, tuple[object, ...]]:
    """The lines of the new form that list something: code → amounts."""
    return {row[0]: row[2:] for row in rows_of_sheet(path, "附表1", values=True)[5:] if row[0]}


def entered(demo_data: Path, unit: str, ledger: str) -> pd.Series:
    """This year's money in a ledger, in 万元 by functional code."""
    table = pd.read_csv(demo_data / "department" / unit / f"{ledger}.csv", dtype={"functional_code": str})
    columns = [name for name in table.columns if name.startswith("current_year_")]
    return table.groupby("functional_code")[columns].sum().sum(axis=1) / 10000


def test_only_one_file_differs_from_the_issued_definitions(
    definitions: Path, template: WorkbookTemplate
) -> None:
    folder = definitions / "shanxi_provincial" / "2023"
    ours = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    theirs = {path.relative_to(template.folder) for path in template.folder.rglob("*") if path.is_file()}
    assert ours - theirs == {Path("forms/f14_own.toml")}
    assert all(
        (folder / path).read_bytes() == (template.folder / path).read_bytes() for path in ours & theirs
    )


def test_the_new_form_stands_after_the_others_and_in_the_contents(
    own: WorkbookTemplate, workbooks: list[Path]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(workbooks[0], read_only=True)
    names = book.sheetnames
    book.close()
    assert names[names.index("公开表13") : names.index("公开表13") + 3] == ["公开表13", "附表1", "结构图"]
    contents = [row[1:4] for row in rows_of_sheet(workbooks[0], "目录", values=True)]
    assert ("公开表", "附表1", "2023年支出按功能科目和来源统计表") in contents
    assert [rule.id for rule in own.rules if "F14" in rule.id] == ["ROWS-F14"]


def test_the_new_form_is_computed_and_live(demo_data: Path, workbooks: list[Path]) -> None:
    basic, projects = entered(demo_data, "103", "ledger_basic"), entered(demo_data, "103", "ledger_projects")
    found = listed(workbooks[1])
    assert found["全部"] == pytest.approx((basic.sum() + projects.sum(), basic.sum(), projects.sum()))
    assert found["2010350"] == pytest.approx((basic["2010350"], basic["2010350"], 0))
    # lines by code hold carry-over too, as in form 3: 71.5 + 18 万元 under 2010399
    expected = projects["2010399"] + 71.5 + 18
    assert found["2010399"] == pytest.approx((expected, 0, expected))
    formulas = rows_of_sheet(workbooks[1], "附表1", values=False)
    assert str(formulas[5][3]).startswith("=SUM('录入1 基本支出'!$M$6:$M$65)")


def test_workbooks_with_the_new_form_pass_and_its_spoilt_cells_are_found(
    own: WorkbookTemplate, workbooks: list[Path], tmp_path: Path
) -> None:
    assert builders.rows_of(check(workbooks, own)) == []
    content = builders.typed(workbooks[0].read_bytes(), "附表1", {"D6": 0.5})
    content = builders.other_result(content, "附表1", "E7", 1.0)
    assert builders.rows_of(check(builders.returned(tmp_path, "102.xlsx", content), own)) == [
        (
            "changed_formula",
            "blocking",
            "附表1",
            "D6",
            Decimal("0.5"),
            Decimal("681.278"),
            Decimal("-680.778"),
        ),
        ("stale_value", "explain", "附表1", "E7", Decimal(1), Decimal("169.6"), Decimal("-168.6")),
    ]


def test_the_new_form_is_consolidated(own: WorkbookTemplate, workbooks: list[Path], tmp_path: Path) -> None:
    summary = tmp_path / "汇总.xlsx"
    consolidate(workbooks, summary, template=own)
    assert builders.rows_of(check(summary, own)) == []
    parts, whole = [listed(path) for path in workbooks], listed(summary)
    assert list(whole)[1:] == sorted({str(code) for part in parts for code in list(part)[1:]})
    for code, amounts in whole.items():
        each = [part.get(code, (0, 0, 0)) for part in parts]
        assert amounts == pytest.approx(tuple(sum(float(str(row[at])) for row in each) for at in range(3)))


def test_the_values_of_the_new_form_are_printed(
    definitions: Path, workbooks: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["values", str(workbooks[0]), "--templates", str(definitions), "--rounded"]) == 0
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    mine = [(line["line"], line["column"], line["value"]) for line in lines if line["form"] == "14"]
    assert mine[:3] == [
        ("全部", "支出", "991.28"),
        ("全部", "基本", "681.28"),
        ("全部", "项目", "310.00"),
    ]


def test_a_workbook_of_the_issued_definitions_is_not_taken_for_one_with_the_new_form(
    template: WorkbookTemplate, own: WorkbookTemplate
) -> None:
    [issued] = (template.folder / "blank").glob("*.xlsx")
    assert builders.rows_of(check(issued, own)) == [
        ("wrong_template", "blocking", "", "", template.digest[:12], own.digest[:12], None)
    ]


def test_a_mistake_in_the_new_form_is_told_with_file_and_line(
    template: WorkbookTemplate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = builders.copy_template(template, tmp_path / "own" / "2023")
    broken = NEW_FORM.read_text(encoding="utf-8").replace('"amount"', '"amont"', 1)
    (folder / "forms" / "f14_own.toml").write_text(broken, encoding="utf-8")
    code = run(["generate", "own/2023", "--templates", str(tmp_path), "-o", str(tmp_path / "out")])
    assert code == 2
    assert not (tmp_path / "out").exists()
    line = next(at for at, text in enumerate(broken.splitlines(), 1) if "amont" in text)
    message = capsys.readouterr().err
    assert f"own/2023/forms/f14_own.toml:{line}" in message
    assert "最接近的是“amount”" in message
