"""The ``formulas`` engine as judge: some cells of a run computed anew from the entries.

Judged are stored values that we call wrong, the first of each workbook, and form cells drawn from workbooks
that are clean. The same report over the same files always has the same cells judged. A difference is a
finding against us, never against the unit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.file_places import cell_at
from xlbudget.files.xlsx import Limits
from xlbudget.model import Cell, Finding, Judgement, Report, Severity, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import XlbudgetError
from xlbudget.model.words import shown
from xlbudget.returns.reading import read_entered
from xlbudget.workbook.calculation.engine import engine_version
from xlbudget.workbook.calculation.engine_cells import EngineCells
from xlbudget.workbook.calculation.plan import Plan

RULE = "engine_difference"
MOST_WRONG = 20
"""Of how many workbooks a wrong value is judged."""

DRAWN = 20
_CLEAN = 4
"""From how many clean workbooks cells are drawn: each has to be read again."""

ENGINE = "formulas"
_MISSING = "这里没有安装该引擎"
_BY_ENGINE = "已由该引擎逐本计算全部公式"
_NOTHING = "没有可以另算的格子"
_TOO_LARGE = "工作簿过大，另算太慢"

_MOST_WORK = 40_000_000
"""Cells that the engine may look at for one workbook: a full-size unit takes some 6 million, a second."""

_MOST_IN_ALL = 150_000_000


@dataclass(frozen=True, slots=True)
class _Case:
    """Cells of one workbook to be judged: one that we call wrong, or some that were drawn."""

    evidence: Evidence
    workbook: WorkbookReport
    cells: tuple[Cell, ...]
    wrong: bool


def judged(report: Report, template: WorkbookTemplate, limits: Limits | None = None) -> Report:
    """Return the report with what the engine made of some of its cells, and a finding for each difference.

    Files that have changed since, or are gone, are left out. Where the engine is not installed the report
    says so.
    """
    if template.engine == ENGINE:
        return replace(report, judgement=Judgement(ENGINE, engine_version() or "", reason=_BY_ENGINE))
    version = engine_version()
    if version is None:
        return replace(report, judgement=Judgement(reason=_MISSING))
    judges: dict[int, EngineCells] = {}
    counts, left, reason = {True: 0, False: 0}, _MOST_IN_ALL, _NOTHING
    findings: list[Finding] = []
    for case in _cases(report, template, limits):
        plan = case.evidence.plan
        judge = judges.setdefault(id(plan), EngineCells(plan))
        work = judge.work(case.cells)
        if work > min(left, _MOST_WORK):
            reason = _TOO_LARGE
            continue
        left -= work
        counts[case.wrong] += len(case.cells)
        findings += _differences(case, judge)
    reason = "" if any(counts.values()) else reason
    judgement = Judgement(ENGINE, version, counts[True], counts[False], len(findings), reason)
    return replace(report, judgement=judgement, collective=(*report.collective, *findings))


def _differences(case: _Case, judge: EngineCells) -> Iterator[Finding]:
    """Yield a finding for each cell of which the engine makes something else, or nothing."""
    try:
        values = judge.values(case.evidence.submission.entries, case.cells)
    except Exception as error:
        yield from (_difference(case, cell, f"不出（{type(error).__name__}）") for cell in case.cells)
        return
    for cell, value in zip(case.cells, values, strict=True):
        if not _same(case.evidence.plan, case.evidence.values.raw(cell), value):
            told = f"得“{value}”" if isinstance(value, str) else f"得 {value}"
            yield _difference(case, cell, told)


def _cases(report: Report, template: WorkbookTemplate, limits: Limits | None) -> Iterator[_Case]:
    left = MOST_WRONG
    for workbook in report.workbooks:
        if not left:
            break
        if _disputed(workbook):
            evidence = _evidence(workbook, template, limits)
            cell = None if evidence is None else _wrong_cell(evidence, workbook)
            if evidence is not None and cell is not None:
                left -= 1
                yield _Case(evidence, workbook, (cell,), wrong=True)
    yield from _drawn(report, template, limits)


def _drawn(report: Report, template: WorkbookTemplate, limits: Limits | None) -> Iterator[_Case]:
    """Yield form cells of clean workbooks, drawn by what is in the files alone."""
    clean = sorted(
        (part for part in report.workbooks if not part.findings and not part.values_only and part.unit),
        key=lambda part: (part.sha256, str(part.path)),
    )
    chance = random.Random("".join([report.digest, *(part.sha256 for part in clean)]))  # noqa: S311
    chosen = chance.sample(clean, min(_CLEAN, len(clean)))
    for at, workbook in enumerate(chosen):
        evidence = _evidence(workbook, template, limits)
        if evidence is None:
            continue
        panels = {panel.id for _, panel in template.panels}
        formulas = evidence.blueprint.formulas
        filled = sorted(
            cell for cell in evidence.values.changed_cells if cell.table in panels and cell in formulas
        )
        share = DRAWN * (at + 1) // len(chosen) - DRAWN * at // len(chosen)
        if filled:
            cells = chance.sample(filled, min(share, len(filled)))
            yield _Case(evidence, workbook, tuple(cells), wrong=False)


def _evidence(workbook: WorkbookReport, template: WorkbookTemplate, limits: Limits | None) -> Evidence | None:
    """Read what was entered in a workbook again; None if it is not what was checked."""
    try:
        submission = read_entered(workbook.path, template, limits)
        return Evidence(template, submission) if submission.sha256 == workbook.sha256 else None
    except (XlbudgetError, OSError):
        return None


def _disputed(workbook: WorkbookReport) -> Sequence[Finding]:
    """Return the findings that say what should stand in a cell."""
    every = (*workbook.findings, *(part.finding for part in workbook.settled))
    return [part for part in every if part.expected is not None and part.place.address]


def _wrong_cell(evidence: Evidence, workbook: WorkbookReport) -> Cell | None:
    """Return the first formula cell whose stored value we call wrong, with our value as what should stand."""
    for finding in _disputed(workbook):
        cell = cell_at(evidence.submission, evidence.layout, finding.place)
        if cell is None or cell not in evidence.blueprint.formulas or finding.stored == finding.expected:
            continue
        if evidence.recalculated(cell) == finding.expected:
            return cell
    return None


def _same(plan: Plan, ours: object, theirs: object) -> bool:
    """Whether two results are one: numbers within what floats lose, all else alike in kind as well."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) < max(plan.noise, 1e-12 * abs(ours))
    empty = ("", None, 0.0)
    return (type(ours) is type(theirs) and ours == theirs) or (ours in empty and theirs in empty)


def _difference(case: _Case, cell: Cell, theirs: str) -> Finding:
    ours, money = case.evidence.recalculated(cell), case.evidence.money(cell)
    place = case.evidence.place(cell)
    message = (
        f"{place}：本工具按录入数算得 {shown(ours, money)}，{ENGINE} 引擎算{theirs}。"
        "这是本工具的问题，不是单位的；这一格请人工核对，并把这份工作簿和本报告发给本工具的维护者。"
    )
    return Finding(RULE, Severity.NOTE, message, _code(case), case.workbook.path.name, place, money=money)


def _code(case: _Case) -> str:
    return case.workbook.unit.code if case.workbook.unit is not None else ""
