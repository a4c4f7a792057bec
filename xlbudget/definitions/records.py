"""Tables of definitions that fill a noun field by field: each attribute has the field's name and type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from xlbudget.definitions.toml_items import Item
from xlbudget.model import Formula, Severity

R = TypeVar("R")


def read_record(kind: type[R], item: Item, dated: Callable[[str], str] = str, **given: Any) -> R:
    """Return a noun made from a table: each field from the attribute of its name, ``given`` as they are.

    A text, a number or a severity without a default must be there; lists and mappings may be left out, and a
    formula left out is 0. ``dated`` puts the year into texts. What no field asked for is a problem.
    """
    values = dict(given)
    for part in fields(kind):  # type: ignore[arg-type] # every noun is a dataclass
        read = _READERS.get(str(part.type))
        if part.name in values or (read is None and part.default is not MISSING):
            continue
        if read is None:
            raise TypeError(f"{kind.__name__}.{part.name}")
        values[part.name] = read(item, part, dated)
    item.finish()
    return kind(**values)


def _default(part: Field[Any]) -> Any:
    return None if part.default is MISSING else part.default


_READERS: Mapping[str, Callable[[Item, Field[Any], Callable[[str], str]], Any]] = {
    "str": lambda item, part, dated: dated(item.text(part.name, _default(part))),
    "int": lambda item, part, _: item.whole(part.name, _default(part)),
    "bool": lambda item, part, _: item.flag(part.name, default=bool(_default(part))),
    "tuple[str, ...]": lambda item, part, dated: tuple(map(dated, item.texts(part.name))),
    "Formula": lambda item, part, _: item.formula(part.name) or Formula("0", item.source),
    "Formula | None": lambda item, part, _: item.formula(part.name),
    "Severity": lambda item, part, _: Severity(item.choice(part.name, tuple(Severity))),
    "Mapping[str, str]": lambda item, part, _: {
        key: str(value) for key, value in item.mapping(part.name).items()
    },
    "Mapping[str, tuple[str, ...]]": lambda item, part, _: {
        key: tuple(value) for key, value in item.mapping(part.name).items()
    },
    "Source": lambda item, _part, _dated: item.source,
}
"""How a field is read, by its type as it is written."""
