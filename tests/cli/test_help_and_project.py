"""Help within 80 columns with an example that parses, days as people type them, the project file."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from support.shared_files import ROOM

from xlbudget import Unit, WorkbookTemplate, fill, generate
from xlbudget.cli import run
from xlbudget.cli.group import app
from xlbudget.model.words import day_of

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Run a command; return exit code, standard output, standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def own_files(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Own templates in ``own``, and a workbook of one of them in ``returned``."""
    laid = tmp_path_factory.mktemp("own-files")
    folder = laid / "own"
    shutil.copytree(
        template.folder, folder / "示范省" / "2023", ignore=shutil.ignore_patterns("blank", "demo")
    )
    unit = Unit("102", "示范厅执法监督局", "参公", "示范厅")
    issued = generate("示范省/2023", laid / "issued", unit, templates=folder, capacity=ROOM)
    data = template.folder / "demo" / "department" / "102"
    fill(issued, data, laid / "returned" / "102.xlsx", templates=folder)
    return laid


@pytest.fixture
def own(own_files: Path, tmp_path: Path) -> Path:
    """A folder of own templates, with ``returned`` beside it."""
    for name in ("own", "returned"):
        shutil.copytree(own_files / name, tmp_path / name)
    return tmp_path / "own"


# ── Help ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", *sorted(app.commands)])
def test_help_is_within_eighty_columns_and_ends_with_an_example(
    said: Said, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = said(*([name] if name else []), "--help")
    assert code == 0
    for line in out.splitlines():
        assert sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in line) <= 80, line
    example = out.rpartition("\n例：\n")[2]
    assert re.fullmatch(r"  xlbudget [^\n]+\n", example)  # one line, to be copied
    assert not re.search(r"required|default|x>=|Usage|Options", out)


@pytest.mark.parametrize("name", sorted(app.commands))
def test_the_example_of_each_command_is_one_that_it_understands(name: str) -> None:
    command = app.commands[name]
    program, verb, *words = shlex.split(getattr(command, "example", ""))
    assert (program, verb) == ("xlbudget", name)
    context = command.make_context(verb, words)
    assert context.args == []


@pytest.mark.parametrize(
    ("words", "near"),
    [(["chek"], "check"), (["collcet"], "collect"), (["check", "x", "--annotat", "y"], "--annotate")],
)
def test_what_is_mistyped_gets_the_nearest(said: Said, words: list[str], near: str) -> None:
    code, _, err = said(*words)
    assert code == 2
    assert f"最接近的是“{near}”" in err


def test_the_version_is_one_line(said: Said) -> None:
    code, out, _ = said("--version")
    assert code == 0
    assert re.fullmatch(r"xlbudget \d+\.\d+\.\d+\n", out)


def test_a_shell_completes_commands_and_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_XLBUDGET_COMPLETE", "bash_complete")
    for words, at, wanted in (("xlbudget co", "1", "collect"), ("xlbudget check --an", "2", "--annotate")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", at)
        with pytest.raises(SystemExit):
            run([])
        assert f"plain,{wanted}" in capsys.readouterr().out.splitlines()


# ── Days ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30",
        "2026/11/30",
        "2026.11.30",
        "2026年11月30日",
        "2026年11月30号",
        "20261130",
        " 2026 年 11 月 30 日 ",
        "２０２６－１１－３０",
    ],
)
def test_a_day_is_taken_as_people_type_it(text: str) -> None:
    assert day_of(text) == date(2026, 11, 30)


def test_days_of_one_digit() -> None:
    assert day_of("2026-1-2") == day_of("2026年1月2日") == date(2026, 1, 2)


@pytest.mark.parametrize(
    "text", ["", "明天", "2026-02-30", "11-30", "202611", "2026-11-30 12:00", "26-11-30"]
)
def test_what_is_no_day_is_refused(said: Said, text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(text)}$|out of range"):
        day_of(text)
    code, _, err = said("check", tmp_path, "--replies", tmp_path / "r", "--until", text)
    assert code == 2
    assert "不是日期" in err
    assert "2000年12月31日" in err


# ── Own templates and the project file ───────────────────────────────────────────────────────────


def test_a_workbook_of_an_own_template_gets_the_name_of_the_option(
    said: Said, own: Path, tmp_path: Path
) -> None:
    """Not «another edition, fill in again»: nothing is wrong with the workbook."""
    for words in (["check"], ["values"], ["consolidate", "-o", tmp_path / "sum.xlsx"]):
        code, out, err = said(words[0], tmp_path / "returned" / "102.xlsx", *words[1:])
        assert code == 2, words
        assert "“示范省/2023”不在随程序提供的模板里；请用 --templates 指出" in err
        assert "重新填报" not in out + err
    assert said("check", tmp_path / "returned", "--templates", own, "--no-judge")[0] == 0


def test_own_templates_by_environment(
    said: Said, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLBUDGET_TEMPLATES", str(own))
    assert said("check", tmp_path / "returned", "--no-judge")[0] == 0
    assert said("lint")[1] == "模板定义没有错误\n"


def test_the_project_file_is_found_upwards_and_its_paths_are_from_its_folder(
    said: Said, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = (
        "单位编码,单位名称,单位性质,上级单位\n102,示范厅执法监督局,参公,示范厅\n104,示范厅学校,事业,示范厅\n"
    )
    (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
    (tmp_path / "xlbudget.toml").write_text(
        'templates = "own"\nroster = "roster.csv"\nuntil = 2026-12-10\n', encoding="utf-8"
    )
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    code, out, err = said("check", tmp_path / "returned", "--no-judge", "--replies", tmp_path / "replies")
    assert code == 0
    assert "按 xlbudget.toml：" in err
    assert "示范厅学校" in out  # the roster's unit that returned nothing
    [reminder] = (tmp_path / "replies").glob("*104*.txt")
    assert "12 月 10 日" in reminder.read_text(encoding="utf-8-sig")
    # what is typed goes first; a deadline from the file needs no --replies
    other = tmp_path / "other.csv"
    other.write_text(roster.replace("104,示范厅学校", "105,示范厅医院"), encoding="utf-8")
    code, out, _ = said("check", tmp_path / "returned", "--no-judge", "--roster", other)
    assert code == 0
    assert "示范厅医院" in out
    assert "示范厅学校" not in out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rooster = 'x'\n", "“rooster”不认识；最接近的是“roster”"),
        ("roster = 'x.csv'\n", "“roster”找不到：“x.csv”"),
        ("until = '年底'\n", "“until”应为日期"),
        ("until = \n", "不能读取"),
    ],
)
def test_a_project_file_that_is_wrong_is_named(
    said: Said, text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xlbudget.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, _, err = said("lint")
    assert code == 2
    assert complaint in err
    assert "xlbudget.toml" in err
    code, out, err = said("lint", "--help")  # whoever looks for what is wrong is not refused help
    assert (code, err) == (0, "")
    assert "用法：xlbudget lint" in out
