"""Many files checked, one after the other or side by side, with the same results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlbudget.checking.runs.journal import Journal
from xlbudget.checking.runs.batch import Batch, Checked, Map

WORTHWHILE = 12
"""Files from which on worker processes pay: each takes a second to start."""


Progress = Callable[[int, int, Path], None]
"""Called after each file: how many are done, how many there are, the file."""


def suitable_workers(files: int) -> int:
    """Return how many processes a run over that many files should use here: one where there are no others."""
    if files < WORTHWHILE or find_spec("pebble") is None or find_spec("_multiprocessing") is None:
        return 1
    return min(os.cpu_count() or 1, max(1, files // (WORTHWHILE // 2)))


def check_each(
    files: Sequence[Path],
    batch: Batch,
    *,
    workers: int = 1,
    cluster: Map | None = None,
    progress: Progress | None = None,
    journal: Journal | None = None,
) -> Iterator[Checked]:
    """Yield the result of each file, in order: from ``cluster``, else from that many ``workers`` here.

    ``journal`` keeps reports as they are made and gives back those of an earlier run over unchanged
    files. More than one worker needs a main module that can be imported (see :mod:`multiprocessing`).
    """
    known = {path: report for path in files if (report := journal.find(path))} if journal else {}
    unknown = [path for path in files if path not in known]
    fresh = cluster(unknown, batch) if cluster else _results(unknown, batch, workers)
    for done, path in enumerate(files, 1):
        checked = (known[path], None) if path in known else next(fresh)
        if journal is not None and path not in known:
            journal.keep(checked[0])
        yield checked
        if progress is not None:
            progress(done, len(files), path)


def _results(files: Sequence[Path], batch: Batch, workers: int) -> Iterator[Checked]:
    if workers < 2 or len(files) < 2:
        return map(batch.check, files)
    from xlbudget.checking.runs.processes import checked_in_processes  # pebble takes a moment to import

    return checked_in_processes(files, batch, workers)
