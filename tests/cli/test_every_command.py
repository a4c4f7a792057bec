"""Every command of the command line, before whatever may lie in its way; a new command is walked by itself.

Paths are found by the types of the parameters. A command that needs an argument that is no path wants an
example in ``PLAIN``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from support import builders, forked_commands
from support.forked_commands import TOO_LONG
from support.shared_files import made_once

from xlbudget import Roster, WorkbookTemplate, check, write_report
from xlbudget.cli.group import app
from xlbudget.cli.guard import Role
from xlbudget.department.collection import Collection, receive

COMMANDS = sorted(app.commands)
PLAIN = {
    "close": ["--reason", "期末", "--allow", "missing"],
    "desk": ["--no-browser"],
    "decide": ["1", "return", "--reason", "有误"],
    "generate": ["shanxi_provincial/2023", "--rows", "基本支出=5", "--rows", "项目支出=5"],
    "history": ["101"],
    "codes": ["--template", "shanxi_provincial/2023"],
    "new": ["某县财政局/2026"],
    "new-year": ["shanxi_provincial/2023"],
    "publish": ["--draft"],
    "reopen": ["--reason", "更正"],
    "trace": ["公开表1!B6"],
    "used-by": ["F1", "收入总计", "收入", "--template", "shanxi_provincial/2023"],
}
SERVING = {"desk": "Ctrl-C"}  # what it says before it serves, until one presses that
FIRST = {"codes": ["import"]}  # an argument before the paths
EITHER_OF = {"fill": ("entries", "export")}  # one of these is wanted: the first, where none is given
SUFFIXES = {"check": "html", "status": "html", "rule": "md", "narrative": "txt", "values": "csv"}
INPUTS, OUTPUTS = (
    {"read", "returned", "collection"},
    {"written", "new", "journal", "either", "folder", "texts"},
)
FILES = {"written", "new", "journal"}
UNREAD = {("collect", "templates")}  # a collection that is there knows its own
REPORTED = {"lint"}  # what is not there is a mistake in the definitions
ROUTINE = "程序出错"  # how the last resort begins: an error that nobody foresaw


@dataclass
class Desk:
    """What lies ready: workbooks, roster, collection, ledgers; and the process in which commands run."""

    folder: Path
    scratch: Path
    forks: subprocess.Popen[str]

    def value(self, command: str, parameter: click.Parameter) -> str:
        """Return a path that suits an input of a command."""
        name = parameter.name or ""
        if isinstance(parameter.type, Role) and parameter.type.does == "collection":
            return "收件"
        named = {
            "roster": "名册.csv",
            "templates": "模板",
            "prior": "报送",
            "waivers": "认可.toml",
            "rules_off": "停用.toml",
            "report": "报告.json",
            "source": "代码.csv",
            "entries": "录入",
            "units": "报送",
            "old": "报送/101.xlsx",
            "new": "报送/101.xlsx",
        }
        if command == "lint":
            return "模板"
        return named.get(name, "报送/101.xlsx")

    def begin(self, name: str) -> Path:
        """Return a fresh copy of the desk."""
        folder = self.scratch / name
        shutil.copytree(self.folder, folder)
        return folder


def digests_of(folder: Path, but: str = "") -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (but and path.relative_to(folder).is_relative_to(but))
    }


@pytest.fixture(scope="session")
def laid(
    template: WorkbookTemplate,
    demo_data: Path,
    roster: Roster,
    department_workbooks: list[Path],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    def make(folder: Path) -> None:
        (folder / "报送").mkdir()
        for path in department_workbooks[:2]:
            shutil.copy(path, folder / "报送" / f"{path.name[:3]}.xlsx")
        shutil.copy(demo_data / "units.csv", folder / "名册.csv")
        shutil.copytree(demo_data / "department" / "101", folder / "录入")
        own = builders.small_demonstration(template, folder / "模板" / "shanxi_provincial" / "2023")
        shutil.copy(next((own / "catalogues").glob("functional*.csv")), folder / "代码.csv")
        (folder / "认可.toml").write_text("", encoding="utf-8")
        (folder / "停用.toml").write_text("", encoding="utf-8")
        write_report(check(folder / "报送", template), folder / "报告.json")
        with Collection.create(folder / "收件", template, roster, user="经办") as collection:
            list(receive(collection, [folder / "报送" / "101.xlsx"], workers=1))

    return made_once(request, tmp_path_factory, "desk", make)


@pytest.fixture
def desk(laid: Path, forks: subprocess.Popen[str], tmp_path: Path) -> Desk:
    return Desk(laid, tmp_path, forks)


def parameters(command: str) -> list[click.Parameter]:
    return app.commands[command].params


def paths(command: str, roles: set[str]) -> list[click.Parameter]:
    return [part for part in parameters(command) if isinstance(part.type, Role) and part.type.does in roles]


def line(desk: Desk, command: str, *others: tuple[click.Parameter, str]) -> list[str]:
    """Return a command line with what is required and the paths given, arguments in their order."""
    given = {part.name: value for part, value in others}
    wanted = EITHER_OF.get(command, ())
    if not set(wanted) & set(given):
        given |= {
            part.name: default(desk, command, part) for part in parameters(command) if part.name in wanted[:1]
        }
    words = [command, *FIRST.get(command, ())]
    for part in parameters(command):
        if part.name not in given and not (part.required and isinstance(part.type, Role)):
            continue
        value = given.get(part.name) or default(desk, command, part)
        words += [value] if isinstance(part, click.Argument) else [part.opts[-1], value]
    return words + PLAIN.get(command, [])


def default(desk: Desk, command: str, part: click.Parameter) -> str:
    assert isinstance(part.type, Role)
    return output(command, part) if part.type.does in OUTPUTS else desk.value(command, part)


def output(command: str, part: click.Parameter, folder: str = "新") -> str:
    assert isinstance(part.type, Role)
    if part.type.does in {"folder", "texts"}:
        return f"{folder}/结果"
    suffix = SUFFIXES.get(command, "xlsx") if part.type.does in {"written", "either"} else "toml"
    return f"{folder}/结果.{suffix}"


@pytest.fixture(scope="session")
def forks(
    template: WorkbookTemplate, laid: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    """The process in which commands run."""
    program = str(Path(forked_commands.__file__))
    words = [sys.executable, program, str(laid / "报送"), str(tmp_path_factory.mktemp("said")), template.id]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def run(desk: Desk, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run cases in forks of one process; each comes back with its exit code and what it said."""
    assert desk.forks.stdin is not None and desk.forks.stdout is not None
    results: list[dict[str, Any]] = []
    for case in cases:
        if case["arguments"][0] in SERVING:
            case["serving"] = SERVING[case["arguments"][0]]
        desk.forks.stdin.write(json.dumps(case) + "\n")
        desk.forks.stdin.flush()
        result = json.loads(desk.forks.stdout.readline())
        told = f"{case}: {result}"
        assert result["code"] != TOO_LONG, told
        assert "Traceback" not in result["err"] and ROUTINE not in result["err"], told
        assert result["code"] in (0, 1, 2), told
        if result["code"] == 2 and case.get("encoding", "utf-8") == "utf-8":
            assert "错误：" in result["err"], told
        results.append(result)
    return results


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_path_of_a_command_says_what_it_is(command: str) -> None:
    """A path that the guard does not know would not be guarded."""
    for part in parameters(command):
        kinds = part.type.types if isinstance(part.type, click.Tuple) else [part.type]
        assert all(isinstance(kind, Role) for kind in kinds if isinstance(kind, click.Path)), part.name
        words = f"{part.name} {part.metavar}".lower()
        if "file" in words or "dir" in words or "collection" in words:
            assert any(isinstance(kind, Role) for kind in kinds), part.name


