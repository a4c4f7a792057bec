"""What the tables of a published document say: every amount with the words of its row, columns and title.

No form need be known: a table tells its own words. Amounts are in 元, each with the interval of exact amounts
that print so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from xlbudget.model import Place, PublishedDocument, PublishedTable
from xlbudget.returns.entry_values import read_amount
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.sections import looks_like_title
from xlbudget.returns.published.texts import MONEY, YEAR, labels, money_in

_AMOUNT = re.compile(r"[-−]?\d[\d,，]*\.\d+|[-−]?\d{1,3}(?:[,，]\d{3})+|0")
_INTEGER = re.compile(r"\d{1,9}")
_FILL = re.compile(
    r"预算|决算|执行数|合计|总计|小计|本年|当年|年度|金额|科目|(?<=...)资金|[数为]$|^[数为共]|(?<=....)费用?$"
)
_PLANNED = re.compile(r"预算(?!拨款|财政)(?!.*决算)")
GENERAL_WORDS = frozenset({"", "收入", "支出", "收支", "收入支出", "项目", "万元", "元", "数"})
"""Words of rows and columns that name no line by themselves: totals, headings of headings."""


def core(text: str) -> str:
    """Return the words of a label that tell it from others: no numbering, year, «合计» or «预算数»."""
    words = YEAR.sub("", labels(text)[-1])
    last = ""
    while words != last:
        last, words = words, _FILL.sub("", words)
    return words


def sides(text: str) -> frozenset[str]:
    """Return which of income and spending some words are about, neither where they name both at once."""
    return frozenset(side for side in ("收入", "支出") if side in text and "收支" not in text)


@dataclass(frozen=True)
class Fact:
    """An amount of a table in 元: ``text`` as printed, its row, its columns (the lowest heading last)."""

    value: Interval
    text: str
    place: Place
    row: str
    columns: tuple[str, ...]
    title: str
    money: str
    label: str
    heading: str
    table: int = 0
    at: int = 0
    """The row of its table's grid."""

    @property
    def leaf(self) -> str:
        """The lowest heading that is more than «合计»; for such a column the heading above."""
        return next((word for word in reversed(self.columns) if word not in GENERAL_WORDS), "")

    @property
    def plain_column(self) -> bool:
        """Whether the column is the total, or the only one."""
        return not self.columns or self.columns[-1] in GENERAL_WORDS

    @property
    def planned(self) -> bool:
        """Whether its column says that it is what was budgeted."""
        return bool(_PLANNED.search(self.heading))

    @cached_property
    def characters(self) -> frozenset[str]:
        """The characters of all its words."""
        return frozenset("".join((self.row, *self.columns, self.title)))

    @cached_property
    def _sides(self) -> frozenset[str]:
        return sides(self.name)

    def may_be_of(self, side: frozenset[str]) -> bool:
        """Whether it may be of a side that is named: what speaks of income alone is no cell of spending."""
        return not side or not self._sides or bool(side & self._sides)

    @property
    def name(self) -> str:
        """The words by which people find it."""
        return " · ".join(filter(None, (self.title_text, self.label, self.heading)))

    @property
    def title_text(self) -> str:
        """The form, as its place says it."""
        return self.place.form


@dataclass(frozen=True)
class Facts:
    """The amounts of all tables of a document."""

    facts: tuple[Fact, ...]

    @cached_property
    def rows(self) -> Mapping[str, tuple[Fact, ...]]:
        """The facts by the words of their rows."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.row, []).append(fact)
        return {row: tuple(facts) for row, facts in found.items()}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of all rows and columns that name a line, the longest first."""
        found = {fact.row for fact in self.facts} | {word for fact in self.facts for word in fact.columns}
        return tuple(sorted(found - GENERAL_WORDS, key=lambda word: (-len(word), word)))

    @cached_property
    def labels(self) -> frozenset[str]:
        """The words of rows, headings and titles as printed."""
        return frozenset(
            text for fact in self.facts for text in (fact.label, fact.heading, fact.title_text) if text
        )


def facts_of(document: PublishedDocument, meant: Mapping[int, str]) -> Facts:
    """Return the amounts of every table of a document, blanks of rows with a label as nothing.

    ``meant`` is the unit of money of tables (by number) whose captions name a wrong one.
    """
    money = {number: (form.money, form.title) for form in reversed(document.forms) for number in form.tables}
    found: list[Fact] = []
    last = ""
    for number, table in enumerate(document.tables):
        reader = _FactReader(table, number, *money.get(number, ("", "")), last, meant.get(number, ""))
        found += reader.read()
        last = reader.money
    return Facts(tuple(found))


