"""The chart of what checking costs, drawn by typst from the rows that `speed.py` has measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typst

Line = dict[str, Any]
"""A row as JSON has it: group, what, seconds, note, figures."""


def draw(rows: Sequence[Line], path: Path) -> None:
    """Write the chart as SVG or PNG, by the suffix."""
    path.write_bytes(
        typst.compile(
            Path(__file__).with_name("chart.typ").read_bytes(),
            format=path.suffix.removeprefix("."),
            sys_inputs={"panels": json.dumps(list(panels(rows)), ensure_ascii=False)},
            ppi=150,
        )
    )


def panels(rows: Sequence[Line]) -> Iterator[dict[str, Any]]:
    """Yield the panels: one workbook against other programs, whole runs, growth."""
    groups: dict[str, list[Line]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    for group, listed in groups.items():
        shown = [row for row in listed if row["seconds"] is not None and not row["what"].startswith("–")]
        if group == "whole runs":
            bars = [
                _bar(row["what"], row["figures"]["files"] / row["figures"]["seconds"], _run(row))
                for row in shown
            ]
            yield {"title": "Whole runs: workbooks a second", "log": False, "bars": bars}
            continue
        log = any("xlbudget" in row["what"] for row in shown)
        bars = [
            _bar(
                row["what"], row["seconds"], _time(row["seconds"]), ours=not log or "xlbudget" in row["what"]
            )
            for row in shown
        ]
        scale = "; logarithmic scale" if log else ""
        title = f"{group[0].upper()}{group[1:]}: processor time for one workbook{scale}"
        yield {"title": title, "log": log, "bars": bars}


def _bar(label: str, value: float, text: str, *, ours: bool = True) -> dict[str, Any]:
    return {"label": label, "value": value, "text": text, "ours": ours and "floor" not in label}


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _run(row: Line) -> str:
    figures = row["figures"]
    memory = max(figures["parent"], figures["worker"])
    return f"{figures['files'] / figures['seconds']:.0f}/s, largest process {memory:.0f} MB"
