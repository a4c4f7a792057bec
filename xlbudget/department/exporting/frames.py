"""Tables as pandas frames with typed columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from xlbudget.model import (
    EntrySheet,
    Submission,
)


def typed_frame(kinds: Mapping[str, str], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Return rows as a frame with typed columns, by name ``string``, ``integer`` or ``number``.

    Texts have the dtype ``string`` (codes keep their zeros, missing is <NA>), whole numbers ``Int64``;
    amounts stay Decimal (dtype ``object``, missing is None), so that their sums are exact.
    """
    frame = pd.DataFrame([list(row) for row in rows], columns=list(kinds), dtype=object)
    dtypes = {"string": "string", "integer": "Int64"}
    return frame.astype({name: dtypes[kind] for name, kind in kinds.items() if kind in dtypes})


def entry_frame(entry: EntrySheet, submissions: Sequence[Submission], row_unit: str) -> pd.DataFrame:
    """Return one entry table of all units in long form: unit, row, and the sheet's own columns.

    The ledger rows of a summary say their unit themselves.
    """
    keys = [column.key for column in entry.columns if column.entry]
    records = [
        {key: row.values.get(key) for key in keys}
        | {row_unit: (submission.department and row.values.get(row_unit)) or submission.unit.code}
        | {"row": row.row}
        for submission in submissions
        for row in submission.entries.get(entry.id, ())
    ]
    columns = list(dict.fromkeys([row_unit, "row", *keys]))
    return pd.DataFrame(records, columns=columns, dtype=object)
