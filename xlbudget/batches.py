"""Many files: one after the other, or in worker processes; results in order, memory bounded.

The one door to pebble, whose workers die alone: a file that brings its worker down, or takes longer
than its time (:attr:`Batch.seconds`), is unreadable, and the others are checked all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as OutOfTime
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from xlbudget.checking import check_file, check_published_file, refused
from xlbudget.collector import paused_collector
from xlbudget.journal import Journal
from xlbudget.model import Roster, RuleOutcome, Submission, WorkbookReport, WorkbookTemplate
from xlbudget.ooxml import Limits
from xlbudget.prior_year import PriorYear

SECONDS = 120.0
"""Time for one file: the reader ends after 30 s, and a summary of 300 units takes some 20 s."""

PATIENCE = 60.0
"""How many times as long a file may take where the engine itself recalculates: it compiles for minutes."""

WORTHWHILE = 12
"""Files from which on worker processes pay: each takes two seconds to start."""

AHEAD = 4
"""Files handed to each worker in advance: enough to keep it busy, few enough to keep memory flat."""

Progress = Callable[[int, int, Path], None]
"""Called after each file: how many are done, how many there are, the file."""

Map = Callable[[Sequence[Path], "Batch"], "Iterator[Checked]"]
"""What gives the results of files in order: one process, several, or a cluster."""

Checked = tuple[WorkbookReport, Submission | None]
"""The report of a file, and its entries where they were asked for and could be read."""

Sent = tuple[Checked, bytes]
"""What a worker sends: the result without the outcomes of its rules, and these as bytes of their own.

Most files have the same outcomes, which the main process then takes apart once.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run does with each file: the template, the roster, whether the entries are wanted.

    ``as_published`` takes the files for workbooks of values, without entries. ``prior`` are last year's
    workbooks to compare with, ``limits`` the reader's where they are not the usual ones.
    """

    template: WorkbookTemplate
    roster: Roster | None = None
    entries: bool = False
    as_published: bool = False
    prior: PriorYear | None = None
    limits: Limits | None = None

    @property
    def seconds(self) -> float:
        """The time for one file."""
        reading = max(0.0, self.limits.seconds - Limits().seconds) if self.limits else 0.0
        return reading + SECONDS * (PATIENCE if self.template.engine == "formulas" else 1)

    @paused_collector()
    def check(self, path: Path) -> Checked:
        """Check one file; of what was read only the entries are kept.

        The collector of cycles stays paused until what was read is gone: it would go through all of it.
        """
        if self.as_published:
            return check_published_file(path, self.template, self.roster, self.limits), None
        report, submission = check_file(path, self.template, self.roster, self.prior, self.limits)
        if submission is None or not self.entries:
            return report, None
        return report, replace(submission, stored={})

    def late(self, path: Path) -> Checked:
        """Return the report of a file that took too long."""
        return self._unreadable(
            path, f"审核超过 {self.seconds:g} 秒，已放弃。请删除与预算无关的内容后重新报送。"
        )

    def broken(self, path: Path) -> Checked:
        """Return the report of a file that brought its worker down."""
        return self._unreadable(path, "使审核程序异常退出（可能内存不足），未能审核。请单独审核或重新报送。")

    def _unreadable(self, path: Path, message: str) -> Checked:
        return refused(path, self.template, f"文件“{path.name}”{message}"), None


def suitable_workers(files: int) -> int:
    """Return how many processes a run over that many files should use on this machine."""
    return min(os.cpu_count() or 1, max(1, files // (WORTHWHILE // 2))) if files >= WORTHWHILE else 1


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
    return _in_processes(files, batch, workers)


def _in_processes(files: Sequence[Path], batch: Batch, workers: int) -> Iterator[Checked]:
    pool = ProcessPool(
        max_workers=workers,
        initializer=_start,
        initargs=(batch,),
        context=multiprocessing.get_context("spawn"),  # the same on every system, and no threads are copied
    )
    waiting: deque[tuple[Path, ProcessFuture[Sent]]] = deque()
    try:
        for path in files:
            with _interrupts_held(first=not waiting):
                waiting.append((path, pool.schedule(_check, args=(path,), timeout=batch.seconds)))
            if len(waiting) >= workers * AHEAD:
                yield _result(batch, *waiting.popleft())
        while waiting:
            yield _result(batch, *waiting.popleft())
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


@contextmanager
def _interrupts_held(*, first: bool) -> Iterator[None]:
    """Hold Ctrl-C back while the pool starts: its threads and processes inherit that, and stay undisturbed.

    Ctrl-C is for the main thread of the main process, which ends the workers; one that is just starting
    would complain on the screen.
    """
    if not first or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(batch: Batch, path: Path, future: ProcessFuture[Sent]) -> Checked:
    try:
        (report, submission), outcomes = future.result()
    except OutOfTime:
        return batch.late(path)
    except (ProcessExpired, MemoryError):
        return batch.broken(path)
    return replace(report, outcomes=_outcomes(outcomes)), submission


@lru_cache(maxsize=64)
def _outcomes(sent: bytes) -> tuple[RuleOutcome, ...]:
    found: tuple[RuleOutcome, ...] = pickle.loads(sent)  # noqa: S301 - from our own worker
    return found


_batch: list[Batch] = []
"""The batch of this worker process."""


def _start(batch: Batch) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    _batch[:] = [batch]


def _check(path: Path) -> Sent:
    report, submission = _batch[0].check(path)
    return (replace(report, outcomes=()), submission), pickle.dumps(report.outcomes)
