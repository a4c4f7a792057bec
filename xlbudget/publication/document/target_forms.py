"""The printed forms of performance targets, one for each project that has targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, EntryRow, FormCell, IndicatorTable, TargetForm
from xlbudget.publication.document.parts import PrintedTable, TableCell
from xlbudget.publication.narrative.composing import Composer


def target_tables(evidence: Evidence) -> Iterator[PrintedTable]:
    """Yield a table for each project with targets, in the ledger's order; funds in entry money (元).

    The first row, which names the project, is the heading of the table and of every page that it goes on to.
    """
    form, indicators = evidence.template.target_form, evidence.template.indicators
    if form is None or indicators is None:
        return
    composer = Composer(evidence)
    for row in _filled(evidence, form.table, form.link):
        line = Cell(form.table, row.row, form.link)
        grid = _Grid()
        grid.rows(form.head, composer, line)
        own = [
            part
            for part in _filled(evidence, indicators.table, form.link)
            if part.values[form.link] == row.values[form.link] and _same_unit(evidence, part, row)
        ]
        _indicators(grid, composer, form, indicators, own)
        grid.rows(form.foot, composer, line)
        yield PrintedTable(
            title=composer.passage(form.title, line).text,
            widths=form.widths,
            heading_rows=max((cell.down for row in form.head[:1] for cell in row), default=0),
            rows=grid.at,
            cells=tuple(grid.cells),
            caption=composer.passage(form.subtitle, line).text,
            own_page=True,
        )


def _filled(evidence: Evidence, table: str, key: str) -> list[EntryRow]:
    rows = sorted(evidence.submission.entries.get(table, ()), key=lambda row: row.row)
    return [row for row in rows if row.values.get(key) not in (None, "")]


def _same_unit(evidence: Evidence, one: EntryRow, other: EntryRow) -> bool:
    """In a summary, codes of projects are one unit's own."""
    unit = evidence.template.unit_table.row_unit
    return one.values.get(unit) == other.values.get(unit)


class _Grid:
    """Cells placed row by row; a cell that reaches down keeps its place in the rows below."""

    def __init__(self) -> None:
        self.cells: list[TableCell] = []
        self.at = 0
        self.taken: set[tuple[int, int]] = set()

    def rows(self, rows: Iterable[Sequence[FormCell]], composer: Composer, line: Cell) -> None:
        """Place rows of a form, their texts written out."""
        for row in rows:
            for cell in row:
                self.place(composer.passage(cell.passage, line).text, cell.across, cell.down, cell.align)
            self.at += 1

    def place(
        self, text: str, across: int = 1, down: int = 1, align: str = "left", *, bold: bool = False
    ) -> None:
        """Place a cell at the first free column of the row."""
        column = 0
        while (self.at, column) in self.taken:
            column += 1
        for row in range(self.at, self.at + down):
            self.taken |= {(row, column + more) for more in range(across)}
        self.cells.append(TableCell(self.at, column, text, down, across, align, bold))


def _indicators(
    grid: _Grid, composer: Composer, form: TargetForm, table: IndicatorTable, rows: Sequence[EntryRow]
) -> None:
    """Place all classes with their indicators: the whole period on the left, the year on the right."""
    by_class = {
        (first, second): [row for row in rows if row.values.get(table.second) == second]
        for first, seconds in table.classes.items()
        for second in seconds
    }
    heights = {key: max(1, len(own)) for key, own in by_class.items()}
    grid.place(form.label, down=1 + sum(heights.values()), align="center")
    for text in (*form.headings, *form.headings[1:]):
        grid.place(text, align="center", bold=True)
    grid.at += 1
    for first, seconds in table.classes.items():
        grid.place(first, down=sum(heights[first, second] for second in seconds), align="center")
        for second in seconds:
            _class(grid, composer, form, table, second, by_class[first, second])


def _class(
    grid: _Grid,
    composer: Composer,
    form: TargetForm,
    table: IndicatorTable,
    name: str,
    rows: Sequence[EntryRow],
) -> None:
    """Place the indicators of one second-level class; one without any has an empty row."""
    for number in range(max(1, len(rows))):
        line = Cell(table.table, rows[number].row, form.link) if rows else None
        words = str(rows[number].values.get(table.name) or "") if rows else ""
        for passage in (form.period, form.year):
            if not number:
                grid.place(name, down=max(1, len(rows)))
            grid.place(words)
            grid.place(composer.passage(passage, line).text if line else "")
        grid.at += 1
