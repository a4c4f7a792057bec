"""Files that the suite makes once, whichever of its processes comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOM = {"基本支出": 60, "项目支出": 60, "上年项目": 60}
"""Rows of the ledgers in most of the suite's workbooks: formulas as for 300 rows, half as many."""

Convert = Callable[..., list[Path]]
"""The fixture that has LibreOffice save files in another format."""

_PATIENCE = 300.0  # seconds in which another process makes the files


def made_once(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """Return a folder that ``make`` has filled; processes of pytest-xdist share it, one makes it."""
    base = factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / f"shared-{name}"
    done, failed = folder.with_suffix(".done"), folder.with_suffix(".failed")
    try:
        folder.mkdir()
    except FileExistsError:
        _wait(done, failed)
        return folder
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return folder


def _wait(done: Path, failed: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not done.exists():
        if failed.exists() or time.monotonic() > end:
            pytest.fail(f"another process could not make {done.stem}: see its test")
        time.sleep(0.1)