def test_every_command_works_in_any_terminal(desk: Desk, command: str) -> None:
    """As it should; on a narrow terminal that knows ASCII alone; into a closed pipe, onto a full disk."""
    manners: list[dict[str, Any]] = [{"columns": 20, "encoding": "ascii"}, {"output": "full"}]
    if command != "demo":  # it runs all the others
        manners += [{}, {"output": "closed"}]
    folders = [desk.begin(f"{number}") for number in range(len(manners))]
    small = [(part, "模板") for part in parameters(command) if command == "demo" and part.name == "templates"]
    words = line(desk, command, *small)
    cases = [
        {"arguments": words, "folder": str(folder), **manner}
        for folder, manner in zip(folders, manners, strict=True)
    ]
    narrow, full, *others = run(desk, cases)
    assert narrow["code"] == 2 if command == "reopen" else narrow["code"] in (0, 1), narrow
    assert {result["code"] for result in others} <= {narrow["code"]}
    if narrow["out"]:
        assert full["code"] == 2 and "磁盘已满" in full["err"]
    for folder in folders:
        changed = "收件" if paths(command, {"collection"}) else ""
        assert digests_of(folder, changed).items() >= digests_of(desk.folder, changed).items()


def test_every_input_may_be_anything(desk: Desk, command: str) -> None:
    """Not there, a folder, a file, a pipe that never ends, a file that nobody may read."""
    folder = desk.begin("各种输入")
    odd = folder / "怪"
    odd.mkdir()
    (odd / "文件.xlsx").write_bytes(b"no workbook")
    (odd / "空夹").mkdir()
    os.mkfifo(odd / "管道.xlsx")
    (odd / "禁.xlsx").write_bytes((folder / "报送" / "101.xlsx").read_bytes())
    (odd / "禁.xlsx").chmod(0)
    (odd / "禁夹").mkdir(0)
    (odd / "禁夹").chmod(0)
    before = digests_of(desk.folder, "收件")
    cases = []
    for part in paths(command, INPUTS):
        if isinstance(part.type, Role) and part.type.does == "collection" and command == "collect":
            continue  # made where it is not
        for name in (
            "没有",
            "文件.xlsx",
            "空夹",
            "管道.xlsx",
            "禁.xlsx",
            "禁夹",
            "文件.xlsx/下面",
            "长" * 300,
        ):
            words = line(desk, command, (part, f"怪/{name}"))
            refused = name in ("没有", "管道.xlsx") and (command, part.name) not in UNREAD
            wanted = {1, 2} if command in REPORTED else {2} if refused else {0, 1, 2}
            cases.append({"arguments": words, "folder": str(folder), "rights": "none", "wanted": wanted})
    said = run(desk, [{key: value for key, value in case.items() if key != "wanted"} for case in cases])
    for case, result in zip(cases, said, strict=True):
        assert result["code"] in case["wanted"], (case, result)
    assert digests_of(folder, "收件").items() >= before.items()
    (odd / "禁夹").chmod(0o700)


