"""The job of comparing two returns of one unit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from xlbudget import api
from xlbudget.department.comparison import Comparison, EntryChange, FormChange
from xlbudget.department.comparison.papers import comparison_text, comparison_workbook
from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model import CellValue, Place
from xlbudget.model.words import amount_text, inert
from xlbudget.reports.arrangement import message_text

_SHOWN = 200  # rows of a table on the page; the workbook has all


def compare(desk: Desk, job: str, old: str, new: str) -> Job:
    """Say what differs between two files of one unit, and write all of it as a workbook."""
    yield Step(0, 1)
    comparison = _named(api.compare(old, new, templates=desk.templates))
    file = f"对比_{safe_name(comparison.unit.code)}_{safe_name(comparison.unit.name)}.xlsx"
    path = write_whole(desk.place(job) / file, comparison_workbook(comparison))
    head = comparison_text(comparison, 0).split("\n\n")[0].strip().splitlines()
    return Done({"lines": head, "tables": _tables(comparison)}, (Output(file, path),))


def _named(comparison: Comparison) -> Comparison:
    """Name the files as they were handed in, not by where they lie for the program."""
    paths = comparison.old.path, comparison.new.path
    root = os.path.commonpath([path.parent for path in paths])
    old, new = (
        replace(report, path=report.path.relative_to(root)) for report in (comparison.old, comparison.new)
    )
    return replace(comparison, old=old, new=new)


def _tables(comparison: Comparison) -> list[dict[str, Any]]:
    money = comparison.forms[0].money if comparison.forms else ""
    return [
        _table(
            "录入变动（元）",
            ("变动", "录入表", "行", "栏次", "单元格", "原报", "新报", "差额"),
            (
                (each.way.value, each.sheet, each.row, each.column, each.place.address, *_amounts(each))
                for each in comparison.entries
            ),
        ),
        _table(
            "问题变动",
            ("情况", "级别", "单元格", "问题"),
            (
                (each.fate.value, each.finding.severity.label, _cell(each.finding.place), message)
                for each in comparison.findings
                for message in [message_text(each.finding)]
            ),
        ),
        _table(
            f"公开表变动（{money}）",
            ("公开表", "行", "栏次", "单元格", "原报", "新报", "差额"),
            (
                (each.place.form, each.place.line, each.place.column, each.place.address, *_amounts(each))
                for each in comparison.forms
            ),
        ),
    ]


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, Any]:
    every = [[inert(text) for text in row] for row in rows]
    return {"title": title, "columns": list(columns), "rows": every[:_SHOWN], "of": len(every)}


def _amounts(change: EntryChange | FormChange) -> tuple[str, str, str]:
    return _text(change.old), _text(change.new), _text(change.difference)


def _cell(place: Place) -> str:
    return "!".join(part for part in (place.sheet, place.address) if part)


def _text(value: CellValue) -> str:
    if isinstance(value, Decimal):
        return amount_text(value)
    return "" if value is None else str(value)
