"""Broken mails and zips through receiving, each with a good workbook before and behind it."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from support import mutated_arrivals
from support.memory_of_process import peak_from_here, peak_memory

from xlbudget import Unit
from xlbudget.department.collection import Collection, Received, Status, receive
from xlbudget.department.collection.arrivals import PassedOver
from xlbudget.department.collection.status import status_of
from xlbudget.department.collection.status_papers import status_text
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster, WorkbookTemplate
from xlbudget.workbook.sheets.writing import workbook_bytes

UNITS = (Unit("101", "示范厅机关", "行政", "示范厅"), Unit("103", "示范厅信息中心", "事业", "示范厅"))
ROOM = {"基本支出": 12, "项目支出": 6}
SECONDS, MEGABYTES = 10.0, 500
CHUNK = 240  # files received into one collection
IN_MEMORY = Path("/dev/shm")
_AGAIN = 16  # every such file is received once more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``fault`` is empty when all is well."""

    name: str
    kind: str
    seconds: float
    megabytes: float
    fault: str


def run(kind: str, count: int, seed: int, template: WorkbookTemplate, start: int = 0) -> Iterator[Outcome]:
    """Receive ``count`` variants (``kind``: mail, zip) and yield what became of each."""
    with ExitStack() as opened:
        where = IN_MEMORY if IN_MEMORY.is_dir() else None
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=where)))
        goods = _goods(template, folder)
        for first in range(start, start + count, CHUNK):
            size = min(CHUNK, start + count - first)
            with Collection.create(
                folder / f"{kind}{first}", template, Roster(UNITS), user="fuzz"
            ) as collection:
                for name, data in mutated_arrivals.mutations(kind, size, seed, first):
                    path = folder / name
                    path.write_bytes(data)
                    yield _outcome(collection, path, goods, kind)
                    path.unlink()
                said = status_text(status_of(collection))
            changes = verify(folder / f"{kind}{first}").changes
            if changes or "单位 2 个" not in said:
                yield Outcome(f"{kind}{first}", f"{kind}: collection", 0.0, 0.0, f"{changes} {said}")


def _goods(template: WorkbookTemplate, folder: Path) -> tuple[Path, Path]:
    """Write two workbooks that can be received."""
    paths = folder / f"{UNITS[0].code}.xlsx", folder / f"{UNITS[1].code}.xlsx"
    for unit, path in zip(UNITS, paths, strict=True):
        path.write_bytes(workbook_bytes(template, unit, capacity=ROOM))
    return paths


def _outcome(collection: Collection, path: Path, goods: tuple[Path, Path], kind: str) -> Outcome:
    before, start = peak_from_here(), time.process_time()
    fault, results = "", []
    try:
        results = list(receive(collection, [goods[0], path, goods[1]], workers=1))
    except Exception as error:  # what is looked for
        fault = f"{type(error).__name__}: {error}"
    seconds, megabytes = time.process_time() - start, peak_memory() - before
    if not fault:
        fault = _not_received(results, goods) or (seconds > SECONDS and f"took {seconds:.1f} s") or ""
        fault = fault or (megabytes > MEGABYTES and f"took {megabytes:.0f} MB") or ""
    number = int("".join(letter for letter in path.name.partition("_")[0] if letter.isdigit()))
    if not fault and number % _AGAIN == 0:
        again = list(receive(collection, [path], workers=1))
        if any(isinstance(part, Received) and not part.again for part in again):
            fault = "received anew"
    return Outcome(path.name, f"{kind}: {_end(results[1:-1])}", seconds, megabytes, fault)


def _not_received(results: list[Received | PassedOver], goods: tuple[Path, Path]) -> str:
    """Say which of the good workbooks beside a file was not received."""
    for result, path in zip((results[0], results[-1]), goods, strict=True):
        unit = path.stem
        if not isinstance(result, Received) or result.receipt.unit_code != unit:
            return f"{unit} beside it was not received"
    return ""


def _end(results: list[Received | PassedOver]) -> str:
    """Return in a word what a file came to."""
    unread = [
        part for part in results if isinstance(part, Received) and part.receipt.judged is Status.UNREADABLE
    ]
    unknown = Counter(part.unread.partition("无法读取（")[2].partition("）")[0] for part in unread)
    del unknown[""]
    if unknown:
        return f"unknown error {', '.join(sorted(unknown))}"
    return "unreadable" if unread else "passed over" if results else "nothing"
