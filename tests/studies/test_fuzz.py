"""A share of the fuzz run of tests/fuzz.py, which has thousands; the same in each run of the suite."""

from __future__ import annotations

from collections import Counter

import fuzz


def test_broken_workbooks_stop_nothing_and_none_is_accepted_in_silence() -> None:
    outcomes = list(fuzz.run(count=36, seed=20_261_124, workers=1))
    assert [(part.name, part.fault) for part in outcomes if part.fault] == []
    ends = Counter(part.kind.partition(": ")[2] for part in outcomes)
    assert sum(ends.values()) == 36
    assert min(ends["refused"], ends["findings"], ends["clean"]) >= 4  # the changes bite, harmless ones pass


def test_worker_processes_find_the_same() -> None:
    alone, shared = (list(fuzz.run(count=8, seed=3, workers=workers)) for workers in (1, 2))
    assert [(part.name, part.kind, part.fault) for part in shared] == [
        (part.name, part.kind, part.fault) for part in alone
    ]
    assert len({part.kind for part in alone}) > 2
