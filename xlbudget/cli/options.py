"""Options and precautions that several commands share."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlbudget.model import Roster, WorkbookTemplate

CLEAN, BLOCKED, COULD_NOT_RUN = 0, 1, 2
"""Exit codes: no blocking findings, some, not run."""

PATH = click.Path(path_type=Path)
templates_option = click.option(
    "--templates", type=PATH, metavar="DIR", help="自己的模板文件夹（默认用随程序提供的）"
)
template_option = click.option("--template", metavar="TEMPLATE", help="模板编号（默认按文件中的标识）")
workers_option = click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="同时审核的进程数（默认按文件数和处理器数）"
)
scheduler_option = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="由 Dask 集群审核：调度器地址，如 tcp://10.0.0.5:8786（需另装组件）",
)
roster_option = click.option("--roster", type=PATH, metavar="FILE", help="单位名册（CSV 或 xlsx）")


def roster_from(path: Path | None, template: WorkbookTemplate) -> Roster | None:
    """Return the roster of a file; None where no file is given."""
    from xlbudget.rosters import read_roster

    return read_roster(path, template) if path else None


def either(workers: int | None, scheduler: str | None) -> None:
    """Refuse processes of this machine together with those of a cluster."""
    if workers and scheduler:
        raise click.UsageError("--workers 与 --scheduler 只能用一个")


def workbook_output(output: Path, source: Path | None = None) -> None:
    """Refuse an output that is no workbook's name, or the input itself."""
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"输出文件“{output}”应以 .xlsx 结尾")
    not_over([output], [source] if source else [])


def not_over(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Refuse to write over a file that is read: returned files are never changed."""
    read = {path.resolve() for path in inputs}
    for output in outputs:
        if output.resolve() in read:
            raise click.UsageError(f"输出文件“{output}”就是输入文件；原文件不作改动，请另取名称")


@contextmanager
def progress_bar(label: str, length: int) -> Iterator[Any]:
    """Show a bar on standard error while several files are worked on."""
    hidden = length < 2 or not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda *_: bar.update(1)
