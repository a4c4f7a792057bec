"""办公桌: an officer checks a folder, takes the papers, joins, issues and compares, in the page."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from driving import choose, drag, members, saved, settled, without_moment
from playwright.sync_api import Locator, Page
from support import builders

from xlbudget import WorkbookTemplate, check, compare, consolidate, generate_each, write_report
from xlbudget.department.comparison.papers import comparison_workbook
from xlbudget.model import Roster

Room = Callable[[str], Locator]
NAME = "审核和汇总"


@pytest.fixture
def returned_folder(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """Two returns, one with an amount as text, one in a folder below; a stray text; no third unit."""
    folder = tmp_path / "报送"
    first, second, _ = department_workbooks
    builders.returned(
        folder, first.name, builders.typed(first.read_bytes(), builders.PROJECTS, {"K6": "52万"})
    )
    builders.returned(folder / "下级", second.name, second.read_bytes())
    (folder / "说明.txt").write_text("附件", encoding="utf-8")
    return folder


def choose_folder(room: Locator, folder: Path) -> str:
    room.page.evaluate("document.querySelectorAll('.under-drop').forEach(e => e.replaceChildren())")
    room.locator(".drop input[webkitdirectory]").set_input_files(folder)
    settled(room)
    return room.locator(".under-drop").inner_text()


def same_report(ours: bytes, theirs: bytes) -> None:
    """Reports for programs are equal, when they were made aside."""
    one, other = (json.loads(content) for content in (ours, theirs))
    assert one.pop("made_at")
    assert other.pop("made_at")
    assert one == other


def test_a_folder_gives_the_report_of_the_command(
    opened: Page,
    room: Room,
    returned_folder: Path,
    demo_data: Path,
    template: WorkbookTemplate,
    roster: Roster,
    tmp_path: Path,
) -> None:
    """Findings, missing units and skipped files are equal, in JSON and in the workbook, member by member."""
    place = room(NAME)
    place.get_by_label("选单位名册").set_input_files(demo_data / "units.csv")
    said = choose_folder(place, returned_folder)
    report = check(returned_folder, template, roster=roster)
    assert report.missing[0].name in said
    assert "说明.txt" in said
    theirs = write_report(report, tmp_path / "问题.json").read_bytes()
    same_report(saved(opened, place.get_by_role("button", name="数据（JSON）").click)[1], theirs)
    listed = write_report(report, tmp_path / "问题清单.xlsx").read_bytes()
    assert members(saved(opened, place.get_by_role("button", name="问题清单").click)[1]) == members(listed)
    page = write_report(report, tmp_path / "审核报告.html").read_bytes()
    shown = saved(opened, place.get_by_role("button", name="审核报告").click)[1]
    assert without_moment(shown) == without_moment(page)


def test_all_papers_come_in_one_archive(opened: Page, room: Room, returned_folder: Path) -> None:
    place = room(NAME)
    choose_folder(place, returned_folder)
    name, content = saved(opened, place.get_by_role("button", name="全部结果").click)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
    assert name.endswith(".zip")
    assert {"审核报告.html", "问题清单.xlsx", "问题.json"} <= set(names)
    assert [part for part in names if part.startswith("批注/")]
    assert {name[:6] for name in names if name.startswith("回复/1")} == {"回复/101", "回复/102"}


def test_archives_are_opened_and_names_inside_choose_no_place(
    room: Room, department_workbooks: list[Path], tmp_path: Path
) -> None:
    """Workbooks in archives are checked like others; one that is no archive is named as not read."""
    archive = tmp_path / "来件.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(department_workbooks[0], f"../../{department_workbooks[0].name}")
        packed.writestr("说明.txt", "附件")
    broken = tmp_path / "坏的.zip"
    broken.write_bytes(b"PK nothing")
    said = choose(room(NAME), archive, broken)
    assert "可接收" in said
    assert "坏的.zip：不是完好的 zip 压缩包" in said
    assert "说明.txt：不是工作簿" in said


def test_a_folder_can_be_dragged_in(opened: Page, room: Room, returned_folder: Path) -> None:
    place = room(NAME)
    opened.evaluate("document.querySelectorAll('.under-drop').forEach(e => e.replaceChildren())")
    drag(opened, place.locator(".drop"), returned_folder)
    settled(place)
    assert place.locator("table.units tbody tr:not(.detail)").count() == 2


def test_a_unit_opens_to_its_findings_by_keyboard(room: Room, returned_folder: Path) -> None:
    place = room(NAME)
    choose_folder(place, returned_folder)
    first = place.locator("table.units button").first
    first.focus()
    first.press("Enter")
    place.locator("tr.detail:visible .finding").first.wait_for()
    assert first.get_attribute("aria-expanded") == "true"
    first.press("Enter")
    assert place.locator("tr.detail:visible").count() == 0


def test_what_speaks_against_joining_is_said_in_words_and_can_be_let_pass(
    opened: Page,
    room: Room,
    department_workbooks: list[Path],
    demo_data: Path,
    roster: Roster,
    tmp_path: Path,
) -> None:
    """A missing unit refuses the summary; once let pass, it is the summary of the command."""
    place = room(NAME)
    place.get_by_label("选单位名册").set_input_files(demo_data / "units.csv")
    folder = tmp_path / "报送"
    for path in department_workbooks[:2]:
        builders.returned(folder, path.name, path.read_bytes())
    choose_folder(place, folder)
    section = place.locator("section.sheet").filter(has_text="汇总成部门预算")
    go = section.get_by_role("button", name="汇总成部门预算")
    go.click()
    section.locator(".sentence").wait_for()
    assert "还有 1 个单位没有报送" in section.inner_text()
    assert "--" not in section.inner_text()
    section.get_by_label("放行未报送的单位").check()
    section.get_by_label("列出舍位平衡").check()
    _, ours = saved(opened, go.click)
    theirs = tmp_path / "汇总.xlsx"
    consolidate(folder, theirs, roster=roster, allow=["missing"], balance_rounding=True)
    assert members(ours) == members(theirs.read_bytes())


def test_workbooks_are_issued_as_the_command_issues_them(
    opened: Page, room: Room, demo_data: Path, roster: Roster, template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Every workbook in the archive is the command's, with the list and the notes beside them."""
    place = room("下发")
    place.get_by_label("模板").select_option(template.id)
    place.get_by_label("选单位名册").set_input_files(demo_data / "units.csv")
    _, content = saved(opened, place.get_by_role("button", name="生成工作簿").click)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        issued = {name: archive.read(name) for name in archive.namelist()}
    assert "下发清单.csv" in issued
    for path in generate_each(template, tmp_path, roster):
        assert members(issued.pop(path.name)) == members(path.read_bytes())
    assert all(name.startswith("通知/") for name in issued.keys() - {"下发清单.csv"})


