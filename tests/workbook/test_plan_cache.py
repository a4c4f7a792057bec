"""Plans kept on disk: never another report, whatever the disk holds; never read where others can write."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import stat
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support import builders
from test_evaluation import SMALL, plain, random_entries

from xlbudget import WorkbookTemplate, check, load_template
from xlbudget.model import ErrorValue
from xlbudget.reports.json_findings import report_json
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation import disk_cache, kept_plans
from xlbudget.workbook.calculation.disk_cache import PlanCache
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values, _data_of
from xlbudget.workbook.calculation.run import Run

POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows closes the folder to others by itself")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for plans, none there yet."""
    monkeypatch.setenv("XLBUDGET_CACHE", str(tmp_path / "plans"))
    return tmp_path / "plans"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is really worked out, as it is."""
    names: list[str] = []

    def counted(name: str, real: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def count(self: Any) -> Any:
            names.append(name)
            return real(self)

        return count

    monkeypatch.setattr(Plan, "_evaluated", counted("blank", Plan._evaluated))
    monkeypatch.setattr(Blueprint, "_written", counted("formulas", Blueprint._written))
    return names


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget the plans of this process, as a new one knows none."""
    return lambda: monkeypatch.setattr(kept_plans, "_plans", OrderedDict())


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.plan")}


# ── The same report ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def spoilt(reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A return with an old result and an overwritten formula."""
    workbook = builders.other_result(reference_workbook.read_bytes(), "公开表5", "D6", 2190.0)
    workbook = builders.other_formula(workbook, "公开表3", "C6", "1+1", 2.0)
    return builders.returned(tmp_path_factory.mktemp("spoilt"), "243001.xlsx", workbook)


