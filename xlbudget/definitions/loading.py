"""TOML and CSV → :class:`~xlbudget.model.WorkbookTemplate`; every error says file and line.

Only the shape of the files is judged here (attributes, types, presence); what names and
formulas mean is judged by ``lint``. A template is looked up by id (``authority/year``)
under a folder of definitions: the user's own (``--templates DIR``) or the one that comes
with the package.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlbudget.definitions.amounts import (
    read_captions,
    read_moneys,
    unit_fields,
)
from xlbudget.definitions.catalogues import read_catalogue, read_page
from xlbudget.definitions.department import read_charts, read_transfers, read_unit_figures
from xlbudget.definitions.digest import decides_workbooks, folder_hash, folder_state, is_definition
from xlbudget.definitions.document import parse_document
from xlbudget.definitions.folders import find_template, templates_folder
from xlbudget.definitions.links import read_links
from xlbudget.definitions.phrases import read_phrases
from xlbudget.definitions.plausibility import read_plausibility
from xlbudget.definitions.records import read_record
from xlbudget.definitions.rule_files import read_prior_rules, read_rules
from xlbudget.definitions.table_files import TableReader
from xlbudget.definitions.target_form import read_target_form
from xlbudget.definitions.template_folder import TemplateFolder
from xlbudget.definitions.toml_items import Item, Problems, read_text
from xlbudget.model import (
    CheckSheet,
    ControlTotal,
    Cover,
    DocumentTemplate,
    EntrySheet,
    ExplanationTable,
    Form,
    Formula,
    IndicatorTable,
    Problem,
    StatedAmounts,
    TargetForm,
    TextTable,
    UnitFacts,
    UnitTable,
    WorkbookTemplate,
)
from xlbudget.model.control_lines import control_entries
from xlbudget.model.errors import DefinitionError, InputError

DOCUMENT = "document.txt"
"""Name of the published document's text, in the folder ``document``; no workbook holds any of it."""
TARGET_FORM = "target_form.toml"
"""Name of the printed form of performance targets, in the same folder."""

_ALL_FORMS = "*"
_BUDGET = "预算"
_AT_MOST, _EXACTLY = "不超过", "等于"


def load_template(name: str | Path, root: Path | None = None) -> WorkbookTemplate:
    """Return the template of that id or folder; DefinitionError lists what is wrong with its files.

    While the program runs, files that have not changed are read once.
    """
    folder = name if isinstance(name, Path) else find_template(name, root)
    return _loaded(folder, folder.resolve(), root and root.resolve(), folder_state(folder, is_definition))


@lru_cache(maxsize=8)
def _loaded(folder: Path, _place: Path, root: Path | None, _state: Hashable) -> WorkbookTemplate:
    template, problems = load_with_problems(folder, root)
    if problems or template is None:
        raise DefinitionError(problems)
    return template


def load_with_problems(
    folder: Path, root: Path | None = None
) -> tuple[WorkbookTemplate | None, Sequence[Problem]]:
    """Return the template, if it could be built at all, and what is wrong with its files."""
    problems = Problems()
    template = _read(TemplateFolder(folder, _template_id(folder, root), problems))
    return template, problems.found


def _template_id(folder: Path, root: Path | None) -> str:
    for base in (root, _packaged()):
        if base is not None and folder.resolve().is_relative_to(base.resolve()):
            relative = folder.resolve().relative_to(base.resolve()).as_posix()
            return folder.resolve().name if relative == "." else relative
    return "/".join(folder.resolve().parts[-2:])


def _packaged() -> Path | None:
    try:
        return templates_folder()
    except InputError:
        return None


