"""Annotated copies of workbooks and PDFs: findings at their places, in the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from xlbudget.files.annotation import ListedFinding, Mark, annotated
from xlbudget.files.annotation.sheets import Place, place_of, reference_of
from xlbudget.files.pdf.child import mark_in_child
from xlbudget.files.pdf.views import Mark as Frame
from xlbudget.files.whole_files import write_whole
from xlbudget.model import Box, Finding, Report, Severity
from xlbudget.model.errors import InputError, NotAnnotatable, UnreadableWorkbook
from xlbudget.model.words import inert
from xlbudget.reports.arrangement import FilePart, arrange
from xlbudget.reports.rule_names import rule_name
from xlbudget.reports.told import told

SUFFIX = "_批注"
_COLOURS = {Severity.BLOCKING: "FFC7CE", Severity.EXPLAIN: "FFE699", Severity.NOTE: "DDEBF7"}
_ACTIVE = "active_content"  # formulas that fetch from outside are known to the check alone
_AUTHOR = "xlbudget"
_CORNER = Box(24.0, 24.0, 44.0, 44.0)
_BESIDE = 6  # places that contradict one finding and are framed too
_FIRST: Place = (0, 0)  # where findings about a whole sheet are written


@dataclass(frozen=True, slots=True)
class AnnotatedCopy:
    """What became of one file: the copy, or why there is none.

    ``elsewhere`` counts the findings without a cell of their own: they stand at the first one.
    """

    file: str
    path: Path | None
    reason: str = ""
    elsewhere: int = 0
    silent: tuple[str, ...] = ()
    """Cells that are coloured only, for a threaded comment stands there."""


def write_copies(report: Report, folder: Path) -> tuple[AnnotatedCopy, ...]:
    """Write an annotated copy of each workbook with findings into ``folder``; say which could not be made.

    Names are those of the files, with :data:`SUFFIX`. Raises InputError when a copy would replace a
    returned file, OutputError when one cannot be written.
    """
    returned = {workbook.path.resolve() for workbook in report.workbooks}
    taken: set[Path] = set()
    copies = []
    for part in arrange(report).parts:
        if part.findings:
            target = _target(folder, part, taken)
            if target.resolve() in returned:
                raise InputError(f"批注副本“{target}”就是报送的文件；请把批注副本写到别的文件夹。")
            copies.append(_copy(part, target))
    return tuple(copies)


def _target(folder: Path, part: FilePart, taken: set[Path]) -> Path:
    below = PurePosixPath(part.file)
    if below.is_absolute() or ".." in below.parts:
        below = PurePosixPath(below.name)
    target = folder / below.with_name(f"{below.stem}{SUFFIX}{below.suffix}")
    number = 1
    while target in taken:
        number += 1
        target = folder / below.with_name(f"{below.stem}{SUFFIX}{number}{below.suffix}")
    taken.add(target)
    return target


def _copy(part: FilePart, target: Path) -> AnnotatedCopy:
    if not part.workbook.sha256:
        return AnnotatedCopy(part.file, None, "文件无法读取，不能批注")
    if any(finding.rule == _ACTIVE for finding in part.findings):
        return AnnotatedCopy(part.file, None, "文件带有宏、外部链接或其他可执行内容，不再转发")
    suffix = part.workbook.path.suffix.lower()
    if part.workbook.values_only and suffix not in {".xlsx", ".xlsm", ".pdf"}:
        return AnnotatedCopy(part.file, None, "批注副本只为 PDF 和工作簿制作，这份文件的问题请看检查表")
    marks, elsewhere = _marks(part.findings)
    silent: tuple[str, ...] = ()
    try:
        if suffix == ".pdf":
            frames, elsewhere = _frames(part.findings)
            content = mark_in_child(part.workbook.path, frames, _AUTHOR)
        else:
            content, silent = annotated(
                part.workbook.path.read_bytes(), part.workbook.sha256, marks, list(_listed(part.findings))
            )
    except (NotAnnotatable, UnreadableWorkbook) as error:
        return AnnotatedCopy(part.file, None, str(error).rstrip("。"))
    except OSError:
        return AnnotatedCopy(part.file, None, "文件已经不能打开")
    return AnnotatedCopy(part.file, write_whole(target, content), elsewhere=elsewhere, silent=silent)


def _frames(findings: tuple[Finding, ...]) -> tuple[list[Frame], int]:
    """Return a red frame for each finding and one for what contradicts it, and how many have no place.

    Those are said in a frame at the corner of their page. Red ones come last, above the others.
    """
    frames, elsewhere = [], 0
    for finding in findings:
        [text] = _texts([finding])
        place = finding.place
        frames.append(Frame(max(place.page, 1), place.box or _CORNER, text))
        elsewhere += place.box is None
        beside = [operand.place for operand in finding.operands if operand.place.box is not None]
        said = f"对照：{text}"
        frames += [Frame(at.page, at.box, said, beside=True) for at in beside[:_BESIDE] if at.box is not None]
    return sorted(frames, key=lambda frame: not frame.beside), elsewhere


def _marks(findings: tuple[Finding, ...]) -> tuple[dict[str, dict[Place, Mark]], int]:
    """Return sheet → place → mark, and how many findings stand at the first cell for want of their own.

    Findings at one cell share a comment, in the colour of the most severe.
    """
    at: dict[str, dict[Place, list[Finding]]] = {}
    elsewhere = 0
    for finding in findings:
        place = place_of(finding.place.address) if finding.place.sheet else None
        elsewhere += place is None
        sheet = finding.place.sheet if place is not None else ""
        at.setdefault(sheet, {}).setdefault(place or _FIRST, []).append(finding)
    marks = {
        sheet: {place: _mark(members) for place, members in cells.items()} for sheet, cells in at.items()
    }
    return marks, elsewhere


def _listed(findings: tuple[Finding, ...]) -> Iterator[ListedFinding]:
    """Yield the lines of the list on which the copy opens, the most severe first."""
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        place, said = finding.place, told(finding)
        at = place_of(place.address) if place.sheet else None
        yield ListedFinding(
            finding.severity.label,
            _COLOURS[finding.severity],
            place.sheet if at is not None else "",
            reference_of(at) if at is not None else "",
            inert(said.what),
            inert(said.do),
        )


def _mark(findings: list[Finding]) -> Mark:
    ordered = sorted(findings, key=lambda finding: finding.severity.rank)
    return _COLOURS[ordered[0].severity], "\n\n".join(_texts(ordered))


def _texts(findings: list[Finding]) -> Iterator[str]:
    for number, finding in enumerate(findings, 1):
        counted = f"{number}. " if len(findings) > 1 else ""
        said = "\n".join(map(inert, told(finding).brief))
        yield f"{counted}【{finding.severity.label}】{said}（{inert(rule_name(finding.rule))}）"
