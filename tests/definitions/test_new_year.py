"""A year passes: a template copied to the next year, codes and units that are called otherwise since."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from xlbudget import check, generate, load_template
from xlbudget.api import linked_folder
from xlbudget.checking.definitions.lint import lint
from xlbudget.checking.prior_year.entries import linked_entries
from xlbudget.checking.prior_year.workbooks import linked_evidence
from xlbudget.cli import run
from xlbudget.definitions.last_year_codes import new_codes, old_units
from xlbudget.definitions.new_year import new_year
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.model.errors import ExistingFile, InputError

NAME = "某县财政局/2026"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    return tmp_path / "模板"


def mapping(path: Path, *pairs: str) -> Path:
    path.write_text("\n".join(["旧编码,新编码", *pairs]) + "\n", encoding="utf-8")
    return path


def test_the_next_year_lints_clean_and_the_old_one_stays(root: Path) -> None:
    old = load_template(NAME, root)
    done = new_year(old, root, {})
    assert done.folder == root / "某县财政局" / "2027"
    assert lint(root) == []
    new = load_template("某县财政局/2027", root)
    assert (new.year, new.title, new.forms[0].title) == (
        2027,
        "2027年单位预算",
        "2027年收支预算总表",
    )
    assert load_template(NAME, root).digest == old.digest
    assert not (done.folder / "demo").exists()  # somebody's figures of the year before
    assert new.digest != old.digest


def test_final_accounts_keep_what_tells_their_kind_and_list_the_templates_that_they_link_to(
    tmp_path: Path,
) -> None:
    shipped = load_template("shanghai_putuo/2024_final_accounts")
    done = new_year(shipped, tmp_path, {})
    assert done.folder == tmp_path / "shanghai_putuo" / "2025_final_accounts"
    assert lint(tmp_path) == []
    listed = {place.text for place in done.years if place.file == "template.toml"}
    assert 'template = "shanghai_putuo/2025"' in listed
    assert new_template("某县财政局/2026_决算", tmp_path).name == "2026_决算"


def test_what_finance_must_look_at_is_listed_with_its_line(root: Path) -> None:
    page = root / NAME / "document" / "document.txt"
    page.write_text(page.read_text(encoding="utf-8") + "按2026年标准执行，文号20265年。\n", encoding="utf-8")
    done = new_year(load_template(NAME, root), root, {})
    written = (done.folder / "document" / "document.txt").read_text(encoding="utf-8").splitlines()
    [text] = [place for place in done.years if place.file == "document/document.txt"]
    assert written[text.line - 1] == text.text == "按2026年标准执行，文号20265年。"
    main = (done.folder / "template.toml").read_text(encoding="utf-8").splitlines()
    limits = {place.text: main[place.line - 1] for place in done.limits}
    assert limits == {
        "上年变动幅度 = 0.3": '"上年变动幅度" = "0.3"',
        "上年变动起点 = 500000": '"上年变动起点" = "500000"',
    }
    assert [place.text for place in done.lists] == ["功能科目：10 个编码"]


def test_mappings_say_what_codes_and_units_were(root: Path, tmp_path: Path) -> None:
    """Renamed, split, gone, joined; what is not named stays; the template's number does not change."""
    codes = mapping(tmp_path / "c.csv", "2010301,2010350", "2010302,2010398", "2010302,2010399", "2080505,")
    units = mapping(tmp_path / "u.csv", "001,101", "002,101", "003,")
    new_year(load_template(NAME, root), root, {"codes.csv": codes, "units.csv": units})
    template = load_template("某县财政局/2027", root)
    assert new_codes(template, "2010301") == ("2010350",)
    assert new_codes(template, "2010302") == ("2010398", "2010399")
    assert new_codes(template, "2080505") == ()
    assert new_codes(template, "201") == ("201",)
    assert old_units(template, "101") == ("001", "002")
    assert old_units(template, "003") == () and old_units(template, "009") == ("009",)
    digest = template.digest
    mapping(template.folder / "from_last_year" / "codes.csv", "2010301,2010351")
    again = load_template("某县财政局/2027", root)
    assert again.digest == digest and new_codes(again, "2010301") == ("2010351",)


