"""Options and precautions that several commands share."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlbudget.cli.guard import READ
from xlbudget.cli.printing import say
from xlbudget.model.words import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xlbudget.model import Roster, Waiver, WorkbookTemplate

CLEAN, BLOCKED, COULD_NOT_RUN, UNCHECKED = 0, 1, 2, 3
"""Exit codes: no blocking findings, some, not run (the whole command, or the check of some file), a published
document in which nothing was recognised."""


class Day(click.ParamType[date]):
    """A day as people type it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        try:
            return value if isinstance(value, date) else day_of(str(value))
        except ValueError:
            self.fail(
                f"“{value}”不是日期，请写成 2000-12-31、2000/12/31、2000年12月31日 或 20001231", param, ctx
            )


TEMPLATES = "XLBUDGET_TEMPLATES"
"""Environment variable: the folder of one's own templates."""

templates_option = click.option(
    "--templates",
    type=READ,
    metavar="DIR",
    envvar=TEMPLATES,
    help=f"自己的模板文件夹（默认用环境变量 {TEMPLATES}、xlbudget.toml 里写的，都没有就用随程序提供的）",
)


def until_option(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option for a deadline."""
    return click.option("--until", type=Day(), metavar="DATE", help=f"{help}，如 2000-12-31")


def typed(name: str) -> bool:
    """Whether a parameter was typed: what comes from the project file needs no complaint."""
    context = click.get_current_context()
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


template_option = click.option("--template", metavar="TEMPLATE", help="模板编号（默认按文件中的标识）")
workers_option = click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="同时工作的进程数（默认按文件数和处理器数）"
)
scheduler_option = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="由 Dask 集群审核：调度器地址，如 tcp://10.0.0.5:8786（需另装组件）",
)
roster_option = click.option("--roster", type=READ, metavar="FILE", help="单位名册（CSV 或 xlsx）")


linked_option = click.option(
    "--linked",
    type=(str, READ),
    multiple=True,
    metavar="NAME DIR",
    help="别的年度、别种文件的工作簿（如同年预算）：模板 [[linked]] 里的名称和文件夹，可多次给出",
)


def switch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that switch rules off for one run."""
    for option in (
        click.option("--rules-off", type=READ, metavar="FILE", help="停用清单（TOML）：停用哪些规则，为什么"),
        click.option("--reason", default="", metavar="TEXT", help="--disable 的原因，写进报告"),
        click.option("--disable", multiple=True, metavar="RULE", help="本次不运行的规则，可多次给出"),
    ):
        command = option(command)
    return command


def with_switches(
    template: WorkbookTemplate, disable: Sequence[str], reason: str, rules_off: Path | None
) -> WorkbookTemplate:
    """Return the template with the rules switched off that the options name."""
    from xlbudget.definitions.switches import switch_off

    if reason and not disable:
        raise click.UsageError("给出了 --reason，但没有用 --disable 给出规则")
    return switch_off(template, disable, reason, listed=rules_off)


waivers_option = click.option(
    "--waivers", type=READ, metavar="FILE", help="认可文件（.toml）：主管部门已认可的问题"
)


def waivers_from(path: Path | None) -> tuple[Waiver, ...]:
    """Return the waivers of a file, saying how many of it nobody has filled in; none without a file."""
    from xlbudget.checking.waivers import read_waivers

    if path is None:
        return ()
    file = read_waivers(path)
    if file.unfilled:
        say(
            f"认可文件“{path}”有 {len(file.unfilled)} 段没有填写（第 {file.unfilled[0]} 行起），没有采用。",
            error=True,
        )
    return file.waivers


def roster_from(path: Path | None, template: WorkbookTemplate) -> Roster | None:
    """Return the roster of a file; None where no file is given."""
    from xlbudget.definitions.rosters import read_roster

    if path is None:
        return None
    roster = read_roster(path, template)
    for note in roster.notes:
        say(note, error=True)
    return roster


def either(workers: int | None, scheduler: str | None) -> None:
    """Refuse processes of this machine together with those of a cluster."""
    if workers and scheduler:
        raise click.UsageError("--workers 与 --scheduler 只能用一个")


def workbook_output(output: Path) -> None:
    """Refuse an output that is no workbook's name."""
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"输出文件“{output}”应以 .xlsx 结尾")


@contextmanager
def progress_bar(label: str, length: int) -> Iterator[Any]:
    """Show on standard error how many of several files are done and how much time is left."""
    hidden = length < 2 or not sys.stderr.isatty()
    bars: list[Any] = []

    def left(_: Any) -> str | None:
        return f"剩余约 {bars[0].format_eta()}" if bars and bars[0].eta_known else None

    with click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=hidden,
        show_pos=True,
        show_percent=False,
        show_eta=False,
        item_show_func=left,
    ) as bar:
        bars.append(bar)
        yield lambda *_: bar.update(1, True)
