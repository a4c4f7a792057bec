"""The finance office's own list of codes taken over into a template's code list: what is new, gone, changed.

A list may have any columns, titles above its headings, several years, validity from and to. What its columns
may be called stands in the definitions (``_code_lists.toml``). Its order becomes the order of the forms.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlbudget.definitions.catalogues import Rows, read_rows
from xlbudget.definitions.digest import OLD_LISTS
from xlbudget.definitions.folders import templates_folder
from xlbudget.definitions.toml_items import Problems
from xlbudget.files.whole_files import reason_of, write_whole
from xlbudget.model import Catalogue, WorkbookTemplate
from xlbudget.model.errors import InputError, OutputError
from xlbudget.model.words import nearest

_HEADINGS = "_code_lists.toml"
_LOOKED = 20  # rows in which the headings are looked for: titles and notes stand above them
_YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)")
_SERIAL = re.compile(r"\d{5}")  # a date as a spreadsheet stores it
_FIRST_SERIAL_YEAR, _DAYS = 1900, 365.25

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One code of which the two lists say different things; ``old`` and ``new`` are what they say."""

    code: str
    name: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class CodeChanges:
    """What a new list changes: codes ``added``, ``gone``, ``renamed``, ``moved`` (under another code).

    ``twice`` are codes that the list has more than once for the year (the last is taken), ``other_years`` how
    many rows are not of the year, ``unread`` the lines that have no code, ``lacking`` columns of the
    template's list that new codes leave empty.
    """

    rows: tuple[Row, ...]
    added: tuple[Change, ...]
    gone: tuple[Change, ...]
    renamed: tuple[Change, ...]
    moved: tuple[Change, ...]
    twice: tuple[str, ...] = ()
    other_years: int = 0
    unread: tuple[int, ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)


def catalogue_named(template: WorkbookTemplate, name: str) -> Catalogue:
    """Return the code list of that id, or the first; InputError if there is none."""
    known = {catalogue.id: catalogue for catalogue in template.catalogues}
    if not known:
        raise InputError("这个模板没有代码表（template.toml 的 [[catalogue]]）。")
    if not name:
        return template.catalogues[0]
    if name not in known:
        raise InputError(f"没有代码表“{name}”{nearest(name, known)}；有：{'、'.join(known)}。")
    return known[name]


def compare_codes(
    source: Path, template: WorkbookTemplate, catalogue: Catalogue, columns: Mapping[str, str]
) -> CodeChanges:
    """Return what the list in ``source`` changes in ``catalogue`` for the template's year.

    ``columns`` says what a column of the template's list is called in ``source`` where the usual names do not
    fit. Raises InputError for a file that cannot be read, or in which no code and name are found.
    """
    old_headings, old = _old(template, catalogue)
    keys = {old_headings[key]: key for key in catalogue.columns if key in old_headings}
    words = _words(keys, columns)
    at, rows = _found(_rows(source), words, source)
    valid, other_years = _valid(rows, at, template.year)
    code, name = list(keys)[:2]
    taken: dict[str, Row] = {}
    twice, unread = [], []
    for line, cells in valid:
        row = {key: cells[place] for key, place in at.items() if place < len(cells)}
        if not row.get(code):
            unread.append(line)
            continue
        if row[code] in taken:
            twice.append(row[code])
        taken[row[code]] = row
    before = {row[code]: row for row in old}
    parent = next((file for file, key in keys.items() if key == catalogue.parent), "")
    complete = [_completed(row, taken, before, code, parent) for row in taken.values()]
    if taken:
        complete += _kept_for_others(catalogue, taken, before, parent)
    headings = list(dict.fromkeys([*keys, *(key for row in old for key in row)]))
    result = tuple({key: row.get(key, "") for key in headings} for row in complete)
    new = {row[code]: row for row in result}
    return CodeChanges(
        rows=result,
        added=tuple(Change(key, row[name]) for key, row in new.items() if key not in before),
        gone=tuple(Change(key, row[name]) for key, row in before.items() if key not in new),
        renamed=tuple(_differing(before, new, name, name)),
        moved=tuple(_differing(before, new, name, parent)) if parent else (),
        twice=tuple(dict.fromkeys(twice)),
        other_years=other_years,
        unread=tuple(unread),
        lacking=_lacking(result, before, keys, code),
    )


def replace_codes(folder: Path, catalogue: Catalogue, changes: CodeChanges) -> tuple[Path, Path]:
    """Write the new list in place of the old one; return it and where the old one is kept.

    Raises OutputError when either cannot be written; the old list is kept before the new one is written.
    """
    path = folder / "catalogues" / Path(catalogue.file).name
    if not path.is_file():
        path = path.with_suffix(".xlsx")
    kept = _free(folder / OLD_LISTS, path)
    write_whole(kept, path.read_bytes())
    target = path.with_suffix(".csv")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(changes.rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(changes.rows)
    write_whole(target, text.getvalue().encode(), replace=True)
    if path != target:
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"无法移走“{path}”（{reason_of(error)}）；请自行删去。") from error
    return target, kept


def _free(folder: Path, path: Path) -> Path:
    numbered = (folder / f"{path.stem}_{number}{path.suffix}" for number in range(1, 10_000))
    return next(place for place in numbered if not place.exists())


def _rows(path: Path) -> Rows:
    if not path.is_file():
        raise InputError(f"找不到文件“{path}”。")
    problems = Problems()
    rows = read_rows(path, path.as_posix(), problems)
    if problems.found:
        raise InputError(f"“{path}”第 {problems.found[0].source.line} 行：{problems.found[0].message}。")
    return rows


