"""The job of writing papers of a report: reports, annotated copies, replies; or all in one archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.files.whole_files import write_whole
from xlbudget.files.zip_archives import write_zip
from xlbudget.reports import render
from xlbudget.reports.annotated_copies import write_copies
from xlbudget.reports.replies import write_replies

REPORTS = {"html": "审核报告.html", "xlsx": "问题清单.xlsx", "json": "问题.json", "docx": "检查表.docx"}
COPIES, REPLIES, ARCHIVE, PUBLISHED = "批注", "回复", "审核结果.zip", "公开文件.zip"


def papers(
    desk: Desk, job: str, report: str, kinds: Sequence[str], *, until: str = "", together: bool = False
) -> Job:
    """Write papers of a report: ``html``, ``xlsx``, ``json``, ``docx``, ``copies`` (annotated), ``replies``.

    ``docx`` (the checklist) needs the whole program.
    ``until`` is the day (ISO 8601) by which units are asked to answer; ``together`` makes one archive of all.
    """
    checked, folder = desk.checked[report], desk.place(job) / "papers"
    whole = checked.report
    without: list[dict[str, str]] = []
    for number, kind in enumerate(kinds):
        yield Step(number, len(kinds), REPORTS.get(kind, ""))
        if kind in REPORTS:
            content = render(whole, checked.root / REPORTS[kind])
            write_whole(folder / REPORTS[kind], content)
        elif kind == "copies":
            copies = write_copies(whole, folder / COPIES)
            without += [{"file": copy.file, "reason": copy.reason} for copy in copies if copy.path is None]
        elif kind == "replies":
            write_replies(whole, folder / REPLIES, date.fromisoformat(until) if until else None)
    made = made_in(folder)
    outputs: tuple[Output, ...]
    if together:
        outputs = (Output(ARCHIVE, archived(folder, made, desk.place(job) / ARCHIVE)),) if made else ()
    else:
        outputs = tuple(Output(path.name, path) for path in made)
    return Done({"without": without}, outputs)


def publish(desk: Desk, job: str, report: str) -> Job:
    """Write the public documents (docx, PDF, workbook) of the workbooks of a report into one archive.

    Needs the whole program; a workbook that is not ready says why.
    """
    from xlbudget.publication.document.writing import publish_file

    checked, folder = desk.checked[report], desk.place(job) / "published"
    refused = []
    for number, workbook in enumerate(checked.report.workbooks):
        yield Step(number, len(checked.report.workbooks), workbook.path.name)
        done = publish_file(workbook.path, checked.template, folder, known=workbook)
        if done.refused:
            refused.append({"file": workbook.path.name, "reason": done.refused})
    made = made_in(folder)
    outputs = (Output(PUBLISHED, archived(folder, made, desk.place(job) / PUBLISHED)),) if made else ()
    return Done({"refused": refused}, outputs)


def made_in(folder: Path) -> list[Path]:
    """Return the files that were made in a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def archived(folder: Path, files: Sequence[Path], target: Path) -> Path:
    """Put files below ``folder`` into an archive, whose bytes follow from theirs alone."""
    partial = target.with_suffix(".part")
    partial.parent.mkdir(parents=True, exist_ok=True)
    write_zip(partial, ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in files))
    return write_whole(target, partial.read_bytes())