class _FactReader:
    """Reads one table row by row; a title within it begins another form."""

    def __init__(
        self, table: PublishedTable, number: int, money: str, title: str, last: str, meant: str
    ) -> None:
        self.grid: Grid = grid_of(table, number)
        self.title = title
        said = next((found for line in (*table.lead, *table.after) if (found := money_in(line.text))), "")
        self.known = bool(money or said)
        self.meant = meant
        self.money = money or said or last or "万元"
        self.headings: list[int] = []
        self.columns: dict[int, tuple[tuple[str, ...], str]] = {}

    def read(self) -> Iterator[Fact]:
        begun = False
        numeric = self._amount_columns()
        for row in self.grid.rows:
            texts = self.grid.texts(row)
            said = next((found for text in texts if (found := money_in(text))), "")
            if said:
                self.money, begun, self.headings = self.meant or said, False, []
                continue
            if len(texts) == 1 and looks_like_title(texts[0]):
                self.title, begun, self.headings = texts[0], False, []
                continue
            amounts = [column for column in self.grid.columns(row) if self._is_amount(row, column, numeric)]
            if not amounts and (not begun or row <= self.grid.lead):
                if row > self.grid.lead:
                    self.headings.append(row)
                continue
            if not begun:
                begun = True
                numeric |= self._blank_columns(numeric)
                self.columns = {column: self._column(column) for column in numeric}
            yield from self._row(row, numeric)

    def _amount_columns(self) -> set[int]:
        """Return the columns that hold amounts: any with decimals or thousands, none of codes."""
        return {
            column
            for row in self.grid.rows
            for column in self.grid.columns(row)
            if row > self.grid.lead
            and self._printed(row, column)
            and not _INTEGER.fullmatch("".join(self.grid.text(row, column).split()))
        }

    def _blank_columns(self, numeric: set[int]) -> set[int]:
        """Return the columns among those of amounts that have a heading and nothing below it."""
        below = {column for row in self.grid.rows for column in self.grid.columns(row) if self._body(row)}
        headed = {column for row in self.headings for column in self.grid.covered(row)}
        return {column for column in headed - below if column > min(numeric, default=10**6)}

    def _body(self, row: int) -> bool:
        return bool(self.headings) and row > self.headings[-1]

    def _printed(self, row: int, column: int) -> bool:
        return bool(_AMOUNT.fullmatch("".join(self.grid.text(row, column).split())))

    def _is_amount(self, row: int, column: int, numeric: set[int]) -> bool:
        if column not in numeric or row <= self.grid.lead:
            return False
        text = "".join(self.grid.text(row, column).split())
        cell = self.grid.cell(row, column)
        stored = cell is not None and cell.kind == "n" and bool(self.headings)
        return bool(_AMOUNT.fullmatch(text)) or (stored and bool(_INTEGER.fullmatch(text)))

    def _column(self, column: int) -> tuple[tuple[str, ...], str]:
        texts = list(dict.fromkeys(self.grid.shown(row, column) for row in self.headings))
        words = tuple(dict.fromkeys(core(text) for text in texts if text and not text.isdigit()))
        return words, next((text for text in reversed(texts) if text and not text.isdigit()), "")

    def _row(self, row: int, numeric: set[int]) -> Iterator[Fact]:
        label = ""
        filled = any(self.grid.text(row, column) for column in numeric)
        for column in range(1, max(numeric, default=0) + 1):
            text = self.grid.text(row, column)
            if column not in numeric:
                if text and not _INTEGER.fullmatch("".join(text.split())):
                    label = text
                continue
            if not text and not label and not (filled and self.columns[column][1]):
                continue
            fact = self._fact(row, column, label, text)
            if fact is not None:
                yield fact

    def _fact(self, row: int, column: int, label: str, text: str) -> Fact | None:
        value, half = Decimal(0), Decimal(0)
        if text:
            cell = self.grid.cell(row, column)
            read = read_amount(cell)[0] if cell is not None else None
            if not isinstance(read, Decimal):
                return None
            value = read
            digits = "".join(text.split()).rpartition(".")[2] if "." in text else ""
            half = Decimal("0.5").scaleb(-len(digits))
        factor = Decimal(10) ** MONEY[self.money]
        words, heading = self.columns[column]
        place = self.grid.place(row, column)
        title = re.sub(r"\s+", "", self.title)
        return Fact(
            value=Interval(value * factor, half * factor),
            text=text,
            place=_named(place, title, label, heading),
            row=core(label),
            columns=words,
            title=core(title.removesuffix("表")),
            money=self.money,
            label=label,
            heading=heading,
            table=self.grid.table,
            at=row,
        )


def _named(place: Place, title: str, label: str, heading: str) -> Place:
    return Place(title, label, heading, place.sheet, place.address, place.page, place.box)
