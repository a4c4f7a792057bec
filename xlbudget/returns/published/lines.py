"""Which row of a sheet is which line of a form: fixed lines by their labels, open rows by code or name."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from xlbudget.model import Column, ColumnKind, Form, Line, OpenRows, Panel, Place, Roster
from xlbudget.returns.entry_values import read_code
from xlbudget.returns.published.coded import bare_name, parts_as_code, row_like_listed
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import Headings, is_figure
from xlbudget.returns.published.sources import SourceShape, shapes_of
from xlbudget.returns.published.texts import is_furniture, labels, plain, title_of, without_year
from xlbudget.workbook.blueprint import Blueprint

TOTAL = "total"
"""What stands beside a line: a total in a panel to the left, whose label the line may share."""
_LABEL = 4  # characters of a label that tell it from others
_TOTALS = (plain("合计"), plain("总计"))
_COUNTING = frozenset({plain("栏次"), plain("行次")})


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A row of the sheet that is a line of a panel.

    ``line`` is the key of a fixed line; of an open row it is empty, and ``ordinal`` its place among
    the open rows. ``texts`` are the values of the columns that hold no amounts, hidden ones included.
    """

    panel: str
    row: int
    line: str = ""
    ordinal: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Something in a document that could not be recognised: where, what stands there, and why.

    ``table`` is the number of a table that is no form of the template at all.
    """

    place: Place
    text: str
    reason: str
    panel: str = ""
    table: int | None = None


@dataclass(slots=True)
class PanelReader:
    """Goes through the rows below a form's headings for one panel."""

    grid: Grid
    form: Form
    panel: Panel
    headings: Headings
    blueprint: Blueprint
    unit: str
    units: Container[str]
    roster: Roster | None = None
    unlisted: Mapping[str, str] = field(default_factory=dict)
    found: list[FoundLine] = field(default_factory=list)
    unrecognised: list[Unrecognised] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _codes: set[str] = field(default_factory=set)
    _chain: tuple[str, ...] = ()
    _owners: dict[str, str] = field(default_factory=dict)
    _ordinal: int = 0

    def __post_init__(self) -> None:
        segment = next((part for part in self.panel.body if isinstance(part, OpenRows)), None)
        self._shapes: tuple[SourceShape, ...] = (
            shapes_of(segment, self.panel, self.blueprint) if segment else ()
        )
        self._names = [
            (shape, column.key, shape.by_text(column.key))
            for shape in self._shapes
            for column in self.panel.columns
            if not column.hidden and column.kind is ColumnKind.TEXT and column.key in shape.attributes
        ]

    _shapes: tuple[SourceShape, ...] = ()
    _names: list[tuple[SourceShape, str, dict[str, list[int]]]] = field(default_factory=list)

    def columns(self, *, amounts: bool) -> Iterator[tuple[Column, int]]:
        """Yield the panel's columns found on the sheet, amounts or the others, with their sheet column."""
        for column in self.panel.columns:
            at = self.headings.columns.get((self.panel.id, column.key))
            if at is not None and (column.kind is ColumnKind.AMOUNT) == amounts:
                yield column, at

    def take(self, row: int, beside: str = "") -> None:
        """Recognise one row; ``beside`` is :data:`TOTAL` where a panel to the left has a total in it."""
        texts = {column.key: self.grid.text(row, at) for column, at in self.columns(amounts=False)}
        amounts = [self.grid.text(row, at) for _, at in self.columns(amounts=True)]
        filled = any(amounts)
        labelled = any(texts.values())
        if not labelled and beside != TOTAL and not any(map(str.isdigit, "".join(amounts))):
            return  # nothing, or words: a lower row of headings (决算数 under each column)
        line = self._by_code(row, texts) or self._fixed(row, texts, beside) or self._by_name(row, texts)
        if line is None and filled:
            line = self._next_line(row) if self._wordless else self._nearly(row, texts)
        if line is not None:
            self.found.append(line)
        elif filled and not self._reported(row):
            self._refuse(row, texts, "这一行不是表中的行，也不在代码表中" if labelled else "有金额而没有行名")

    def _reported(self, row: int) -> bool:
        return bool(self.unrecognised) and self.unrecognised[-1].place == self._place(row)

    def _place(self, row: int) -> Place:
        every = (*self.columns(amounts=False), *self.columns(amounts=True))
        return self.grid.place(row, every[0][1])

    def _refuse(self, row: int, texts: Mapping[str, str], reason: str) -> None:
        text = " ".join(filter(None, texts.values()))
        self.unrecognised.append(Unrecognised(self._place(row), text, reason, self.panel.id))

    # ------------------------------------------------------------ fixed lines

    def _fixed(self, row: int, texts: Mapping[str, str], beside: str) -> FoundLine | None:
        said = {variant for text in texts.values() if text for variant in labels(text)}
        lines = [line for part in self.panel.tables for line in part.lines if not line.note]
        candidates = [
            line
            for line in lines
            if line.key
            and not line.numbering
            and line.key not in self._used
            and self._says(line, said, beside)
        ]
        if not candidates:
            return None
        order = [line.key for line in lines]
        last = max((order.index(line.line) for line in self.found if line.line), default=-1)
        line = next((line for line in candidates if order.index(line.key) > last), candidates[0])
        return self._taken(line, row, texts)

    def _taken(self, line: Line, row: int, texts: Mapping[str, str]) -> FoundLine:
        """Return a fixed line as found in a row; no other row is taken for it."""
        self._used.add(line.key)
        kept = {key: text for key, text in texts.items() if text}
        return FoundLine(self.panel.holder(line.key).id, row, line.key, texts=kept)

    def _nearly(self, row: int, texts: Mapping[str, str]) -> FoundLine | None:
        """Return the fixed line whose label begins as the row's does, or the reverse, where one alone does.

        From year to year a word is added to a label or left out: 一般公共预算, 一般公共预算资金.
        """
        said = [labels(text)[-1] for text in texts.values() if len(labels(text)[-1]) >= _LABEL]
        lines = [line for part in self.panel.tables for line in part.lines if line.key and not line.numbering]
        alike = [
            line
            for line in lines
            if line.key not in self._used
            and any(_begins_alike(label, text) for label in self._labels(line) for text in said)
        ]
        return self._taken(alike[0], row, texts) if len(alike) == 1 else None

    def _labels(self, line: Line) -> list[str]:
        """Return the bare words by which a fixed line is labelled."""
        texts = (line.cells.get(column.key) for column in self.panel.columns if not column.hidden)
        return [labels(text)[-1] for text in texts if isinstance(text, str) and text]

    @property
    def _wordless(self) -> bool:
        """Whether the panel shows no words at all: its rows are known by their order alone."""
        return all(column.hidden or column.kind is ColumnKind.AMOUNT for column in self.panel.columns)

    def _next_line(self, row: int) -> FoundLine | None:
        """Return the first fixed line that was not found yet."""
        left = (one.key for one in self.panel.lines if one.key and not one.numbering)
        line = next((key for key in left if key not in self._used), "")
        if not line:
            return None
        self._used.add(line)
        return FoundLine(self.panel.id, row, line)

    def _says(self, line: Line, said: set[str], beside: str) -> bool:
        constants = [
            value
            for column in self.panel.columns
            if not column.hidden and isinstance(value := line.cells.get(column.key), str)
        ]
        if constants:
            return bool(said & {variant for text in constants for variant in labels(text)})
        if not said:
            return beside == TOTAL and line.bold
        if said & {plain(line.key), *_TOTALS}:
            return True
        return bool(self.unit) and plain(self.unit) in said and not self._ordinal

    # -------------------------------------------------------------- open rows

    def _by_code(self, row: int, texts: Mapping[str, str]) -> FoundLine | None:
        for shape in self._shapes:
            if parts := self._parts(shape):
                found = shape.by_parts(parts).get(tuple(texts.get(key, "").lstrip("0") for key in parts))
                if found is not None:
                    return self._listed(row, dict(texts), shape, found)
                whole = parts_as_code([texts.get(key, "") for key in parts])
                if line := self._unlisted(row, texts, shape, whole):
                    return line
            for column, at in self.columns(amounts=False):
                cell = self.grid.cell(row, at)
                if cell is None or column.kind is not ColumnKind.CODE:
                    continue
                if shape.catalogue is not None and shape.attributes.get(column.key) == shape.catalogue.key:
                    code = read_code(cell, shape.by_code)[0]
                    if isinstance(code, str) and code in shape.by_code:
                        return self._listed(row, {**texts, column.key: code}, shape, shape.by_code[code])
                    if isinstance(code, str) and (line := self._unlisted(row, texts, shape, code)):
                        return line
                elif shape.catalogue is None and column.key == self.panel.key:
                    code = read_code(cell, None)[0]
                    if isinstance(code, str) and code[:1].isdigit():
                        return self._open(row, {**texts, column.key: code}, shape, code)
        return None

    def _parts(self, shape: SourceShape) -> tuple[str, ...]:
        """Return the columns that print a code in parts, where no column prints it whole."""
        if shape.catalogue is None:
            return ()
        codes = [
            column.key
            for column, _ in self.columns(amounts=False)
            if column.kind is ColumnKind.CODE and column.key in shape.attributes
        ]
        whole = any(shape.attributes[key] == shape.catalogue.key for key in codes)
        return () if whole else tuple(codes)

    def _by_name(self, row: int, texts: Mapping[str, str]) -> FoundLine | None:
        if not any(shape.catalogue for shape in self._shapes):
            return self._own_name(row, texts)
        code = next(
            (column.key for column, _ in self.columns(amounts=False) if column.key == self.panel.key), ""
        )
        parts = {key for shape in self._shapes for key in self._parts(shape)}
        if any(texts.get(key) for key in {code, *parts} - {""}):
            return None  # a code that the list does not have: its name proves nothing
        for shape, key, rows in self._names:
            said = labels(texts[key]) if texts.get(key) else ()
            candidates = next((rows[name] for name in said if name in rows), [])
            if not candidates:
                continue
            chosen = self._nearest(shape, candidates)
            if chosen is None:
                self._refuse(row, texts, f"名称对应代码表中的 {len(candidates)} 个科目，不能确定是哪一个")
                return None
            return self._listed(row, dict(texts), shape, chosen)
        for shape, key, _ in self._names:
            said = labels(texts[key]) if texts.get(key) else ()
            codes = (code for code, name in self.unlisted.items() if plain(bare_name(name)) in said)
            for code in sorted(codes, key=len):
                if line := self._unlisted(row, texts, shape, code):
                    return line
        return None

    def _nearest(self, shape: SourceShape, candidates: list[int]) -> int | None:
        """Choose between rows of one name: the one below the nearest code above, not listed yet.

        Where a code may be listed several times (for one purpose and for another), one that was listed counts
        as well: its place below the code above says more than that the other is still missing.
        """
        fresh = [at for at in candidates if shape.code(at) not in self._codes]
        several = len(self._shapes) > 1
        depth = {code: at for at, code in enumerate(("", *self._chain))}
        below = [at for at in (candidates if several else fresh) if shape.above(at) in depth]
        if below:
            deepest = max(depth[shape.above(at)] for at in below)
            best = [at for at in below if depth[shape.above(at)] == deepest]
            best = [at for at in best if at in fresh] or best
            return best[0] if len(best) == 1 else None
        left = fresh or (candidates if several else [])
        return left[0] if len(left) == 1 and len(candidates) == 1 else None

    def _listed(self, row: int, texts: dict[str, str], shape: SourceShape, at: int) -> FoundLine | None:
        """Return the open row that a row of a code list is."""
        code = shape.code(at)
        if code in self._codes and len(self._shapes) == 1:
            self._refuse(row, texts, f"编码 {code} 在表中已经有一行")
            return None
        self._codes.add(code)
        chain = [code]
        while (above := shape.above(shape.by_code[chain[0]])) and above in shape.by_code:
            chain.insert(0, above)
        self._chain = tuple(chain)
        return self._open_row(row, texts, shape, shape.catalogue.rows[at] if shape.catalogue else {})

    def _unlisted(
        self, row: int, texts: Mapping[str, str], shape: SourceShape, code: str
    ) -> FoundLine | None:
        """Return the open row that a code is which the document prints and the code list does not have."""
        if code not in self.unlisted or code in self._codes or shape.catalogue is None:
            return None
        like = row_like_listed(shape.catalogue, code, self.unlisted[code])
        above = like.get(shape.catalogue.parent, "") if like else ""
        if like is None or (above and above not in shape.by_code and above not in self.unlisted):
            return None
        self._codes.add(code)
        self._chain = (*(one for one in self._chain if code.startswith(one) and one != code), code)
        return self._open_row(row, texts, shape, like)

    def _open_row(
        self, row: int, texts: Mapping[str, str], shape: SourceShape, listed: Mapping[str, str]
    ) -> FoundLine:
        """Return an open row: what the code list says of it, and over that what is printed."""
        known = {key: listed.get(attribute, "") for key, attribute in shape.attributes.items()}
        printed = {key: text for key, text in texts.items() if text}
        return self._row(row, {**shape.constants, **known, **printed})

    def _own_name(self, row: int, texts: Mapping[str, str]) -> FoundLine | None:
        name = next((text for text in texts.values() if text), "")
        if not name or not self._shapes:
            return None
        naming = [shape for shape in self._shapes if shape.names_units]
        others = [shape for shape in self._shapes if not shape.names_units]
        if naming and (not others or name in self.units):
            return self._open(row, texts, naming[0], self._unit_code(name))
        return self._open(row, texts, others[0], f"{name}#{self._ordinal + 1}") if others else None

    def _unit_code(self, name: str) -> str:
        listed = self.roster.units if self.roster else ()
        return next((unit.code for unit in listed if plain(unit.name) == plain(name)), name)

    def _open(self, row: int, texts: Mapping[str, str], shape: SourceShape, key: str) -> FoundLine:
        """Return an open row that names itself; it lies below the last row whose key it is said to share."""
        panel = self.panel
        values = {**shape.constants, **{key: text for key, text in texts.items() if text}}
        if panel.key:
            values[panel.key] = key
            self._owners[shape.formula(panel.key)] = key
        if panel.parent and panel.parent not in shape.constants:
            values[panel.parent] = self._owners.get(shape.formula(panel.parent), "")
        return self._row(row, values)

    def _row(self, row: int, texts: Mapping[str, str]) -> FoundLine:
        self._ordinal += 1
        return FoundLine(self.panel.id, row, "", self._ordinal - 1, texts)


