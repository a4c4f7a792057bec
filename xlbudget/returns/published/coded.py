"""Codes and their names as tables print them, and codes that a template's lists do not have.

A unit prints the codes that it uses; the lists of a template may hold only those of some units.
A code that several tables print with one name, or that stands with the code above it, or whose name nothing
else bears is taken as printed: its level and what is above it follow from its digits, as with listed ones.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlbudget.model import Catalogue, Place
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.texts import WHOLE_CODE, labels

_EATEN = re.compile(r"\d{1,2}")  # a part of a code, its leading zero eaten or not
_HAN = re.compile(r"[\u4e00-\u9fff]")
_AMOUNT = re.compile(r"-?\d[\d,，]*(?:\.\d+)?")
_CODE_HEADING = re.compile("码|科目|编号|^类$|^款$")
_CLASS = re.compile(r"\d{3}")
_LEVELS = (_CLASS, _EATEN, _EATEN)
_SEVERAL = 2  # tables that print a code alike: one alone may hold a slip


@dataclass(frozen=True, slots=True)
class CodedName:
    """A code of a table with the name beside it."""

    code: str
    name: str
    printed: str
    place: Place
    code_place: Place
    table: int = 0
    row: int = 0


def coded_names(grid: Grid) -> Iterator[CodedName]:
    """Yield the codes of a table with their names, row by row."""
    columns = _code_columns(grid)
    for row in grid.rows:
        if row <= grid.lead:
            continue
        code, at, place = "", 0, Place()
        beside = False  # a name stands to the left
        for column in grid.columns(row):
            text = "".join(grid.text(row, column).split())
            before, beside = beside, beside or bool(_HAN.search(text))
            if WHOLE_CODE.fullmatch(text) and (not code or column > at + 1 or len(text) > 2):
                if column not in columns or (before and not columns[column]):
                    code = ""  # an amount that is whole
                    continue
                code, at, place = text, column, grid.place(row, column)
            elif code and len(code) < 7 and column == at + 1 and _EATEN.fullmatch(text):
                code, at = code + text.zfill(2), column
            elif code and column == at + 1 and len(code) == 3 and not text:
                at = column
            elif code and column > at + 3:
                code = ""
            elif code and len(_HAN.findall(text)) > 1:
                name = bare_name(text)
                yield CodedName(code, name, text, grid.place(row, column), place, grid.table, row)
                code = ""


def split_codes(grid: Grid) -> Mapping[int, str]:
    """Return the code of each row of a table that prints it over three columns: 类, 款, 项.

    A row may repeat the parts above it or leave them out. Empty where no three columns are such.
    """
    rows = [row for row in grid.rows if row > grid.lead]
    for first in sorted({column for row in rows for column in grid.columns(row)}):
        columns = range(first, first + len(_LEVELS))
        parts = {row: ["".join(grid.text(row, column).split()) for column in columns] for row in rows}
        begun = next((row for row in rows if _CLASS.fullmatch(parts[row][0])), None)
        body = {row: texts for row, texts in parts.items() if begun is not None and row >= begun}
        filled = [sum(bool(texts[at]) for texts in body.values()) for at in range(len(_LEVELS))]
        if min(filled) >= _SEVERAL and all(map(_is_split, body.values())):
            return dict(_carried(body))
    return {}


def _is_split(texts: Sequence[str]) -> bool:
    return all(not text or level.fullmatch(text) for text, level in zip(texts, _LEVELS, strict=True))


def _carried(body: Mapping[int, Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Yield the whole code of each row that has one; parts left out are those above."""
    above: list[str] = [""] * len(_LEVELS)
    for row, texts in body.items():
        given = next((at for at, text in enumerate(texts) if text), None)
        if given is not None:
            above = [*above[:given], *texts[given:]]
            yield row, parts_as_code(above)


def _code_columns(grid: Grid) -> Mapping[int, bool]:
    """Return the columns in which a whole number is a code, and whether a heading says so.

    A column with more numbers of other kinds is one of amounts, which may be whole by chance.
    """
    codes: Counter[int] = Counter()
    others: Counter[int] = Counter()
    headed: dict[int, bool] = {}
    for row in grid.rows:
        for column in grid.covered(row) if row > grid.lead else ():
            text = "".join(grid.shown(row, column).split())
            if WHOLE_CODE.fullmatch(text):
                codes[column] += 1
            elif _AMOUNT.fullmatch(text):
                others[column] += 1
            elif not codes[column] and not others[column]:
                headed[column] = headed.get(column, False) or bool(_CODE_HEADING.search(text))
    return {column: headed.get(column, False) for column in codes if codes[column] > others[column]}


def parts_as_code(parts: Sequence[str]) -> str:
    """Return the code that its parts make, each but the first of two digits; zeros may be eaten."""
    first, *others = ["".join(part.split()) for part in parts] or [""]
    return first + "".join(part.zfill(2) for part in others if part)


def bare_name(text: str) -> str:
    """Return a name without its number and without the level that some put behind it."""
    return labels(re.sub(r"[（(][类款项][）)]$", "", text))[-1]


def unlisted_codes(grids: Sequence[Grid], catalogues: Sequence[Catalogue]) -> Mapping[str, str]:
    """Return the codes of tables that no code list has, with their names as printed."""
    lists = [one for one in catalogues if len(one.columns) > 1 and not one.refers]
    listed = {row[one.key]: bare_name(row[one.columns[1]]) for one in lists for row in one.rows}
    pairs: defaultdict[str, list[CodedName]] = defaultdict(list)
    bearing: defaultdict[str, set[str]] = defaultdict(set)
    for code, name in listed.items():
        bearing[name].add(code)
    for grid in grids:
        for pair in coded_names(grid):
            bearing[pair.name].add(pair.code)
            pairs[pair.code].append(pair)
    found: dict[str, str] = {}
    for code in sorted(pairs.keys() - listed.keys()):
        counted = Counter(pair.name for pair in pairs[code])
        name = max(counted, key=lambda one: counted[one])
        own = [pair for pair in pairs[code] if pair.name == name]
        several = len({pair.table for pair in own}) >= _SEVERAL
        placed = len(code) > len("205") and code[:-2] in pairs
        if several or (len(counted) == 1 and (placed or len(bearing[name]) == 1)):
            found[code] = own[0].printed
    return found


def row_like_listed(catalogue: Catalogue, code: str, name: str) -> Mapping[str, str] | None:
    """Return a code as a row of a code list: what its digits say, else what the nearest listed code has.

    None where the list has no codes of that length and beginning, or none whose code above this could be.
    """
    alike = [row for row in catalogue.rows if len(row[catalogue.key]) == len(code)]
    alike = [row for row in alike if row[catalogue.key][:1] == code[:1]]
    if not alike or len(catalogue.columns) < 2:
        return None
    nearest = max(alike, key=lambda row: _shared(row[catalogue.key], code))
    found = dict(nearest) | {catalogue.key: code, catalogue.columns[1]: name}
    for column in catalogue.columns[2:]:
        part = _part_of_code(catalogue, alike, column)
        if part is not None:
            found[column] = code[part[0] : part[1]]
    return found


def _part_of_code(
    catalogue: Catalogue, rows: Sequence[Mapping[str, str]], column: str
) -> tuple[int, int] | None:
    """Return which digits of a code a column repeats (from, to), None where it repeats none."""
    length = len(rows[0].get(column, ""))
    for start in range(len(rows[0][catalogue.key]) - length + 1):
        if length and all(row.get(column) == row[catalogue.key][start : start + length] for row in rows):
            return start, start + length
    return None


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
