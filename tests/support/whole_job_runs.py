"""Runs of ``whole_job.py`` in processes of their own, and the returns that it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support import builders

JOB = Path(__file__).with_name("whole_job.py")


def spoil(workbooks: Sequence[Path], folder: Path) -> None:
    """Write returns that are wrong in ways which ask for odd rows, for searches, and for a refusal."""
    one, two, three = (path.read_bytes() for path in workbooks)
    twice = builders.other_result(builders.other_result(one, "公开表3", "C8", 7.0), "公开表3", "D9", 9.0)
    spoiled = {
        "101.xlsx": builders.other_result(one, "公开表1", "D6", 1.0),
        "102.xlsx": builders.other_formula(two, "公开表3", "C6", "1+1", 2.0),
        "103.xlsx": builders.stored_as(three, "公开表2", "C7", kind="str", value="约12万"),
        "104.xlsx": builders.stored_as(one, "公开表1", "B6", kind="e", value="#DIV/0!"),
        "105.xlsx": builders.typed(two, builders.PROJECTS, {"H6": 123.45}),
        "106.xlsx": twice,
        "107.xlsx": builders.row_deleted(three, "公开表3", 9),
    }
    for name, workbook in spoiled.items():
        builders.returned(folder, name, workbook)
    (folder / "108.xlsx").write_bytes(b"PK\x03\x04 cut short")


def ended(folder: Path, spoiled: Path, *options: str) -> dict[str, Any]:
    """What the job into a new folder says of its files and of what it printed."""
    folder.mkdir()
    command = [sys.executable, "-X", "utf8", "-W", "error", str(JOB), str(folder), str(spoiled), *options]
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=400,
        env={**os.environ, "TZ": "UTC"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
