"""What the program says of its own in a published document: the package's phrases, or the template's."""

from __future__ import annotations

import re

from xlbudget.definitions.folders import templates_folder
from xlbudget.definitions.records import read_record
from xlbudget.definitions.template_folder import TemplateFolder
from xlbudget.definitions.toml_items import Item, Lines, Problems, read_toml
from xlbudget.model import Phrases

PHRASES = "phrases.toml"
"""Name of the template's own phrases, in the folder ``document``."""
_USUAL = "_phrases.toml"
_FIELDS = {"less_than": ("word", "least"), "reason": ("reasons",)}
_FIELD = re.compile(r"\{(\w*)\}")


def read_phrases(folder: TemplateFolder) -> Phrases:
    """Return the phrases of a template: those that it has of its own, the usual ones for the others."""
    usual = read_toml(templates_folder() / _USUAL, _USUAL, Problems())
    path = folder.path / "document" / PHRASES
    own = folder.file(path) if path.is_file() else Item({}, Lines(_USUAL, ""), 1, folder.problems)
    for key, text in own.data.items():
        if isinstance(text, str):
            _fields(own, key, text)
    return read_record(Phrases, Item({**usual.data, **own.data}, own.lines, own.line, folder.problems))


def _fields(item: Item, key: str, text: str) -> None:
    """Note what a phrase has in braces that it should not, or lacks: it would be printed, or lost."""
    wanted = _FIELDS.get(key, ())
    found = _FIELD.findall(text)
    for name in (*wanted, *found):
        if (name in wanted) != (found.count(name) == 1):
            shown = "、".join(f"{{{one}}}" for one in wanted) or "没有"
            item.problems.add(item.source_of(key), f"“{key}”里花括号应各写一次：{shown}")
            return
