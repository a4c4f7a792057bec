"""Jobs of the desk: what they hand out and take back, in which order, and what they can do without."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xlbudget import WorkbookTemplate
from xlbudget.department.collection import Collection
from xlbudget.department.collection.folder import HEAD, REGISTER
from xlbudget.desk import Desk
from xlbudget.desk.mirror import Mirror
from xlbudget.desk.views import in_words
from xlbudget.model import Roster


def taken_on(desk: Desk, name: str, **given: Any) -> list[dict[str, Any]]:
    """Take a job to its end; every answer, the result last."""
    job = json.loads(desk.answer(json.dumps({"begin": name, "with": given})))["job"]
    said = []
    while True:
        said.append(json.loads(desk.answer(json.dumps({"step": job}))))
        if "result" in said[-1] or "error" in said[-1]:
            return said


@pytest.fixture
def folder(department_workbooks: list[Path], tmp_path: Path) -> Path:
    made = tmp_path / "报送"
    made.mkdir()
    for path in department_workbooks:
        shutil.copy(path, made / path.name)
    return made


def test_what_an_earlier_desk_found_is_not_looked_for_again(folder: Path, tmp_path: Path) -> None:
    """Results handed out and in again make the same report, though a workbook is gone in between."""
    kept: dict[str, str] = {}
    for number, path in enumerate(sorted(folder.iterdir())):
        kept[str(path)] = str(tmp_path / f"kept-{number}")
    desk = Desk(tmp_path / "first")
    job = json.loads(desk.answer(json.dumps({"begin": "check", "with": {"inputs": [str(folder)]}})))["job"]
    while "result" not in (said := json.loads(desk.answer(json.dumps({"step": job})))):
        for output in said["outputs"]:
            shutil.copy(output["path"], kept[said["said"]["checked"]])
    first = sorted(folder.iterdir())[0]
    first.write_bytes(b"nothing any more")
    again = taken_on(Desk(tmp_path / "second"), "check", inputs=[str(folder)], kept=kept)[-1]
    assert again["result"]["view"]["parts"] == said["result"]["view"]["parts"]


@pytest.mark.parametrize(("how", "words"), [("late", "已放弃"), ("broken", "异常退出")])
def test_a_file_that_brought_a_worker_down_is_named(
    folder: Path, tmp_path: Path, how: str, words: str
) -> None:
    """It is given up with the reason; the others are checked."""
    first = str(sorted(folder.iterdir())[0])
    desk = Desk(tmp_path / "work")
    said = taken_on(desk, "check", inputs=[str(folder)], given_up={first: how})[-1]["result"]
    verdicts = [part["verdict"] for part in said["view"]["parts"]]
    assert sorted(verdicts) == ["不予接收", "可接收", "可接收"]
    at = verdicts.index("不予接收")
    part = taken_on(desk, "part", report=said["report"], at=at)[-1]["result"]["part"]
    assert words in part["groups"][0]["findings"][0]["message"]


def test_dropping_a_job_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "work")
    job = json.loads(desk.answer(json.dumps({"begin": "check", "with": {"inputs": [str(folder)]}})))["job"]
    for _ in range(2):
        desk.answer(json.dumps({"step": job}))
    assert desk.place(job).exists()
    assert json.loads(desk.answer(json.dumps({"drop": job}))) == {}
    assert not desk.place(job).exists()
    assert desk.checked == {}


def test_a_mistake_of_the_program_is_told_as_such(tmp_path: Path) -> None:
    """The error's class is named, a file is not blamed, and the desk goes on."""
    desk = Desk(tmp_path / "work")
    said = taken_on(desk, "part", report="none", at=0)[-1]
    assert said["fault"] == "KeyError"
    assert said["error"].startswith("程序出错（KeyError")
    assert "不是文件的问题" in said["error"]


def test_what_changed_is_written_in_an_order_that_may_break_off_anywhere(
    template: WorkbookTemplate, roster: Roster, tmp_path: Path
) -> None:
    """Of a new collection the head of the log goes first, later the register does; originals before both."""
    place = tmp_path / "收件"
    mirror = Mirror(place)
    Collection.create(place, template, roster).close()
    assert [output.name for output in mirror.changed()] == [HEAD, REGISTER]
    assert mirror.changed() == ()
    original = place / "originals" / "ab" / "ab.xlsx"
    original.parent.mkdir(parents=True)
    original.write_bytes(b"x")
    (place / "close-1.json").write_text("{}", encoding="utf-8")
    for name in (HEAD, REGISTER):
        (place / name).write_bytes((place / name).read_bytes() + b" ")
    names = [output.name for output in mirror.changed()]
    assert names == ["originals/ab/ab.xlsx", "close-1.json", REGISTER, HEAD]
    assert Mirror(place, real=True).changed() == ()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("没有报送；可用 --allow missing 先行汇总。", "没有报送；可用“放行未报送的单位”先行汇总。"),
        ("认可的写入认可文件（--waivers），再汇总。", "认可的写入认可文件，再汇总。"),
        ("合计 -12.30 万元。", "合计 -12.30 万元。"),
    ],
)  # fmt: skip
def test_the_page_names_no_options_of_the_command_line(said: str, shown: str) -> None:
    assert in_words(said) == shown


_CLOSURE = """
import json, sys, tempfile
for name in {blocked!r}:
    sys.modules[name] = None
from xlbudget.desk import Desk
desk = Desk(tempfile.mkdtemp())
def end(name, **given):
    job = json.loads(desk.answer(json.dumps({{"begin": name, "with": given}})))["job"]
    while True:
        said = json.loads(desk.answer(json.dumps({{"step": job}})))
        if "result" in said or "error" in said:
            return said
report = end("check", inputs=[sys.argv[1]])["result"]["report"]
made = end("papers", report=report, kinds=["html", "xlsx", "json", "copies", "replies"], together=True)
print(len(made["outputs"]), made.get("error"))
"""


def test_a_page_for_units_needs_no_library_but_two(department_workbooks: list[Path]) -> None:
    """Checking and every paper of it run where only jinja2 and XlsxWriter are, and no officers' modules."""
    blocked = [
        *("attr", "attrs", "cattrs", "click", "docx", "formulas", "numpy", "openpyxl", "pandas", "pebble"),
        *("rich", "schedula", "scipy", "typing_extensions", "typst", "xlbudget.department"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", _CLOSURE.format(blocked=blocked), str(department_workbooks[0])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "None"]


def test_the_collector_of_cycles_does_not_go_through_a_template_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first check made for a template is kept aside, once; what stays is not looked at each time."""
    kept_aside = []
    monkeypatch.setattr(gc, "freeze", lambda: kept_aside.append(len(gc.get_objects())))
    desk = Desk(tmp_path / "desk")
    for _ in range(2):
        taken_on(desk, "check", inputs=[str(folder)])
    assert len(kept_aside) == 1
