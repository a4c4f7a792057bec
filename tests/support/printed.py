"""The forms of the reference publication as other programs print them: typst markup and a page for a browser.

Layouts differ in what matters to a reader of pages: whether lines are drawn between cells, above the
headings, at the sides; whether headings are repeated where a table goes on; how high a page is.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import openpyxl
import typst
from openpyxl.worksheet.worksheet import Worksheet

from support.published import UNIT, PublishedForm, published_forms

Change = Callable[[int, int, int, str], str]
"""Gives the text to print: form, row of the body (from 0), column, text published."""


@dataclass(frozen=True)
class Layout:
    """How pages look: which lines are drawn, whether headings repeat, the height of a page in millimetres.

    ``lines`` is all, body (none in the heading), inner (none around the table), columns (none between the
    rows of the body), across or none; ``watermark`` a text across each page.
    """

    lines: str = "all"
    repeat: bool = True
    height: int = 210
    watermark: str = ""


def as_published(form: int, row: int, column: int, text: str) -> str:
    """Print what was published."""
    return text


@dataclass(frozen=True)
class HeadCell:
    """A cell of a heading, merged over its group and down to the last heading row."""

    row: int
    column: int
    down: int
    across: int
    text: str


def width_of(form: PublishedForm) -> int:
    """Return how many columns a form has."""
    return max(map(len, [*form.headings, *form.body]))


def heading_cells(form: PublishedForm) -> list[HeadCell]:
    """Return the cells of a form's headings."""
    width = width_of(form)
    rows = [texts + [""] * (width - len(texts)) for texts in form.headings]
    cells = []
    taken: set[tuple[int, int]] = set()
    for at, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if (at, column) in taken:
                continue
            right, bottom = column, at
            below = at + 1 < len(rows) and bool(rows[at + 1][column])
            while text and below and right + 1 < width and not texts[right + 1] and rows[at + 1][right + 1]:
                right += 1
            while text and not below and bottom + 1 < len(rows) and not rows[bottom + 1][column]:
                bottom += 1
            taken |= {(r, c) for r in range(at, bottom + 1) for c in range(column, right + 1)}
            cells.append(HeadCell(at, column, bottom - at + 1, right - column + 1, text))
    return cells


def body_of(form: PublishedForm, change: Change) -> Iterator[list[str]]:
    """Yield the rows of a form's body as printed, page breaks left out."""
    width = width_of(form)
    for row, texts in enumerate(texts for texts in form.body if texts):
        padded = texts + [""] * (width - len(texts))
        yield [change(form.number, row, column, text) for column, text in enumerate(padded)]


# --------------------------------------------------------------------- typst


def typst_pdf(
    layout: Layout = Layout(), change: Change = as_published, title: Callable[[str], str] = str
) -> bytes:
    """Return the thirteen forms as PDF."""
    content: bytes = typst.compile(typst_source(layout, change, title).encode())
    return content


def typst_source(layout: Layout, change: Change, title: Callable[[str], str]) -> str:
    """Return the thirteen forms in typst's markup, each on a page of its own."""
    mark = f"background: rotate(-30deg, text(size: 40pt, fill: luma(200))[{layout.watermark}]), "
    across = mark if layout.watermark else ""
    head = (
        f"#set page(width: 297mm, height: {layout.height}mm, margin: 12mm, {across}"
        'numbering: "— 1 —")\n#set text(font: ("Noto Serif CJK SC", "Noto Sans CJK SC"), size: 8pt)\n'
    )
    return head + "\n#pagebreak()\n".join(
        _typst_form(form, layout, change, title) for form in published_forms().values()
    )


