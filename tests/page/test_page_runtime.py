"""The page's own Python, under node: the whole job gives the same bytes as the Python that runs the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl

import xlbudget

SUPPORT = Path(__file__).resolve().parents[1] / "support"


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
    builder: ModuleType, spoiled_returns: Path, plain_job: dict[str, Any], tmp_path: Path
) -> None:
    """Issued, filled, checked, annotated, compared, joined, collected: each file, each member, the screen."""
    node = shutil.which("node")
    assert node is not None, "Node.js is needed (run tests/system-packages.sh)"
    shutil.copytree(spoiled_returns, tmp_path / "spoiled")
    (tmp_path / "there").mkdir()
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
    assert there["loaded"] == plain_job["loaded"] == []
    assert len(plain_job["files"]) > 500
    assert there["files"] == plain_job["files"]
    assert there["printed"] == plain_job["printed"]
