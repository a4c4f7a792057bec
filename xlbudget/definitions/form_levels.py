"""One form at two levels: what a department's form says otherwise than its units', put over the definition.

A form's ``[department]`` section names only what differs: titles and captions, attributes of columns by key,
of lines by key. Everything else is the unit's, so that names, formulas and rules are the same at both levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlbudget.definitions.toml_items import Item
from xlbudget.model.words import nearest

SECTION = "department"
_COLUMNS, _LINES = "columns", "lines"
_FIXED = {"id", "number", "sheet", "panel", "empty_when"}


def at_department(item: Item) -> Item | None:
    """Return a form's definition as a department has it; None where its forms are those of the units."""
    stated = item.mapping(SECTION)
    if not stated:
        return None
    columns, lines = stated.pop(_COLUMNS, {}), stated.pop(_LINES, {})
    source = item.source_of(f"[{SECTION}]")
    for key in _FIXED & stated.keys():
        item.problems.add(source, f"[{SECTION}] 里不能改“{key}”：两级的表在公式和勾稽关系里是同一张")
        del stated[key]
    panels = [panel for panel in item.data.get("panel", ()) if isinstance(panel, dict)]
    known: dict[str, dict[str, None]] = {_COLUMNS: {}, _LINES: {}}
    changed = []
    for panel in panels:
        known[_COLUMNS] |= dict.fromkeys(_keys(panel.get("columns")))
        known[_LINES] |= dict.fromkeys(_keys(panel.get("body")))
        changed.append(
            {
                **panel,
                "columns": _over(panel.get("columns"), columns),
                "body": _over(panel.get("body"), lines),
            }
        )
    for part, given in ((_COLUMNS, columns), (_LINES, lines)):
        if not isinstance(given, dict):
            item.problems.add(source, f"[{SECTION}] 里的“{part}”应写成 {{ … }}")
            continue
        for key, value in given.items():
            if not isinstance(value, dict):
                item.problems.add(source, f"[{SECTION}] 里的“{key}”应写成 {{ … }}")
            if key not in known[part]:
                what = "栏" if part == _COLUMNS else "行"
                item.problems.add(source, f"[{SECTION}] 里的“{key}”不是{what}{nearest(key, known[part])}")
    base = {key: value for key, value in item.data.items() if key != SECTION}
    return Item({**base, **stated, "panel": changed}, item.lines, item.line, item.problems)


def _keys(parts: Any) -> list[str]:
    return [str(part["key"]) for part in parts or () if isinstance(part, dict) and "key" in part]


def _over(parts: Any, given: Any) -> Any:
    """Return columns or lines with what is given for some of them by key."""
    if not isinstance(parts, list) or not isinstance(given, Mapping):
        return parts
    return [
        _merged(part, given[str(part["key"])])
        if isinstance(part, dict) and isinstance(given.get(str(part.get("key"))), Mapping)
        else part
        for part in parts
    ]


def _merged(part: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one column or line; its cells are put over one another, everything else is replaced."""
    merged = {**part, **given}
    if isinstance(part.get("cells"), Mapping) and isinstance(given.get("cells"), Mapping):
        merged["cells"] = {**part["cells"], **given["cells"]}
    return merged
