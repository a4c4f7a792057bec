"""The command line: arguments in, exit code out (0 clean, 1 blocking findings, 2 could not run).

The one door to click. Heavy modules are imported by the command that needs them, so that
``--help`` and ``lint`` answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlbudget.command_words import ChineseGroup, in_chinese
from xlbudget.errors import XlbudgetError
from xlbudget.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlbudget.model import Roster, WorkbookTemplate

CLEAN, BLOCKED, COULD_NOT_RUN = 0, 1, 2
_LISTED = 20
_DEMO = Path("xlbudget-demo")

_PATH = click.Path(path_type=Path)
_templates = click.option(
    "--templates", type=_PATH, metavar="DIR", help="自己的模板文件夹（默认用随程序提供的）"
)
_template = click.option("--template", metavar="TEMPLATE", help="模板编号（默认按文件中的标识）")
_workers = click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="同时审核的进程数（默认按文件数和处理器数）"
)
_roster = click.option("--roster", type=_PATH, metavar="FILE", help="单位名册（CSV 或 xlsx）")


@click.group(
    cls=ChineseGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="预算报表工具：生成报表模板，审核单位报送的工作簿，汇总成部门预算。",
    subcommand_metavar="命令 [参数]…",
)
@click.version_option(__version__, "--version", prog_name="xlbudget", help="显示版本")
def app() -> None:
    """Stand for the group of commands."""


@app.command(help="生成工作簿：空白模板、一个单位的，或名册中每个单位的。TEMPLATE 为模板编号（地区/年度）。")
@click.argument("template", metavar="TEMPLATE")
@click.option("--unit", metavar="CODE", help="单位编码（在名册中，或另给 --name 和 --kind）")
@click.option("--name", metavar="NAME", default="", help="单位名称")
@click.option("--kind", metavar="KIND", default="", help="单位性质（行政、参公、事业）")
@_roster
@click.option(
    "--rows", "rows", multiple=True, metavar="TABLE=N", help="某张录入表或公开表的行数，写作 表名=行数"
)
@click.option("-o", "--output", type=_PATH, required=True, metavar="DIR", help="输出文件夹")
@_templates
def generate(
    template: str,
    unit: str | None,
    name: str,
    kind: str,
    roster: Path | None,
    rows: tuple[str, ...],
    output: Path,
    templates: Path | None,
) -> int:
    """Write one workbook a unit."""
    from xlbudget.definitions import load_template
    from xlbudget.distribution import generate as write_one
    from xlbudget.generation import NOBODY

    chosen = load_template(template, templates)
    units = _units(chosen, unit, name, kind, roster) or [NOBODY]
    capacity = dict(_rows(part) for part in rows)
    with _progress("生成", len(units)) as advance:
        paths = []
        for part in units:
            paths.append(write_one(chosen, output, part, capacity=capacity))
            advance()
    for path in paths[:5]:
        click.echo(f"已生成 {path}")
    if len(paths) > 5:
        click.echo(f"……共 {len(paths)} 个工作簿，在“{output}”中")
    return CLEAN


def _units(
    template: WorkbookTemplate, code: str | None, name: str, kind: str, roster_path: Path | None
) -> list[Any]:
    """Return the units asked for: one by code, or all of the roster; none for a blank workbook."""
    from xlbudget.model import Unit
    from xlbudget.names import nearest

    roster = _read_roster(roster_path, template)
    if code is None:
        if name or kind:
            raise click.UsageError("给出了单位名称或性质，但没有用 --unit 给出单位编码")
        return list(roster.units) if roster else []
    if roster is not None:
        found = roster.find(code)
        if found is None:
            hint = nearest(code, (unit.code for unit in roster.units))
            raise click.UsageError(f"名册中没有编码为“{code}”的单位{hint}")
        return [found]
    if not name or kind not in template.kinds:
        raise click.UsageError(
            f"没有名册时，--unit 要和 --name、--kind 一起用；--kind 为 {'、'.join(template.kinds)} 之一"
        )
    return [Unit(code, name, kind)]


def _rows(text: str) -> tuple[str, int]:
    table, _, number = text.partition("=")
    if not table or not number.isdigit():
        raise click.UsageError(f"--rows 应写成“表名=行数”，行数为整数，不能是“{text}”")
    return table, int(number)


def _read_roster(path: Path | None, template: WorkbookTemplate) -> Roster | None:
    from xlbudget.rosters import read_roster

    return read_roster(path, template) if path else None


@app.command(help="把 CSV 数据填入工作簿的录入表，另存为新文件。")
@click.argument("workbook", type=_PATH, metavar="WORKBOOK")
@click.option("--entries", type=_PATH, required=True, metavar="DIR", help="CSV 所在文件夹")
@click.option("-o", "--output", type=_PATH, required=True, metavar="FILE", help="输出文件（.xlsx）")
@_templates
def fill(workbook: Path, entries: Path, output: Path, templates: Path | None) -> int:
    """Put CSV ledgers into the entry sheets."""
    from xlbudget.filling import fill as fill_workbook

    _workbook_output(output, workbook)
    click.echo(f"已填入 {fill_workbook(workbook, entries, output, templates=templates)}")
    return CLEAN


@app.command(help="审核报送的工作簿（文件或文件夹），列出问题并写出报告。")
@click.argument("paths", type=_PATH, nargs=-1, required=True, metavar="PATH…")
@_roster
@_template
@click.option(
    "-o",
    "--output",
    "reports",
    type=_PATH,
    multiple=True,
    metavar="FILE",
    help="报告：.html、.xlsx 或 .json，可多次给出",
)
@click.option("--limit", default=_LISTED, metavar="N", help=f"屏幕上最多列出的问题数（默认 {_LISTED}）")
@_workers
@click.option("--resume", type=_PATH, metavar="FILE", help="续审记录：边审边存，中断后用同一命令从断处继续")
@_templates
def check(
    paths: tuple[Path, ...],
    roster: Path | None,
    template: str | None,
    reports: tuple[Path, ...],
    limit: int,
    workers: int | None,
    resume: Path | None,
    templates: Path | None,
) -> int:
    """Check returned workbooks."""
    from xlbudget import api
    from xlbudget.batches import suitable_workers
    from xlbudget.checking import find_files
    from xlbudget.choosing import choose_template
    from xlbudget.reports import print_report, renderer

    for path in reports:
        renderer(path)
    files, _ = find_files(paths)
    _not_over(reports, files)
    chosen = choose_template(files, template, templates)
    with _progress("审核", len(files)) as advance:
        report = api.check(
            paths,
            chosen,
            roster=_read_roster(roster, chosen),
            workers=workers or suitable_workers(len(files)),
            resume=resume,
            progress=advance,
        )
    print_report(report, limit=limit)
    for path in reports:
        api.write_report(report, path)
        click.echo(f"报告已写入 {path}")
    return BLOCKED if report.blocked else CLEAN


@app.command(help="列出公开表会印出的金额（重新计算后的数值，万元）：form,line,column,value。")
@click.argument("workbook", type=_PATH, metavar="WORKBOOK")
@click.option("-o", "--output", type=_PATH, metavar="FILE", help="写入 CSV 文件（默认显示在屏幕上）")
@click.option("--rounded", is_flag=True, help="按公开口径四舍五入到两位小数")
@_template
@_templates
def values(
    workbook: Path, output: Path | None, rounded: bool, template: str | None, templates: Path | None
) -> int:
    """Print the recalculated form cells."""
    from xlbudget import api
    from xlbudget.choosing import choose_template
    from xlbudget.evidence import Evidence
    from xlbudget.files import existing_file, write_whole
    from xlbudget.publishing import form_values, values_csv

    existing_file(workbook, "工作簿")
    _not_over([output] if output else [], [workbook])
    chosen = choose_template([workbook], template, templates)
    text = values_csv(form_values(Evidence(chosen, api.read(workbook, chosen)), rounded=rounded))
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text.encode("utf-8-sig"))
        click.echo(f"已写入 {output}（{text.count(chr(10)) - 1} 个金额）")
    return CLEAN


@app.command(help="汇总：把审核通过的各单位工作簿合并为部门工作簿。")
@click.argument("paths", type=_PATH, nargs=-1, required=True, metavar="PATH…")
@click.option("-o", "--output", type=_PATH, required=True, metavar="FILE", help="部门工作簿（.xlsx）")
@click.option("--allow", multiple=True, metavar="explain|missing", help="放行待说明的问题，或未报送的单位")
@click.option("--code", default="", metavar="CODE", help="部门编码")
@click.option("--name", default="", metavar="NAME", help="部门名称（默认取各单位的上级单位）")
@_roster
@_template
@_workers
@_templates
def consolidate(
    paths: tuple[Path, ...],
    output: Path,
    allow: tuple[str, ...],
    code: str,
    name: str,
    roster: Path | None,
    template: str | None,
    workers: int | None,
    templates: Path | None,
) -> int:
    """Join checked workbooks into the department workbook."""
    from xlbudget import api
    from xlbudget.batches import suitable_workers
    from xlbudget.checking import find_files
    from xlbudget.choosing import choose_template
    from xlbudget.model import Unit

    _workbook_output(output)
    files, _ = find_files(paths)
    chosen = choose_template(files, template, templates)
    department = Unit(code or api.SUMMARY_CODE, name, api.SUMMARY_KIND) if name else None
    with _progress("汇总", len(files)) as advance:
        summary = api.consolidate(
            files,
            output,
            department=department,
            template=chosen,
            roster=_read_roster(roster, chosen),
            allow=allow,
            workers=workers or suitable_workers(len(files)),
            progress=advance,
        )
    click.echo(f"已汇总 {len(summary.units)} 个单位：{output}")
    for gap in summary.gaps:
        click.echo(f"  {gap}")
    return CLEAN


@app.command(help="检查模板定义（TOML、CSV）中的错误，逐条列出文件和行号。")
@click.argument("folder", type=_PATH, required=False, metavar="[DIR]")
def lint(folder: Path | None) -> int:
    """Report every mistake in the definitions."""
    from xlbudget.definitions import templates_folder
    from xlbudget.lint import lint as lint_all

    problems = lint_all(folder or templates_folder())
    for problem in problems:
        click.echo(str(problem))
    click.echo(f"共 {len(problems)} 处错误" if problems else "模板定义没有错误")
    return BLOCKED if problems else CLEAN


@app.command(help="演示：用一份真实的公开预算和一个小部门走完全程。")
@click.option(
    "-o",
    "--output",
    type=_PATH,
    default=_DEMO,
    metavar="DIR",
    help=f"输出文件夹（默认 {_DEMO}）",
)
@_template
@_templates
def demo(output: Path, template: str | None, templates: Path | None) -> int:
    """Run the whole chain on the demonstration data."""
    from xlbudget.demo import run_demo

    run_demo(output, click.echo, template, templates)
    return CLEAN


def _workbook_output(output: Path, source: Path | None = None) -> None:
    """Refuse an output that is no workbook's name, or the input itself."""
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"输出文件“{output}”应以 .xlsx 结尾")
    _not_over([output], [source] if source else [])


def _not_over(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Refuse to write over a file that is read: returned files are never changed."""
    read = {path.resolve() for path in inputs}
    for output in outputs:
        if output.resolve() in read:
            raise click.UsageError(f"输出文件“{output}”就是输入文件；原文件不作改动，请另取名称")


@contextmanager
def _progress(label: str, length: int) -> Iterator[Any]:
    """Show a bar on standard error while several files are worked on."""
    hidden = length < 2 or not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda *_: bar.update(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; errors are one Chinese sentence each."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        result = app.main(
            list(arguments) if arguments is not None else None, prog_name="xlbudget", standalone_mode=False
        )
    except XlbudgetError as error:
        _complain(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.ClickException as error:
        _complain(in_chinese(error))
    except (click.Abort, KeyboardInterrupt):
        _complain("已中断。已写出的文件完整，没有写完的未保存；用了 --resume 的，以同一命令继续。")
    except MemoryError:
        _complain("内存不足；请分批处理。")
    except BrokenPipeError:
        return CLEAN
    else:
        return result if isinstance(result, int) else CLEAN
    return COULD_NOT_RUN


def _complain(message: str) -> None:
    click.echo(f"错误：{message}", err=True)
