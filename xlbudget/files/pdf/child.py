"""PDFs are read in a process of their own: one that hangs, swells or falls over takes nobody with it.

The process is kept for the next file, and replaced when it was ended or has read many. It gets the paths of
files, reads what they print, and can do nothing else; time and memory are limited.
"""

from __future__ import annotations

import atexit
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from xlbudget.files.pdf.views import Mark, View
from xlbudget.model import PublishedDocument
from xlbudget.model.errors import UnreadableWorkbook

SECONDS = 60.0
"""Time for one document: forty pages take about one second."""
MEMORY = 1_500_000_000
"""Bytes that the process may take, libraries included."""
_MOST = 100  # documents read by one process
_ROOT = str(Path(__file__).resolve().parents[3])
_START = f"import sys; sys.path.insert(0, {_ROOT!r}); from xlbudget.files.pdf.child import serve; serve()"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why the process could not do what it was asked."""

    reason: str
    message: str


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    read: int = 0


@dataclass(slots=True)
class _Keeper:
    """The process at work, if there is one; one document at a time."""

    child: _Child | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, task: str, path: Path, details: object = None, seconds: float = SECONDS) -> Any:
        """Return what the process makes of a file; raises UnreadableWorkbook with the reason."""
        answer = self._answer((task, str(path), details), path, seconds)
        if isinstance(answer, _Refusal):
            raise UnreadableWorkbook(answer.reason, answer.message)
        return answer

    def _answer(self, question: tuple[str, str, object], path: Path, seconds: float) -> Any:
        with self.lock:
            if self.child is None or self.child.read >= _MOST or self.child.process.poll() is not None:
                self.end()
                self.child = _Child(_started())
            child = self.child
            late = threading.Event()
            timer = threading.Timer(seconds, _give_up, (child.process, late))
            timer.start()
            try:
                stdin, stdout = child.process.stdin, child.process.stdout
                assert stdin is not None and stdout is not None
                _send(stdin, question)
                answer = _receive(stdout)
                child.read += 1
            except (OSError, EOFError, pickle.UnpicklingError):
                self.end()
                raise _lost(path, seconds, late=late.is_set()) from None
            finally:
                timer.cancel()
        return answer

    def end(self) -> None:
        """End the process, if there is one."""
        if self.child is not None:
            self.child.process.kill()
            self.child.process.communicate()
            self.child = None


_keeper = _Keeper()
atexit.register(_keeper.end)


def read_in_child(path: Path, seconds: float = SECONDS) -> PublishedDocument:
    """Return what a PDF prints; raises UnreadableWorkbook with the reason."""
    document: PublishedDocument = _keeper.ask("read", path, seconds=seconds)
    return document


def draw_in_child(path: Path, views: Sequence[View]) -> list[bytes]:
    """Return a PNG for each view of a PDF; raises UnreadableWorkbook when it cannot be opened."""
    images: list[bytes] = _keeper.ask("draw", path, tuple(views))
    return images


def mark_in_child(path: Path, marks: Sequence[Mark], author: str) -> bytes:
    """Return a PDF with annotations added; raises UnreadableWorkbook when it cannot be opened."""
    content: bytes = _keeper.ask("mark", path, (tuple(marks), author))
    return content


def _give_up(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _lost(path: Path, seconds: float, *, late: bool) -> UnreadableWorkbook:
    if late:
        message = f"“{path.name}”{seconds:g} 秒内没有读完，已放弃；请重新导出为普通的 PDF，再核对。"
    else:
        message = f"“{path.name}”使读取程序异常退出（可能已损坏或过大）；请重新导出为普通的 PDF，再核对。"
    return UnreadableWorkbook("limit" if late else "damaged", message)


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _send(stream: IO[bytes], value: object) -> None:
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack(">Q", len(content)) + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack(">Q", head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)  # noqa: S301 - between our own two processes


# ------------------------------------------------------------- in the child


def serve() -> None:
    """Read one document after the other as asked, until nobody asks any more."""
    _limit_memory()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            task, name, details = _receive(asked)
        except EOFError:
            return
        path = Path(name)
        try:
            answer = _done(task, path, details)
        except UnreadableWorkbook as error:
            answer = _Refusal(error.reason, str(error))
        except MemoryError:
            message = f"“{path.name}”需要的内存太多，没有读取；请拆成几个文件，或重新导出为普通的 PDF。"
            answer = _Refusal("limit", message)
        _send(answers, answer)


def _done(task: str, path: Path, details: Any) -> object:
    if task == "read":
        from xlbudget.files.pdf.reading import read_pdf

        return read_pdf(path)
    if task == "draw":
        from xlbudget.files.pdf.pictures import pictures

        return list(pictures(path, details))
    from xlbudget.files.pdf.library import marked, opened

    with opened(path) as document:
        return marked(document, *details)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the time limit alone
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
