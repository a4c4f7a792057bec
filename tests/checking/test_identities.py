"""Is what is compared between two years the same: the unit, the projects, the files of last year?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS
from support.shared_files import ROOM

from xlbudget import (
    Report,
    Roster,
    Unit,
    WorkbookTemplate,
    check,
    generate_each,
    load_template,
    read,
)
from xlbudget.api.issuing import linked_folder
from xlbudget.checking.prior_year.workbooks import LinkedFolder
from xlbudget.department.issue.distribution import issues_of
from xlbudget.model import RuleStatus

CODE = "103"
Row = tuple[str, str, str, str, object, object]


@pytest.fixture(scope="module")
def definitions(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identities")
    for year in (template.year, template.year - 1):
        builders.template_of_year(template, folder, year)
    return folder


@pytest.fixture(scope="module")
def before(
    template: WorkbookTemplate, definitions: Path, demo_data: Path, roster: Roster
) -> dict[str, bytes]:
    """Last year's workbooks of two units, by code."""
    old = load_template(f"shanxi_provincial/{template.year - 1}", definitions)
    found = {}
    for code in ("102", CODE):
        unit = roster.find(code)
        assert unit is not None
        found[code] = builders.filled(old, unit, demo_data / "department" / code, capacity=ROOM)
    return found


def compared(
    template: WorkbookTemplate, definitions: Path, folder: Path, this: bytes, prior: Mapping[str, bytes]
) -> Report:
    for name, workbook in prior.items():
        path = folder / "上年" / name
        builders.returned(path.parent, path.name, workbook)
    path = builders.returned(folder, "今年.xlsx", this)
    return check(path, template, prior=folder / "上年", templates=definitions)


def told(report: Report) -> list[Row]:
    return [
        (one.rule, one.severity.value, one.place.sheet, one.place.address, one.stored, one.expected)
        for one in report.findings
        if one.rule.startswith("prior_")
    ]


@pytest.mark.returned(27, "单位编码变了，上年的工作簿按名称找到")
def test_a_unit_under_another_code_is_found_by_its_name_and_asked_about(
    template: WorkbookTemplate,
    definitions: Path,
    before: dict[str, bytes],
    demo_data: Path,
    roster: Roster,
    tell: Callable[[Report], None],
    tmp_path: Path,
) -> None:
    known = roster.find(CODE)
    assert known is not None
    moved = Unit("203", known.name, known.kind, known.superior)
    this = builders.filled(template, moved, demo_data / "department" / CODE, capacity=ROOM)
    prior = {"102.xlsx": before["102"], "103.xlsx": before[CODE]}
    report = compared(template, definitions, tmp_path, this, prior)
    assert told(report) == [("prior_unit", "explain", "封面", "C9", "203", CODE)]
    tell(report)
    message = next(one.message for one in report.findings if one.rule == "prior_unit")
    assert f"上年的工作簿是按名称“{known.name}”找到的，编码为“103”；已与它对比" in message
    ran = {one.rule: one.status for one in report.workbooks[0].outcomes}
    assert ran["Y-02"] is RuleStatus.PASSED  # compared all the same
    assert report.skipped == ("上年的 1 个工作簿没有用到（本次没有审核这些单位的报送）：102.xlsx",)


def test_a_unit_under_another_code_gets_last_years_figures_and_is_asked_about(
    template: WorkbookTemplate,
    definitions: Path,
    before: dict[str, bytes],
    roster: Roster,
    tmp_path: Path,
) -> None:
    """``generate_each`` and the command put in what the same unit had under its old code."""
    known = roster.find(CODE)
    assert known is not None
    moved = Unit("203", known.name, known.kind, known.superior)
    builders.returned(tmp_path / "上年", "103.xlsx", before[CODE])
    there = linked_folder(tmp_path / "上年", definitions)
    [(_, same)] = issues_of(template, [known], linked=[there])
    [(_, issue)] = issues_of(template, [moved], linked=[there])
    assert issue.entries == same.entries
    assert issue.entries["上年项目"]
    [asked] = [one for one in issue.remarks if one not in same.remarks]
    assert asked.startswith("单位编码本年是“203”，上年的工作簿是按名称")
    assert "from_last_year/units.csv" in asked
    [path] = generate_each(
        template, tmp_path / "下发", [moved], prior=tmp_path / "上年", templates=definitions
    )
    assert read(path, template).entries["上年项目"] == same.entries["上年项目"]


def test_the_same_code_under_another_name_alone_is_the_same_unit(template: WorkbookTemplate) -> None:
    """Renamed, with nobody of its new name last year; and where another unit had that name."""
    files = {"103": ((Path("a"), "x"),), "105": ((Path("b"), "y"),)}
    prior = LinkedFolder(Path("上年"), files, names={"103": "信息中心", "105": "数据 中心"})
    renamed, moved = Unit("103", "科技中心", "事业"), Unit("103", "数据中心", "事业")
    assert prior.codes_of(renamed, template) == ("103",)
    assert prior.codes_of(moved, template) == ("105",)
    assert prior.codes_of(Unit("109", "新单位", "事业"), template) == ()


@pytest.mark.returned(27, "项目编码上年是另一个项目")
def test_codes_that_name_another_project_are_told_with_both_names(
    template: WorkbookTemplate,
    definitions: Path,
    before: dict[str, bytes],
    units: dict[str, bytes],
    tmp_path: Path,
    tell: Callable[[Report], None],
) -> None:
    """One code taken for another project; one name with another year and stage."""
    last = builders.typed(before[CODE], PROJECTS, {"D6": "平台运维（2022年）一期", "D7": "业务培训与考务"})
    this = builders.typed(units[CODE], PROJECTS, {"D6": "平台运维（2023年）二期", "D7": "办公楼屋面防水维修"})
    report = compared(template, definitions, tmp_path, this, {"103.xlsx": last})
    assert told(report) == [
        ("prior_names", "explain", PROJECTS, "D7", "办公楼屋面防水维修", "业务培训与考务")
    ]
    tell(report)
    message = next(one.message for one in report.findings if one.rule == "prior_names")
    assert "XM002：上年“业务培训与考务”，本年“办公楼屋面防水维修”" in message


def test_two_editions_in_subfolders_are_told_apart(
    template: WorkbookTemplate,
    definitions: Path,
    before: dict[str, bytes],
    units: dict[str, bytes],
    tmp_path: Path,
) -> None:
    prior = {"初稿/103.xlsx": before[CODE], "终稿/103.xlsx": builders.other_bytes(before[CODE])}
    report = compared(template, definitions, tmp_path, units[CODE], prior)
    [reason] = {one.reason for one in report.workbooks[0].outcomes if one.rule == "Y-02"}
    assert reason == "上年文件夹里单位 103 有 2 个工作簿（初稿/103.xlsx、终稿/103.xlsx），不知以哪个为准"
    assert told(report) == []