def test_last_years_rows_come_under_this_years_codes(root: Path, tmp_path: Path) -> None:
    """A unit that was called otherwise is found; a code that was split is left to the unit, with a remark."""
    old = load_template(NAME, root)
    [unit] = [one for one in read_roster(old.folder / "demo" / "units.csv", old).units if one.code == "001"]
    issued = generate(old, tmp_path, unit)
    fill(issued, old.folder / "demo" / "001", tmp_path / "上年" / "001.xlsx", template=old)
    codes = mapping(tmp_path / "c.csv", "2010301,2080505", "2010302,2010301", "2010302,2010302")
    units = mapping(tmp_path / "u.csv", "001,101")
    folder = new_year(old, root, {"codes.csv": codes, "units.csv": units}).folder
    ledger = folder / "entries" / "expenditure.toml"
    text = ledger.read_text(encoding="utf-8").replace("capacity = 40", 'capacity = 40\nprior_rows = "支出"')
    text = text.replace(
        'csv = ["functional_code"]', 'prior = "上年.支出[@功能科目]", csv = ["functional_code"]'
    )
    text = text.replace('csv = ["basic"]', 'prior = "上年.支出[@基本支出]", csv = ["basic"]')
    ledger.write_text(text, encoding="utf-8")
    new = load_template("某县财政局/2027", root)
    prior = linked_evidence(linked_folder(tmp_path / "上年", root), "101", new)
    found = linked_entries(new, {"上年": prior})
    assert [dict(row.values) for row in found.rows["支出"]] == [
        {"功能科目": "2080505", "基本支出": Decimal(900000)},
        {"功能科目": "2080505", "基本支出": Decimal(100000)},
    ]
    assert found.remarks == ("上年的编码 2010302 已分为 2010301、2010302，“支出”的这些行请单位填写编码",)


def test_a_mapping_of_a_code_that_was_not_there_is_refused_before_anything_is_written(
    root: Path, tmp_path: Path
) -> None:
    codes = mapping(tmp_path / "c.csv", "9,8")
    with pytest.raises(InputError, match="第 2 行：旧编码“9”不在上年的代码表中"):
        new_year(load_template(NAME, root), root, {"codes.csv": codes})
    assert [path.name for path in (root / "某县财政局").iterdir()] == ["2026"]


def test_a_year_that_is_there_is_left_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new-year", NAME, "--templates", str(root)]) == 0
    with pytest.raises(ExistingFile):
        new_year(load_template(NAME, root), root, {})
    assert run(["new-year", NAME, "--templates", str(root)]) == 2
    assert "已经有内容" in capsys.readouterr().err


RULES = """[[rule]]
id = "Y-1"
title = "各项与上年相同"
severity = "explain"
scope = "lines"
over = "F2"
level = ["项"]
statement = '[@合计] = 上年.F2[@合计]'

[[listing]]
id = "Y-2"
title = "新增科目"
severity = "note"
table = "支出"
key = "功能科目"
only_in = "this"

[[listing]]
id = "Y-3"
title = "不再安排的科目"
severity = "note"
table = "支出"
key = "功能科目"
only_in = "prior"
"""
LEDGER = "functional_code,basic,project\n"


@pytest.mark.parametrize(
    ("pairs", "rows", "found"),
    [
        # 2010302 is called 2010303 now: the same budget under another code
        (["2010302,2010303"], ["2010301,900000,", "2010303,,500000", "2080505,100000,"], []),
        # 2010301 and 2010302 are one code now: its amount is both
        (["2010301,2010303", "2010302,2010303"], ["2010303,900000,500000", "2080505,100000,"], []),
        # 2010302 was parted: nobody can say what its parts were, nor that they are new
        (["2010302,2010302", "2010302,2010303"],
         ["2010301,900000,", "2010302,,200000", "2010303,,300000", "2080505,100000,"], []),
        # nothing was said: another code is another code
        ([], ["2010301,900000,", "2010303,,500000", "2080505,100000,"], ["Y-1", "Y-2", "Y-3"]),
    ],
)  # fmt: skip
def test_rules_between_years_know_what_codes_were(
    root: Path, tmp_path: Path, pairs: list[str], rows: list[str], found: list[str]
) -> None:
    old = load_template(NAME, root)
    [unit] = [one for one in read_roster(old.folder / "demo" / "units.csv", old).units if one.code == "001"]
    issued = generate(old, tmp_path, unit)
    fill(issued, old.folder / "demo" / "001", tmp_path / "上年" / "001.xlsx", template=old)
    codes = {"codes.csv": mapping(tmp_path / "c.csv", *pairs)} if pairs else {}
    folder = new_year(old, root, codes).folder
    (folder / "prior_year_rules.toml").write_text(RULES, encoding="utf-8")
    listed = folder / "catalogues" / "functional_classification.csv"
    text = listed.read_text(encoding="utf-8")
    row = "2010302,一般行政管理事务,项,20103\n"
    listed.write_text(text.replace(row, f"{row}2010303,机关服务,项,20103\n"), encoding="utf-8")
    assert lint(root) == []
    new = load_template("某县财政局/2027", root)
    ledgers = tmp_path / "数据"
    ledgers.mkdir()
    (ledgers / "expenditure.csv").write_text(LEDGER + "\n".join(rows) + "\n", encoding="utf-8")
    (ledgers / "revenue.csv").write_text("source,amount\n财政拨款,1500000\n", encoding="utf-8")
    filled = fill(generate(new, tmp_path, unit), ledgers, tmp_path / "今年" / "001.xlsx", template=new)
    report = check(filled, new.id, templates=root, prior=tmp_path / "上年")
    assert sorted({part.rule for part in report.findings}) == found
