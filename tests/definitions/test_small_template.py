"""A template of one's own: small, and whole from the first minute."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from xlbudget import check, consolidate, generate, load_template, publish
from xlbudget.checking.definitions.case_runs import run_cases
from xlbudget.checking.definitions.lint import lint
from xlbudget.cli import run
from xlbudget.definitions.folders import template_folders, templates_folder
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.model.errors import ExistingFile, InputError

NAME = "某县财政局/2026"


def test_it_runs_through_the_whole_chain_at_once(tmp_path: Path) -> None:
    """Issued, filled in from its own data, checked, joined and published; the sums are those of the CSV."""
    root = tmp_path / "模板"
    folder = new_template(NAME, root)
    assert lint(root) == []
    assert run_cases(root) == (10, [])
    template = load_template(NAME, root)
    assert (template.authority, template.year) == ("某县财政局", 2026)
    for unit in read_roster(folder / "demo" / "units.csv", template).units:
        issued = generate(template, tmp_path / "下发", unit)
        fill(issued, folder / "demo" / unit.code, tmp_path / "报送" / f"{unit.code}.xlsx", template=template)
    assert check(tmp_path / "报送", template).findings == ()
    summary = tmp_path / "汇总.xlsx"
    consolidate(tmp_path / "报送", summary, template=template)
    report = check(summary, template)
    assert report.findings == () and report.workbooks[0].verdict == "可接收"
    both = publish([summary, tmp_path / "报送" / "001.xlsx"], tmp_path / "公开", template)
    assert [[path.suffix for path in one.paths] for one in both] == [[".docx", ".pdf", ".xlsx"]] * 2
    printed = docx.Document(str(both[0].paths[0]))
    text = "".join(paragraph.text for paragraph in printed.paragraphs)
    # 900000+500000+100000 and 560000+50000.5+40000, added up by hand
    assert "支出预算2,150,000.50元，其中：基本支出1,600,000.00元，项目支出550,000.50元" in text


def test_the_roster_of_the_demonstration_follows_the_kinds_of_unit(tmp_path: Path) -> None:
    """Whoever changes the kinds is told where else they stand, before ``demo`` stops at them."""
    folder = new_template(NAME, tmp_path)
    for path in (folder / "template.toml", folder / "cases" / "rules.toml"):
        text = path.read_text(encoding="utf-8").replace('kinds = ["行政", "事业"]', 'kinds = ["医院"]')
        path.write_text(text.replace('kind = "行政"', 'kind = "医院"'), encoding="utf-8")
    assert [str(problem) for problem in lint(tmp_path)] == [
        f"{NAME}/demo/units.csv:{line}: 单位性质“{kind}”应为 医院 之一"
        for line, kind in ((2, "行政"), (3, "事业"))
    ]


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    folder = new_template(NAME, tmp_path)
    (folder / "template.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(ExistingFile, match="已经有内容"):
        new_template(NAME, tmp_path)
    assert (folder / "template.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "name", ["某县", "某县/26", "某/2026/1", "/2026", "../2026", 'a"b/2026', "某:县/2026"]
)
def test_a_name_that_cannot_be_a_folder_and_a_year_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="年度是四位数"):
        new_template(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_it_is_made_from_is_in_no_list_of_templates() -> None:
    assert not [name for name in template_folders(templates_folder()) if name.startswith("_")]


def test_the_command_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", NAME]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    commands = [line.split()[1:] for line in lines if line.startswith("xlbudget ")]
    assert [words[0] for words in commands] == ["lint", "demo"]
    assert run(commands[0]) == 0
