"""The command line: exit codes, what each command writes, and one Chinese sentence for each mistake."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS

from xlbudget import Unit, WorkbookTemplate, read
from xlbudget.cli import BLOCKED, CLEAN, COULD_NOT_RUN, commands, run
from xlbudget.files.xlsx import read_workbook
from xlbudget.returns.stamps import find_stamp

TEMPLATE = "shanxi_provincial/2023"
UNIT_FILE = "243001_山西省公安厅交通管理局_2023年度单位预算.xlsx"

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command; return exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def refuses(cli: Cli, tmp_path: Path) -> Callable[..., str]:
    """Run a command that cannot run: exit code 2, a message in Chinese, nothing written at all."""

    def call(*arguments: object) -> str:
        before = contents(tmp_path)
        code, out, err = cli(*arguments)
        assert code == COULD_NOT_RUN
        assert out == ""
        assert err.startswith("错误：")
        assert "Traceback" not in err
        assert re.search("[\u4e00-\u9fff]", err.removeprefix("错误："))
        assert contents(tmp_path) == before
        return err.removeprefix("错误：").rstrip("\n")

    return call


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def reference(reference_workbook: Path) -> Path:
    return reference_workbook


@pytest.fixture
def blank(template: WorkbookTemplate) -> Path:
    [path] = (template.folder / "blank").glob("*.xlsx")
    return path


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "xlbudget", *arguments],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


COMMANDS = sorted(path.stem.replace("_", "-") for path in Path(commands.__path__[0]).glob("[a-z]*.py"))


# ── Help and grammar ─────────────────────────────────────────────────────────────────────────────


def test_help_lists_the_commands_and_loads_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from xlbudget.cli import run\n"
        "assert run(['--help']) == 0\n"
        "heavy = {'pandas', 'numpy', 'scipy', 'formulas', 'schedula', 'openpyxl', 'xlsxwriter', 'rich',"
        " 'jinja2', 'docx', 'lxml', 'pebble'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    assert done.returncode == 0
    words = re.findall(r"^  ([a-z][\w-]*)  ", done.stdout.decode(), flags=re.MULTILINE)
    assert sorted(words) == COMMANDS
    order = [words.index(name) for name in ("generate", "fill", "check", "consolidate")]
    assert order == sorted(order)  # in the order in which an officer needs them


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_its_options_in_chinese(cli: Cli, command: str) -> None:
    code, out, err = cli(command, "--help")
    assert (code, err) == (CLEAN, "")
    for option in re.findall(r"^ +(?:-\w, )?--\w.*$", out, flags=re.MULTILINE):
        if "--help" not in option:
            assert re.search("[\u4e00-\u9fff]", option + out[out.index(option) :][:200]), option


def test_help_pages_are_chinese_throughout(cli: Cli) -> None:
    for arguments in (["--help"], ["check", "--help"]):
        _, out, _ = cli(*arguments)
        assert not re.search(r"Usage|Options|Commands|Show this message|default", out)


def test_the_version_is_that_of_the_package(cli: Cli) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    code, out, _ = cli("--version")
    assert code == CLEAN
    assert project["project"]["version"] in out


def test_no_command_shows_the_help_and_could_not_run(cli: Cli) -> None:
    code, out, _ = cli()
    assert code == COULD_NOT_RUN
    assert "generate" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generat"], "没有这个命令“generat”；最接近的是“generate”；用法见 xlbudget --help。"),
        (["--quiet"], "没有选项“--quiet”；用法见 xlbudget --help。"),
        (
            ["check", "x", "--roaster", "y"],
            "没有选项“--roaster”；最接近的是“--roster”；用法见 xlbudget check --help。",
        ),
        (["generate"], "缺少参数 TEMPLATE；用法见 xlbudget generate --help。"),
        (["generate", TEMPLATE], "缺少参数 -o/--output；用法见 xlbudget generate --help。"),
        (["check"], "缺少参数 PATH…|COLLECTION [UNIT…]；用法见 xlbudget check --help。"),
        (["fill", "a.xlsx"], "缺少参数 -o/--output；用法见 xlbudget fill --help。"),
        (
            ["values", "a.xlsx", "b.xlsx"],
            "多余的参数“b.xlsx”；收件文件夹后面才写单位或收件号；用法见 xlbudget values --help。",
        ),
        (["check", "x", "--roster"], "后面要有值“--roster”；用法见 xlbudget --help。"),
    ],
)
def test_a_slip_in_the_command_is_told_in_chinese(
    refuses: Callable[..., str], arguments: list[str], message: str
) -> None:
    assert refuses(*arguments) == message


def test_a_value_of_the_wrong_kind_is_told_in_chinese(refuses: Callable[..., str]) -> None:
    message = refuses("check", "x.xlsx", "--limit", "many")
    assert "--limit" in message
    assert "not a valid" not in message


# ── generate ─────────────────────────────────────────────────────────────────────────────────────


def test_generate_writes_a_workbook_for_each_unit_of_the_roster(
    cli: Cli, demo_data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "新" / "下发"
    code, out, err = cli(
        "generate",
        TEMPLATE,
        "--roster",
        demo_data / "reference_unit.csv",
        "-o",
        output,
        "--rows",
        "项目支出=40",
    )
    assert (code, err) == (CLEAN, "")
    assert out.splitlines() == [
        f"已生成 {output / UNIT_FILE}",
        f"下发清单 {output / '下发清单.csv'}",
        f"通知 1 份，在“{output / '通知'}”中",
    ]
    assert {path.name for path in output.iterdir()} == {UNIT_FILE, "下发清单.csv", "通知"}
    stamp = find_stamp(read_workbook(output / UNIT_FILE, sheets=lambda name: name.startswith("_")))
    assert stamp is not None
    assert (stamp.unit.code, stamp.capacity["项目支出"], stamp.capacity["F12"]) == ("243001", 40, 41)


def test_generate_takes_one_unit_from_the_roster_or_from_the_options(
    cli: Cli, demo_data: Path, tmp_path: Path
) -> None:
    code, _, _ = cli(
        "generate", TEMPLATE, "--unit", "102", "--roster", demo_data / "units.csv", "-o", tmp_path / "一"
    )
    assert code == CLEAN
    code, _, _ = cli(
        "generate",
        TEMPLATE,
        "--unit",
        "102",
        "--name",
        "示范厅执法监督局",
        "--kind",
        "参公",
        "-o",
        tmp_path / "二",
    )
    assert code == CLEAN
    [first], [second] = (tmp_path / "一").iterdir(), (tmp_path / "二").iterdir()
    assert first.name == second.name == "102_示范厅执法监督局_2023年度单位预算.xlsx"
    units = []
    for path in (first, second):
        stamp = find_stamp(read_workbook(path, sheets=lambda name: name.startswith("_")))
        assert stamp is not None
        units.append(stamp.unit)
    assert units == [
        Unit("102", "示范厅执法监督局", "参公", "示范厅"),
        Unit("102", "示范厅执法监督局", "参公", ""),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unit", "1"], "没有名册时，--unit 还要给出 --name、--kind；--kind 为 行政、参公、事业 之一"),
        (["--unit", "1", "--name", "甲", "--kind", "企业"], "--kind 为 行政、参公、事业 之一"),
        (["--name", "甲"], "没有用 --unit 给出单位编码"),
        (["--rows", "项目支出"], "--rows 应写成“表名=行数”，行数为整数，不能是“项目支出”"),
        (["--rows", "项目支出=1.5"], "不能是“项目支出=1.5”"),
        (["--roster", "无.csv"], "找不到单位名册“无.csv”"),
        (["--templates", "无"], "找不到模板文件夹“无”"),
        (["--roster", "{demo}/units.csv", "--unit", "104"], "名册中没有编码为“104”的单位；最接近的是“10"),
    ],
)
def test_generate_refuses_what_it_cannot_make(
    refuses: Callable[..., str], demo_data: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    given = [argument.replace("{demo}", str(demo_data)) for argument in arguments]
    assert message in refuses("generate", TEMPLATE, *given, "-o", tmp_path / "out")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("项目=5", "没有名为“项目”的可变行表，无法设定行数；最接近的是“项目支出”"),
        ("项目支出=0", "“项目支出”的行数应在 1 到 100000 之间，现为 0"),
        ("项目支出=999999", "“项目支出”的行数应在 1 到 100000 之间，现为 999999"),
    ],
)
def test_generate_leaves_no_folder_behind_when_the_rows_are_wrong(
    refuses: Callable[..., str], tmp_path: Path, rows: str, message: str
) -> None:
    assert message in refuses("generate", TEMPLATE, "--rows", rows, "-o", tmp_path / "out")


def test_generate_refuses_rows_for_a_table_of_fixed_lines(
    refuses: Callable[..., str], tmp_path: Path
) -> None:
    assert "收入" in refuses("generate", TEMPLATE, "--rows", "收入=50", "-o", tmp_path / "out")


def test_an_unknown_template_names_the_nearest(refuses: Callable[..., str], tmp_path: Path) -> None:
    assert refuses("generate", "shanxi/2023", "-o", tmp_path / "out") == (
        f"没有名为“shanxi/2023”的模板；最接近的是“{TEMPLATE}”；"
        f"可用的模板：shanghai_putuo/2024_final_accounts、shanghai_putuo/2025、{TEMPLATE}。"
    )


def test_a_file_where_the_folder_should_be_is_told(refuses: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    for target in (tmp_path / "out", tmp_path / "out" / "deeper"):
        message = refuses("generate", TEMPLATE, "-o", target)
        assert message == f"无法建立输出文件夹“{target}”（同名文件已存在）；请换一个有写入权限的位置。"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("template.toml", "year = 2023", "year = 0x", "template.toml:3: TOML 语法错误"),
        ("template.toml", "year = 2023", "yaer = 2023", "不认识的属性“yaer”；最接近的是“year”"),
        (
            "forms/f05_general_public_expenditure.toml",
            "number = 5",
            'number = "5"',
            ".toml:2: 属性“number”应为整数",
        ),
        (
            "catalogues/revenue_classification.csv",
            "code,",
            "cod,",
            "revenue_classification.csv:1: 表头缺少“code”",
        ),
        ("cross_form_rules.toml", 'severity = "blocking"', 'severity = "bloking"', "最接近的是“blocking”"),
    ],
)
def test_broken_definitions_are_told_with_file_and_line(
    refuses: Callable[..., str],
    template: WorkbookTemplate,
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    message: str,
) -> None:
    folder = builders.copy_template(template, tmp_path / "own" / "2023")
    builders.edit(folder / file, old, new)
    told = refuses("generate", "own/2023", "--templates", tmp_path, "-o", tmp_path / "out")
    assert message in told
    assert f"own/2023/{file}:" in told


# ── fill ─────────────────────────────────────────────────────────────────────────────────────────


def ledgers(folder: Path, source: Path, *, encoding: str = "utf-8") -> Path:
    """Copy CSV ledgers, in another encoding and under the sheet's own headings if asked for."""
    folder.mkdir()
    headings = {
        "functional_code": "支出功能科目编码",
        "department_economic_code": "部门经济科目编码",
        "current_year_general_yuan": "本年预算（元）一般公共预算",
        "source": "资金来源",
    }
    for path in source.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        for english, chinese in headings.items() if encoding != "utf-8" else ():
            text = text.replace(english, chinese)
        (folder / path.name).write_bytes(text.encode(encoding))
    return folder


