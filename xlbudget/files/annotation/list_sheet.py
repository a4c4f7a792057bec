"""A sheet put before all others of an annotated copy: every finding, each leading to its cell.

The copy opens on it, and no other sheet stays selected: what is typed into one of several selected sheets
would be typed into all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from xlbudget.files.annotation.markup import Markup, namespace_prefix, with_attributes
from xlbudget.files.annotation.patched_package import PatchedPackage
from xlbudget.files.annotation.relations import add_relation, declare
from xlbudget.files.annotation.sheets import MAIN, RELATIONSHIPS
from xlbudget.files.annotation.styles import StylesPart
from xlbudget.model.errors import NotAnnotatable
from xlbudget.model.letters import writable
from xlbudget.model.text_layout import text_width

TITLE = "问题清单：点“位置”跳到那一格；请在自己原来的工作簿中改正后报送，不要报送这份副本"
NAME = "问题"
_HEADINGS = ("序号", "级别", "位置", "问题", "怎样改")
_WIDTHS = (6, 14, 26, 62, 50)
_LINE = 15.0  # points
_LONGEST = 30_000  # letters; a cell takes 32,767
_HEAD = "E9EDF1"


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """A line of the list: level, its colour (RRGGBB), sheet and cell (or neither), problem, what to do."""

    level: str
    colour: str
    sheet: str
    reference: str
    what: str
    do: str


def put_list_first(
    package: PatchedPackage,
    workbook: str,
    sheets: Iterable[str],
    lines: Sequence[ListedFinding],
    styles: StylesPart,
) -> str:
    """Add the list as the first sheet of the part ``workbook`` and return its name.

    ``sheets`` are the parts of all sheets.
    """
    for part in sheets:
        _deselect(package, part)
    markup = Markup(package.part(workbook), 3)
    root, listed = markup.root, markup.root.child("sheets")
    prefix = namespace_prefix(root.attributes, RELATIONSHIPS)
    if listed is None or not listed.children or prefix is None:
        raise NotAnnotatable("工作簿的目录写法特殊")
    names = {node.attributes.get("name", "").casefold() for node in listed.children}
    name = next(
        each
        for number in range(1, len(names) + 2)
        if (each := f"{NAME}{number if number > 1 else ''}") not in names
    )
    part = package.free_name("xl/worksheets/sheet{}.xml")
    package.change(part, _sheet(lines, styles))
    declare(package, sheet=part)
    key = add_relation(package, workbook, "worksheet", part)
    number = 1 + max(int(node.attributes["sheetId"]) for node in listed.children)
    tag = markup.prefix
    markup.insert(
        listed.inside, f'<{tag}sheet name="{name}" sheetId="{number}" {prefix}id="{key}"/>'.encode()
    )
    _opens_first(markup)
    for node in getattr(root.child("definedNames"), "children", ()):
        if "localSheetId" in node.attributes:  # counts sheets from the first
            moved = str(int(node.attributes["localSheetId"]) + 1)
            head = markup.data[node.start : node.inside]
            markup.replace(node.start, node.inside, with_attributes(head, {"localSheetId": moved}))
    package.change(workbook, markup.patched())
    return name


def _opens_first(markup: Markup) -> None:
    views = markup.root.child("bookViews")
    if views is None:
        return  # what says nothing opens on the first
    for node in views.children:
        if node.name == "workbookView":
            head = markup.data[node.start : node.inside]
            new = with_attributes(head, {"activeTab": "0", "firstSheet": "0"})
            markup.replace(node.start, node.inside, new)


def _deselect(package: PatchedPackage, part: str) -> None:
    data = package.part(part)
    if b"tabSelected" not in data:
        return
    markup = Markup(data, 3)
    views = markup.root.child("sheetViews")
    for node in views.children if views else ():
        if node.attributes.get("tabSelected") in ("1", "true"):
            head = markup.data[node.start : node.inside]
            markup.replace(node.start, node.inside, with_attributes(head, {"tabSelected": "0"}))
    package.change(part, markup.patched())


def _sheet(lines: Sequence[ListedFinding], styles: StylesPart) -> bytes:
    plain, head = styles.wrapped(""), styles.wrapped(_HEAD)
    rows = [
        _row(1, (TITLE,), (styles.wrapped("", wraps=False),)),
        _row(2, _HEADINGS, (head,) * len(_HEADINGS)),
    ]
    links = []
    for number, line in enumerate(lines, 1):
        row = number + 2
        where = f"{line.sheet}!{line.reference}" if line.sheet and line.reference else "（整个文件）"
        texts = (str(number), line.level, where, line.what, line.do)
        rows.append(_row(row, texts, (plain, styles.wrapped(line.colour), plain, plain, plain)))
        if line.sheet and line.reference:
            quoted = line.sheet.replace("'", "''")
            location = quoteattr(f"'{quoted}'!{line.reference}")
            links.append(f'<hyperlink ref="C{row}" location={location}/>')
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(_WIDTHS, 1)
    )
    hyperlinks = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    text = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<pane ySplit="2" topLeftCell="A3" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{''.join(rows)}</sheetData>{hyperlinks}"
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )
    return text.encode()


def _row(number: int, texts: Sequence[str], formats: Sequence[int]) -> str:
    cells = "".join(
        f'<c r="{chr(65 + at)}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{escape(writable(text, _LONGEST))}</t></is></c>"
        for at, (text, style) in enumerate(zip(texts, formats, strict=True))
    )
    lines = max(
        (math.ceil(text_width(text) / (width - 2)) for text, width in zip(texts, _WIDTHS, strict=False)),
        default=1,
    )
    height = _LINE * max(1, min(lines, 20)) if number > 1 else 2 * _LINE
    return f'<row r="{number}" ht="{height:g}" customHeight="1">{cells}</row>'
