"""check: returned workbooks, their findings and reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlbudget.cli.guard import FOLDER, JOURNAL, NEW, READ, RETURNED, TEXTS, WRITTEN
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import (
    BLOCKED,
    CLEAN,
    COULD_NOT_RUN,
    UNCHECKED,
    either,
    linked_option,
    progress_bar,
    roster_from,
    roster_option,
    scheduler_option,
    switch_options,
    template_option,
    templates_option,
    typed,
    until_option,
    waivers_from,
    waivers_option,
    with_switches,
    workers_option,
)
from xlbudget.cli.printing import say

if TYPE_CHECKING:
    from datetime import date

    from xlbudget.department.collection.at_hand import AtHand
    from xlbudget.files.xlsx import Limits
    from xlbudget.model import Engine, Report, WorkbookTemplate
    from xlbudget.reports.annotated_copies import AnnotatedCopy
    from xlbudget.reports.replies import Decided

PLACE = 30
_LISTED = 20


@click.command(
    cls=ChineseCommand,
    example="xlbudget check 报送 --roster 单位名册.csv -o 审核报告.html --replies 回复",
    help="审核报送的工作簿（文件、文件夹，或收件文件夹和其中的单位、收件号），列出问题并写出报告。",
)
@click.argument("paths", type=RETURNED, nargs=-1, required=True, metavar="PATH…|COLLECTION [UNIT…]")
@roster_option
@template_option
@click.option(
    "-o",
    "--output",
    "reports",
    type=WRITTEN,
    multiple=True,
    metavar="FILE",
    help="报告：.html、.xlsx、.json，或检查表 .docx；可多次给出",
)
@click.option(
    "--annotate",
    type=FOLDER,
    metavar="DIR",
    help="批注副本：有问题的工作簿（或 PDF）各存一份，问题标在原处",
)
@click.option(
    "--replies",
    type=TEXTS,
    metavar="DIR",
    help="给各单位的回复：每个单位一份文字，可直接粘贴发送；另有附批注副本的邮件草稿",
)
@until_option("回复中的改正期限（与 --replies 同用）")
@click.option("--limit", default=_LISTED, metavar="N", help=f"屏幕上最多列出的问题数（默认 {_LISTED}）")
@click.option(
    "--published",
    "--as-published",
    "as_published",
    is_flag=True,
    help="核对别人公开的文件（PDF、Word、只有数值的工作簿）：按标题、栏目、行名识别表式后核对",
)
@click.option(
    "--against",
    type=READ,
    metavar="WORKBOOK",
    help="PATH 是一份公开文件（.docx、.txt）：情况说明中的数与这个工作簿核对",
)
@waivers_option
@click.option(
    "--waivers-template",
    "skeleton",
    type=NEW,
    metavar="FILE",
    help="把待说明的问题写成认可文件的样子，供填写",
)
@click.option("--prior", type=READ, metavar="DIR", help="上年工作簿的文件夹：与上年比较")
@linked_option
@workers_option
@scheduler_option
@click.option(
    "--engine",
    type=click.Choice(["plan", "formulas"]),
    default="plan",
    help="由谁重新计算：plan 一次编好模板的公式（默认）；formulas 用该引擎逐本计算，结果相同、慢得多，供核对",
)
@click.option(
    "--no-judge",
    is_flag=True,
    help="不用 formulas 引擎另算（默认：结论之后，判错的每本一格、另随机抽取 20 格，由该引擎从录入数起另算）",
)
@click.option(
    "--reader-limit",
    "reader_limits",
    multiple=True,
    metavar="NAME=N",
    help="提高读取上限，用于可信的大文件，如 cells=3000000；写错名称会列出全部；可多次给出",
)
@click.option("--resume", type=JOURNAL, metavar="FILE", help="续审记录：边审边存，中断后用同一命令从断处继续")
@switch_options
@templates_option
def command(**given: Any) -> int:
    """Check returned workbooks."""
    asked = _Asked(**given)
    asked.refuse_contradictions()
    return _document(asked, asked.against) if asked.against is not None else _returns(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was given on the command line: a field for each argument and option."""

    paths: tuple[Path, ...]
    roster: Path | None
    template: str | None
    templates: Path | None
    prior: Path | None
    linked: tuple[tuple[str, Path], ...]
    waivers: Path | None
    as_published: bool
    against: Path | None
    disable: tuple[str, ...]
    reason: str
    rules_off: Path | None
    workers: int | None
    scheduler: str | None
    engine: Engine
    no_judge: bool
    reader_limits: tuple[str, ...]
    resume: Path | None
    limit: int
    reports: tuple[Path, ...]
    annotate: Path | None
    replies: Path | None
    until: date | None
    skeleton: Path | None

    def refuse_contradictions(self) -> None:
        """Raise UsageError for options that do not go together, and for reports of an unknown format."""
        from xlbudget.reports import renderer

        either(self.workers, self.scheduler)
        for path in self.reports:
            renderer(path)
        if self.against is None and typed("until") and self.replies is None:
            raise click.UsageError("--until 是回复中的期限，要与 --replies 同用")

    @property
    def limits(self) -> Limits | None:
        """What the reader may read, where it was raised."""
        from xlbudget.files.xlsx import raised_limits

        return raised_limits(self.reader_limits) if self.reader_limits else None

    def chosen(self, given: AtHand) -> WorkbookTemplate:
        """Return the template that was named or that the files carry, with the rules that are off."""
        found = given.template(self.template, self.templates, self.limits, published=self.as_published)
        return with_switches(found, self.disable, self.reason, self.rules_off)