def test_fill_takes_csv_as_excel_in_china_saves_it(
    cli: Cli, template: WorkbookTemplate, demo_data: Path, reference: Path, tmp_path: Path
) -> None:
    """GB 18030, Chinese headings: the same entries as from UTF-8; the input stays as it was."""
    entries = ledgers(tmp_path / "录入", demo_data / "reference", encoding="gb18030")
    empty = builders.typed(reference.read_bytes(), PROJECTS, {"H6": 1.0, "D7": "另一个"})
    source = builders.returned(tmp_path, "原.xlsx", empty)
    output = tmp_path / "填好.xlsx"
    code, out, err = cli("fill", source, "--entries", entries, "-o", output)
    assert (code, out, err) == (CLEAN, f"已填入 {output}\n", "")
    assert read(output, template).entries == read(reference, template).entries
    assert source.read_bytes() == empty


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "revenue.csv",
            "source,curent_year_yuan\n单位资金,1\n",
            "revenue.csv:1: 不认识的列“curent_year_yuan”；最接近的是“current_year_yuan”",
        ),
        (
            "revenue.csv",
            "source,current_year_yuan\n单位自有资金,1\n",
            "revenue.csv:2: 没有名为“单位自有资金”的行；最接近的是“单位资金”",
        ),
        (
            "revenue.csv",
            "source,current_year_yuan\n单位资金,1\n单位资金,2\n",
            "revenue.csv:3: “单位资金”写了两次",
        ),
        ("revenue.csv", "", "revenue.csv:1: 文件是空的；第一行应为表头"),
        ("revenue.csv", "source,source\n单位资金,1\n", "revenue.csv:1: “source”列重复"),
        (
            "revenue.csv",
            "source,current_year_yuan\n单位资金,12万\n",
            "revenue.csv:2: “本年收入（元）”的“12万”不是金额",
        ),
        (
            "revenue.csv",
            "source,current_year_yuan\n单位资金,1,2,3\n",
            "revenue.csv:2: 有 4 格，表头只有 2 列",
        ),
        (
            "ledger_projects.csv",
            "project_code,project_name,functional_code,amount_yuan\n\nA,甲,2040229,1\n",
            "ledger_projects.csv:3: “支出功能科目编码”的“2040229”不在代码表中；最接近的是“2040299”",
        ),
        (
            "ledger_projects.csv",
            "project_code,project_name,functional_code,amount_yuan\nA,甲,,1\n",
            "ledger_projects.csv:2: 有金额，但缺少“支出功能科目编码”",
        ),
        (
            "ledger_projects.csv",
            "project_code,project_name,functional_code,amount_yuan\n" + "A,甲,2040202,1\n" * 61,
            "ledger_projects.csv:62: 共 61 行，超过“录入2 项目支出”的 60 行；请在生成模板时用 --rows",
        ),
        (
            "ledger_proj.csv",
            "a,b\n",
            "ledger_proj.csv:1: 没有录入表读取这个文件；最接近的是“ledger_projects.csv”；文件名应为",
        ),
    ],
)
def test_fill_refuses_csv_with_mistakes_naming_file_and_line(
    refuses: Callable[..., str], reference: Path, tmp_path: Path, file: str, content: str, message: str
) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / file).write_text(content, encoding="utf-8")
    assert message in refuses(
        "fill", reference, "--entries", tmp_path / "entries", "-o", tmp_path / "out.xlsx"
    )


