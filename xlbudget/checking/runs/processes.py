"""Worker processes over files, in order; the one door to pebble, whose workers die alone.

A file that brings its worker down, or takes longer than its time (:attr:`Batch.seconds`), is unreadable,
and the others are checked all the same.
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
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from xlbudget.checking.runs.batch import AHEAD, Batch, Checked
from xlbudget.model import RuleOutcome

Sent = tuple[Checked, bytes]
"""What a worker sends: the result without the outcomes of its rules, and these as bytes of their own.

Most files have the same outcomes, which the main process then takes apart once.
"""


def in_processes(files: Sequence[Path], batch: Batch, workers: int) -> Iterator[Checked]:
    """Yield the result of each file, in order, from that many worker processes."""
    packed = zlib.compress(pickle.dumps(batch))  # small enough for a pipe: no worker waits for another
    pool = ProcessPool(
        max_workers=workers,
        initializer=_start,
        initargs=(packed,),
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


def _start(packed: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    _batch[:] = [pickle.loads(zlib.decompress(packed))]  # noqa: S301 - from our own main process


def _check(path: Path) -> Sent:
    report, submission = _batch[0].check(path)
    return (replace(report, outcomes=()), submission), pickle.dumps(report.outcomes)
