"""Active content: listed, never looked into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xlbudget.files.xlsx.package import Package

#: Chinese name, marks in part names, marks in content types; all in lower case.
ACTIVE = (
    ("宏", ("vbaproject",), ("vbaproject",)),
    ("宏表", ("macrosheets/",), ("macrosheet",)),
    ("外部链接", ("externallinks/",), ("externallink",)),
    ("DDE", (), ()),
    ("数据连接", ("connections.xml", "querytables/"), ("connections+xml", "querytable")),
    ("OLE 对象", ("embeddings/",), ("oleobject",)),
    ("ActiveX 控件", ("activex/",), ("activex",)),
    ("自定义功能区", ("customui/",), ()),
    ("Office 加载项", ("webextensions/",), ("webextension",)),
    ("WEBSERVICE 函数", (), ()),
    ("RTD 函数", (), ()),
)
ACTIVE_RELATIONSHIPS = {
    "oleObject": "OLE 对象",
    "externalLinkPath": "外部链接",
    "attachedTemplate": "外部链接",
    "image": "外部链接",
    "connections": "数据连接",
}
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")


_CALLS = {"WEBSERVICE": "WEBSERVICE 函数", "RTD(": "RTD 函数"}
_DDE = "|"


def active_in_formulas(formulas: Sequence[str]) -> frozenset[str]:
    """Return what :func:`active_in_formula` gives for any of them; most have nothing that needs a look."""
    capitals = "\n".join(formulas).upper()
    if not any(mark in capitals for mark in (*_CALLS, _DDE)):
        return frozenset()
    return frozenset(name for formula in formulas for name in active_in_formula(formula))


def active_in_formula(formula: str) -> Iterator[str]:
    """Yield the names of what a formula would fetch from outside."""
    capitals = formula.upper()
    yield from (name for mark, name in _CALLS.items() if mark in capitals)
    if _DDE in formula and _DDE in _QUOTED.sub("", formula):
        yield "DDE"


def active_parts(package: Package, content_types: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of active content that the parts of a package show."""
    parts = "\n".join(package.parts)
    kinds = "\n".join({_kind(part, content_types) for part in package.parts})
    for label, names, types in ACTIVE:
        if any(mark in parts for mark in names) or any(mark in kinds for mark in types):
            yield label


def _kind(part: str, content_types: Mapping[str, str]) -> str:
    return content_types.get(part) or content_types.get("." + part.rpartition(".")[2], "")
