"""Publishing checked workbooks: the document as docx and PDF, the public workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_file
from xlbudget.files.whole_files import make_folder, readable_name, safe_name, write_whole
from xlbudget.model import Finding, Severity, Submission, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import PublicationRefused
from xlbudget.publication.document.building import build
from xlbudget.publication.document.docx_document import docx_document
from xlbudget.publication.document.parts import Publication
from xlbudget.publication.document.pdf_document import pdf_document
from xlbudget.publication.document.public_workbook import public_workbook
from xlbudget.returns.reading import read_entered

Decided = Callable[[WorkbookReport], WorkbookReport]
Writer = Callable[[Publication, str], bytes]
FORMATS: dict[str, Writer] = {
    ".docx": lambda publication, draft: docx_document(publication, draft=draft),
    ".pdf": lambda publication, draft: pdf_document(publication, draft=draft),
    ".xlsx": lambda publication, _: public_workbook(publication),
}


@dataclass(frozen=True, slots=True)
class Published:
    """What came of one workbook: files written, what its document lacks (drafts), or why it was refused."""

    source: Path
    paths: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: str = ""
    failed: bool = False
    """Whether it was refused because the check itself failed on it."""


def publish_file(
    path: Path,
    template: WorkbookTemplate,
    folder: Path,
    *,
    draft: bool = False,
    decided: Decided = lambda report: report,
    known: WorkbookReport | None = None,
) -> Published:
    """Check one workbook and publish it into ``folder``; one that is not ready says why in ``refused``.

    ``decided`` puts into the report what officers have accepted. A workbook whose report is ``known``, with
    what they have accepted, is read and not judged again.
    Raises OutputError when the folder cannot be written, InputError as :func:`publish_submission` does.
    """
    if known is not None and known.outcomes:
        return _published(read_entered(path, template), known, template, folder, draft=draft)
    report, submission = check_file(path, template)
    if submission is None:
        reasons = "；".join(finding.message for finding in report.findings)
        return Published(
            path, refused=f"“{readable_name(path.name)}”没有读取：{reasons}", failed=report.failed
        )
    return _published(submission, decided(report), template, folder, draft=draft)


@dataclass(frozen=True, slots=True)
class Publishing:
    """The publication of many workbooks, each by :func:`publish_file`, in this process or in others.

    ``known`` are reports by path.
    """

    template: WorkbookTemplate
    folder: Path
    draft: bool
    decided: Decided
    known: Mapping[Path, WorkbookReport]
    seconds: float = 300.0

    def each(self, files: Sequence[Path], workers: int) -> Iterator[Published]:
        """Yield what became of each workbook, in order, from that many processes; raises as one does."""
        if workers < 2 or len(files) < 2:
            return map(self, files)
        from xlbudget.checking.runs.processes import in_processes  # pebble takes a moment to import

        return in_processes(files, self, workers)

    def __call__(self, path: Path) -> Published:
        """Publish one workbook."""
        known = self.known.get(path)
        return publish_file(
            path, self.template, self.folder, draft=self.draft, decided=self.decided, known=known
        )

    def late(self, path: Path) -> Published:
        """Return what is said of a workbook that took too long."""
        return self._failed(path, f"生成超过 {self.seconds:g} 秒，已放弃")

    def broken(self, path: Path) -> Published:
        """Return what is said of a workbook that brought its process down."""
        return self._failed(path, "使程序异常退出（可能内存不足），没有生成")

    @staticmethod
    def _failed(path: Path, what: str) -> Published:
        name = readable_name(path.name)
        return Published(path, refused=f"“{name}”{what}；请单独生成这一份。", failed=True)


def _published(
    submission: Submission, report: WorkbookReport, template: WorkbookTemplate, folder: Path, *, draft: bool
) -> Published:
    try:
        return publish_submission(submission, report, template, folder, draft=draft)
    except PublicationRefused as refusal:
        return Published(submission.path, refused=str(refusal))


def publish_submission(
    submission: Submission,
    report: WorkbookReport,
    template: WorkbookTemplate,
    folder: Path,
    *,
    draft: bool = False,
) -> Published:
    """Write the document and the public workbook of one workbook into ``folder``.

    Raises PublicationRefused when the workbook has blocking findings, something is to be explained that
    nobody has, or its document lacks a text, unless a ``draft`` is wanted: that has the template's mark on
    every page, and no public workbook comes with it. Raises
    InputError when the template has no document, or this machine no Chinese font.
    """
    publication = build(Evidence(template, submission))
    if report.blocked and not draft:
        raise PublicationRefused(_refusal(submission, "有不予接收的问题，先改正再公开", report.findings))
    unexplained = tuple(part for part in report.findings if part.severity is Severity.EXPLAIN)
    if unexplained and not draft:
        raise PublicationRefused(_refusal(submission, _to_explain(template), unexplained))
    if publication.findings and not draft:
        raise PublicationRefused(_refusal(submission, "公开文件缺少内容", publication.findings))
    make_folder(folder)
    name = safe_name(f"{submission.unit.code}_{publication.title}")
    mark = template.draft_mark if draft else ""
    made = {
        suffix: write(publication, mark)
        for suffix, write in FORMATS.items()
        if not draft or suffix != ".xlsx"
    }
    paths = tuple(
        write_whole(folder / f"{name}{f'（{mark}）' if mark else ''}{suffix}", content)
        for suffix, content in made.items()
    )
    return Published(submission.path, paths, publication.findings)


def _to_explain(template: WorkbookTemplate) -> str:
    table = template.explanations
    where = next((part.sheet for part in template.entries if table and part.id == table.table), "")
    return "有没有说明的问题，改正" + (f"或在“{where}”写明理由" if where else "") + "再公开"


def _refusal(submission: Submission, why: str, findings: tuple[Finding, ...]) -> str:
    lines = [f"“{submission.path.name}”{why}（要看草稿可加 --draft）："]
    lines += [f"  {finding.message}" for finding in findings[:10]]
    if len(findings) > 10:
        lines.append(f"  ……共 {len(findings)} 项。")
    return "\n".join(lines)
