"""Nothing that a unit or an officer wrote steers a terminal, a spreadsheet program, or breaks a file."""

from __future__ import annotations

import ast
import csv
import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import builders

import xlbudget
from xlbudget import InputError, WorkbookTemplate, check, read_roster, write_report
from xlbudget.cli import run
from xlbudget.cli.printing import say
from xlbudget.department.exporting import DataTable, Field, export
from xlbudget.files.csv_text import inert_csv
from xlbudget.model.letters import writable

ESCAPE = "\x1b[31m\x1b]0;title\x07\x9b2J\u202e"
STORED = "_x001B_[31m_x0007_\x9b2J\u202e_xFFFE__xFFFF_"  # as a workbook stores what XML cannot hold
PACKAGE = Path(xlbudget.__file__).parent
MAY_PRINT = {"cli/printing.py", "files/xls/child.py"}  # the latter writes JSON into a pipe of ours


def steering(text: str) -> list[str]:
    return [letter for letter in text if (letter < " " and letter != "\n") or "\x7f" <= letter <= "\x9f"]


def test_there_is_one_way_to_print() -> None:
    """Reports on the terminal have rich, which knows how wide it is; everything else goes through ``say``."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name in {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}:
                    found.add(path.relative_to(PACKAGE).as_posix())
    assert found == MAY_PRINT


def test_say_shows_what_steers(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"单位{ESCAPE}\n第二行")
    say(f"错误{ESCAPE}", error=True)
    out, err = capsys.readouterr()
    assert out == "单位□[31m□]0;title□□2J□\n第二行\n" and not steering(err)


@pytest.fixture(scope="module")
def hostile(reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference with such letters in the unit's name, a project's and a text, under such a file name."""
    workbook = builders.with_stamp(
        reference_workbook.read_bytes(), lambda text: text.replace('"name": "', '"name": "\\u001b[31m')
    )
    workbook = builders.typed(workbook, builders.PROJECTS, {"D6": f"项目{STORED}"})
    workbook = builders.typed(workbook, "录入7 文字说明", {"C6": f"说明{STORED}"})
    return builders.returned(tmp_path_factory.mktemp("hostile"), f"报送{ESCAPE}.xlsx", workbook)


@pytest.mark.parametrize(
    "words",
    [
        ["consolidate", "WORKBOOK", "-o", "汇总.xlsx"],
        ["consolidate", "没有\x1b[2J.xlsx", "-o", "汇总.xlsx"],
        ["narrative", "WORKBOOK"],
        ["check", "WORKBOOK", "--annotate", "批注", "--replies", "回复"],
        ["check", "WORKBOOK", "-o", "报\x1b[2J告.html"],
        ["publish", "WORKBOOK", "-o", "公开", "--draft"],
        ["compare", "WORKBOOK", "WORKBOOK"],
        ["values", "WORKBOOK"],
        ["trace", "WORKBOOK", "公开表1!B6"],
        ["collect", "WORKBOOK", "--into", "收\x1b[2J件"],
        ["export", "WORKBOOK", "-o", "导\x1b[2J出"],
        ["lint", "没有\x1b[2J"],
    ],
)
def test_no_command_sends_a_terminal_what_strangers_wrote(
    hostile: Path,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run([str(hostile) if word == "WORKBOOK" else word for word in words])
    said = capsys.readouterr()
    assert said.out + said.err
    assert not steering(said.out + said.err), repr(said)
    assert "程序出错" not in said.err


def test_the_check_says_where_what_publishing_prints_as_a_box(
    hostile: Path, tmp_path: Path, template: WorkbookTemplate
) -> None:
    found = [finding for finding in check(hostile, template).findings if finding.rule == "unprintable_text"]
    assert {(finding.place.sheet, finding.place.address) for finding in found} == {
        (builders.PROJECTS, "D6"),
        ("录入7 文字说明", "C6"),
    }
    run(["publish", str(hostile), "-o", str(tmp_path), "--draft"])
    [document] = tmp_path.glob("*.docx")
    with zipfile.ZipFile(document) as archive:
        text = archive.read("word/document.xml").decode()
        names = archive.namelist()
    ElementTree.fromstring(text)
    assert "□" in text and not steering(text.replace("\n", "")) and "\ufffe" not in text
    assert not [name for name in names if "stylesWithEffects" in name]


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "html", "json"])
def test_every_report_of_such_a_workbook_is_a_good_file(
    hostile: Path, template: WorkbookTemplate, tmp_path: Path, suffix: str
) -> None:
    path = write_report(check(hostile, template), tmp_path / f"报告.{suffix}")
    if suffix == "json":
        json.loads(path.read_text(encoding="utf-8"))
    elif suffix == "html":
        assert not steering(path.read_text(encoding="utf-8").replace("\t", ""))
    else:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(archive.read(name))
            assert not [name for name in archive.namelist() if "stylesWithEffects" in name]


