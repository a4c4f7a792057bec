"""How exports of other systems are read: ``mappings/NAME.toml`` → :class:`~xlbudget.model.ExportMapping`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlbudget.definitions.digest import EXPORT_MAPPINGS
from xlbudget.definitions.toml_items import Item, Problems, read_toml
from xlbudget.model import ExportMapping, ExportTable, WorkbookTemplate
from xlbudget.model.errors import DefinitionError, InputError
from xlbudget.model.words import nearest


def mapping_named(template: WorkbookTemplate, name: str) -> ExportMapping:
    """Return a mapping of the template; InputError if there is none of that name, DefinitionError if bad."""
    files = mapping_files(template)
    if name not in files:
        has = f"有：{'、'.join(files)}" if files else f"模板的 {EXPORT_MAPPINGS} 文件夹里还没有对照"
        raise InputError(f"没有导出对照“{name}”{nearest(name, files)}；{has}。")
    problems = Problems()
    mapping = read_mapping(files[name], template, problems)
    if problems.found:
        raise DefinitionError(problems.found)
    return mapping


def mapping_files(template: WorkbookTemplate) -> Mapping[str, Path]:
    """Return the files of the template's mappings by name."""
    return {path.stem: path for path in sorted((template.folder / EXPORT_MAPPINGS).glob("*.toml"))}


def read_mapping(path: Path, template: WorkbookTemplate, problems: Problems) -> ExportMapping:
    """Return a mapping as its file has it; mistakes of shape are added to ``problems``."""
    item = read_toml(path, f"{template.id}/{EXPORT_MAPPINGS}/{path.name}", problems)
    if not item.data:
        return ExportMapping(path.stem, "", (), item.source)
    mapping = ExportMapping(
        name=path.stem,
        title=item.text("title"),
        tables=tuple(_table(part) for part in item.items("table")),
        source=item.source,
        totals=item.texts("totals"),
        subtotals=item.texts("subtotals"),
        skip_sheets=item.texts("skip_sheets"),
    )
    item.finish()
    return mapping


def _table(item: Item) -> ExportTable:
    table = ExportTable(
        name=item.text("name"),
        codes=item.texts("codes"),
        titles=item.texts("titles"),
        entry=item.text("entry"),
        columns=_alternatives(item, "columns"),
        source=item.source,
        label=item.texts("label"),
        lines=_alternatives(item, "lines"),
        sums=_alternatives(item, "sums"),
        across=item.text("across", ""),
        into=item.text("into", ""),
        unit=item.texts("unit"),
        where=_alternatives(item, "where"),
        values=_translations(item),
        fixed=_words(item, "fixed"),
        repeat=item.texts("repeat"),
        money=item.text("money", ""),
        skip_rows=item.texts("skip_rows"),
        skip_columns=item.texts("skip_columns"),
        optional=item.flag("optional"),
    )
    item.finish()
    return table


def _alternatives(item: Item, key: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, value in item.mapping(key).items():
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or any(not isinstance(text, str) for text in texts):
            item.problems.add(item.source_of(name), f"{key} 里的“{name}”应为文字，或文字的列表")
            continue
        found[name] = tuple(texts)
    return found


def _words(item: Item, key: str) -> dict[str, str]:
    found = {}
    for name, value in item.mapping(key).items():
        if isinstance(value, str):
            found[name] = value
        else:
            item.problems.add(item.source_of(name), f"{key} 里的“{name}”应为文字（加引号）")
    return found


def _translations(item: Item) -> dict[str, dict[str, str]]:
    found = {}
    for name, value in item.mapping("values").items():
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            found[name] = dict(value)
        else:
            item.problems.add(item.source_of(name), f"values 里的“{name}”应为 {{ 导出的写法 = 录入的写法 }}")
    return found
