"""Official code lists and pages of text, from CSV (UTF-8 or GB 18030) or xlsx files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from xlbudget.definitions.toml_items import Item, Problems, read_text
from xlbudget.files.csv_text import parse_csv
from xlbudget.files.xlsx import read_workbook
from xlbudget.model import Catalogue, Page, Source
from xlbudget.model.errors import UnreadableWorkbook
from xlbudget.model.words import nearest

_LISTED = re.compile(r"[^\s、;；,，/]+")

Rows = list[tuple[int, list[str]]]
"""Rows of a table file with their line numbers."""


def read_rows(path: Path, shown: str, problems: Problems) -> Rows:
    """Return the non-empty rows of a CSV file, or of the first sheet of an xlsx (or of the one beside it)."""
    workbook = path.with_suffix(".xlsx")
    if path.suffix.lower() == ".xlsx" or (not path.is_file() and workbook.is_file()):
        return _xlsx_rows(workbook, Path(shown).with_suffix(".xlsx").as_posix(), problems)
    text = read_text(path, shown, problems)
    return parse_csv(text, lambda line, message: problems.add(Source(shown, line), message))


def _xlsx_rows(path: Path, shown: str, problems: Problems) -> Rows:

    try:
        sheet = read_workbook(path).sheets[0]
    except UnreadableWorkbook as error:
        problems.add(Source(shown, 1), str(error))
        return []
    width = max((column for _, column in sheet.cells), default=0)
    rows = []
    for row in sorted({row for row, _ in sheet.cells}):
        cells = [sheet.cells.get((row, column)) for column in range(1, width + 1)]
        rows.append((row, [code_text(cell.kind, cell.text) if cell else "" for cell in cells]))
    return rows


def code_text(kind: str, text: str) -> str:
    """Return a cell's text; a code that was stored as a number loses the trailing “.0”."""
    return text.strip().removesuffix(".0") if kind == "n" else text.strip()


def listed_in(text: str) -> tuple[str, ...]:
    """Return the words of a cell that lists several, each once; 、 ； and the like part them."""
    return tuple(dict.fromkeys(_LISTED.findall(text)))


def read_catalogue(item: Item, folder: Path, shown_folder: str) -> Catalogue:
    """Return the catalogue that ``item`` describes; its mistakes are reported at the CSV's lines."""
    name, file = item.text("id"), item.text("file")
    keys = {str(heading): str(key) for heading, key in item.mapping("columns").items()}
    if not keys:
        item.problems.add(item.source, "代码表缺少 columns（表头与列名的对照），第一列是编码")
        keys = {"code": "编码"}
    parent, verified = item.text("parent", ""), item.text("verified", "")
    roster_column, kinds = item.text("roster_column", ""), item.text("kinds", "")
    refers = {str(column): str(other) for column, other in item.mapping("refers").items()}
    shown = f"{shown_folder}/{file}"
    rows, lines = _table(read_rows(folder / file, shown, item.problems), keys, shown, item.problems)
    catalogue = Catalogue(
        id=name,
        sheet=item.text("sheet"),
        title=item.text("title"),
        columns=tuple(keys.values()),
        rows=tuple(rows),
        lines=tuple(lines),
        source=item.source,
        file=shown,
        verified=verified,
        parent=parent,
        refers=refers,
        roster_column=roster_column,
        kinds=kinds,
        others=item.text("others", ""),
    )
    item.finish()
    return replace(catalogue, reserved=dict(_reserved(catalogue))) if kinds else catalogue


def _reserved(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the codes that are meant for some kinds of unit only: by themselves, or by the nearest above."""
    above = {row[catalogue.key]: row.get(catalogue.parent, "") for row in catalogue.rows}
    stated = {row[catalogue.key]: listed_in(row.get(catalogue.kinds, "")) for row in catalogue.rows}
    for code in above:
        seen, at = {""}, code
        while at not in seen and not stated.get(at):
            seen.add(at)
            at = above.get(at, "")
        if stated.get(at):
            yield code, stated[at]


def _table(
    rows: Rows, keys: dict[str, str], shown: str, problems: Problems
) -> tuple[list[dict[str, str]], list[int]]:
    """Match the heading row with the columns wanted (either name will do) and return rows by column key."""
    if not rows:
        if all(problem.source.file != shown for problem in problems.found):
            problems.add(Source(shown, 1), "文件是空的；第一行应为表头")
        return [], []
    line, headings = rows[0]
    positions = {}
    for heading, key in keys.items():
        place = next((at for at, text in enumerate(headings) if text in (heading, key)), None)
        if place is None:
            hint = nearest(heading, headings)
            problems.add(Source(shown, line), f"表头缺少“{heading}”（{key}）列{hint}")
        else:
            positions[key] = place
    if len(positions) < len(keys):
        return [], []
    table = []
    for number, cells in rows[1:]:
        if len(cells) > len(headings) and any(cells[len(headings) :]):
            problems.add(
                Source(shown, number),
                f"这一行有 {len(cells)} 格，表头只有 {len(headings)} 栏；请核对逗号、引号",
            )
        padded = cells + [""] * len(headings)
        table.append({key: padded[place] for key, place in positions.items()})
    return table, [number for number, _ in rows[1:]]


def read_page(item: Item, dated: Callable[[str], str], catalogues: Path) -> Page:
    """Return a page of text; ``rows_from`` sets a code list out by level instead of typed rows."""
    headings = item.texts("headings", None)
    rows = tuple(tuple(dated(str(cell)) for cell in row) for row in item.raw("rows") or ())
    if item.has("rows_from"):
        rows = _rows_by_level(item, headings, catalogues)
    page = Page(
        id=item.text("id"),
        sheet=item.text("sheet"),
        title=dated(item.text("title")),
        headings=headings,
        widths=tuple(float(width) for width in item.raw("widths") or ()),
        rows=rows,
        source=item.source,
    )
    if len(page.widths) != len(headings) or any(len(row) != len(headings) for row in rows):
        item.problems.add(item.source, "headings、widths 和每行的格数应当相同")
    item.finish()
    return page


def _rows_by_level(item: Item, headings: tuple[str, ...], catalogues: Path) -> tuple[tuple[str, ...], ...]:
    file = item.text("rows_from")
    keys = {str(heading): str(key) for heading, key in item.mapping("columns").items()}
    level_columns = {str(level): str(column) for level, column in item.mapping("level_columns").items()}
    shown = f"{Path(item.lines.file).parent.parent.as_posix()}/catalogues/{file}"
    table, _ = _table(read_rows(catalogues / file, shown, item.problems), keys, shown, item.problems)
    rows = []
    for row in table:
        place = {"代码": row.get("代码", ""), level_columns.get(row.get("级次", ""), ""): row.get("名称", "")}
        rows.append(tuple(place.get(heading, "") for heading in headings))
    return tuple(rows)
