"""Pictures for the report: where each finding stands in a PDF, and its pages with what was checked."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlbudget.files.pdf.child import draw_in_child
from xlbudget.files.pdf.views import View
from xlbudget.model import Box, Coverage, Finding, Place
from xlbudget.model.errors import UnreadableWorkbook
from xlbudget.reports.arrangement import Arrangement, FilePart

MOST_FINDINGS = 150
"""Findings of one report that get pictures: a page of more would not open."""
MOST_PAGES = 60
"""Pages that one report shows as a whole."""
_NEAR = 330.0  # points: places that near stand in one picture
_MOST_FRAMES = 12
_OVERVIEW = 1.1  # pixels a point
TINTS = {
    Coverage.CHECKED: (205, 236, 205),
    Coverage.READ: (255, 240, 180),
    Coverage.UNREAD: (250, 205, 200),
}
"""The colours of numbers on the page: checked, read but in no rule, not read."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with what stands below it."""

    caption: str
    source: str


@dataclass(slots=True)
class PagePictures:
    """The pictures of a report: of findings by identity, of whole pages by file."""

    findings: dict[int, list[Shown]] = field(default_factory=dict)
    pages: dict[str, list[Shown]] = field(default_factory=dict)


def page_pictures(arrangement: Arrangement) -> PagePictures:
    """Return the pictures of a report; files that are no PDF, or gone, have none."""
    made = PagePictures()
    findings, pages = MOST_FINDINGS, MOST_PAGES
    for part in arrangement.parts:
        if not _is_paged(part):
            continue
        chosen = [finding for finding in part.findings if finding.place.box is not None][:findings]
        findings -= len(chosen)
        views = [(finding, view, caption) for finding in chosen for view, caption in _views(finding)]
        whole = _overview(part, pages)
        pages -= len(whole)
        images = _drawn(part.workbook.path, [view for _, view, _ in views] + whole)
        if not images:
            continue
        for (finding, _, caption), image in zip(views, images, strict=False):
            made.findings.setdefault(id(finding), []).append(Shown(caption, image))
        made.pages[part.file] = [
            Shown(f"第 {view.page} 页", image)
            for view, image in zip(whole, images[len(views) :], strict=True)
        ]
    return made


def _is_paged(part: FilePart) -> bool:
    return any(number.place.box for number in part.workbook.numbers) or any(
        finding.place.box is not None for finding in part.findings
    )


def _drawn(path: Path, views: Sequence[View]) -> list[str]:
    try:
        images = draw_in_child(path, views)
    except UnreadableWorkbook:
        return []
    return ["data:image/png;base64," + base64.b64encode(image).decode() for image in images]


def _views(finding: Finding) -> Iterable[tuple[View, str]]:
    """Yield the places of a finding: where it is with what stands near it, then the nearest that does not."""
    place = finding.place
    if place.box is None:
        return
    near, far = [], []
    for operand in finding.operands:
        box = operand.place.box
        if box is None:
            continue
        if operand.place.page == place.page and abs(box.top - place.box.top) <= _NEAR:
            near.append(box)
        else:
            far.append(operand.place)
    yield View(place.page, (place.box,), tuple(near[:_MOST_FRAMES])), f"第 {place.page} 页"
    if far:
        second = far[0]
        yield View(second.page, (), _beside(second, far)), f"对照：第 {second.page} 页"


def _beside(place: Place, others: Sequence[Place]) -> tuple[Box, ...]:
    top = place.box.top if place.box else 0.0
    boxes = [other.box for other in others if other.page == place.page and other.box is not None]
    return tuple(box for box in boxes if abs(box.top - top) <= _NEAR)[:_MOST_FRAMES]


def _overview(part: FilePart, most: int) -> list[View]:
    """Return the pages on which numbers stand, each number in the colour of what became of it."""
    pages: dict[int, list[tuple[Box, tuple[int, int, int]]]] = {}
    for number in part.workbook.numbers:
        if number.place.box is not None:
            pages.setdefault(number.place.page, []).append((number.place.box, TINTS[number.coverage]))
    frames: dict[int, list[Box]] = {}
    for finding in part.findings:
        if finding.place.box is not None:
            frames.setdefault(finding.place.page, []).append(finding.place.box)
    chosen = sorted({*pages, *frames})[: max(most, 0)]
    return [
        View(page, tuple(frames.get(page, ())), (), tuple(pages.get(page, ())), whole=True, scale=_OVERVIEW)
        for page in chosen
    ]
