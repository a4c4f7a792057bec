"""Worker processes over files, in order; the one door to pebble, whose workers die alone.

A file that brings its worker down, or takes longer than its time, is answered as such, and the others are
worked on all the same.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as OutOfTime
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from xlbudget.checking.runs.batch import AHEAD, Batch, Checked
from xlbudget.model import RuleOutcome

Made_co = TypeVar("Made_co", covariant=True)

Sent = tuple[Checked, bytes]
"""What a worker sends: the result without the outcomes of its rules, and these as bytes of their own.

Most files have the same outcomes, which the main process then takes apart once.
"""


class Work(Protocol[Made_co]):
    """What worker processes do with each file; it is sent to them, and what it gives comes back."""

    @property
    def seconds(self) -> float:
        """The time for one file."""

    def __call__(self, path: Path) -> Made_co:
        """Return what becomes of a file."""

    def late(self, path: Path) -> Made_co:
        """Return what becomes of a file that took too long."""

    def broken(self, path: Path) -> Made_co:
        """Return what becomes of a file that brought its worker down."""


def in_processes(files: Sequence[Path], work: Work[Made_co], workers: int) -> Iterator[Made_co]:
    """Yield what becomes of each file, in order, from that many worker processes."""
    packed = zlib.compress(pickle.dumps(work))  # small enough for a pipe: no worker waits for another
    pool = ProcessPool(
        max_workers=workers,
        initializer=_start,
        initargs=(packed,),
        context=multiprocessing.get_context("spawn"),  # the same on every system, and no threads are copied
    )
    waiting: deque[tuple[Path, ProcessFuture[Made_co]]] = deque()
    try:
        for path in files:
            with _interrupts_held(first=not waiting):
                waiting.append((path, pool.schedule(_done, args=(path,), timeout=work.seconds)))
            if len(waiting) >= workers * AHEAD:
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def checked_in_processes(files: Sequence[Path], batch: Batch, workers: int) -> Iterator[Checked]:
    """Yield the result of each file's check, in order."""
    for (report, submission), outcomes in in_processes(files, _Checking(batch), workers):
        yield replace(report, outcomes=_outcomes(outcomes)), submission


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


def _result(work: Work[Made_co], path: Path, future: ProcessFuture[Made_co]) -> Made_co:
    try:
        return future.result()
    except OutOfTime:
        return work.late(path)
    except (ProcessExpired, MemoryError):
        return work.broken(path)


_work: list[Work[Any]] = []
"""What this worker process does."""


def _start(packed: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    _work[:] = [pickle.loads(zlib.decompress(packed))]  # noqa: S301 - from our own main process


def _done(path: Path) -> Any:
    return _work[0](path)


@dataclass(frozen=True, slots=True)
class _Checking:
    """The check of a batch's files, as workers do it."""

    batch: Batch

    @property
    def seconds(self) -> float:
        return self.batch.seconds

    def __call__(self, path: Path) -> Sent:
        return _sent(self.batch.check(path))

    def late(self, path: Path) -> Sent:
        return _sent(self.batch.late(path))

    def broken(self, path: Path) -> Sent:
        return _sent(self.batch.broken(path))


def _sent(checked: Checked) -> Sent:
    report, submission = checked
    return (replace(report, outcomes=()), submission), pickle.dumps(report.outcomes)


@lru_cache(maxsize=64)
def _outcomes(sent: bytes) -> tuple[RuleOutcome, ...]:
    found: tuple[RuleOutcome, ...] = pickle.loads(sent)  # noqa: S301 - from our own worker
    return found
