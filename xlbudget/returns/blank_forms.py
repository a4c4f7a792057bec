"""An official blank workbook of forms: what titles, captions, headings and rows can be seen on its sheets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from xlbudget.definitions.written_forms import FormWords, SeenColumn, SeenForm, SeenPanel
from xlbudget.files.workbooks import read_any
from xlbudget.files.xlsx.cells import RawSheet

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=\s*年)")
_UNIT_NAME = "{单位名称}"
_BLANKS = re.compile(r"[\s_＿　]+$")
_COLON = re.compile(r"[:：]")
_NOTE = re.compile(r"(?:备|附)?注\s*[:：\d]|.{0,8}[:：]")
_ASIDE = re.compile(r"[（(][^（()）]*[)）]")
_REPORTING = re.compile(r"单位|部门")
_LONGEST_CAPTION, _LONGEST_NAME = 12, 14

Merge = tuple[int, int, int, int]


def seen_forms(path: Path, words: FormWords) -> tuple[list[SeenForm], list[str]]:
    """Return the forms of a workbook, and sentences on sheets in which none was seen.

    ``words`` are those by which forms are read. Raises UnreadableWorkbook.
    """
    every = [sheet for sheet in read_any(path).sheets if sheet.cells]
    sheets = [sheet for sheet in every if sheet.state == "visible"]
    years = Counter(
        year for sheet in sheets for cell in sheet.cells.values() for year in _YEAR.findall(cell.text)
    )
    year = years.most_common(1)[0][0] if years else ""
    hidden = (sheet.name.strip() for sheet in every if sheet.state != "visible")
    forms, without = [], [f"工作表“{name}”是隐藏的，没有写成公开表" for name in hidden]
    for sheet in sheets:
        form = _BlankSheet(sheet, words, year).form()
        if form is None:
            without.append(f"工作表“{sheet.name.strip()}”没有认出栏目和金额栏，没有写成公开表")
        else:
            forms.append(form)
    return forms, without


class _BlankSheet:
    """One sheet, by rows; merged cells are where their text is."""

    def __init__(self, sheet: RawSheet, words: FormWords, year: str) -> None:
        self.sheet, self.words, self.year = sheet, words, year
        filled = {place: cell for place, cell in sheet.cells.items() if cell.text.strip()}
        plain = {place: cell for place, cell in filled.items() if cell.kind != "n" and not cell.formula}
        self.texts = {place: " ".join(cell.text.split()) for place, cell in plain.items()}
        self.numbers = {place: cell.text.strip() for place, cell in filled.items() if place not in plain}
        self.unseen: list[str] = []
        self.numbered: set[int] = set()  # columns that a row numbers: those of amounts
        self.counting: set[int] = set()  # columns that number the rows

    @cached_property
    def merges(self) -> dict[tuple[int, int], Merge]:
        """The merge over each cell that is in one."""
        return {
            (row, column): merge
            for merge in self.sheet.merges
            if (merge[2] - merge[0] + 1) * (merge[3] - merge[1] + 1) < 100_000
            for row in range(merge[0], merge[2] + 1)
            for column in range(merge[1], merge[3] + 1)
        }

    def row(self, number: int) -> dict[int, str]:
        return {column: text for (row, column), text in sorted(self.texts.items()) if row == number}

    def shown(self, row: int, column: int) -> str:
        """The text at a place, through merges."""
        top, left, _, _ = self.merges.get((row, column), (row, column, row, column))
        return self.texts.get((top, left), "")

    def form(self) -> SeenForm | None:
        rows = sorted({row for row, _ in self.texts})
        first = next((row for row in rows if self._is_heading(row)), None)
        if first is None:
            return None
        last = self._last_heading(first)
        columns = self._columns(first, last)
        lines, notes = self._below(last, [place for place, _ in columns])
        self._tell_years([text for _, path in columns for text in path])
        title, caption, left, right, money = self._above([row for row in rows if row < first])
        panels = list(self._panels(columns, lines))
        if not any(column.amount for panel in panels for column in panel.columns):
            return None
        if self.sheet.name != self.sheet.name.strip():
            self.unseen.append("工作表名前后有空格，已去掉")
        return SeenForm(
            sheet=self._dated(self.sheet.name.strip()),
            title=title or self._dated(self.sheet.name.strip()),
            caption=caption,
            left=left,
            right=right,
            money=money,
            panels=tuple(_with_amounts(panels)),
            notes=tuple(map(self._dated, notes)),
            unseen=tuple(self.unseen),
        )

    def _is_heading(self, row: int) -> bool:
        texts = self.row(row)
        return len(texts) > 1 and not any(_COLON.search(text) for text in texts.values())

    def _last_heading(self, first: int) -> int:
        """Return the last row of the headings: merges reach down, and a wide heading has others below it.

        What covers the whole width below it is no part of it, nor is a row that numbers the columns.
        """
        last, row = first, first
        while row <= last:
            for column in self.row(row):
                _, left, bottom, right = self.merges.get((row, column), (row, column, row, column))
                last = max(last, bottom)
                below = [at for at in self.row(bottom + 1) if left <= at <= right]
                if right > left and below and not self._is_numbering(bottom + 1):
                    _, start, _, end = self.merges.get((bottom + 1, below[0]), (0, below[0], 0, below[0]))
                    last = max(last, bottom + 1) if end - start < right - left else last
            row += 1
        return last

    def _columns(self, first: int, last: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return the columns with what stands above each; one heading over two columns is one column."""
        ends = [
            self.merges.get((row, at), (row, at, row, at))[3]
            for row, at in self.texts
            if first <= row <= last
        ]
        found: list[tuple[int, tuple[str, ...]]] = []
        before: object = None
        bare = []
        for column in range(1, max(ends) + 1):
            texts = [self.shown(row, column) for row in range(first, last + 1)]
            path = tuple(
                self._dated(text)
                for at, text in enumerate(texts)
                if text and (at == 0 or text != texts[at - 1])
            )
            lowest = next((row for row in range(last, first - 1, -1) if self.shown(row, column)), last)
            here = self.merges.get((lowest, column), column)
            if path and here != before:
                found.append((column, path))
            elif not path:
                bare.append(str(column))
            before = here
        if bare:
            self.unseen.append(f"第 {'、'.join(bare)} 列没有栏目，没有写")
        return found

    def _below(self, last: int, columns: Sequence[int]) -> tuple[list[dict[int, str]], list[str]]:
        """Return the rows below the headings, and the notes below them."""
        lines: dict[int, dict[int, str]] = {}
        notes: list[str] = []
        for row in sorted({row for row, _ in (*self.texts, *self.numbers) if row > last}):
            texts = self.row(row)
            values = list(texts.values())
            wide = self.merges.get((row, next(iter(texts), 1)), (0, 0, 0, 0))
            if self._is_numbering(row):
                self.unseen.append(f"第 {row} 行是各栏的编号，没有写")
                self.numbered = self.numbered or {column for at, column in self.numbers if at == row} | {
                    column for column, text in texts.items() if text.isdigit()
                }
            elif len(values) == 1 and (notes or _NOTE.match(values[0]) or self._spans(wide, columns)):
                notes.append(values[0])
            elif values:
                lines[row] = texts
        for column in columns:
            counted = {row: self.numbers.get((row, column), "") for row in lines}
            if len(lines) > 1 and _successive(filter(None, counted.values())):
                self.counting.add(column)
                for row, text in counted.items():
                    lines[row] = dict(sorted({**lines[row], **({column: text} if text else {})}.items()))
        return list(lines.values()), notes

    def _spans(self, merge: Merge, columns: Sequence[int]) -> bool:
        """Whether a text is merged over more than half of the columns, and is none of their names."""
        text = self.texts.get(merge[:2], "")
        long = len(text) > _LONGEST_NAME or _COLON.search(text) is not None
        return merge[3] - merge[1] + 1 > len(columns) / 2 > 1 and long

    def _is_numbering(self, row: int) -> bool:
        """Whether a row numbers the columns: it says so, or most of it are small numbers that go on."""
        texts = self.row(row)
        numbers = [text for column, text in sorted(self._in_row(row).items()) if text.isdigit()]
        if any("".join(text.split()) in self.words.numbering for text in texts.values()):
            return True
        return len(numbers) > 1 and _successive(numbers) and len(numbers) >= len(texts) - len(numbers)

    def _in_row(self, row: int) -> dict[int, str]:
        numbers = {column: text for (at, column), text in self.numbers.items() if at == row}
        return self.row(row) | numbers

    def _tell_years(self, texts: Sequence[str]) -> None:
        """Say which headings name another year than the workbook's: they do not change with it."""
        for text in dict.fromkeys(text for text in texts if _YEAR.search(text)):
            self.unseen.append(f"栏目“{text}”写的是别的年份，换年度时要改")

    def _panels(
        self, columns: Sequence[tuple[int, tuple[str, ...]]], lines: Sequence[dict[int, str]]
    ) -> Iterator[SeenPanel]:
        """Yield the panels: a column of texts behind one of amounts begins another."""
        texts = {column for line in lines for column in line} | self.counting
        texts |= {column for column, path in columns if self._over_texts(path[-1])}
        if self.numbered:
            texts |= {column for column, _ in columns} - self.numbered
        if not lines:
            self.unseen.append(
                "表中没有一行文字：可变行（open）或固定行请补写；编码、名称等栏作文字，其余作金额"
            )
        groups: list[list[tuple[int, tuple[str, ...]]]] = []
        for at, (column, path) in enumerate(columns):
            behind = at > 0 and columns[at - 1][0] not in texts
            begins = at == 0 or (column in texts and behind and self._over_lines(column, lines))
            groups += [[(column, path)]] if begins else []
            if not begins:
                groups[-1].append((column, path))
        for group in groups:
            named = _named_columns(group, texts)
            seen = tuple(
                SeenColumn(path, column not in named, self._is_hidden(column)) for column, path in group
            )
            rows = (tuple(self._dated(line.get(column, "")) for column, _ in group) for line in lines)
            yield SeenPanel(seen, tuple(row for row in rows if any(row)))

    def _over_lines(self, column: int, lines: Sequence[dict[int, str]]) -> bool:
        """Whether a column has texts of its own, or may have: there are none in the form."""
        return not lines or any(column in line for line in lines)

    def _over_texts(self, heading: str) -> bool:
        """Whether a heading is one of those over texts, whatever stands in parentheses."""
        plain = "".join(_ASIDE.sub("", heading).split())
        return plain in self.words.whole or plain.endswith(self.words.endings)

    def _is_hidden(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self.sheet.hidden_columns)

    def _above(self, rows: Sequence[int]) -> tuple[str, str, str, str, str]:
        """Return title, caption, left and right of what stands above the headings, and the unit of money."""
        captions = [row for row in rows if any(_COLON.search(text) for text in self.row(row).values())]
        alone = [(row, *next(iter(self.row(row).items()))) for row in rows if row not in captions]
        width = {row: self.merges.get((row, at), (0, at, 0, at))[3] - at for row, at, _ in alone}
        title_row = max(alone, key=lambda one: (width[one[0]], len(one[2])), default=None)
        title = self._dated(title_row[2]) if title_row else ""
        if not title:
            self.unseen.append("没有认出标题，用工作表名代替")
        others = [text for row, _, text in alone if title_row and row != title_row[0]]
        caption = next((self._dated(text) for text in others if len(text) <= _LONGEST_CAPTION), "")
        self.unseen += [f"“{text}”没有采用" for text in others if self._dated(text) != caption]
        left = right = money = ""
        for row in captions:
            for column, text in self.row(row).items():
                name, _, value = re.split(r"([:：])", text, maxsplit=1)
                if value.strip() in self.words.units:
                    right, money = text, value.strip()
                elif column == min(self.row(row)) and not _BLANKS.sub("", value):
                    left = f"{name}：{_UNIT_NAME}"
                elif column == min(self.row(row)) and _REPORTING.search(name):
                    left = f"{name}：{_UNIT_NAME}"
                    self.unseen.append(f"第 {row} 行“{text}”写作填报单位的名称")
                elif column == min(self.row(row)):
                    left = self._dated(text)
                else:
                    self.unseen.append(f"第 {row} 行“{text}”没有采用")
        if not money:
            self.unseen.append("没有认出金额单位，用模板的")
        return title, caption, left, right, money

    def _dated(self, text: str) -> str:
        text = text.replace("{", "（").replace("}", "）")
        return re.sub(rf"(?<!\d){self.year}(?=\s*年)", "{year}", text) if self.year else text