def _returns(asked: _Asked) -> int:
    """Check what came back, write what was asked for, and return the exit code."""
    from xlbudget.department.collection.at_hand import at_hand
    from xlbudget.reports.conclusions import recalculation
    from xlbudget.reports.terminal_findings import print_report

    with at_hand(asked.paths) as given:
        chosen = asked.chosen(given)
        report = _checked(asked, given, chosen)
        print_report(report, limit=asked.limit)
        if not (asked.no_judge or asked.as_published):
            report = _judged(report, replace(chosen, engine=asked.engine), asked.limits)
        say(recalculation(report))
        for rule in chosen.every_rule:
            if rule.off is not None:
                say(f"规则 {rule.id} {rule.off}")
        _write(asked, report, given.said)
    return _exit_code(report)


def _checked(asked: _Asked, given: AtHand, chosen: WorkbookTemplate) -> Report:
    from xlbudget import api
    from xlbudget.checking.runs.many_files import suitable_workers

    files, accepted = given.files(published=asked.as_published), waivers_from(asked.waivers)
    by_each_own = asked.as_published and not (asked.template or asked.disable or asked.rules_off)
    with progress_bar("审核", len(files)) as advance:
        return api.check(
            given,
            None if by_each_own else chosen,
            roster=roster_from(asked.roster, chosen),
            waivers=accepted,
            prior=asked.prior,
            linked=dict(asked.linked),
            templates=asked.templates,
            workers=asked.workers or suitable_workers(len(files)),
            scheduler=asked.scheduler,
            engine=asked.engine,
            limits=asked.limits,
            resume=asked.resume,
            as_published=asked.as_published,
            progress=advance,
        )


def _write(asked: _Asked, report: Report, said: Decided) -> None:
    """Write reports, waivers to fill in, annotated copies and replies, and say where they are."""
    from xlbudget.files.whole_files import staging_folder, write_whole

    _write_reports(asked, report)
    if asked.skeleton is not None:
        from xlbudget.reports.waivers_to_fill import waiver_skeleton

        write_whole(asked.skeleton, waiver_skeleton(report).encode())
        say(f"待认可的问题已写入 {asked.skeleton}；填写后用 --waivers 给出")
    copies = _annotate(report, asked.annotate) if asked.annotate is not None else None
    if asked.replies is not None:
        from xlbudget.reports.annotated_copies import write_copies
        from xlbudget.reports.replies import write_replies

        with staging_folder() as room:  # mails take copies with them, wanted by themselves or not
            copies = write_copies(report, room) if copies is None else copies
            written = write_replies(report, asked.replies, asked.until, said, copies)
        say(f"回复 {len(written)} 份已写入 {asked.replies}，每份另有邮件草稿（.eml），附批注副本")


def _write_reports(asked: _Asked, report: Report) -> None:
    from xlbudget import api

    for path in asked.reports:
        api.write_report(report, path)
        say(f"报告已写入 {path}")


def _exit_code(report: Report) -> int:
    """Return 2 where the check itself failed, 1 for blocking findings, 3 for what was not checked, or 0."""
    if report.failed:
        return COULD_NOT_RUN
    unchecked = [workbook for workbook in report.workbooks if workbook.unchecked]
    blocked = any(workbook.blocked for workbook in report.workbooks if not workbook.unchecked)
    if blocked or any(finding.severity == "blocking" for finding in report.collective):
        return BLOCKED
    return UNCHECKED if unchecked else CLEAN


def _judged(report: Report, template: WorkbookTemplate, limits: Limits | None) -> Report:
    """Have the engine judge some cells; say where it differs."""
    from xlbudget.checking.engine_judge import judged

    found = judged(report, template, limits)
    for finding in found.collective[len(report.collective) :]:
        say(finding.message)
    return found


def _document(asked: _Asked, against: Path) -> int:
    """Check one document against a workbook; exit with 1 when something in it is to be corrected."""
    from xlbudget import api
    from xlbudget.reports.terminal_findings import print_report

    if len(asked.paths) != 1:
        raise click.UsageError("--against 一次核对一份文档")
    report = api.check_document(asked.paths[0], against, asked.template, templates=asked.templates)
    print_report(report, limit=asked.limit)
    _write_reports(asked, report)
    return BLOCKED if any(finding.severity != "note" for finding in report.findings) else CLEAN


def _annotate(report: Report, folder: Path) -> tuple[AnnotatedCopy, ...]:
    """Write the annotated copies, say which could not be made, and return them."""
    from xlbudget.reports.annotated_copies import write_copies

    copies = write_copies(report, folder)
    for copy in copies:
        if copy.silent:
            say(f"{copy.file}：{'、'.join(copy.silent)} 原有会话批注，只涂了颜色，问题见报告")
        if copy.path is None:
            say(f"没有批注副本：{copy.file}（{copy.reason}）")
        elif copy.elsewhere:
            where = "一页的左上角" if copy.path.suffix.lower() == ".pdf" else "第一张表的左上角"
            say(f"{copy.path.name}：{copy.elsewhere} 项问题没有自己的位置，批注写在{where}")
    written = sum(copy.path is not None for copy in copies)
    say(f"批注副本 {written} 份已写入 {folder}" if written else "没有写批注副本：没有可以批注的问题。")
    return copies
