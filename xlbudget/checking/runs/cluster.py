"""Many files on more than one machine: the same map on a Dask cluster (the one door to Dask, an extra).

The template goes to the cluster once, as a task that every file depends on: what is merely scattered
is lost with the last worker that holds it, a task is made again. A file that brings its worker down is
tried again alone, so that no other file answers for it, and is unreadable if it does so again.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from xlbudget.checking.runs.batch import AHEAD, Batch, Checked
from xlbudget.files.extras import missing_extra
from xlbudget.model.errors import InputError
from xlbudget.version import __version__

CONNECTING = 10.0
"""Seconds for the scheduler to answer."""

WITHOUT_WORKERS = 60.0
"""Seconds that a cluster may be without workers: a nanny needs some ten to start one anew."""

_LOOK = 5.0  # seconds between two looks at the cluster while waiting


class Cluster:
    """A Dask cluster at work for one run; use as a context manager.

    ``address`` is that of its scheduler. Raises InputError when Dask is not installed here, the
    scheduler does not answer, or its workers have none or another version of this package.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._open = ExitStack()
        self._client: Any = None
        self._looked, self._manned, self._threads = 0.0, 0.0, 1

    def __enter__(self) -> Cluster:
        """Connect."""
        distributed = _distributed()
        with ExitStack() as opening:
            opening.enter_context(_quiet())
            try:
                client = distributed.Client(self.address, timeout=CONNECTING, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:
                raise InputError(
                    f"连不上调度器“{self.address}”；请核对地址和端口（形如 tcp://10.0.0.5:8786），"
                    "并确认 dask scheduler 已经启动。"
                ) from error
            self._client = opening.enter_context(client)
            self._see_workers()
            self._open = opening.pop_all()
        return self

    def __exit__(self, *exception: Any) -> None:
        """Give up what is still under way, and disconnect."""
        self._open.__exit__(*exception)

    def _see_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError as error:
            raise InputError(f"调度器“{self.address}”没有工作进程；请先启动 dask worker。") from error
        # a function without a name goes over as it is: the worker may not have this package at all
        version = lambda: __import__("xlbudget.version", fromlist=["version"]).__version__  # noqa: E731
        for worker, found in self._client.run(version, on_error="return").items():
            if isinstance(found, Exception):
                raise InputError(
                    f"工作进程 {worker} 所在的环境没有安装 xlbudget {__version__}；请安装后重试。"
                )
            if found != __version__:
                raise InputError(
                    f"工作进程 {worker} 装的是 xlbudget {found}，本机是 {__version__}；请装成同一版本。"
                )
        self._look()

    def results(self, files: Sequence[Path], batch: Batch) -> Iterator[Checked]:
        """Yield the result of each file, in order; few files are under way at any time.

        Raises InputError when the cluster is lost on the way.
        """
        shared = self._client.submit(pickle.loads, pickle.dumps(batch), pure=False)
        waiting: deque[tuple[Path, Any]] = deque()
        try:
            for path in files:
                waiting.append((path, self._sent(shared, path, batch.seconds)))
                if len(waiting) >= self._threads * AHEAD:
                    yield self._result(batch, shared, waiting)
            while waiting:
                yield self._result(batch, shared, waiting)
        except (CancelledError, OSError) as error:
            raise self._lost("与它的连接中断") from error
        finally:
            if self._client.status == "running":
                self._client.cancel([shared, *(future for _, future in waiting)], force=True)

    def _sent(self, shared: Any, path: Path, seconds: float) -> Any:
        return self._client.submit(_check, shared, path, seconds, pure=False)

    def _result(self, batch: Batch, shared: Any, waiting: deque[tuple[Path, Any]]) -> Checked:
        killed = _distributed().KilledWorker
        path, future = waiting.popleft()
        try:
            return self._awaited(future)
        except MemoryError:
            return batch.broken(path)
        except killed:
            for _, other in waiting:
                self._wait(other)
        started = time.monotonic()
        try:
            return self._awaited(self._sent(shared, path, batch.seconds))
        except (killed, MemoryError):
            late = time.monotonic() - started > batch.seconds
            return batch.late(path) if late else batch.broken(path)

    def _awaited(self, future: Any) -> Checked:
        self._wait(future)
        result: Checked = future.result()
        return result

    def _wait(self, future: Any) -> None:
        while not future.done():
            with suppress(TimeoutError):
                future.exception(timeout=_LOOK)
            if not future.done():
                self._look()
        if time.monotonic() - self._looked > _LOOK:
            self._look()

    def _look(self) -> None:
        """See how many workers there are; InputError when there have been none for too long."""
        workers = self._client.scheduler_info()["workers"].values()
        self._looked = time.monotonic()
        self._threads = sum(worker["nthreads"] for worker in workers) or self._threads
        if workers:
            self._manned = self._looked
        elif self._looked - self._manned > WITHOUT_WORKERS:
            raise self._lost("它的工作进程都已退出")

    def _lost(self, what: str) -> InputError:
        advice = "请恢复后以同一命令重新运行；用了 --resume 的，从断处继续"
        return InputError(f"调度器“{self.address}”：{what}，审核没有完成；{advice}。")


_one_at_a_time = threading.Lock()
"""A worker with several threads checks one file after the other: two would only share one interpreter."""


def _check(batch: Batch, path: Path, seconds: float) -> Checked:
    """Check one file on a worker; one that takes too long ends the worker where it will be started anew."""
    with _one_at_a_time, _bounded(seconds):
        return batch.check(path)


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    if not _distributed().get_worker().nanny:
        yield
        return
    clock = threading.Timer(seconds, os._exit, (1,))
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise missing_extra("在多台机器上审核", error) from error
    return distributed


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own messages from the screen: what an officer must know is said here."""
    handlers = [(handler, handler.level) for handler in logging.getLogger("distributed").handlers]
    for handler, _ in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler, level in handlers:
            handler.setLevel(level)
