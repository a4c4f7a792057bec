"""Many files: one after the other, or in worker processes; results in order, memory bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.checking.one_file import check_file, check_published_file, given_up, refused
from xlbudget.checking.prior_year.workbooks import LinkedFolder
from xlbudget.files.collector import paused_collector
from xlbudget.files.xlsx import Limits
from xlbudget.model import Roster, Submission, WorkbookReport, WorkbookTemplate

if TYPE_CHECKING:
    pass

SECONDS = 120.0
"""Time for one file: the reader ends after 30 s, and a summary of 300 units takes some 20 s."""

PATIENCE = 60.0
"""How many times as long a file may take where the engine itself recalculates: it compiles for minutes."""


AHEAD = 4
"""Files handed to each worker in advance: enough to keep it busy, few enough to keep memory flat."""


Map = Callable[[Sequence[Path], "Batch"], "Iterator[Checked]"]
"""What gives the results of files in order: one process, several, or a cluster."""

Checked = tuple[WorkbookReport, Submission | None]
"""The report of a file, and its entries where they were asked for and could be read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run does with each file: the template, the roster, whether the entries are wanted.

    ``as_published`` takes the files for documents that others published, each by that of ``templates`` (none:
    ``template``) which it follows. ``linked`` are last year's
    workbooks to compare with, and others; ``limits`` the reader's where they are not the usual ones.
    """

    template: WorkbookTemplate
    roster: Roster | None = None
    entries: bool = False
    as_published: bool = False
    linked: tuple[LinkedFolder, ...] = ()
    limits: Limits | None = None
    templates: tuple[WorkbookTemplate, ...] = ()

    @property
    def seconds(self) -> float:
        """The time for one file."""
        reading = max(0.0, self.limits.seconds - Limits().seconds) if self.limits else 0.0
        return reading + SECONDS * (PATIENCE if self.template.engine == "formulas" else 1)

    @paused_collector()
    def check(self, path: Path) -> Checked:
        """Check one file; of what was read only the entries are kept.

        The collector of cycles stays paused until what was read is gone: it would go through all of it.
        """
        if self.as_published:
            templates = self.templates or (self.template,)
            return check_published_file(path, templates, self.roster, self.limits), None
        report, submission = check_file(path, self.template, self.roster, self.linked, self.limits)
        if submission is None or not self.entries:
            return report, None
        return report, replace(submission, stored={})

    def late(self, path: Path) -> Checked:
        """Return the report of a file that took too long."""
        message = f"审核超过 {self.seconds:g} 秒，已放弃。请删除与预算无关的内容后重新报送。"
        return refused(path, f"文件“{path.name}”{message}"), None

    def broken(self, path: Path) -> Checked:
        """Return the report of a file that brought its worker down."""
        message = "使审核程序异常退出（可能内存不足），未能审核。请单独审核或重新报送。"
        return given_up(path, f"文件“{path.name}”{message}"), None
