"""Forms as they are seen on a blank workbook → TOML to go on from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_NOT_IN_NAMES = re.compile(r"[^\w]+")
_ORDINAL = re.compile(
    r"^(?:[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、|\d+(?:[.、．]|\s+))"
)
_THIS_YEAR = "{year}年"
_WIDEST = 92  # characters: what A4 upright takes
_PANELS = "甲乙丙丁戊己庚辛"
_NARROWEST, _WIDEST_TEXT, _AMOUNT_WIDTH = 10, 40, 16


@dataclass(frozen=True, slots=True)
class FormWords:
    """Words by which blank forms are read: sizes of units of money, headings over texts, rows of numbers."""

    units: Mapping[str, int]
    whole: frozenset[str]
    endings: tuple[str, ...]
    numbering: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column: what stands above it from top to bottom, whether it holds amounts, and is hidden."""

    heading: tuple[str, ...]
    amount: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SeenPanel:
    """Columns beside one another and the rows below them: a text for each column, empty for amounts."""

    columns: tuple[SeenColumn, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SeenForm:
    """What is seen of a form; ``unseen`` are sentences on what could not be seen."""

    sheet: str
    title: str
    caption: str
    left: str
    right: str
    money: str
    panels: tuple[SeenPanel, ...]
    notes: tuple[str, ...]
    unseen: tuple[str, ...] = ()


def form_toml(form: SeenForm, number: int, default_money: str) -> str:
    """Return the definition of a form; every amount is 0 until somebody writes its formula."""
    head = [
        f'# 由空白表“{form.sheet}”认出。→ 把 formula = "0" 逐个换成取数的公式，见 README“公式怎样写”。',
        *(f"# 没有认出：{text}" for text in form.unseen),
        f'id = "F{number}"',
        f"number = {number}",
        f"sheet = {_quoted(form.sheet)}",
        *([f"caption = {_quoted(form.caption)}"] if form.caption else []),
        f"title = {_quoted(form.title)}",
        *([f"left = {_quoted(form.left)}"] if form.left else []),
        *([f"right = {_quoted(form.right)}"] if form.right else []),
        *([f"money = {_quoted(form.money)}"] if form.money and form.money != default_money else []),
        'empty_note = "注：本表无数据"',
        *([f"notes = [{', '.join(map(_quoted, form.notes))}]"] if form.notes else []),
    ]
    wide = sum(
        width
        for panel in form.panels
        for column, width in zip(panel.columns, _widths(panel), strict=True)
        if not column.hidden
    )
    head += ["landscape = true"] if wide > _WIDEST else []
    parts: list[str] = []
    taken: set[str] = set()  # lines of a form have one name in all its panels
    for at, panel in enumerate(form.panels):
        name = f"F{number}" if len(form.panels) == 1 else f"F{number}{_PANELS[at]}"
        parts += _panel(panel, name, taken)
    return "\n".join([*head, *parts]) + "\n"


def _widths(panel: SeenPanel) -> list[int]:
    """Return how wide columns are: those of texts as their longest, within bounds."""
    texts = [
        [column.heading[-1], *(row[at] for row in panel.rows)] for at, column in enumerate(panel.columns)
    ]
    wanted = [2 * max(map(len, column)) + 2 for column in texts]
    return [
        _AMOUNT_WIDTH if column.amount else min(max(width, _NARROWEST), _WIDEST_TEXT)
        for column, width in zip(panel.columns, wanted, strict=True)
    ]


def _panel(panel: SeenPanel, name: str, taken: set[str]) -> Iterable[str]:
    keys = _keys([column.heading[-1] for column in panel.columns], [c.heading for c in panel.columns])
    label = _label(panel)
    yield from ("", "[[panel]]", f'id = "{name}"')
    if label is not None and panel.rows:
        yield f'line_name = "{{{keys[label]}}}"'
    yield "columns = ["
    for key, column, width in zip(keys, panel.columns, _widths(panel), strict=True):
        heading = ", ".join(map(_quoted, column.heading))
        kind = f'kind = "{"amount" if column.amount else "text"}", width = {width}'
        kind += (', formula = "0"' if column.amount else "") + (", hidden = true" if column.hidden else "")
        yield f"  {{ key = {_quoted(key)}, heading = [{heading}], {kind} }},"
    yield from ("]", "body = [")
    above = panel.columns[label if label is not None else 0].heading[0]
    texts = [" ".join(text for text in row if not text.isdigit()) or " ".join(row) for row in panel.rows]
    names = [
        key if key not in taken else next(one for one in _others(key, above) if one not in taken)
        for key in _keys(texts, list(panel.rows))
    ]
    taken.update(names)
    for key, row in zip(names, panel.rows, strict=True):
        cells = ", ".join(
            f"{_quoted(column)} = {_quoted(text)}" for column, text in zip(keys, row, strict=True) if text
        )
        yield f"  {{ key = {_quoted(key)}, cells = {{ {cells} }} }},"
    if not panel.rows:
        yield f'  {{ key = "{"第一行" if "第一行" not in taken else name}" }},'
        taken.add("第一行")
    yield "]"


def _label(panel: SeenPanel) -> int | None:
    """Return the column of texts that names the rows: the one with most words."""
    named = [at for at, column in enumerate(panel.columns) if not column.amount]
    return max(
        named, key=lambda at: sum(not row[at].isdigit() for row in panel.rows if row[at]), default=None
    )


def _others(key: str, above: str) -> Iterable[str]:
    """Yield other names for a line: with what stands above its panel, then numbered."""
    yield f"{_name(above)}{key}"
    yield from (f"{_name(above)}{key}{number}" for number in range(2, 100))


def _keys(texts: Sequence[str], wider: Sequence[Sequence[str]]) -> list[str]:
    """Return names for formulas: texts without ordinals and signs; with what stands above, or numbered."""
    found: list[str] = []
    for text, path in zip(texts, wider, strict=True):
        name = _name(text)
        if name in found and len(path) > 1:
            name = _name("_".join(filter(None, path[-2:])))
        numbered = (f"{name}{number or ''}" for number in range(len(texts) + 1))
        found.append(next(one for one in numbered if one not in found))
    return found


def _name(text: str) -> str:
    plain = _ORDINAL.sub("", text.strip().replace(_THIS_YEAR, "本年"))
    plain = _NOT_IN_NAMES.sub("", plain).strip("_") or "栏"
    return f"第{plain}" if plain[0].isdigit() else plain


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter if letter.isprintable() else " " for letter in escaped) + '"'