def test_letters_that_nothing_can_hold_become_boxes() -> None:
    assert writable("好\x00\x1b\x85\ud800\ufffe\uffff\ufdd0\U0001fffe\u202e。\n\t") == "好□□□□□□□□□。\n\t"
    assert writable("一二三四五", 4) == "一二三…" and writable("一二三四", 4) == "一二三四"


# ------------------------------------------------------------------ rosters, CSV


@pytest.mark.parametrize(
    "code", ["..", ".", "CON", "nul", "Com1", "LPT9", "1\u202e2", "1 2", "a_b", "甲", "-1"]
)
def test_codes_of_units_are_what_the_message_says(
    code: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(f"单位编码,单位名称,单位性质\n{code},甲,行政\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"只用数字、字母和横线|Windows 保留的名称") as refused:
        read_roster(path, template)
    assert "名册.csv:2" in str(refused.value) and "\u202e" not in str(refused.value)
    words = [
        "generate",
        template.id,
        "--unit",
        code,
        "--name",
        "甲",
        "--kind",
        "行政",
        "-o",
        str(tmp_path / "x"),
    ]
    assert run(words) == 2 and not (tmp_path / "x").exists()


@pytest.mark.parametrize("code", ["0101", "A-1", "con1", "comm1", "243001"])
def test_codes_as_offices_have_them_are_taken(code: str, template: WorkbookTemplate, tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(f"单位编码,单位名称,单位性质\n{code},甲,行政\n", encoding="utf-8")
    assert [unit.code for unit in read_roster(path, template).units] == [code]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("甲\x1b[31m", "看不见的控制字符"),
        ("甲\x07", "看不见的控制字符"),
        ("甲\ufffe", "看不见的控制字符"),
        ("甲" * 101, "太长"),
    ],
)
def test_names_of_units_can_be_printed(
    name: str, words: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(f"单位编码,单位名称,单位性质\n101,{name},行政\n", encoding="utf-8")
    with pytest.raises(InputError, match=words) as refused:
        read_roster(path, template)
    assert not steering(str(refused.value))


@pytest.mark.parametrize("begin", [*"=+-@＝＋－＠\t\r\n"])
def test_no_text_of_a_csv_is_a_formula(begin: str) -> None:
    assert inert_csv(f"{begin}1+1") == f"'{begin}1+1"
    assert inert_csv(f"a{begin}1") == f"a{begin}1"


def test_the_data_package_says_that_texts_are_as_they_are(template: WorkbookTemplate, tmp_path: Path) -> None:
    table = DataTable("entries", "录入数", (Field("text", "string", "文字"),), (("＝1+1",), ("=1+1",)))
    export([table], template, tmp_path / "csv")
    export([table], template, tmp_path / "包", "datapackage")
    rows = list(csv.reader(io.StringIO((tmp_path / "csv" / "entries.csv").read_text(encoding="utf-8-sig"))))
    assert rows[1:] == [["'＝1+1"], ["'=1+1"]]
    descriptor = json.loads((tmp_path / "包" / "datapackage.json").read_text(encoding="utf-8"))
    assert "文字照原样写出" in descriptor["description"] and "＝" in descriptor["description"]
    assert "＝1+1\r\n=1+1" in (tmp_path / "包" / "entries.csv").read_bytes().decode()


def test_a_very_long_name_is_cut_in_titles(reference_workbook: Path, tmp_path: Path) -> None:
    long = builders.with_stamp(
        reference_workbook.read_bytes(), lambda text: text.replace('"name": "', '"name": "' + "长" * 400)
    )
    path = builders.returned(tmp_path, "长.xlsx", long)
    assert run(["publish", str(path), "-o", str(tmp_path / "公开"), "--draft"]) in (0, 1)
    assert list((tmp_path / "公开").glob("*.docx"))