def test_fill_takes_nothing_while_one_ledger_has_a_name_that_no_sheet_reads(
    refuses: Callable[..., str], demo_data: Path, reference: Path, tmp_path: Path
) -> None:
    entries = Path(shutil.copytree(demo_data / "reference", tmp_path / "entries"))
    (entries / "ledger_projects.csv").rename(entries / "Ledger_Project.CSV")
    (entries / "说明.txt").write_text("不是数据", encoding="utf-8")
    out = tmp_path / "out.xlsx"
    heading, *problems = refuses("fill", reference, "--entries", entries, "-o", out).splitlines()
    assert heading == "录入数据有误，没有写入任何内容："
    assert len(problems) == 1
    assert problems[0].startswith(
        "Ledger_Project.CSV:1: 没有录入表读取这个文件；最接近的是“ledger_projects.csv”"
    )
    assert problems[0].endswith("；不是录入数据的请移到别处")
    assert not out.exists()


def test_fill_refuses_an_empty_folder(refuses: Callable[..., str], reference: Path, tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    message = refuses("fill", reference, "--entries", tmp_path / "entries", "-o", tmp_path / "out.xlsx")
    assert "里没有可用的录入数据；文件名应为 ledger_basic.csv、" in message


def test_fill_lists_at_most_twenty_mistakes(
    refuses: Callable[..., str], reference: Path, tmp_path: Path
) -> None:
    (tmp_path / "entries").mkdir()
    rows = "".join(f"A{at},甲,999,1\n" for at in range(30))
    heading = "project_code,project_name,functional_code,amount_yuan\n"
    (tmp_path / "entries" / "ledger_projects.csv").write_text(heading + rows, encoding="utf-8")
    message = refuses("fill", reference, "--entries", tmp_path / "entries", "-o", tmp_path / "out.xlsx")
    lines = message.splitlines()
    assert lines[0] == "录入数据有误，没有写入任何内容："
    assert lines[-1] == "……共 30 处"
    assert len(lines) == 22


def test_fill_refuses_inputs_and_outputs_that_cannot_be(
    refuses: Callable[..., str], demo_data: Path, reference: Path, tmp_path: Path
) -> None:
    entries = demo_data / "reference"
    copy = Path(shutil.copy(reference, tmp_path / "报送.xlsx"))
    (tmp_path / "文本.xlsx").write_text("no workbook")
    (tmp_path / "目录.xlsx").mkdir()
    target = tmp_path / "out.xlsx"
    assert "就是输入文件；原文件不作改动" in refuses("fill", copy, "--entries", entries, "-o", copy)
    assert "应以 .xlsx 结尾" in refuses("fill", copy, "--entries", entries, "-o", tmp_path / "out.xls")
    assert "找不到工作簿" in refuses("fill", tmp_path / "无.xlsx", "--entries", entries, "-o", target)
    folder = tmp_path / "目录.xlsx"  # folders are filled workbook by workbook; there is none in it
    assert "里没有对应的工作簿" in refuses("fill", folder, "--entries", entries, "-o", tmp_path / "out")
    assert "不是工作簿" in refuses("fill", tmp_path / "文本.xlsx", "--entries", entries, "-o", target)
    assert "找不到录入数据文件夹" in refuses("fill", copy, "--entries", tmp_path / "无", "-o", target)


def test_fill_refuses_a_workbook_of_another_version_or_from_elsewhere(
    refuses: Callable[..., str],
    template: WorkbookTemplate,
    demo_data: Path,
    reference: Path,
    tmp_path: Path,
) -> None:
    other = builders.with_stamp(
        reference.read_bytes(), lambda stamp: stamp.replace(template.digest, "a" * 64)
    )
    source = builders.returned(tmp_path, "别的.xlsx", other)
    arguments = ("--entries", demo_data / "reference", "-o", tmp_path / "out.xlsx")
    assert "是同名模板的另一版本" in refuses("fill", source, *arguments)
    stampless = builders.with_stamp(reference.read_bytes(), lambda _: "{}")
    source = builders.returned(tmp_path, "无标识.xlsx", stampless)
    assert "不是由 xlbudget 生成的工作簿" in refuses("fill", source, *arguments)


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def test_check_is_clean_or_blocked_and_writes_every_kind_of_report(
    cli: Cli, reference: Path, demo_data: Path, tmp_path: Path
) -> None:
    reports = [tmp_path / "报告" / f"报告{suffix}" for suffix in (".html", ".xlsx", ".json")]
    options = [argument for path in reports for argument in ("-o", path)]
    code, out, err = cli("check", reference, "--roster", demo_data / "reference_unit.csv", *options)
    assert (code, err) == (CLEAN, "")
    assert "全部相符" in out
    assert [path for path in reports if f"报告已写入 {path}" in out] == reports
    assert sorted(path.name for path in (tmp_path / "报告").iterdir()) == sorted(
        path.name for path in reports
    )
    assert json.loads(reports[2].read_text(encoding="utf-8"))["workbooks"]


def test_check_is_blocked_by_a_blocking_finding_and_goes_on_after_it(
    cli: Cli, reference: Path, tmp_path: Path
) -> None:
    bad = builders.typed(reference.read_bytes(), PROJECTS, {"H6": "12万"})
    builders.returned(tmp_path, "243001_一.xlsx", b"no workbook")
    builders.returned(tmp_path, "243001_二.xlsx", bad)
    code, out, err = cli("check", tmp_path)
    assert (code, err) == (BLOCKED, "")
    assert "录入2 项目支出!H6" in out
    assert "243001_一.xlsx" in out
    assert "不予接收" in out


def test_check_with_findings_to_be_explained_is_no_failure(cli: Cli, reference: Path, tmp_path: Path) -> None:
    path = builders.returned(tmp_path, "宏.xlsm", builders.with_macros(reference.read_bytes()))
    code, out, _ = cli("check", path)
    assert code == CLEAN
    assert "待说明" in out


def test_check_names_the_units_that_returned_nothing(
    cli: Cli, department_workbooks: list[Path], demo_data: Path
) -> None:
    code, out, _ = cli("check", department_workbooks[0], "--roster", demo_data / "units.csv")
    assert code == CLEAN
    assert "103" in out
    assert "示范厅信息中心" in out


def test_check_refuses_paths_and_reports_that_cannot_be(
    refuses: Callable[..., str], reference: Path, tmp_path: Path
) -> None:
    (tmp_path / "空").mkdir()
    assert "找不到“" in refuses("check", tmp_path / "无.xlsx")
    assert "没有找到工作簿" in refuses("check", tmp_path / "空")
    assert "请用 .html、.xlsx、.json、.docx 之一结尾" in refuses(
        "check", reference, "-o", tmp_path / "报告.pdf"
    )
    assert "没有名为“x/1”的模板" in refuses("check", reference, "--template", "x/1")
    assert "找不到单位名册" in refuses("check", reference, "--roster", tmp_path / "无.csv")


def test_check_that_cannot_write_its_report_could_not_run(cli: Cli, reference: Path, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("a file")
    code, _, err = cli("check", reference, "-o", tmp_path / "文件" / "报告.html")
    assert code == COULD_NOT_RUN
    assert "无法建立输出文件夹" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["check", "values"])
def test_no_output_is_written_over_a_returned_workbook(
    cli: Cli, reference: Path, tmp_path: Path, command: str
) -> None:
    copy = Path(shutil.copy(reference, tmp_path / "报送.xlsx"))
    code, _, err = cli(command, copy, "-o", copy)
    assert copy.read_bytes() == reference.read_bytes()
    assert code == COULD_NOT_RUN
    assert err.startswith("错误：")


def test_a_workbook_of_another_year_is_blocked_not_refused(
    cli: Cli, template: WorkbookTemplate, reference: Path, tmp_path: Path
) -> None:
    def last_year(stamp: str) -> str:
        return stamp.replace('"year": 2023', '"year": 2022').replace(template.digest, "b" * 64)

    path = builders.returned(tmp_path, "去年.xlsx", builders.with_stamp(reference.read_bytes(), last_year))
    code, out, _ = cli("check", path)
    assert code == BLOCKED
    assert "是 2022 年度的模板，本次为 2023 年度" in out.replace("\n", "").replace(" " * 4, "")


# ── values, consolidate, lint, demo ──────────────────────────────────────────────────────────────


def test_values_prints_what_the_forms_print(cli: Cli, reference: Path, tmp_path: Path) -> None:
    code, out, err = cli("values", reference, "--rounded")
    assert (code, err) == (CLEAN, "")
    rows = list(csv.DictReader(out.splitlines()))
    assert list(rows[0]) == ["form", "line", "column", "value"]
    assert len(rows) == 301
    exact = tmp_path / "数.csv"
    code, out, _ = cli("values", reference, "-o", exact)
    assert (code, out) == (CLEAN, f"已写入 {exact}（301 个金额）\n")
    text = exact.read_bytes().decode("utf-8-sig")
    assert [Decimal(row["value"]) for row in csv.DictReader(text.splitlines())] == pytest.approx(
        [Decimal(row["value"]) for row in rows], abs=Decimal("0.005")
    )


def test_values_refuses_what_is_no_workbook_of_ours(
    refuses: Callable[..., str], reference: Path, tmp_path: Path
) -> None:
    (tmp_path / "文件").write_text("a file")
    assert "找不到工作簿" in refuses("values", tmp_path / "无.xlsx")
    assert "不是工作簿" in refuses("values", tmp_path / "文件")
    assert "无法建立输出文件夹" in refuses("values", reference, "-o", tmp_path / "文件" / "数.csv")


def test_consolidate_writes_the_summary_and_names_what_is_missing(
    cli: Cli, template: WorkbookTemplate, department_workbooks: list[Path], demo_data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "汇总" / "部门.xlsx"
    roster = ("--roster", demo_data / "units.csv")
    code, out, err = cli("consolidate", department_workbooks[0], "-o", output, *roster)
    assert (code, out) == (COULD_NOT_RUN, "")
    assert "还有 2 个单位没有报送" in err
    assert not output.parent.exists()
    named = ("--code", "100", "--name", "示范厅（汇总）")
    code, out, err = cli(
        "consolidate", department_workbooks[0], "-o", output, *roster, *named, "--allow", "missing"
    )
    assert (code, err) == (CLEAN, "")
    assert out == (
        f"已汇总 1 个单位：{output}\n  未报送：102 示范厅执法监督局\n  未报送：103 示范厅信息中心\n"
    )
    assert read(output, template).unit == Unit("100", "示范厅（汇总）", "部门汇总")


def test_consolidate_refuses_what_it_cannot_join(
    refuses: Callable[..., str], reference: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(reference, tmp_path / "报送.xlsx"))
    target = tmp_path / "汇总.xlsx"
    assert "应以 .xlsx 结尾" in refuses("consolidate", copy, "-o", tmp_path / "汇总.csv")
    assert "找不到“" in refuses("consolidate", tmp_path / "无", "-o", target)
    assert "就是输入文件" in refuses("consolidate", copy, "-o", copy)
    assert "--allow 只能是 explain、explained、missing" in refuses(
        "consolidate", copy, "-o", target, "--allow", "all"
    )


def test_lint_is_clean_for_the_definitions_that_come_along(cli: Cli) -> None:
    assert cli("lint") == (CLEAN, "模板定义没有错误\n", "")


def test_lint_finds_mistakes_and_folders_without_definitions(
    cli: Cli, template: WorkbookTemplate, tmp_path: Path
) -> None:
    folder = builders.copy_template(template, tmp_path / "own" / "2023")
    file = folder / "forms" / "f10_three_public.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("因公出国境费+公务接待费", "因公出国境费+公务招待费"), encoding="utf-8")
    code, out, err = cli("lint", tmp_path)
    assert (code, err) == (BLOCKED, "")
    assert "f10_three_public.toml:" in out
    assert "最接近的是“公务接待费”" in out
    (tmp_path / "空").mkdir()
    code, out, _ = cli("lint", tmp_path / "空")
    assert code == BLOCKED
    assert "这里没有模板" in out


@pytest.fixture
def small_demo(template: WorkbookTemplate, tmp_path: Path) -> Path:
    root = tmp_path / "templates"
    builders.small_demonstration(template, root / "shanxi_provincial" / "2023")
    return root


def test_demo_runs_the_whole_chain_and_says_what_to_open(cli: Cli, small_demo: Path, tmp_path: Path) -> None:
    code, out, err = cli("demo", "-o", tmp_path / "演示", "--templates", small_demo)
    assert (code, err) == (CLEAN, "")
    assert "已说明，问题 1 个" in out  # a note: the text of a target names another year's amount
    assert "102 示范厅执法监督局：公开表5 合计被手工改大 1 万元" in out
    assert "被拒绝：1 个单位的工作簿不能接收" in out
    assert "汇总表自身审核：可接收" in out
    said = set(re.findall(r"[^\s　]+/[^\s　（]*\.(?:xlsx|html)", out)) | set(
        re.findall(r"　(\S.*?\.(?:xlsx|html))", out)
    )
    written = {path.relative_to(tmp_path / "演示").as_posix() for path in (tmp_path / "演示").rglob("*.*")}
    assert len(written) == 12
    assert any(name.endswith("单位名册.csv") for name in written)
    assert any(name in written for name in said)


def test_demo_refuses_a_template_without_demonstration_and_a_file_as_folder(
    refuses: Callable[..., str], template: WorkbookTemplate, tmp_path: Path
) -> None:
    builders.copy_template(template, tmp_path / "own" / "2023")
    assert "没有演示数据" in refuses("demo", "-o", tmp_path / "演示", "--templates", tmp_path / "own")
    (tmp_path / "文件").write_text("a file")
    assert "无法建立输出文件夹" in refuses("demo", "-o", tmp_path / "文件")


# ── As a program ─────────────────────────────────────────────────────────────────────────────────


def test_the_program_leaves_with_the_exit_codes(blank: Path, tmp_path: Path) -> None:
    clean = program("lint")
    assert (clean.returncode, clean.stdout.decode(), clean.stderr) == (CLEAN, "模板定义没有错误\n", b"")
    blocked = program("check", str(blank))
    assert blocked.returncode == BLOCKED
    assert "封面没有填“单位编码”" in blocked.stdout.decode()
    missing = program("check", str(tmp_path / "无.xlsx"))
    assert missing.returncode == COULD_NOT_RUN
    assert missing.stdout == b""
    assert missing.stderr.decode().startswith("错误：找不到“")


def test_a_terminal_without_chinese_letters_stops_nothing(blank: Path) -> None:
    done = program("check", str(blank), PYTHONIOENCODING="ascii")
    assert done.returncode == BLOCKED
    assert b"Traceback" not in done.stderr
    assert b"2023" in done.stdout