def shortened(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_the_report_is_the_same_cold_warm_damaged_and_without(
    spoilt: Path,
    folder: Path,
    made: list[str],
    start: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run() -> tuple[str, list[str]]:
        made.clear()
        start()
        report = dataclasses.replace(check(spoilt), made_at="")
        assert report.findings
        return report_json(report), sorted(made)

    monkeypatch.setenv("XLBUDGET_CACHE", "off")
    without = run()
    assert without[1] == ["blank", "formulas"]
    assert not folder.exists()

    monkeypatch.setenv("XLBUDGET_CACHE", str(folder))
    assert run() == without
    files = kept(folder)
    assert len(files) == 2
    assert run() == (without[0], [])

    for spoil, (name, content) in zip((shortened, flipped), files.items(), strict=True):
        (folder / name).write_bytes(spoil(content))
    assert run() == without
    assert kept(folder) == files


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────


def test_values_of_every_kind_come_back_as_they_were(template: WorkbookTemplate) -> None:
    plan = plan_of(template, SMALL)
    run = Run(plan.formulas, plan.constant_columns())
    for table, rows in random_entries(template, plan, random.Random(7)).items():
        for row in rows:
            for key, value in row.values.items():
                run.put((table, key), row.row, value)
    run.put(("收入", "本年收入"), 0, -0.0)
    run.put(("收入", "本年收入"), 1, True)
    run.put(("收入", "本年收入"), 2, ErrorValue("#N/A"))
    for group in plan.steps:
        run.step(group)
    read = plan._kept(json.loads(json.dumps(_data_of(run))))
    assert {type(value) for column in read.columns.values() for value in column} >= {
        float,
        str,
        bool,
        type(None),
        ErrorValue,
    }
    assert plain(Values(read.columns, {})) == plain(Values(run.columns, {}))
    assert str(read.columns["收入", "本年收入"][0]) == "-0.0"


def test_a_changed_definition_never_meets_an_old_plan(
    template: WorkbookTemplate, folder: Path, made: list[str], start: Callable[[], None], tmp_path: Path
) -> None:
    copy = builders.copy_template(template, tmp_path / "templates" / "own")
    before = plan_of(load_template(copy), SMALL)
    texts = before.blueprint.formulas
    assert before.blank.columns
    assert len(kept(folder)) == 2
    path = copy / "template.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count('matches = "相符"') == 1
    path.write_text(text.replace('matches = "相符"', 'matches = "一致"'), encoding="utf-8")
    start()
    made.clear()
    after = plan_of(load_template(copy), SMALL)
    assert not any("一致" in column for column in before.blank.columns.values())
    assert any("一致" in column for column in after.blank.columns.values())
    changed = {cell for cell, text in after.blueprint.formulas.items() if texts[cell] != text}
    assert changed
    assert all('"一致"' in after.blueprint.formulas[cell] for cell in changed)
    assert sorted(made) == ["blank", "formulas"]
    assert len(kept(folder)) == 4


@pytest.mark.parametrize("other", ["capacity", "engine", "program"])
def test_another_plan_has_files_of_its_own(
    template: WorkbookTemplate,
    folder: Path,
    made: list[str],
    start: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    other: str,
) -> None:
    start()
    assert plan_of(template, SMALL).blueprint.formulas
    start()
    given, capacity = template, SMALL
    if other == "capacity":
        capacity = {**SMALL, "项目支出": SMALL["项目支出"] + 1}
    elif other == "engine":
        given = dataclasses.replace(template, engine="formulas")
    else:
        monkeypatch.setattr(disk_cache, "_program", lambda: "of tomorrow")
    assert plan_of(given, capacity).blueprint.formulas
    assert made == ["formulas", "formulas"]
    assert len(kept(folder)) == 2


def test_the_program_is_known_by_its_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = disk_cache._program()
    package, engine = tmp_path / "package", tmp_path / "engine"
    for part in (package, engine):
        part.mkdir()
        (part / "one.py").write_text("1", encoding="utf-8")
    monkeypatch.setattr(disk_cache, "__file__", str(package / "disk_cache.py"))
    monkeypatch.setattr(disk_cache, "engine_folder", lambda: engine)
    states = []
    for part, text in ((package, "1"), (package, "2"), (engine, "2")):
        (part / "one.py").write_text(text, encoding="utf-8")
        states.append(disk_cache._program.__wrapped__())
    assert len({real, *states}) == 4
    (engine / "one.py").unlink()
    assert disk_cache._program.__wrapped__() is None


def test_a_program_of_unknown_version_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_cache, "_program", lambda: None)
    assert [remembered("first"), remembered("second")] == ["first", "second"]
    assert not folder.exists()


# ── What is not read ─────────────────────────────────────────────────────────────────────────────


def remembered(value: Any = "made", fits: Callable[[Any], Any] = str) -> Any:
    """Ask for a part that is ``value`` when it is made."""
    return PlanCache("key").remembered("part", lambda: value, lambda made: made, fits)


def test_what_does_not_fit_is_made_anew(folder: Path) -> None:
    def refuse(_: Any) -> Any:
        raise ValueError

    assert remembered("first") == "first"
    assert remembered("second") == "first"
    assert remembered("third", refuse) == "third"
    assert remembered("fourth") == "third"


def test_the_file_of_something_else_is_not_taken_for_ours(folder: Path) -> None:
    assert remembered("ours") == "ours"
    (ours,) = kept(folder)
    PlanCache("other").remembered("part", lambda: "theirs", str, str)
    (theirs,) = kept(folder).keys() - {ours}
    (folder / ours).write_bytes((folder / theirs).read_bytes())
    assert remembered("ours again") == "ours again"


@POSIX
@pytest.mark.parametrize("bits", [stat.S_IWGRP, stat.S_IWOTH])
def test_what_others_can_write_is_not_read(folder: Path, bits: int) -> None:
    assert remembered("first") == "first"
    (path,) = folder.glob("*.plan")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path.chmod(0o600 | bits)
    assert remembered("second") == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folder.chmod(0o700 | bits)
    assert remembered("third") == "third"
    folder.chmod(0o700)
    assert remembered("fourth") == "second"  # nothing was written while others could


@POSIX
def test_what_belongs_to_another_user_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remembered("first") == "first"
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert remembered("second") == "second"


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XLBUDGET_CACHE", str(tmp_path / "file" / "plans"))
    assert [remembered("first"), remembered("second")] == ["first", "second"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_no_obstacle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlbudget.files.whole_files.os.fsync", full)
    assert [remembered("first"), remembered("second")] == ["first", "second"]
    assert not kept(folder)


def test_the_latest_files_stay(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_cache, "_MOST", 2)
    (folder.parent / "plans").mkdir(mode=0o700)
    (folder / "notes.txt").write_text("of the user", encoding="utf-8")
    for number in range(4):
        PlanCache(f"key {number}").remembered("part", lambda: "made", str, str)
        for path in folder.glob("*.plan"):
            os.utime(path, (0, path.stat().st_mtime - 10))
    assert len(kept(folder)) == 2
    assert (folder / "notes.txt").exists()
    taken = [PlanCache(f"key {number}").remembered("part", lambda: "anew", str, str) for number in (3, 2)]
    assert taken == ["made", "made"]


def test_plans_are_kept_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XLBUDGET_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    assert disk_cache.cache_folder() == tmp_path
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/.cache"))
    assert disk_cache.cache_folder() is None


# ── Several processes ────────────────────────────────────────────────────────────────────────────


def test_what_one_process_is_making_another_waits_for(folder: Path) -> None:
    making, finish = threading.Event(), threading.Event()
    found: list[Any] = []

    def slowly() -> str:
        making.set()
        assert finish.wait(20)
        return "made once"

    def fail() -> str:
        raise AssertionError("made twice")

    def ask(make: Callable[[], str]) -> None:
        found.append(PlanCache("key").remembered("part", make, str, str))

    first = threading.Thread(target=ask, args=(slowly,))
    second = threading.Thread(target=ask, args=(fail,))
    first.start()
    assert making.wait(20)
    second.start()
    second.join(0.2)
    assert second.is_alive()
    finish.set()
    first.join(20)
    second.join(20)
    assert found == ["made once", "made once"]


def test_nobody_waits_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_cache, "_PATIENCE", 0.1)
    folder.mkdir(mode=0o700)
    with FileLock(folder / "lock"):
        assert remembered("all the same") == "all the same"


# ── Starting up ──────────────────────────────────────────────────────────────────────────────────


def test_a_check_of_one_file_imports_no_library_that_it_does_not_need(
    reference_workbook: Path, tmp_path: Path
) -> None:
    """Cold and warm: no engine, no table library, none of other formats, no pool of processes."""
    code = (
        "import sys; from xlbudget.cli import run; code = run(['check', sys.argv[1]]);"
        "heavy = {'numpy', 'pandas', 'scipy', 'formulas', 'schedula', 'openpyxl', 'xlsxwriter', 'docx',"
        " 'lxml', 'jinja2', 'cattrs', 'sqlite3', 'pebble', 'distributed', 'fsspec', 'typst'};"
        "heavy &= set(sys.modules);"
        "print(sorted(heavy)); sys.exit(code or bool(heavy))"
    )
    command = [sys.executable, "-c", code, str(reference_workbook)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "XLBUDGET_CACHE": str(tmp_path / "plans")}
    for _ in ("cold", "warm"):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(kept(tmp_path / "plans")) == 2
