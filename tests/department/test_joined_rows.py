"""Entries of many units joined: as pandas joins them, over random rows."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from xlbudget import Unit, WorkbookTemplate
from xlbudget.department.summary.joining import _joined
from xlbudget.model import CellValue, ColumnKind, EntryRow, EntrySheet, Submission

CODES = ["101", "102", "9", "H1", "H2", "243001", "ａ", "Z"]
VALUES = [None, "", "甲", "2040202", Decimal(0), Decimal("0.1"), Decimal("-3.25"), Decimal("1e12")]


def random_submission(template: WorkbookTemplate, chance: random.Random, code: str) -> Submission:
    entries = {}
    for entry in template.entries:
        keys = [column.key for column in entry.columns if column.entry]
        rows = sorted(chance.sample(range(len(entry.lines) or 9), chance.randrange(len(entry.lines) or 6)))
        entries[entry.id] = tuple(
            EntryRow(
                row,
                {
                    key: chance.choice([None, "", *CODES] if key == template.unit_table.row_unit else VALUES)
                    for key in keys
                    if chance.random() < 0.7
                },
            )
            for row in rows
        )
    unit = Unit(code, "单位", "行政", "")
    return Submission(
        Path(f"{code}.xlsx"), "", unit, template.id, template.digest, code.startswith("H"), {}, entries, {}
    )


def with_pandas(
    entry: EntrySheet, submissions: list[Submission], template: WorkbookTemplate
) -> list[tuple[int, dict[str, CellValue]]]:
    unit, names = template.unit_table.row_unit, template.transfers
    keys = [column.key for column in entry.columns if column.entry]
    records = [
        {key: row.values.get(key) for key in keys}
        | {unit: (part.department and row.values.get(unit)) or part.unit.code, "row": row.row}
        for part in submissions
        for row in part.entries[entry.id]
    ]
    frame = pd.DataFrame(records, columns=list(dict.fromkeys([unit, "row", *keys])), dtype=object)
    if frame.empty:
        return []
    if entry.is_ledger:
        frame = frame.sort_values(unit, kind="stable").drop(columns="row")
        if names is not None and any(part.table == entry.id for part in names.expenditure):
            frame = frame[~frame[names.mark].map(bool)]
        joined = enumerate(frame.to_dict("records"))
    else:
        amounts = [
            column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT and column.entry
        ]
        kept = frame[amounts].map(lambda value: value if isinstance(value, Decimal) else Decimal(0))
        joined = kept.groupby(frame["row"]).agg(lambda part: sum(part, Decimal(0))).to_dict("index").items()
    return [
        (row, {key: value for key, value in record.items() if value not in (None, "", Decimal(0))})
        for row, record in joined
    ]


@pytest.mark.parametrize("seed", range(12))
def test_rows_of_many_units_are_joined_as_pandas_joins_them(template: WorkbookTemplate, seed: int) -> None:
    chance = random.Random(seed)
    codes = chance.sample(CODES, 5)
    submissions = [random_submission(template, chance, code) for code in codes]
    compared = 0
    for entry in template.entries:
        ours = [(row.row, dict(row.values)) for row in _joined(entry, submissions, template)]
        assert ours == with_pandas(entry, submissions, template), entry.id
        assert [list(values) for _, values in ours] == [
            list(values) for _, values in with_pandas(entry, submissions, template)
        ]
        compared += len(ours)
    assert compared > 100