def _read(folder: TemplateFolder) -> WorkbookTemplate | None:
    item = folder.file(folder.path / "template.toml")
    if not item.data:
        return None
    folder.year = item.whole("year")
    dated, catalogues = folder.dated, folder.path / "catalogues"
    money, contents = item.section("money"), item.section("contents")
    moneys = read_moneys(money)
    tables = TableReader(folder, moneys, read_captions(item), unit_fields(item))
    pairs = sorted(map(tables.levels, folder.files("forms")), key=lambda pair: pair[0].number)
    forms = tuple(form for form, _ in pairs)
    others = tuple(other or form for form, other in pairs)
    controls = tuple(map(_control, item.items("control")))
    checks = _checks(item.section("checks"), dated)
    entries = _ordered(item, map(tables.entry, folder.files("entries")))
    prior_rules, prior_listings = read_prior_rules(folder)
    template = WorkbookTemplate(
        id=folder.name,
        authority=item.text("authority"),
        document_kind=item.text("document_kind", _BUDGET),
        year=folder.year,
        title=dated(item.text("title")),
        digest=folder_hash(folder.path, decides_workbooks),
        sheets=_sheets(item, forms),
        kinds=item.texts("kinds", None),
        constants=_constants(item),
        entry_money=moneys.entry,
        form_money=moneys.form,
        entry_decimals=moneys.entry_decimals,
        form_decimals=moneys.form_decimals,
        money_factor=moneys.factor,
        moneys=moneys.sizes,
        cover=_cover(item.section("cover"), dated),
        contents_sheet=contents.text("sheet"),
        contents_title=contents.text("title"),
        draft_mark=item.text("draft_mark") if item.raw("draft_mark") is not None else "草稿",
        check_sheet=checks,
        forms=forms,
        entries=(*entries, *control_entries(controls, checks, moneys.entry)),
        workings=tuple(map(tables.working, folder.files("workings"))),
        catalogues=tuple(
            read_catalogue(part, catalogues, folder.shown(catalogues)) for part in item.items("catalogue")
        ),
        pages=tuple(read_page(part, dated, catalogues) for part in folder.files("pages")),
        rules=read_rules(folder, forms),
        unit_facts=read_record(UnitFacts, item.section("reporting_unit")),
        unit_table=read_record(UnitTable, item.section("units")),
        placeholders=item.texts("placeholders"),
        **_said_of(item, dated),
        fiscal={key: str(value) for key, value in item.mapping("fiscal").items()},
        controls=controls,
        document=_document(folder),
        target_form=_target_form(folder),
        phrases=read_phrases(folder),
        prior_rules=prior_rules,
        prior_listings=prior_listings,
        linked=tuple(read_links(item, dated)),
        folder=folder.path,
        other_forms=others if others != forms else (),
    )
    for part in (item, money, contents):
        part.finish()
    return template


def _said_of(item: Item, dated: Callable[[str], str]) -> dict[str, Any]:
    """Return the sections that a template need not have, by the name of the template's field."""
    readers: dict[str, Callable[[Item], Any]] = {
        "explanations": lambda part: read_record(ExplanationTable, part),
        "indicators": lambda part: read_record(IndicatorTable, part),
        "stated_amounts": lambda part: read_record(StatedAmounts, part),
        "plausibility": read_plausibility,
        "texts": lambda part: read_record(TextTable, part),
        "transfers": read_transfers,
        "unit_figures": lambda part: read_unit_figures(part, dated),
        "charts": lambda part: read_charts(part, dated),
    }
    return {key: read(item.section(key)) for key, read in readers.items() if item.mapping(key)}


def _sheets(item: Item, forms: Sequence[Form]) -> tuple[str, ...]:
    """Return the order of sheets; ``*`` stands for all forms that are not named, by number.

    So a new form needs its own file and nothing else.
    """
    listed = item.texts("sheets", None)
    unnamed = [form.id for form in forms if form.id not in listed]
    return tuple(name for part in listed for name in (unnamed if part == _ALL_FORMS else [part]))


def _constants(item: Item) -> dict[str, Decimal]:
    result = {}
    for name, value in item.mapping("constants").items():
        try:
            result[name] = Decimal(str(value))
        except InvalidOperation:
            item.problems.add(item.source_of(name), f"常数“{name}”应为数字，写在引号里")
    return result


def _ordered(item: Item, entries: Iterable[EntrySheet]) -> tuple[EntrySheet, ...]:
    """Return entry sheets in the order in which the workbook shows them; the cover's facts first."""
    order = {name: place for place, name in enumerate(item.texts("sheets", None))}
    return tuple(sorted(entries, key=lambda entry: order.get(entry.id, -1)))


def _cover(item: Item, dated: Callable[[str], str]) -> Cover:
    empty_when = item.formula("empty_when") or Formula("1=0", item.source)
    subtitle = dated(item.text("subtitle", ""))
    return read_record(Cover, item, dated, subtitle=subtitle, empty_when=empty_when)


def _control(item: Item) -> ControlTotal:
    """Return a limit that is set for each unit on the roster."""
    exact = item.choice("relation", (_AT_MOST, _EXACTLY)) == _EXACTLY
    return read_record(ControlTotal, item, exact=exact)


def _checks(item: Item, dated: Callable[[str], str]) -> CheckSheet:
    exceeds = item.text("exceeds", "") or item.text("differs")
    return read_record(CheckSheet, item, dated, exceeds=exceeds)


def _document(folder: TemplateFolder) -> DocumentTemplate | None:
    """Return the published document's text; a template need not have one."""
    path = folder.path / "document" / DOCUMENT
    if not path.is_file():
        return None
    shown = folder.shown(path)
    return parse_document(folder.dated(read_text(path, shown, folder.problems)), shown, folder.problems)


def _target_form(folder: TemplateFolder) -> TargetForm | None:
    """Return the printed form of performance targets; a template need not have one."""
    path = folder.path / "document" / TARGET_FORM
    return read_target_form(folder.file(path), folder.dated) if path.is_file() else None
