"""Annotated copies: the unit's own workbook with the cells of its findings coloured and commented.

The package is patched, not written anew: only the sheets with findings, the cell formats, and the
parts of comments change; every other part keeps its bytes. Of a file that holds active content, is
signed, or is built in an unusual way no copy is made, and the reason is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial

from xlbudget.files.annotation.comments import added_boxes, added_comments, new_comments, new_drawing
from xlbudget.files.annotation.list_sheet import ListedFinding, put_list_first
from xlbudget.files.annotation.patched_package import PatchedPackage
from xlbudget.files.annotation.relations import add_relation, declare
from xlbudget.files.annotation.sheets import Place, SheetPart, reference_of
from xlbudget.files.annotation.styles import StylesPart
from xlbudget.files.xlsx import Limits, RawWorkbook, read_workbook
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import relationships
from xlbudget.files.xlsx.source import PackageSource
from xlbudget.files.xlsx.workbook import sheet_parts
from xlbudget.model.errors import NotAnnotatable, UnreadableWorkbook

__all__ = ["ListedFinding", "Mark", "annotated"]

Mark = tuple[str, str]
"""Colour of a cell (RRGGBB) and the plain text of its comment."""


_TAB = "C00000"  # the tab of a sheet with findings
_OTHER_FORMAT = "文件不是 .xlsx 格式，不能在其中加批注；另存为 .xlsx 后再审核即可"


def annotated(
    data: bytes,
    sha256: str,
    marks: Mapping[str, Mapping[Place, Mark]],
    listed: Sequence[ListedFinding] = (),
) -> tuple[bytes, tuple[str, ...]]:
    """Return the workbook with cells marked: sheet → place → mark. No name stands for the first sheet seen.

    ``listed`` are the lines of a list that stands on a sheet before all others, on which the copy opens.
    With it the cells (``sheet!A1``) that are coloured only: a threaded comment stands there.

    ``sha256`` is that of the file checked. Once the copy is made it is read again: every cell of the
    sheets marked must hold what it held. Raises NotAnnotatable with the reason.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise NotAnnotatable("文件在审核之后又有改动")
    try:
        workbook = read_workbook(data, sheets=lambda _: False)
        if workbook.format != "xlsx":
            raise NotAnnotatable(_OTHER_FORMAT)
        named = _with_names(workbook, marks)
        copy, silent, added = _patched(data, named, listed)
        before, after = (read_workbook(part, sheets=named.__contains__) for part in (data, copy))
    except UnreadableWorkbook as error:
        raise NotAnnotatable(_OTHER_FORMAT if error.reason == "old_format" else str(error)) from error
    except (ValueError, KeyError) as error:  # numbers and attributes that the format does not allow
        raise NotAnnotatable("内部文件的写法特殊") from error
    if _contents(before) != _contents(after, without=added):
        raise NotAnnotatable("批注后内容与原文件不一致")
    return copy, silent


def _with_names(
    workbook: RawWorkbook, marks: Mapping[str, Mapping[Place, Mark]]
) -> dict[str, dict[Place, Mark]]:
    """Return the marks with the name of the first visible sheet in place of none; refuse active content."""
    if workbook.active_content:
        raise NotAnnotatable(f"文件带有{'、'.join(workbook.active_content)}，不再转发")
    seen = [sheet.name for sheet in workbook.sheets if (sheet.state, sheet.kind) == ("visible", "worksheet")]
    if not seen:
        raise NotAnnotatable("没有可见的工作表")
    named: dict[str, dict[Place, Mark]] = {}
    for name, cells in marks.items():
        named.setdefault(name or seen[0], {}).update(cells)
    return named


def _patched(
    data: bytes, marks: Mapping[str, Mapping[Place, Mark]], listed: Sequence[ListedFinding]
) -> tuple[bytes, tuple[str, ...], str]:
    """Return the copy, the cells that take no text, and the name of the sheet with the list."""
    package = Package(PackageSource("文件", data), Limits())
    sheets = sheet_parts(package)
    if any(part.startswith("_xmlsignatures/") for part in package.parts):
        raise NotAnnotatable("文件有数字签名，改动会使签名失效")
    patched = PatchedPackage(package)
    styles_part = _styles_part(package)
    styles = StylesPart(patched.part(styles_part))
    silent: list[str] = []
    for name, cells in marks.items():
        if name not in sheets:
            raise NotAnnotatable(f"找不到工作表“{name}”")
        alone = _mark_sheet(patched, sheets[name], cells, styles, _TAB)
        silent += [f"{name}!{reference_of(place)}" for place in alone]
    added = ""
    if listed:
        links = relationships(package, "").values()
        workbook = next((link.target for link in links if link.kind == "officeDocument" and link.target), "")
        added = put_list_first(patched, workbook, sheets.values(), listed, styles)
    patched.change(styles_part, styles.patched())
    return patched.packed(), tuple(silent), added


def _styles_part(package: Package) -> str:
    workbook = next(
        link.target for link in relationships(package, "").values() if link.kind == "officeDocument"
    )
    links = relationships(package, workbook or "").values()
    part = next((link.target for link in links if link.kind == "styles" and link.target), None)
    if part is None:
        raise NotAnnotatable("缺少单元格格式")
    return part


def _mark_sheet(
    package: PatchedPackage, part: str, cells: Mapping[Place, Mark], styles: StylesPart, tab: str
) -> tuple[Place, ...]:
    """Mark the cells of a sheet; return those that take no text."""
    alone: tuple[Place, ...] = ()
    sheet = SheetPart(package.part(part))
    sheet.restyle({place: partial(styles.coloured, colour=colour) for place, (colour, _) in cells.items()})
    sheet.colour_tab(tab)
    texts = {place: text for place, (_, text) in cells.items()}
    links = relationships(package.package, part)
    known = next((link.target for link in links.values() if link.kind == "comments" and link.target), None)
    if known is not None:
        content, texts, alone = added_comments(package.part(known), texts)
        package.change(known, content)
    elif texts:
        comments = package.free_name("xl/comments{}.xml")
        package.change(comments, new_comments(texts))
        add_relation(package, part, "comments", comments)
        declare(package, comments=comments)
    if texts:
        _draw(package, part, sheet, texts)
    package.change(part, sheet.patched())
    return alone


def _draw(package: PatchedPackage, part: str, sheet: SheetPart, texts: Mapping[Place, str]) -> None:
    """Give each new comment its box, in the sheet's drawing or in a new one."""
    if sheet.drawing is not None:
        link = relationships(package.package, part).get(sheet.drawing)
        if link is None or link.target is None:
            raise NotAnnotatable("原有批注的图形缺失")
        package.change(link.target, added_boxes(package.part(link.target), texts))
        return
    drawing = package.free_name("xl/drawings/vmlDrawing{}.vml")
    number = int("".join(filter(str.isdigit, drawing.rpartition("/")[2])))
    package.change(drawing, new_drawing(texts, number))
    declare(package, drawing=drawing)
    sheet.point_to_drawing(add_relation(package, part, "vmlDrawing", drawing))


def _contents(workbook: RawWorkbook, without: str = "") -> list[object]:
    """Return what must be the same in a copy: sheets (but the one added), values, formulas."""
    return [
        (sheet.name, sheet.state, sheet.merges, {place: cell[:3] for place, cell in sheet.cells.items()})
        for sheet in workbook.sheets
        if not without or sheet.name != without
    ]
