"""check: returned workbooks, their findings and reports."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.options import (
    BLOCKED,
    CLEAN,
    PATH,
    either,
    not_over,
    progress_bar,
    roster_from,
    roster_option,
    scheduler_option,
    template_option,
    templates_option,
    workers_option,
)
from xlbudget.cli.words import ChineseCommand

PLACE = 30
_LISTED = 20


@click.command(cls=ChineseCommand, help="审核报送的工作簿（文件或文件夹），列出问题并写出报告。")
@click.argument("paths", type=PATH, nargs=-1, required=True, metavar="PATH…")
@roster_option
@template_option
@click.option(
    "-o",
    "--output",
    "reports",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="报告：.html、.xlsx 或 .json，可多次给出",
)
@click.option("--limit", default=_LISTED, metavar="N", help=f"屏幕上最多列出的问题数（默认 {_LISTED}）")
@workers_option
@scheduler_option
@click.option("--resume", type=PATH, metavar="FILE", help="续审记录：边审边存，中断后用同一命令从断处继续")
@templates_option
def command(
    paths: tuple[Path, ...],
    roster: Path | None,
    template: str | None,
    reports: tuple[Path, ...],
    limit: int,
    workers: int | None,
    scheduler: str | None,
    resume: Path | None,
    templates: Path | None,
) -> int:
    """Check returned workbooks."""
    from xlbudget import api
    from xlbudget.batches import suitable_workers
    from xlbudget.checking import find_files
    from xlbudget.choosing import choose_template
    from xlbudget.reports import print_report, renderer

    either(workers, scheduler)
    for path in reports:
        renderer(path)
    files, _ = find_files(paths)
    not_over(reports, files)
    chosen = choose_template(files, template, templates)
    with progress_bar("审核", len(files)) as advance:
        report = api.check(
            paths,
            chosen,
            roster=roster_from(roster, chosen),
            workers=workers or suitable_workers(len(files)),
            scheduler=scheduler,
            resume=resume,
            progress=advance,
        )
    print_report(report, limit=limit)
    for path in reports:
        api.write_report(report, path)
        click.echo(f"报告已写入 {path}")
    return BLOCKED if report.blocked else CLEAN
