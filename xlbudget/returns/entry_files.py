"""Folders of CSV ledgers ↔ entry rows: import from other systems, strict about what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from xlbudget.definitions.toml_items import Problems, read_text
from xlbudget.files.csv_text import parse_csv
from xlbudget.model import (
    CellValue,
    Column,
    ColumnKind,
    EntryRow,
    EntrySheet,
    Source,
    StoredCell,
    Trouble,
    WorkbookTemplate,
)
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.returns.entry_values import read_amount, read_code

_MOST_PROBLEMS = 20


def read_entries(
    folder: Path, template: WorkbookTemplate, capacity: Mapping[str, int]
) -> dict[str, tuple[EntryRow, ...]]:
    """Return the entries found in ``folder``: table id → rows (amounts in 元).

    Each entry sheet names its CSV file; files that are absent leave their sheet as it is. Headings
    may be the technical names or the sheet's own. Raises InputError that lists every mistake with
    file and line: a CSV file of another name, unknown column or code, unreadable amount, too many rows.
    """
    if not folder.is_dir():
        raise InputError(f"找不到录入数据文件夹“{folder}”；请检查 --entries 的路径。")
    problems = Problems()
    _refuse_unread(folder, template, problems)
    found = {}
    for entry in template.entries:
        path = folder / entry.csv
        if entry.csv and path.is_file():
            found[entry.id] = tuple(_rows(path, entry, template, capacity[entry.id], problems))
    if problems.found:
        shown = [str(problem) for problem in problems.found[:_MOST_PROBLEMS]]
        if len(problems.found) > _MOST_PROBLEMS:
            shown.append(f"……共 {len(problems.found)} 处")
        raise InputError("录入数据有误，没有写入任何内容：\n" + "\n".join(shown))
    if not found:
        names = "、".join(entry.csv for entry in template.entries if entry.csv)
        raise InputError(f"文件夹“{folder}”里没有可用的录入数据；文件名应为 {names}。")
    return found


def _refuse_unread(folder: Path, template: WorkbookTemplate, problems: Problems) -> None:
    """Name the CSV files that no entry sheet takes: what they hold would be missing without a word."""
    names = [entry.csv for entry in template.entries if entry.csv]
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".csv" and path.name not in names and not path.name.startswith("."):
            named = f"文件名应为 {'、'.join(names)}；不是录入数据的请移到别处"
            message = f"没有录入表读取这个文件{nearest(path.name, names)}；{named}"
            problems.add(Source(path.name, 1), message)


def _rows(
    path: Path, entry: EntrySheet, template: WorkbookTemplate, room: int, problems: Problems
) -> Iterator[EntryRow]:
    text = read_text(path, path.name, problems)
    rows = parse_csv(text, lambda line, message: problems.add(Source(path.name, line), message))
    if not rows:
        problems.add(Source(path.name, 1), "文件是空的；第一行应为表头")
        return
    columns = _columns(rows[0], entry, path.name, problems)
    if entry.is_ledger and len(rows) - 1 > room:
        problems.add(
            Source(path.name, rows[room + 1][0]),
            f"共 {len(rows) - 1} 行，超过“{entry.sheet}”的 {room} 行；请在生成模板时用 --rows 增加行数",
        )
        return
    taken: set[int] = set()
    for at, (line, cells) in enumerate(rows[1:]):
        source = Source(path.name, line)
        row = at if entry.is_ledger else _fixed_line(entry, columns, cells, source, problems)
        if row is None:
            continue
        if row in taken:
            problems.add(source, f"“{entry.lines[row].key}”写了两次")
            continue
        taken.add(row)
        values = _values(columns, cells, entry, template, source, problems)
        if values:
            yield EntryRow(row, values)


def _columns(
    heading: tuple[int, list[str]], entry: EntrySheet, file: str, problems: Problems
) -> list[Column | None]:
    """Match the heading row with the columns; unknown and repeated ones are problems."""
    line, texts = heading
    by_name = {name: column for column in entry.columns for name in _names(column)}
    result: list[Column | None] = []
    for text in texts:
        column = by_name.get(text)
        if column is None:
            known = [name for name, column in by_name.items() if column.entry]
            problems.add(Source(file, line), f"不认识的列“{text}”{nearest(text, known)}")
        elif column in result:
            problems.add(Source(file, line), f"“{text}”列重复")
        result.append(column)
    return result


def _names(column: Column) -> tuple[str, ...]:
    return (*column.csv, column.key, "".join(column.heading))


def _fixed_line(
    entry: EntrySheet,
    columns: list[Column | None],
    cells: list[str],
    source: Source,
    problems: Problems,
) -> int | None:
    """Return the fixed line that a CSV row speaks of, by the texts of the sheet's own lines."""
    labels = {
        text: at
        for at, line in enumerate(entry.lines)
        for text in (line.key, *line.cells.values())
        if isinstance(text, str)
    }
    for column, cell in zip(columns, cells, strict=False):
        if column is not None and not column.entry:
            if cell in labels:
                return labels[cell]
            problems.add(source, f"没有名为“{cell}”的行{nearest(cell, labels)}")
            return None
    problems.add(source, "缺少说明是哪一行的列")
    return None


def _values(
    columns: list[Column | None],
    cells: list[str],
    entry: EntrySheet,
    template: WorkbookTemplate,
    source: Source,
    problems: Problems,
) -> dict[str, CellValue]:
    values: dict[str, CellValue] = {}
    if len(cells) > len(columns):
        problems.add(source, f"有 {len(cells)} 格，表头只有 {len(columns)} 列")
    for column, text in zip(columns, cells, strict=False):
        if column is None or not column.entry or not text:
            continue
        value = _value(column, text, template, source, problems)
        if value is not None and value != 0:
            values[column.key] = value
    amounts = [value for value in values.values() if isinstance(value, Decimal)]
    for column in entry.columns if amounts else ():
        if column.required and column.key not in values:
            problems.add(source, f"有金额，但缺少“{''.join(column.heading)}”")
    return values


def _value(
    column: Column, text: str, template: WorkbookTemplate, source: Source, problems: Problems
) -> CellValue:
    name, cell = "".join(column.heading), StoredCell("s", text)
    if column.kind is ColumnKind.AMOUNT:
        value, trouble = read_amount(cell)
        if trouble not in (None, Trouble.TEXT_AMOUNT, Trouble.NO_AMOUNT, Trouble.FLOAT_RESIDUE):
            problems.add(source, f"“{name}”的“{text}”不是金额")
        return value
    allowed = template.allowed_values(column)
    value = read_code(cell, set(allowed) or None)[0] if column.kind is ColumnKind.CODE else text
    if value is None:
        problems.add(source, f"“{name}”的“{text}”不是编码")
    elif allowed and value not in allowed and not template.counted_as_other(column, value):
        problems.add(source, f"“{name}”的“{text}”不在代码表中{nearest(text, allowed)}")
    return value
