"""What stands already where a unit's workbook is to be issued, and whether it may give way.

A workbook that has left the office may have come back filled in under the same name; so nothing that exists
is replaced but a blank workbook, and that only when asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xlbudget.files.own_outputs import ISSUED, kind_of
from xlbudget.files.whole_files import write_whole
from xlbudget.model import WorkbookTemplate
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.errors import ExistingFile, InputError
from xlbudget.returns.identification import identify
from xlbudget.returns.reading import open_workbook, read
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import unit_rows


class Existing(StrEnum):
    """What to do where a workbook stands already.

    ``KEEP`` leaves it and says so unless it is the same; ``ONLY_NEW`` does not look at it;
    ``OVERWRITE`` replaces it when it is blank: as it was issued, by whatever edition of the definitions, or
    opened and saved without an entry, which only the definitions that it was issued by can tell.
    """

    KEEP = "keep"
    ONLY_NEW = "only_new"
    OVERWRITE = "overwrite"


class Outcome(StrEnum):
    """What became of one workbook."""

    WRITTEN = "written"
    SAME = "same"
    PASSED = "passed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Issued:
    """A workbook's path and what became of it; ``reason`` says in Chinese why one is kept."""

    path: Path
    outcome: Outcome
    reason: str = ""


def issue(path: Path, content: bytes, template: WorkbookTemplate, existing: Existing) -> Issued:
    """Write ``content`` to ``path`` unless something stands there that must stay.

    Raises OutputError when the file cannot be written.
    """
    if not os.path.lexists(path):
        write_whole(path, content)
        return Issued(path, Outcome.WRITTEN)
    if existing is Existing.ONLY_NEW:
        return Issued(path, Outcome.PASSED)
    if _same(path, content):
        return Issued(path, Outcome.SAME)
    reason = _filled(path, template)
    if existing is Existing.OVERWRITE and not reason:
        write_whole(path, content, replace=True)
        return Issued(path, Outcome.WRITTEN)
    return Issued(path, Outcome.KEPT, reason or "与现在要生成的不同")


def refusal(issued: Issued) -> str:
    """Say of one workbook that it was kept, and what to do."""
    return f"“{issued.path}”已经存在（{issued.reason}），没有覆盖；请先核对，再把它移走。"


def _same(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _filled(path: Path, template: WorkbookTemplate) -> str:
    """Return why a file may hold what somebody made; an empty text for a blank workbook."""
    if not path.is_file() or path.is_symlink():
        return "不是普通文件"
    try:
        opened = open_workbook(path)
        if opened.stamp is None or opened.stamp.template_id != template.id:
            return "不是这个模板的工作簿"
        if identify(opened, template) is not None:
            return (
                "" if kind_of(path) == ISSUED else "模板定义改动以前发出的，发出后又保存过，不能确认是空白的"
            )
        submission = read(opened, template)
    except InputError:
        return "不能读取，不能确认是空白的"
    plan, facts = plan_of(template, submission.capacity), template.unit_facts.table
    set_before = {row.row: row.values for row in unit_rows(plan, submission.unit)}
    last_year = {entry.id for entry in template.entries if entry.prior_rows}
    if kind_of(path) == ISSUED:  # never saved since: what may be set on issue was
        last_year |= {entry.id for entry in template.entries if any(line.prior for line in entry.lines)}
    for table, rows in submission.entries.items():
        if table in last_year or table == CONTROLS:
            continue
        for row in rows:
            given = set_before.get(row.row, {}) if table == facts else {}
            if any(value not in (None, "", given.get(key)) for key, value in row.values.items()):
                return "已有填报内容"
    return "" if not submission.irregularities else "内容有改动，不能确认是空白的"


def existing_of(word: Existing | str) -> Existing:
    """Return what a word says; InputError with the words that there are."""
    try:
        return Existing(word)
    except ValueError as error:
        raise InputError(f"existing 只能是 {'、'.join(Existing)}，不能是“{word}”。") from error


def written(issued: Iterable[Issued]) -> list[Path]:
    """Return the paths; ExistingFile names those at which something else stayed."""
    listed = list(issued)
    kept = [part for part in listed if part.outcome is Outcome.KEPT]
    if kept:
        raise ExistingFile("\n".join(map(refusal, kept)))
    return [part.path for part in listed]
