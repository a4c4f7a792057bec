"""Linked workbooks, as last year's: found by unit code, and read with the definitions of their own year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import old_units
from xlbudget.definitions.loading import load_template
from xlbudget.files.whole_files import readable_path
from xlbudget.files.workbooks import read_any
from xlbudget.model import LAST_YEAR, LinkedWorkbooks, Unit, WorkbookTemplate
from xlbudget.model.errors import DefinitionError, InputError, UnreadableWorkbook
from xlbudget.model.words import nearest, plain_name
from xlbudget.returns.identification import identify
from xlbudget.returns.reading import Opened, open_workbook, read
from xlbudget.returns.stamps import find_stamp
from xlbudget.workbook.reserved_names import STAMP_SHEET

_MOST_NAMED = 10  # files in one sentence


@dataclass(frozen=True, slots=True)
class LinkedFolder:
    """A folder of linked workbooks: (path, sha256) by unit code; ``templates`` holds their definitions.

    ``names`` are what the units were called; ``unusable`` says of the other files why they are not used.
    ``link`` is what these workbooks are called by definitions.
    """

    folder: Path
    files: Mapping[str, tuple[tuple[Path, str], ...]]
    templates: Path | None = None
    unusable: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    link: str = LAST_YEAR

    def codes_of(self, unit: Unit, template: WorkbookTemplate) -> tuple[str, ...]:
        """Return the codes under which a unit of this year stands here, most likely one.

        That is its own, or what the table of last year's units says; the code of a unit of the same name
        where nothing stands under these, or another unit does.
        """
        theirs = old_units(template, unit.code) if self.meant(template).renames else (unit.code,)
        known = tuple(code for code in theirs if code in self.files)
        name = plain_name(unit.name)
        alike = tuple(code for code, theirs in self.names.items() if name and plain_name(theirs) == name)
        same = [code for code in known if code in alike or not self.names.get(code)]
        mapped = known != (unit.code,)  # the officer has said so
        return known if same or not alike or (known and mapped) else alike

    def meant(self, template: WorkbookTemplate) -> LinkedWorkbooks:
        """Return what the template says of these workbooks; InputError where it does not know them."""
        for link in template.links:
            if link.name == self.link:
                return link
        known = template.link_names
        raise InputError(
            f"模板“{template.id}”没有名为“{self.link}”的链接工作簿{nearest(self.link, known)}；"
            f"可用的有 {'、'.join(known)}，写在 template.toml 的 [[linked]]。"
        )

    def unused(self, units: Iterable[Unit], template: WorkbookTemplate) -> Iterator[str]:
        """Yield in one sentence which workbooks belong to none of the units that were compared."""
        used = {code for unit in units for code in self.codes_of(unit, template)}
        others = (files for code, files in self.files.items() if code not in used)
        left = [self.called(path) for files in others for path, _ in files]
        if left:
            more = " 等" if len(left) > _MOST_NAMED else ""
            named = "、".join(left[:_MOST_NAMED])
            yield f"{len(left)} 个工作簿没有用到（本次没有审核这些单位的报送）：{named}{more}"

    def called(self, path: Path) -> str:
        """Return what a file of the folder is called, with the subfolder that tells it from others."""
        inside = path.is_relative_to(self.folder)
        return readable_path(path.relative_to(self.folder).as_posix() if inside else path.name)


def find_linked(
    folder: Path, files: list[Path], templates: Path | None = None, link: str = LAST_YEAR
) -> LinkedFolder:
    """Return which of the ``files`` of ``folder`` belongs to which unit, by their stamps."""
    found: dict[str, tuple[tuple[Path, str], ...]] = {}
    names: dict[str, str] = {}
    unusable = []
    here = LinkedFolder(folder, found)
    for path in files:
        called = here.called(path)
        try:
            raw = read_any(path, sheets=lambda name: name == STAMP_SHEET)
            stamp = find_stamp(raw)
            if stamp is None:
                unusable.append(f"{called}：没有模板标识，不是由 xlbudget 发出的工作簿")
                continue
            unit = stamp.unit if stamp.unit.code else _typed_unit(path, stamp.template_id, templates)
        except (UnreadableWorkbook, InputError, DefinitionError) as error:
            unusable.append(f"{called}：{error}")
            continue
        found[unit.code] = (*found.get(unit.code, ()), (path, raw.sha256))
        names[unit.code] = unit.name
    return LinkedFolder(folder, found, templates, tuple(unusable), names, link)


def _typed_unit(path: Path, template_id: str, templates: Path | None) -> Unit:
    """Return the unit that a blank workbook has been filled in with."""
    return read(open_workbook(path), _template(template_id, templates)).unit


@lru_cache(maxsize=8)
def _template(template_id: str, templates: Path | None) -> WorkbookTemplate:
    return load_template(template_id, templates)


def linked_evidence(prior: LinkedFolder, unit: Unit | str, template: WorkbookTemplate) -> Evidence | str:
    """Return a unit's workbook among linked ones of ``template``'s, recalculated, or why there is none.

    A unit given whole, not by its code alone, may have changed its code: it is found by its name then.
    """
    try:
        opened, own = _opened(prior, unit, template)
    except InputError as error:
        return str(error).rstrip("。")
    return Evidence(own, read(opened, own))


def _opened(
    prior: LinkedFolder, unit: Unit | str, template: WorkbookTemplate
) -> tuple[Opened, WorkbookTemplate]:
    """Return the one workbook of the unit and its own template; raises InputError with the reason."""
    link = prior.meant(template)
    year = template.year - link.years_before
    asked, code = (unit, unit.code) if isinstance(unit, Unit) else (Unit(unit, "", ""), unit)
    files = tuple(file for one in prior.codes_of(asked, template) for file in prior.files.get(one, ()))
    if not files:
        raise InputError(f"{link.name}文件夹“{prior.folder.name}”里没有单位 {code} 的工作簿")
    if len(files) > 1:
        names = "、".join(prior.called(path) for path, _ in files)
        raise InputError(
            f"{link.name}文件夹里单位 {code} 有 {len(files)} 个工作簿（{names}），不知以哪个为准"
        )
    [(path, _)] = files
    opened = open_workbook(path)
    stamp = opened.stamp
    if stamp is None:
        raise InputError(f"{link.name}工作簿“{path.name}”没有模板标识")
    if stamp.year != year:
        raise InputError(f"“{path.name}”是 {stamp.year} 年度的工作簿，不是 {year} 年度的")
    try:
        own = _template(stamp.template_id, prior.templates)
    except (InputError, DefinitionError):
        raise InputError(
            f"没有{link.name}工作簿“{path.name}”所用模板“{stamp.template_id}”的定义"
            "（请放进模板文件夹，或用 --templates 指明）"
        ) from None
    if own.document_kind != link.kind:
        called = f"{link.name}的{link.kind}" if link.name == LAST_YEAR else link.name
        raise InputError(f"“{path.name}”是{own.document_kind}，不是{link.kind}，不能当作{called}")
    problem = identify(opened, own)
    if problem is not None:
        raise InputError(problem.message)
    return opened, own
