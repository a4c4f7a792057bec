"""The picture of the guide: how an amount goes from an entry over workings to a form, from a real workbook.

Drawn by ``pytest tests/definitions/test_guide.py -k picture --write-pages``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from xlbudget import generate, load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.model import Cell
from xlbudget.returns.reading import open_workbook, read

NAME = "某县财政局/2026"
_ROW, _TOP, _SIZE = 24, 96, 13
_FOLLOWED = "2010301"  # the code whose way is marked


@dataclass(frozen=True)
class Table:
    """A table of the picture: its head, widths, rows of texts; marked rows and pale ones."""

    title: str
    file: str
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    marked: frozenset[int]
    pale: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        return sum(self.widths)


def workings_picture(work: Path) -> str:
    """Return the picture as SVG: the first unit of the small template's demonstration."""
    template = load_template(NAME, new_template(NAME, work / "模板").parents[1])
    unit = read_roster(template.folder / "demo" / "units.csv", template).units[0]
    ledgers = template.folder / "demo" / unit.code
    filled = fill(generate(template, work, unit), ledgers, work / "填报.xlsx", template=template)
    return _drawn(list(_tables(Evidence(template, read(open_workbook(filled), template)))))


def _tables(evidence: Evidence) -> Iterator[Table]:
    def texts(table: str, row: int, columns: Sequence[str]) -> list[str]:
        return [_text(evidence.recalculated(Cell(table, row, column))) for column in columns]

    entries = range(len(evidence.submission.entries["支出"]))
    typed = [texts("支出", row, ("功能科目", "基本支出", "项目支出")) for row in entries]
    own = frozenset(at for at, row in enumerate(typed) if row[0] == _FOLLOWED)
    yield Table("录入2 支出", "单位填的", ("功能科目", "基本支出", "项目支出"), (76, 72, 72), typed, own)
    above = [texts("支出计算", row, ("项", "款", "类")) for row in entries]
    yield Table("计算1 支出计算", "隐藏；一行对录入的一行", ("项", "款", "类"), (76, 62, 48), above, own)
    rows = range(evidence.layout.tables["功能科目"].rows)
    sums = [
        [*texts("功能科目", row, ("编码", "级次")), *texts("功能汇总", row, ("基本", "项目", "序"))]
        for row in rows
    ]
    path = {code for row in above if row[0] == _FOLLOWED for code in row}
    pale = frozenset(at for at, row in enumerate(sums) if row[2] == row[3] == "")
    marked = frozenset(at for at, row in enumerate(sums) if row[0] in path)
    widths = (76, 40, 76, 72, 34)
    yield Table(
        "计算2 功能汇总",
        "隐藏；一行对代码表的一个科目",
        ("编码", "级次", "基本", "项目", "序"),
        widths,
        sums,
        marked,
        pale,
    )
    listed = max(int(row[4]) for row in sums)
    columns = ("科目编码", "科目名称", "合计")
    printed = [[str(at + 1), *texts("F2", at, columns)] for at in range(listed)]
    closing = evidence.template.form("F2").panels[0].holder("合计").id
    printed.append(
        ["", "合计", "", *texts(closing, evidence.layout.tables[closing].lines["合计"], ("合计",))]
    )
    seen = frozenset(at for at, row in enumerate(printed) if row[1] in path)
    yield Table("公开表2", "公布的；合计跟在最后", ("行", *columns), (28, 76, 224, 84), printed, seen)


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.0f}" if value else ""
    return "" if value is None else str(value)


_SAID = (
    ("rows_of", "一行对一行，", "查出上级科目"),
    ("SUMIFS", "按 {级次} 相加：", "款的行加“款”栏"),
    ("rank", "第 n 行列", "“序”为 n 的科目"),
)
"""What stands at the arrows between the tables."""
_GAP = 118


def _drawn(tables: Sequence[Table]) -> str:
    height = _TOP + _ROW * (max(len(table.rows) for table in tables) + 1) + 84
    width = sum(table.width for table in tables) + _GAP * (len(tables) - 1) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Noto Sans CJK SC, Microsoft YaHei, sans-serif" font-size="{_SIZE}">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        _words(20, 26, f"{_FOLLOWED} 的一笔支出怎样走到公开表（小模板的示例单位，元）", bold=True, size=16),
    ]
    left = 20
    for number, table in enumerate(tables):
        parts += _table(table, left)
        if number < len(_SAID):
            parts += _arrow(left + table.width, table, tables[number + 1], _SAID[number])
        left += table.width + _GAP
    sums = tables[2]
    place = 20 + sum(table.width + _GAP for table in tables[:2])
    foot = _TOP + _ROW * (len(sums.rows) + 1) + 26
    listed = max(int(row[4]) for row in sums.rows)
    parts += [
        _words(place, foot, "PRIOR([@序])：上一行的序；有金额的科目加 1，没有的（灰）不加", colour="#8a4b00"),
        _words(
            place,
            foot + 22,
            f"LAST(功能汇总[序])：最后一行的序 = {listed}，就列 {listed} 行",
            colour="#8a4b00",
        ),
    ]
    return "\n".join([*parts, "</svg>", ""])


def _table(table: Table, left: int) -> Iterator[str]:
    yield _words(left, _TOP - 28, table.title, bold=True)
    yield _words(left, _TOP - 11, table.file, colour="#5b6672", size=11)
    for at, row in enumerate((table.headings, *table.rows)):
        across, top = left, _TOP + at * _ROW
        fill = "#e4ecf5" if not at else "#fff1d6" if at - 1 in table.marked else "#fff"
        colour = "#9aa3ab" if at - 1 in table.pale else "#1f2933"
        for text, width in zip(row, table.widths, strict=True):
            box = f'x="{across}" y="{top}" width="{width}" height="{_ROW}"'
            yield f'<rect {box} fill="{fill}" stroke="#b8c2cc"/>'
            number = at and text.replace(",", "").isdigit() and "," in text
            place = across + width - 6 if number else across + 6
            yield _words(place, top + 17, text, colour=colour, bold=not at, right=bool(number))
            across += width


def _arrow(start: int, table: Table, after: Table, said: Sequence[str]) -> Iterator[str]:
    """Draw from the marked row of a table to each marked one of the next."""
    froms = sorted(table.marked) if len(table.marked) == len(after.marked) else [min(table.marked)]
    for at, to in zip([*froms, *[froms[-1]] * len(after.marked)], sorted(after.marked), strict=False):
        high = _TOP + _ROW * (at + 1) + _ROW // 2
        low = _TOP + _ROW * (to + 1) + _ROW // 2
        end = start + _GAP - 4
        middle = start + _GAP // 2
        yield (
            f'<path d="M{start + 2} {high} C{middle} {high} {middle} {low} {end - 6} {low}" '
            'fill="none" stroke="#c77700" stroke-width="1.5"/>'
        )
        yield f'<path d="M{end} {low} l-8 -4 v8 z" fill="#c77700"/>'
    yield _words(start + 8, _TOP - 44, said[0], bold=True, colour="#8a4b00")
    for line, text in enumerate(said[1:]):
        yield _words(start + 8, _TOP - 28 + 15 * line, text, colour="#8a4b00", size=11)


def _words(
    x: int,
    y: int,
    text: str,
    *,
    colour: str = "#1f2933",
    bold: bool = False,
    size: int = _SIZE,
    right: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="end"' if right else ""
    return f'<text x="{x}" y="{y}" fill="{colour}" font-size="{size}"{weight}{anchor}>{escape(text)}</text>'