def test_no_output_falls_upon_an_input(desk: Desk, command: str) -> None:
    """By its own name, by a hard link, by a symbolic link: refused before anything is written."""
    folder = desk.begin("输入即输出")
    cases = []
    for out in paths(command, FILES | {"either"}):
        for read in paths(command, INPUTS):
            value = desk.value(command, read)
            target = folder / value
            if target.is_dir():
                target = sorted(part for part in target.rglob("*") if part.is_file())[0]
            for number, make in enumerate((None, os.link, os.symlink)):
                name = target.with_name(f"别名{number}_{len(cases)}{target.suffix}") if make else target
                if make:
                    name = folder / "新" / name.name
                    name.parent.mkdir(exist_ok=True)
                    make(target, name)
                words = line(desk, command, (read, value), (out, str(name)))
                cases.append({"arguments": words, "folder": str(folder)})
    if not cases:
        return
    before = digests_of(folder)
    for case, result in zip(cases, run(desk, cases), strict=True):
        assert result["code"] == 2, (case, result)
        assert result["out"] == "", (case, result)
    assert digests_of(folder) == before


def test_nothing_that_stands_at_an_output_is_lost(desk: Desk, command: str) -> None:
    """A text, a workbook that somebody made, a folder, a pipe: kept, and the command says so."""
    folder = desk.begin("已有")
    mine = folder / "我的"
    mine.mkdir()
    cases = []
    for part in paths(command, FILES | {"either"}):
        suffix = Path(output(command, part)).suffix
        for number, kind in enumerate(("text", "workbook", "folder", "pipe")):
            path = mine / f"{part.name}{number}{suffix}"
            if kind == "text":
                path.write_text("我写的\n第二行\n", encoding="utf-8")
            elif kind == "workbook":
                path.write_bytes(saved_by_somebody((folder / "报送" / "102.xlsx").read_bytes()))
            elif kind == "folder":
                path.mkdir()
            else:
                os.mkfifo(path)
            cases.append({"arguments": line(desk, command, (part, str(path))), "folder": str(folder)})
    before = digests_of(folder)
    for case, result in zip(cases, run(desk, cases), strict=True) if cases else ():
        assert result["code"] == 2, (case, result)
    assert digests_of(folder) == before


def saved_by_somebody(workbook: bytes) -> bytes:
    """Return a workbook as a program leaves it: with the time at which it was saved."""
    return builders.changed_part(
        workbook, "docProps/core.xml", lambda text: text.replace("2000-01-01T", "2023-02-03T")
    )


def test_an_output_that_cannot_be_written_is_told(desk: Desk, command: str, full_disk: Path | None) -> None:
    """A folder that is read only, one below a file, a disk without room: one sentence, nothing half done."""
    folder = desk.begin("写不进")
    (folder / "只读").mkdir()
    (folder / "只读").chmod(0o555)
    (folder / "文件").write_text("a file", encoding="utf-8")
    cases = []
    for part in paths(command, OUTPUTS):
        for place in ("只读", "文件"):
            words = line(desk, command, (part, output(command, part, place)))
            cases.append({"arguments": words, "folder": str(folder), "rights": "none"})
        if isinstance(part.type, Role) and part.type.does != "journal":
            where = str(full_disk) if full_disk else "满"
            words = line(desk, command, (part, output(command, part, where)))
            cases.append(
                {"arguments": words, "folder": str(folder)} | ({} if full_disk else {"disk": "full"})
            )
    before = digests_of(folder)
    for case, result in zip(cases, run(desk, cases), strict=True) if cases else ():
        anything = any(word in case["arguments"] for word in ("--annotate", "--replies"))
        assert result["code"] == 2 or anything, (case, result)
    left = digests_of(folder)
    assert {name: left.get(name) for name in before} == before
    assert not [name for name in left if name.endswith(".part")]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk with a few bytes left, where the machine lets us mount one; else the disk is said to be full."""
    place = tmp_path / "满盘"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        yield None
        return
    try:
        with pytest.raises(OSError), (place / "其他").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(512))
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("clock", [0, 221_845_392_000])  # 1970, 9000
def test_a_wrong_clock_is_told(desk: Desk, command: str, clock: int) -> None:
    [result] = run(
        desk, [{"arguments": line(desk, command), "folder": str(desk.begin("钟")), "clock": clock}]
    )
    assert result["code"] == 2 and "日期不对" in result["err"]
