"""The main job from blank workbooks to summary in one process, with or without libraries and abilities.

    python tests/support/whole_job.py FOLDER SPOILED [--plain]

What comes out is digested, member by member, on standard output as JSON. ``--plain`` refuses to import what
a page in a browser does not have, and takes away threads, processes and the clock of a thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
import threading
import time
import zipfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

LIBRARIES = {"numpy", "scipy", "pandas", "formulas", "schedula", "typst", "docx", "lxml", "pebble"}
LIBRARIES |= {"filelock", "platformdirs", "distributed", "dask", "fsspec", "pyarrow"}
ABILITIES = {"multiprocessing", "fcntl", "pwd"}
TEMPLATE = "shanxi_provincial/2023"
LEDGERS = ("基本支出", "项目支出", "上年项目")
_WHEN = re.compile(rb"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?")


class Refusing(MetaPathFinder):
    """Imports nothing of what is named."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] in LIBRARIES | ABILITIES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def take_away() -> None:
    """Leave this process what a page in a browser has."""
    sys.meta_path.insert(0, Refusing())
    for place, name in ((time, "thread_time"), (os, "geteuid"), (os, "fork"), (os, "sched_getaffinity")):
        if hasattr(place, name):
            delattr(place, name)

    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threading.Thread.start = start  # type: ignore[method-assign]


def run(*words: str | Path) -> str:
    """Run a command; return its exit code and what it prints."""
    from xlbudget.cli import run as command

    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = command([str(word) for word in words])
    return f"{code} {printed.getvalue()}"


def job(folder: Path, spoiled: Path) -> list[str]:
    """Do everything into ``folder``; return what was printed."""
    from xlbudget.definitions.folders import templates_folder

    os.chdir(folder)
    spoiled = Path(os.path.relpath(spoiled))  # named alike wherever the job runs
    demo = templates_folder() / TEMPLATE / "demo"
    roster = demo / "units.csv"
    rows = [word for table in LEDGERS for word in ("--rows", f"{table}=30")]
    said = [run("generate", TEMPLATE, "--roster", roster, "-o", "issued", *rows)]
    for issued in sorted(Path("issued").glob("[0-9]*.xlsx")):
        code = issued.name.partition("_")[0]
        entries = demo / "department" / code
        said.append(run("fill", issued, "--entries", entries, "-o", f"returned/{code}.xlsx"))
    outputs = [word for name in ("html", "xlsx", "json") for word in ("-o", f"clean.{name}")]
    said.append(run("check", "returned", "--no-judge", "--roster", roster, *outputs))
    outputs = [word for name in ("html", "xlsx", "json") for word in ("-o", f"spoiled.{name}")]
    said.append(
        run("check", spoiled, "--no-judge", *outputs, "--annotate", "annotated", "--replies", "replies")
    )
    before, after = sorted(Path("returned").iterdir())[0], sorted(spoiled.iterdir())[0]  # of one unit
    said.append(run("compare", before, after, "-o", "changes.xlsx"))
    said.append(run("consolidate", "returned", "-o", "summary.xlsx"))
    said.append(run("check", "summary.xlsx", "--no-judge", "-o", "summary.json"))
    said.append(run("collect", "returned", "--into", "collection", "--roster", roster))
    said.append(run("status", "collection"))
    said.append(run("verify", "collection"))
    return said


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file that is no register, of an archive one for each member."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_relative_to(folder / "collection"):
            continue
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found |= {f"{name}!{part}": _digest(archive.read(part)) for part in archive.namelist()}
        else:
            found[name] = _digest(content)
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(_WHEN.sub(b"", content)).hexdigest()[:16]


def main(words: Sequence[str]) -> None:
    folder, spoiled = Path(words[0]).resolve(), Path(words[1]).resolve()
    if "--plain" in words:
        take_away()
    said = job(folder, spoiled)
    loaded = sorted(LIBRARIES & set(sys.modules))
    printed = [_WHEN.sub(b"", text.encode()).decode() for text in said]
    json.dump({"files": digests(folder), "printed": printed, "loaded": loaded}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