def _typst_form(form: PublishedForm, layout: Layout, change: Change, title: Callable[[str], str]) -> str:
    width = width_of(form)
    pieces = [f"#align(center)[#text(size: 13pt)[{_escaped(title(form.title))}]]"]
    pieces.append(f"单位名称：{UNIT} #h(1fr) 单位：万元")
    cells = ", ".join(
        f"table.cell(colspan: {cell.across}, rowspan: {cell.down})[{_escaped(cell.text)}]"
        for cell in heading_cells(form)
    )
    rows = [", ".join(f"[{_escaped(text)}]" for text in texts) for texts in body_of(form, change)]
    pieces.append(
        f"#table(columns: ({'1fr, ' * width}), {_stroke(layout, len(form.headings), width)}"
        f"table.header(repeat: {str(layout.repeat).lower()}, {cells}), {', '.join(rows)})"
    )
    return "\n\n".join(pieces)


def _stroke(layout: Layout, headings: int, width: int) -> str:
    thin = "0.5pt + black"
    if layout.lines == "all":
        return f"stroke: {thin}, "
    if layout.lines == "none":
        return "stroke: none, "
    if layout.lines == "columns":
        row = f"top: if y <= {headings} {{ {thin} }}, bottom: if y < {headings} {{ {thin} }}"
        return f"stroke: (x, y) => (left: {thin}, right: {thin}, {row}), "
    if layout.lines == "across":
        return f"stroke: (x, y) => (bottom: {thin}, top: {thin}), "
    if layout.lines == "body":
        return f"stroke: (x, y) => if y >= {headings} {{ {thin} }}, "
    inner = (
        f"(left: if x > 0 {{ {thin} }}, right: if x < {width - 1} {{ {thin} }}, top: {thin}, bottom: {thin})"
    )
    return f"stroke: (x, y) => {inner}, "


def _escaped(text: str) -> str:
    """Escape what typst would take for markup; a backslash between blanks breaks the line."""
    marks = "#*_$<>@`~[]-+/=\"'"
    return "".join(f"\\{letter}" if letter in marks else letter for letter in text)


# ------------------------------------------------------------------- browser


@cache
def browser_page() -> str:
    """Return the thirteen forms as a page to be printed by a browser: tables that break where they may."""
    forms = "".join(_html_form(form) for form in published_forms().values())
    style = (
        "@page { size: A4 landscape; margin: 14mm } body { font: 10px serif } h3 { text-align: center }"
        "table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #333; padding: 2px 5px }"
        "section { break-after: page } .c { display: flex; justify-content: space-between }"
    )
    return f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style><body>{forms}"


def _html_form(form: PublishedForm) -> str:
    rows: list[list[str]] = [[] for _ in form.headings]
    for cell in heading_cells(form):
        rows[cell.row].append(f"<th colspan={cell.across} rowspan={cell.down}>{html.escape(cell.text)}</th>")
    head = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    body = "".join(f"<tr>{_html_cells(texts)}</tr>" for texts in body_of(form, as_published))
    return (
        f"<section><h3>{html.escape(form.title)}</h3>"
        f"<div class=c><span>单位名称：{UNIT}</span><span>单位：万元</span></div>"
        f"<table><thead>{head}</thead><tbody>{body}</tbody></table></section>"
    )


def _html_cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{html.escape(text)}</td>" for text in texts)


# ------------------------------------------------------------------ workbooks


def printed_workbook(book: openpyxl.Workbook) -> bytes:
    """Return the sheets of a workbook of values as PDF, each a table that goes on over pages."""
    head = (
        "#set page(width: 330mm, height: 150mm, margin: 10mm)\n"
        '#set text(font: ("Noto Serif CJK SC", "Noto Sans CJK SC"), size: 7pt)\n'
    )
    content: bytes = typst.compile((head + "\n#pagebreak()\n".join(map(_sheet, book))).encode())
    return content


def _sheet(sheet: Worksheet) -> str:
    rows = [
        ", ".join(f"[{_escaped(_shown(cell.value))}]" for cell in row)
        for row in sheet.iter_rows()
        if any(cell.value is not None for cell in row)
    ]
    return f"#table(columns: ({'1fr, ' * sheet.max_column}), {', '.join(rows)})"


def _shown(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, int | float) else "" if value is None else str(value)
