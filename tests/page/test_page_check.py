"""自查: an accountant drags a workbook in, reads what is wrong, corrects it, drags it in again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import VERDICTS, choose, drag, members, saved, settled
from playwright.sync_api import BrowserContext, Locator, Page
from support import builders, hostile_files

from xlbudget import WorkbookTemplate, check, write_report

Room = Callable[[str], Locator]


@pytest.fixture
def unit_room(opened: Page, room: Room) -> Locator:
    return room("单位自查")


def test_before_a_file_is_checked_no_verdict_is_on_the_page(offline: Any, page_file: Path) -> None:
    """The first view says what to do and where the data stays; a verdict is nowhere, seen or unseen."""
    page = offline.new_page()
    page.goto(page_file.as_uri())
    seen = page.locator("body").inner_text()
    assert "不上传" in seen
    assert page.locator("input[type=file]").first.get_attribute("accept") in (None, ".xlsx,.xlsm")
    whole = re.sub(r'(?s)<script type="text/plain".*?</script>', "", page.content())
    assert not [word for word in VERDICTS if word in whole]
    page.close()


def test_a_clean_workbook_is_acceptable(unit_room: Locator, department_workbooks: list[Path]) -> None:
    said = choose(unit_room, department_workbooks[0])
    assert said.count("可接收") == 1
    assert "不予接收" not in said
    assert "待说明" not in said


@pytest.fixture
def spoiled(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """A workbook with one project's amount typed as text."""
    workbook = builders.typed(department_workbooks[1].read_bytes(), builders.PROJECTS, {"K6": "52万"})
    return builders.returned(tmp_path, department_workbooks[1].name, workbook)


def test_findings_show_the_cell_its_row_and_what_to_do(
    unit_room: Locator, spoiled: Path, template: WorkbookTemplate
) -> None:
    """What the page says of a finding is what the report of the program says, with the cell in its row."""
    report = check(spoiled, template)
    finding = report.findings[0]
    said = choose(unit_room, spoiled)
    assert "不予接收" in said
    assert said.count(finding.place.address) >= 1
    cells = unit_room.locator("td.here")
    extract = finding.extract
    assert extract is not None
    assert cells.first.inner_text() == extract.rows[extract.row][1][extract.column]
    message = finding.message.partition("：")[2]
    assert message[:20] in said


def test_after_a_correction_the_page_says_what_is_mended(
    unit_room: Locator, spoiled: Path, department_workbooks: list[Path], template: WorkbookTemplate
) -> None:
    number = len(check(spoiled, template).findings)
    choose(unit_room, spoiled)
    said = choose(unit_room, department_workbooks[1])
    assert f"改好 {number} 项，还有 0 项" in said
    assert "可接收" in said


def test_the_same_file_dragged_in_counts_as_chosen(opened: Page, unit_room: Locator, spoiled: Path) -> None:
    opened.evaluate("document.querySelectorAll('.under-drop').forEach(e => e.replaceChildren())")
    drag(opened, unit_room.locator(".drop"), spoiled)
    settled(unit_room)
    assert unit_room.locator(".verdict").inner_text() == "不予接收"


def test_the_annotated_copy_and_the_list_are_those_of_the_program(
    opened: Page, unit_room: Locator, spoiled: Path, template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Copies and lists are equal member by member to what the command writes."""
    from xlbudget.reports.annotated_copies import write_copies

    report = check(spoiled, template)
    copies = write_copies(report, tmp_path / "批注")
    choose(unit_room, spoiled)
    name, content = saved(opened, unit_room.get_by_role("button", name="保存批注副本").click)
    assert copies[0].path is not None
    assert (name, members(content)) == (copies[0].path.name, members(copies[0].path.read_bytes()))
    name, content = saved(opened, unit_room.get_by_role("button", name="保存问题清单").click)
    listed = write_report(report, spoiled.parent / "问题清单.xlsx")
    assert name == listed.name
    assert members(content) == members(listed.read_bytes())


HOSTILE = {
    "空文件.xlsx": lambda: b"",
    "文本.xlsx": lambda: b"not a workbook at all",
    "半个.xlsx": lambda: b"PK\x03\x04" + bytes(40),
    "<img src=x onerror=alert(1)>.xlsx": lambda: b"PK",
    "炸弹.xlsx": hostile_files.zip_bomb,
    "说谎的炸弹.xlsx": hostile_files.zip_bomb_with_a_lying_header,
    "几千个.xlsx": hostile_files.zip_of_thousands_of_entries,
    "重叠.xlsx": hostile_files.overlapping_entries,
    "外面.xlsx": hostile_files.relationship_outside_the_package,
    "密码.xlsx": hostile_files.zip_with_a_password,
    "校验和.xlsx": hostile_files.wrong_checksum,
    "外部实体.xlsx": hostile_files.external_entity,
    "笑.xlsx": hostile_files.billion_laughs,
    "深.xlsx": hostile_files.deeply_nested,
    "一个大标签.xlsx": hostile_files.one_enormous_tag,
    "共享公式.xlsx": hostile_files.shared_formula_that_multiplies,
    "宏.xlsx": hostile_files.with_active_content,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_sentence_that_the_program_says_too(
    opened: Page, unit_room: Locator, template: WorkbookTemplate, tmp_path: Path, name: str
) -> None:
    """The page lives on, says what the command says, and what a name or a file says stays text."""
    path = tmp_path / name.replace("/", "_")
    path.write_bytes(HOSTILE[name]())
    message = check(path, template).findings[0].message
    said = choose(unit_room, path)
    assert "不予接收" in said
    assert message in said
    assert opened.locator("main img").count() == 0


@pytest.mark.parametrize("name", ["旧.xls", "金山.et", "开放.ods", "公开.pdf", "包.rar"])
def test_formats_that_cannot_be_read_here_are_named(unit_room: Locator, tmp_path: Path, name: str) -> None:
    """The page says which format it is and what to save it as, without trying."""
    path = tmp_path / name
    path.write_bytes(b"anything")
    said = choose(unit_room, path)
    assert name in said
    assert not any(word in said for word in VERDICTS)
    assert re.search(r"\.xlsx|\.zip", said)


def test_an_old_browser_gets_a_sentence(offline: BrowserContext, page_file: Path) -> None:
    """Where something that the page needs is missing, it says what browser to take, and does nothing else."""
    page = offline.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(page_file.as_uri())
    page.locator("#old").wait_for()
    assert "Chrome、Edge 102 以上" in page.locator("#old").inner_text()
    assert page.locator("main").is_hidden()
    assert page.locator("input[type=file]").count() == 0
    page.close()


def test_the_keyboard_reaches_everything(offline: BrowserContext, page_file: Path) -> None:
    """From the skip link to the rooms, the drop area and the licences, each with a visible focus."""
    page = offline.new_page()
    page.goto(page_file.as_uri())
    page.locator(".drop").first.wait_for()
    page.locator("body").press("Tab")
    reached = []
    for _ in range(20):
        reached.append(page.evaluate(_FOCUSED))
        page.keyboard.press("Tab")
    names = [name for name, _ in reached]
    assert names[0] == "跳到正文"
    assert {"单位自查", "审核和汇总", "下发", "对比", "收件", "许可"} <= set(names)
    assert any("把填好的工作簿拖到这里" in name for name in names)
    assert all(outlined for name, outlined in reached if name)
    page.close()


_FOCUSED = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) { return ["", false]; }
  const name = at.labels && at.labels.length ? at.labels[0].textContent : at.textContent;
  const shown = (element) => getComputedStyle(element).outlineStyle !== "none";
  return [name, shown(at) || shown(at.parentElement)];
}
"""
