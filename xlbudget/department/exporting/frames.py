"""Tables as pandas frames with typed columns; the one door to pandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd


def typed_frame(kinds: Mapping[str, str], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Return rows as a frame with typed columns, by name ``string``, ``integer`` or ``number``.

    Texts have the dtype ``string`` (codes keep their zeros, missing is <NA>), whole numbers ``Int64``;
    amounts stay Decimal (dtype ``object``, missing is None), so that their sums are exact.
    """
    frame = pd.DataFrame([list(row) for row in rows], columns=list(kinds), dtype=object)
    dtypes = {"string": "string", "integer": "Int64"}
    return frame.astype({name: dtypes[kind] for name, kind in kinds.items() if kind in dtypes})
