"""Jobs: named, begun with plain arguments, taken on step by step; every answer can be written as JSON."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlbudget.desk.views import in_words
from xlbudget.files.collector import keep_aside
from xlbudget.model import Report, Roster, Submission, WorkbookTemplate
from xlbudget.model.errors import XlbudgetError

JOBS = {
    "check": "checking",
    "part": "checking",
    "papers": "papers",
    "publish": "papers",
    "unpack": "archives",
    "pack": "archives",
    "join": "joining",
    "issue": "issuing",
    "templates": "issuing",
    "compare": "comparing",
    "collection": "collecting",
    "collect": "collecting",
    "decide": "collecting",
    "waive": "collecting",
    "history": "collecting",
    "receipt": "collecting",
    "close_books": "collecting",
    "reopen_books": "collecting",
    "verify_books": "collecting",
    "join_books": "collecting",
    "status_papers": "collecting",
}
"""The jobs, and the module of this package that holds the function of that name."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a job has made: the name under which to save it, and where it lies."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Step:
    """How far a job is: how many are done of how many, what was done last, files made by this step.

    ``said`` are plain values for whoever drives the job.
    """

    done: int
    of: int
    what: str = ""
    outputs: tuple[Output, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a job: its result in plain values, and the files made."""

    result: Mapping[str, Any]
    outputs: tuple[Output, ...] = ()


Job = Generator[Step, None, Done]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a job of checking leaves at the desk for the jobs that follow it.

    ``root`` is the folder in which lies what was handed in: links in reports are relative to it.
    """

    report: Report
    template: WorkbookTemplate
    root: Path
    roster: Roster | None = None
    submissions: tuple[Submission, ...] = ()


class Desk:
    """Jobs under way, and what was checked. ``folder`` is for the files that jobs make.

    ``workers`` is how many processes may check files; where there are none (in a browser) it is 1.
    """

    def __init__(self, folder: Path | str, templates: Path | None = None, *, workers: int = 1) -> None:
        self.folder = Path(folder)
        self.templates = templates
        self.workers = workers
        self.checked: dict[str, Checked] = {}
        self._jobs: dict[str, Job] = {}
        self._used: set[str] = set()
        self._begun = 0

    def answer(self, asked: str) -> str:
        """Answer ``{"begin": name, "with": {…}}``, ``{"step": job}`` or ``{"drop": job}``, all of it JSON.

        An error is an answer too: ``error`` is what to say, ``fault`` the kind of a mistake of the program.
        """
        order = json.loads(asked)
        try:
            said = self._answered(order)
        except XlbudgetError as error:
            said = {"error": in_words(str(error))}
        except Exception as error:
            said = {"error": fault(error), "fault": type(error).__name__}
        return json.dumps(said, ensure_ascii=False)

    def place(self, job: str) -> Path:
        """Return the folder for the files of a job."""
        return self.folder / job

    def used(self, template: WorkbookTemplate) -> None:
        """Note that files were checked by a template: what was made for it stays, and is no cycle."""
        if template.digest not in self._used:
            self._used.add(template.digest)
            keep_aside()

    def _answered(self, order: dict[str, Any]) -> dict[str, Any]:
        if "begin" in order:
            return self._begin(order["begin"], order.get("with", {}))
        if "drop" in order:
            self._drop(order["drop"])
            return {}
        return self._step(order["step"])

    def _begin(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        module = importlib.import_module(f"{__package__}.{JOBS[name]}")
        make: Callable[..., Job] = getattr(module, name)
        self._begun += 1
        job = f"{self._begun}"
        self._jobs[job] = make(self, job, **arguments)
        return {"job": job}

    def _step(self, job: str) -> dict[str, Any]:
        try:
            step = next(self._jobs[job])
        except StopIteration as end:
            del self._jobs[job]
            done: Done = end.value
            return {"result": done.result, "outputs": _listed(done.outputs)}
        except BaseException:
            self._jobs.pop(job, None)
            raise
        return {
            "done": step.done,
            "of": step.of,
            "what": step.what,
            "said": step.said,
            "outputs": _listed(step.outputs),
        }

    def _drop(self, job: str) -> None:
        under_way = self._jobs.pop(job, None)
        if under_way is not None:
            under_way.close()
        self.checked.pop(job, None)
        shutil.rmtree(self.place(job), ignore_errors=True)


def _listed(outputs: tuple[Output, ...]) -> list[dict[str, str]]:
    return [{"name": output.name, "path": str(output.path)} for output in outputs]


def fault(error: Exception) -> str:
    """Say that the program is at fault, not a file, and what to send us."""
    return f"程序出错（{type(error).__name__}：{error}），不是文件的问题；请把这句话和正在做的事告诉我们。"
