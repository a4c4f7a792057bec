"""Comparing a returned formula with ours: the same formula written by another program is the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<quoted>'(?:[^']|'')+')!
    | (?P<plain>[^\W\d][\w.]*)!
    | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)
    | (?P<rest>[$\w.]+|\S)
    """,
    re.VERBOSE,
)


def normal(formula: str, renamed: Mapping[str, str] | None = None) -> str:
    """Return a formula's text in one spelling: no spaces, sheet names unquoted, names in capitals.

    ``renamed`` maps our sheet names to those in the file; they are turned back.
    """
    return _normal(formula, tuple(sorted((renamed or {}).items())))


@lru_cache(maxsize=65536)
def _normal(formula: str, renamed: tuple[tuple[str, str], ...]) -> str:
    back = {theirs: ours for ours, theirs in renamed}
    parts = []
    for match in _TOKEN.finditer(formula.removeprefix("=")):
        kind = match.lastgroup
        if kind == "text":
            parts.append(match.group())
        elif kind in {"quoted", "plain"}:
            name = match.group(kind).strip("'").replace("''", "'")
            parts.append(f"{back.get(name, name)}!")
        elif kind == "number":
            parts.append(format(float(match.group()), ".15g"))
        else:
            parts.append(match.group().upper().removeprefix("_XLFN."))
    return "".join(parts)