def _begins_alike(label: str, text: str) -> bool:
    return len(label) >= _LABEL and (label.startswith(text) or text.startswith(label))


def body_rows(grid: Grid, rows: tuple[int, ...], headings: Headings, form: Form) -> Iterator[int]:
    """Yield the rows that can be lines: below the headings, but no repeated headings, titles or captions."""
    repeated = {tuple(map(without_year, grid.texts(row))) for row in headings.rows}
    title = title_of(form.title)[0]
    caption = plain(form.caption)
    columns = sorted(headings.columns.values())
    for row in rows:
        if row <= headings.rows[-1]:
            if row == headings.rows[-1] and _holds_amounts(grid, row, headings):
                yield row
            continue
        texts = grid.texts(row)
        if tuple(map(without_year, texts)) in repeated or is_numbering(grid, row, columns):
            continue
        if any(title_of(text)[0] == title or (caption and plain(text) == caption) for text in texts):
            continue
        if texts and is_furniture(texts[0]):
            continue
        yield row


def _holds_amounts(grid: Grid, row: int, headings: Headings) -> bool:
    """Whether the first line of a table stands in the row of its lowest headings, as totals sometimes do."""
    texts = (grid.text(row, column) for column in headings.columns.values())
    return any("." in text and is_figure(text) for text in texts)


def is_numbering(grid: Grid, row: int, columns: Sequence[int]) -> bool:
    """Whether a row counts the columns (栏次 1 2 3 …); of a row that says so a few may be left out."""
    texts = [text for column in columns if (text := grid.text(row, column))]
    numbers = [int(text) for text in texts if text.isdigit() and len(text) <= 2]
    words = {plain(text) for text in texts if not text.isdigit()}
    if not numbers or not all(after - before == 1 for before, after in pairwise(numbers)):
        return False
    if words and words <= _COUNTING:
        return True
    return len(numbers) >= max(2, len(columns) - 1) and len(texts) - len(numbers) <= 1
