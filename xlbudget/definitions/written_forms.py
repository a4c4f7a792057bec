"""Forms as they are seen on a blank workbook → TOML to go on from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_NOT_IN_NAMES = re.compile(r"[^\w]+")
_ORDINAL = re.compile(r"^(?:[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、|\d+[.、．])")
_PANELS = "甲乙丙丁戊己庚辛"
_TEXT_WIDTH, _AMOUNT_WIDTH = 28, 16


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column: what stands above it from top to bottom, and whether it holds amounts."""

    heading: tuple[str, ...]
    amount: bool


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
    parts = [
        line
        for at, panel in enumerate(form.panels)
        for line in _panel(panel, f"F{number}" if len(form.panels) == 1 else f"F{number}{_PANELS[at]}")
    ]
    return "\n".join([*head, *parts]) + "\n"


def _panel(panel: SeenPanel, name: str) -> Iterable[str]:
    keys = _keys([column.heading[-1] for column in panel.columns], [c.heading for c in panel.columns])
    label = next((at for at, column in enumerate(panel.columns) if not column.amount), None)
    yield from ("", "[[panel]]", f'id = "{name}"')
    if label is not None and panel.rows:
        yield f'line_name = "{{{keys[label]}}}"'
    yield "columns = ["
    for key, column in zip(keys, panel.columns, strict=True):
        heading = ", ".join(map(_quoted, column.heading))
        kind = (
            f'kind = "amount", width = {_AMOUNT_WIDTH}, formula = "0"'
            if column.amount
            else f'kind = "text", width = {_TEXT_WIDTH}'
        )
        yield f"  {{ key = {_quoted(key)}, heading = [{heading}], {kind} }},"
    yield from ("]", "body = [")
    names = _keys([" ".join(filter(None, row)) for row in panel.rows], list(panel.rows))
    for key, row in zip(names, panel.rows, strict=True):
        cells = ", ".join(
            f"{_quoted(column)} = {_quoted(text)}" for column, text in zip(keys, row, strict=True) if text
        )
        yield f"  {{ key = {_quoted(key)}, cells = {{ {cells} }} }},"
    if not panel.rows:
        yield '  { key = "第一行" },'
    yield "]"


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
    plain = _NOT_IN_NAMES.sub("", _ORDINAL.sub("", text.strip())).strip("_") or "栏"
    return f"第{plain}" if plain[0].isdigit() else plain


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter if letter.isprintable() else " " for letter in escaped) + '"'