def _old(template: WorkbookTemplate, catalogue: Catalogue) -> tuple[dict[str, str], list[Row]]:
    """Return what the columns of the catalogue are called in its file, and its rows with all columns."""
    rows = _rows_or_none(template.folder / "catalogues" / Path(catalogue.file).name)
    headings = rows[0][1] if rows else []
    places = _stated(template, catalogue)
    called = {key: heading for heading, key in places.items() if heading in headings}
    called |= {key: key for key in catalogue.columns if key not in called and key in headings}
    return called, [dict(zip(headings, cells, strict=False)) for _, cells in rows[1:]]


def _rows_or_none(path: Path) -> Rows:
    return read_rows(path, path.as_posix(), Problems())


def _stated(template: WorkbookTemplate, catalogue: Catalogue) -> dict[str, str]:
    data = tomllib.loads((template.folder / "template.toml").read_text(encoding="utf-8-sig"))
    [part] = [part for part in data["catalogue"] if part["id"] == catalogue.id]
    return {str(heading): str(key) for heading, key in part["columns"].items()}


def _words(keys: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names under which each column may stand in a list, the one that was given alone."""
    data: dict[str, Any] = tomllib.loads((templates_folder() / _HEADINGS).read_text(encoding="utf-8"))
    names = dict(keys)
    unknown = [key for key in columns if key not in {*names, *names.values()}]
    if unknown:
        raise InputError(f"代码表没有“{unknown[0]}”一栏{nearest(unknown[0], names.values())}。")
    words = {}
    for file, key in names.items():
        given = columns.get(file) or columns.get(key)
        words[file] = [given] if given else [file, key, *data["headings"].get(file, ())]
    return words | {f"[{key}]": list(values) for key, values in data["validity"].items()}


def _found(rows: Rows, words: Mapping[str, Sequence[str]], source: Path) -> tuple[dict[str, int], Rows]:
    """Return the places of the columns and the rows below the headings."""
    code, name = list(words)[:2]
    for number, (_, cells) in enumerate(rows[:_LOOKED]):
        texts = ["".join(cell.split()) for cell in cells]
        at = {}
        for key, names in words.items():
            place = next((texts.index(word) for word in names if word in texts), None)
            if place is not None:
                at[key] = place
        if code in at and name in at:
            return at, rows[number + 1 :]
    raise InputError(
        f"“{source}”中找不到编码和名称两栏（找过 {'、'.join(dict.fromkeys([*words[code], *words[name]]))}）；"
        "请用 --column 写明，例如 --column 编码=目录里的栏名。"
    )


def _valid(rows: Rows, at: dict[str, int], year: int) -> tuple[Rows, int]:
    """Return the rows that hold in the year, and how many do not."""
    places = {key: at.pop(f"[{key}]", None) for key in ("from", "to", "year")}

    def stated(cells: Sequence[str], key: str) -> int | None:
        place = places[key]
        return _year(cells[place]) if place is not None and place < len(cells) else None

    kept = [
        (line, cells)
        for line, cells in rows
        if (stated(cells, "from") or year) <= year <= (stated(cells, "to") or year)
        and (stated(cells, "year") or year) == year
    ]
    return kept, len(rows) - len(kept)


def _year(text: str) -> int | None:
    if _SERIAL.fullmatch(text.strip()):
        return _FIRST_SERIAL_YEAR + int(int(text) / _DAYS)
    found = _YEAR.search(text)
    return int(found[1]) if found else None


def _completed(row: Row, new: Mapping[str, Row], old: Mapping[str, Row], code: str, parent: str) -> Row:
    """Return a row with what the list does not say: as before, or as codes of the same length have it."""
    whole = {**old.get(row[code], {}), **{key: value for key, value in row.items() if value}}
    if parent and parent not in row:
        above = [key for key in new if row[code].startswith(key) and key != row[code]]
        whole[parent] = max(above, key=len, default="")
    alike = [other for key, other in old.items() if len(key) == len(row[code])]
    for key in alike[0] if alike and row[code] not in old else ():
        values = {other[key] for other in alike}
        if key not in whole and len(values) == 1:
            whole[key] = values.pop()
    return whole


def _kept_for_others(
    catalogue: Catalogue, new: Mapping[str, Row], old: Mapping[str, Row], parent: str
) -> list[Row]:
    """Return the code that stands for those an incomplete list lacks, and those above: no list has them."""
    chain: list[Row] = []
    at = catalogue.others
    while at in old and at not in new:
        chain.insert(0, old[at])
        at = old[at].get(parent, "")
    return chain


def _differing(old: Mapping[str, Row], new: Mapping[str, Row], name: str, key: str) -> Iterator[Change]:
    for code, row in new.items():
        before = old.get(code, row).get(key, "")
        if before != row[key]:
            yield Change(code, row[name], before, row[key])


def _lacking(
    rows: Iterable[Row], old: Mapping[str, Row], keys: Mapping[str, str], code: str
) -> dict[str, int]:
    """Return how many new codes have nothing in a column in which codes of their length have something."""
    found: dict[str, int] = {}
    for row in rows:
        alike = [other for key, other in old.items() if len(key) == len(row[code])]
        for key in keys if row[code] not in old else ():
            if not row[key] and any(other.get(key) for other in alike):
                found[key] = found.get(key, 0) + 1
    return found