def _named_columns(group: Sequence[tuple[int, tuple[str, ...]]], texts: set[int]) -> set[int]:
    """Return the columns of texts: those that have some, and those under one heading with the first."""
    first = next((path[0] for column, path in group if column in texts), "")
    together = {column for column, path in group if path[0] == first}
    return texts if len(together) == len(group) else texts | together


def _successive(texts: Iterable[str]) -> bool:
    """Whether numbers go on by one each; there are two at least."""
    numbers = [int(text) if text.isdigit() else -1 for text in texts]
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _with_amounts(panels: Sequence[SeenPanel]) -> Iterator[SeenPanel]:
    """Join a panel that has no amounts with the one behind it, or before it."""
    waiting: list[SeenPanel] = []
    for panel in panels:
        if waiting and not any(column.amount for column in waiting[-1].columns):
            waiting.append(_joined(waiting.pop(), panel))
        else:
            waiting.append(panel)
    if len(waiting) > 1 and not any(column.amount for column in waiting[-1].columns):
        last = waiting.pop()
        waiting.append(_joined(waiting.pop(), last))
    yield from waiting


def _joined(left: SeenPanel, right: SeenPanel) -> SeenPanel:
    most = max(len(left.rows), len(right.rows))

    def padded(panel: SeenPanel) -> list[tuple[str, ...]]:
        return [*panel.rows, *[("",) * len(panel.columns)] * (most - len(panel.rows))]

    rows = tuple(one + other for one, other in zip(padded(left), padded(right), strict=True))
    return SeenPanel(left.columns + right.columns, rows)
