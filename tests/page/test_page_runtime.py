"""The page's own Python, under node: the whole job gives the same bytes as the Python that runs the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
from support import builders

import xlbudget

SUPPORT = Path(__file__).resolve().parents[1] / "support"


def _spoiled(folder: Path, workbooks: list[Path]) -> Path:
    """Returns that ask for odd rows, for searches, and for a refusal."""
    folder.mkdir()
    one, two, three = (path.read_bytes() for path in workbooks)
    for name, content in {
        "101.xlsx": builders.other_result(one, "公开表1", "D6", 1.0),
        "102.xlsx": builders.typed(two, builders.PROJECTS, {"H6": 123.45}),
        "103.xlsx": builders.row_deleted(three, "公开表3", 9),
    }.items():
        builders.returned(folder, name, content)
    (folder / "104.xlsx").write_bytes(b"PK\x03\x04 cut short")
    return folder


def _ended(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=400,
        env={**os.environ, "TZ": "UTC"},
    )
    assert done.returncode == 0, done.stderr[-2_000:] + done.stdout[-500:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_whole_job_is_the_same_in_the_runtime_of_the_page(
    builder: ModuleType, department_workbooks: list[Path], tmp_path: Path
) -> None:
    """Issued, filled, checked, annotated, compared, joined, collected: each file, each member, the screen."""
    node = shutil.which("node")
    assert node is not None, "Node.js is needed (run tests/system-packages.sh)"
    spoiled = _spoiled(tmp_path / "spoiled", department_workbooks)
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = _ended(
        [
            *(sys.executable, "-X", "utf8"),
            *(str(SUPPORT / "whole_job.py"), str(tmp_path / "here"), str(spoiled), "--plain"),
        ]
    )
    package, libraries = Path(xlbudget.__file__).parents[1], Path(openpyxl.__file__).parents[1]
    mounts = {
        "/package": str(package),
        "/libraries": str(libraries),
        "/support": str(SUPPORT),
        "/files": str(tmp_path),
    }
    given = {
        "first": ["/support", "/package"],
        "last": ["/libraries"],
        "words": ["/files/there", "/files/spoiled", "--plain"],
    }
    there = _ended(
        [node, str(SUPPORT / "whole_job.mjs"), str(builder.RUNTIME), json.dumps(mounts), json.dumps(given)]
    )
    assert there["loaded"] == here["loaded"] == []
    assert len(here["files"]) > 500
    assert there["files"] == here["files"]
    assert there["printed"] == here["printed"]
