"""Last year's workbooks, found by unit code, and read with the definitions of their own year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import old_units
from xlbudget.definitions.loading import load_template
from xlbudget.files.workbooks import read_any
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import DefinitionError, InputError, UnreadableWorkbook
from xlbudget.returns.identification import identify
from xlbudget.returns.reading import Opened, open_workbook, read
from xlbudget.returns.stamps import find_stamp
from xlbudget.workbook.reserved_names import STAMP_SHEET


@dataclass(frozen=True, slots=True)
class PriorYear:
    """A folder of last year's workbooks: (path, sha256) by unit code; ``templates`` holds their definitions.

    ``unusable`` says of the other files why they are not used.
    """

    folder: Path
    files: Mapping[str, tuple[tuple[Path, str], ...]]
    templates: Path | None = None
    unusable: tuple[str, ...] = ()


def find_prior_year(folder: Path, files: list[Path], templates: Path | None = None) -> PriorYear:
    """Return which of the ``files`` of ``folder`` belongs to which unit, by their stamps."""
    found: dict[str, tuple[tuple[Path, str], ...]] = {}
    unusable = []
    for path in files:
        try:
            raw = read_any(path, sheets=lambda name: name == STAMP_SHEET)
            stamp = find_stamp(raw)
            if stamp is None:
                unusable.append(f"{path.name}：没有模板标识，不是由 xlbudget 发出的工作簿")
                continue
            code = stamp.unit.code or _typed_code(path, stamp.template_id, templates)
        except (UnreadableWorkbook, InputError, DefinitionError) as error:
            unusable.append(f"{path.name}：{error}")
            continue
        found[code] = (*found.get(code, ()), (path, raw.sha256))
    return PriorYear(folder, found, templates, tuple(unusable))


def _typed_code(path: Path, template_id: str, templates: Path | None) -> str:
    """Return the unit code that a blank workbook has been filled in with."""
    return read(open_workbook(path), _template(template_id, templates)).unit.code


@lru_cache(maxsize=8)
def _template(template_id: str, templates: Path | None) -> WorkbookTemplate:
    return load_template(template_id, templates)


def prior_evidence(prior: PriorYear, unit: str, template: WorkbookTemplate) -> Evidence | str:
    """Return a unit's workbook of the year before ``template``'s, recalculated, or why there is none."""
    try:
        opened, own = _opened(prior, unit, template)
    except InputError as error:
        return str(error).rstrip("。")
    return Evidence(own, read(opened, own))


def _opened(prior: PriorYear, unit: str, template: WorkbookTemplate) -> tuple[Opened, WorkbookTemplate]:
    """Return the one workbook of the unit and its own template; raises InputError with the reason."""
    files = tuple(file for code in old_units(template, unit) for file in prior.files.get(code, ()))
    if not files:
        raise InputError(f"上年文件夹“{prior.folder.name}”里没有单位 {unit} 的工作簿")
    if len(files) > 1:
        names = "、".join(path.name for path, _ in files)
        raise InputError(f"上年文件夹里单位 {unit} 有 {len(files)} 个工作簿（{names}），不知以哪个为准")
    [(path, _)] = files
    opened = open_workbook(path)
    stamp = opened.stamp
    if stamp is None:
        raise InputError(f"上年工作簿“{path.name}”没有模板标识")
    if stamp.year != template.year - 1:
        raise InputError(f"“{path.name}”是 {stamp.year} 年度的工作簿，不是 {template.year - 1} 年度的")
    try:
        own = _template(stamp.template_id, prior.templates)
    except (InputError, DefinitionError):
        raise InputError(
            f"没有上年工作簿“{path.name}”所用模板“{stamp.template_id}”的定义"
            "（请放进模板文件夹，或用 --templates 指明）"
        ) from None
    if own.document_kind != template.document_kind:
        kinds = f"是{own.document_kind}，不是{template.document_kind}"
        raise InputError(f"“{path.name}”{kinds}，不能当作上年的{template.document_kind}")
    problem = identify(opened, own)
    if problem is not None:
        raise InputError(problem.message)
    return opened, own