def test_two_returns_are_compared(
    opened: Page, room: Room, department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    old = department_workbooks[0]
    new = builders.returned(
        tmp_path, "改.xlsx", builders.typed(old.read_bytes(), builders.PROJECTS, {"H6": 12})
    )
    place = room("对比")
    inputs = place.locator("input[type=file]")
    inputs.nth(0).set_input_files(old)
    inputs.nth(1).set_input_files(new)
    settled(place)
    compared = compare(old, new, template)
    assert f"录入变动 {len(compared.entries)} 处" in place.inner_text()
    _, ours = saved(opened, place.get_by_role("button", name="保存全部变动").click)
    lists = members(comparison_workbook(compared))
    assert members(ours).keys() == lists.keys()


def test_a_workbook_on_which_the_worker_hangs_is_given_up_and_the_batch_goes_on(
    offline: Any, page_file: Path, department_workbooks: list[Path], tmp_path: Path
) -> None:
    """A new worker takes over what was found and the rest; the file is named, nothing else is lost."""
    folder = tmp_path / "报送"
    for path in department_workbooks:
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder / path.name)
    impatient = tmp_path / "page.html"
    text = page_file.read_text(encoding="utf-8")
    impatient.write_text(text.replace('data-patience="150"', 'data-patience="20"'), encoding="utf-8")
    page = offline.new_page()
    page.add_init_script(_HANGS)
    page.goto(impatient.as_uri())
    page.locator("#rooms").get_by_role("button", name=NAME, exact=True).click()
    place = page.locator(".room:visible")
    said = choose_folder(place, folder)
    assert "可接收 2 份" in said
    assert "不予接收 1 份" in said
    place.locator("table.units button").last.click()
    place.locator("tr.detail:visible .finding").first.wait_for()
    assert "已放弃" in place.locator("tr.detail:visible").inner_text()
    page.evaluate(
        "window.latest.terminate()"
    )  # gone while nobody looks, as a browser short of memory does it
    place.get_by_role("button", name="问题清单").click()
    place.locator(".sentence.wrong", has_text="太久没有结果").wait_for()
    name, content = saved(page, place.get_by_role("button", name="问题清单").click)
    assert name == "问题清单.xlsx"
    assert "xl/workbook.xml" in members(content)
    page.close()


_HANGS = """
const Real = self.Worker;
let workers = 0;
self.Worker = class extends Real {
  constructor(...given) {
    super(...given);
    workers += 1;
    this.number = workers;
    this.steps = 0;
    window.latest = this;
  }
  postMessage(order) {
    if (order.order === "call" && order.text.includes('"step"')) { this.steps += 1; }
    if (this.number > 1 || this.steps !== 3) { super.postMessage(order); }
  }
};
"""
"""The first worker never answers the third step, as one that hangs."""
