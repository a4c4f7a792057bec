"""A template copied to the next year: what carries the year is renamed, what to look at is listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlbudget.definitions.digest import MAPPINGS, OLD_LISTS, RULES_OFF
from xlbudget.definitions.last_year_codes import CODES
from xlbudget.definitions.small_template import free_folder, split_name
from xlbudget.definitions.toml_items import Lines, Problems, read_text
from xlbudget.files.csv_text import parse_csv
from xlbudget.files.whole_files import write_whole
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError

_LEFT = {"blank", "demo", OLD_LISTS, MAPPINGS}
_TEXTS = {".toml", ".csv", ".txt", ".md"}
_MAIN = "template.toml"
_HEADINGS = ["old", "new"]
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=\s*年)|^\s*template\s*=.*/(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class ToReview:
    """A place that may be of last year still: file, line, what stands there."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class NewYear:
    """The new folder; what to look at because it names a year, states a limit, or is a list of codes."""

    folder: Path
    years: tuple[ToReview, ...]
    limits: tuple[ToReview, ...]
    lists: tuple[ToReview, ...]


def new_year(template: WorkbookTemplate, root: Path, mappings: Mapping[str, Path]) -> NewYear:
    """Copy a template to the next year below ``root`` and return what is to be looked at.

    ``mappings`` gives CSV files (old, new; one code may have several) by the name that they get there.
    Texts are kept as they are but for the year in ``template.toml``: most say ``{year}``, and a year written
    out may be that of a law. Raises InputError for a template without a year in its name or a mapping that is
    none, ExistingFile when the new folder holds anything.
    """
    authority, year, kind = split_name(template.id)
    following = str(template.year + 1)
    if year != str(template.year):
        raise InputError(f"模板“{template.id}”的文件夹不叫 {template.year}，不能由它建立下一年度。")
    folder = free_folder(f"{authority}/{following}{kind}", root)
    kept = {name: _mapping(path, template if name == CODES else None) for name, path in mappings.items()}
    files = sorted(path for path in template.folder.rglob("*") if _wanted(path, template.folder))
    for path in sorted(files, key=lambda path: path.name == _MAIN):
        content = path.read_bytes()
        target = folder / path.relative_to(template.folder).as_posix().replace(year, following)
        if path.name == _MAIN:
            continue
        write_whole(target, content)
    for name, content in kept.items():
        write_whole(folder / MAPPINGS / name, content)
    main = read_text(template.folder / _MAIN, _MAIN, Problems())
    lines = Lines(_MAIN, main)
    constants = lines.find("[constants]", 1)
    dated = re.sub(rf"(?m)^(\s*year\s*=\s*){year}\b", rf"\g<1>{following}", main, count=1)
    write_whole(folder / _MAIN, dated.encode())
    return NewYear(
        folder=folder,
        years=tuple(_naming_years(folder)),
        limits=tuple(
            ToReview(_MAIN, lines.find(f'"{name}"', constants), f"{name} = {value}")
            for name, value in template.constants.items()
        ),
        lists=tuple(
            ToReview(f"catalogues/{Path(one.file).name}", 1, f"{one.id}：{len(one.rows)} 个编码")
            for one in template.catalogues
        ),
    )


def _wanted(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    return (
        path.is_file()
        and inside.parts[0] not in _LEFT
        and path.name != RULES_OFF  # switched off for one year: whoever wants it again says so again
        and not path.name.startswith(("~$", "."))
    )


def _naming_years(folder: Path) -> Iterator[ToReview]:
    """Yield the lines that write a year out, or link to the template of one."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TEXTS and path.is_file() and "cases" not in path.parts:
            text = read_text(path, path.as_posix(), Problems())
            for number, line in enumerate(text.splitlines(), 1):
                if _YEAR.search(line):
                    yield ToReview(path.relative_to(folder).as_posix(), number, line.strip())


def _mapping(path: Path, template: WorkbookTemplate | None) -> bytes:
    """Return a mapping as it is kept: headings old and new, one pair a line; InputError when it is none."""
    if not path.is_file():
        raise InputError(f"找不到文件“{path}”。")
    problems = Problems()
    rows = parse_csv(read_text(path, path.as_posix(), problems))
    if problems.found or len(rows) < 2 or any(len(cells) < 2 or not cells[0] for _, cells in rows):
        raise InputError(f"“{path}”应有表头和至少一行：左边是旧编码，右边是新编码；取消的右边空着。")
    known = {row[one.key] for one in template.catalogues for row in one.rows} if template else None
    for line, cells in rows[1:]:
        if known is not None and cells[0] not in known:
            raise InputError(f"“{path}”第 {line} 行：旧编码“{cells[0]}”不在上年的代码表中。")
    lines = [_HEADINGS, *(cells[:2] for _, cells in rows[1:])]
    return "".join(f"{','.join(cells)}\n" for cells in lines).encode()
