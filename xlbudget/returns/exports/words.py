"""What a text of an export says in the words of the entries: codes in parts, codes by name, translations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from xlbudget.model import Column, ColumnKind, ExportTable, StoredCell, WorkbookTemplate
from xlbudget.returns.entry_values import read_code
from xlbudget.returns.published.texts import labels, plain

_BRACKETED = re.compile(r"^[\[【(（]\s*(\w+)\s*[\]】)）]")


class Meaning(StrEnum):
    """What a text is for an entry column."""

    VALUE = "value"
    NOTHING = "nothing"
    ABOVE = "above"
    """A code of the list under which entries are made, but not itself one that is entered."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EntryText:
    """The text for an entry column, and what it is."""

    said: Meaning
    text: str = ""


def entry_text(
    parts: Sequence[StoredCell], column: Column, table: ExportTable, template: WorkbookTemplate
) -> EntryText:
    """Return what the cells of a row say for a column: joined, translated, a code known by its name too."""
    shown = [
        cell.text.strip().removesuffix(".0") if cell.kind == "n" else cell.text.strip() for cell in parts
    ]
    text = "".join(shown)
    if not text:
        return EntryText(Meaning.NOTHING)
    for theirs, ours in table.values.get(column.key, {}).items():
        if plain(theirs) == plain(text):
            return EntryText(Meaning.VALUE, ours)
    if column.kind is not ColumnKind.CODE:
        return _choice(text, template.allowed_values(column))
    if not column.catalogue:
        code = read_code(StoredCell("s", text), set(template.allowed_values(column)) or None)[0]
        return EntryText(Meaning.VALUE, str(code)) if code is not None else EntryText(Meaning.UNKNOWN, text)
    unlisted = any(map(str.isdigit, text)) and template.counted_as_other(column, text)
    return (
        _listed(shown, column, template)
        or _by_name(text, column, template)
        or EntryText(Meaning.VALUE if unlisted else Meaning.UNKNOWN, text)
    )


def _listed(parts: Sequence[str], column: Column, template: WorkbookTemplate) -> EntryText | None:
    catalogue, allowed = template.catalogue(column.catalogue), template.allowed_values(column)
    every = {row[catalogue.key] for row in catalogue.rows}
    for said in _spellings(parts):
        code = read_code(StoredCell("s", said), every)[0]
        if code in every:
            return EntryText(Meaning.VALUE if code in allowed else Meaning.ABOVE, str(code))
    return None


def _by_name(text: str, column: Column, template: WorkbookTemplate) -> EntryText | None:
    """Return the code whose name a text is, if only one is: entered codes first, then those above them."""
    catalogue, allowed = template.catalogue(column.catalogue), template.allowed_values(column)
    if len(catalogue.columns) < 2:
        return None
    wanted, name = set(labels(text)), catalogue.columns[1]
    codes = [row[catalogue.key] for row in catalogue.rows if plain(row[name]) in wanted]
    for said, found in (
        (Meaning.VALUE, [code for code in codes if code in allowed]),
        (Meaning.ABOVE, [code for code in codes if code not in allowed]),
    ):
        if len(found) == 1:
            return EntryText(said, found[0])
    return None


def _choice(text: str, allowed: Sequence[str]) -> EntryText:
    if not allowed:
        return EntryText(Meaning.VALUE, text)
    found = [choice for choice in allowed if plain(choice) == plain(text)]
    return EntryText(Meaning.VALUE, found[0]) if found else EntryText(Meaning.UNKNOWN, text)


def _spellings(parts: Sequence[str]) -> list[str]:
    """Return a code as it may be meant: as it stands, out of brackets, parts with their leading zero."""
    whole = "".join(parts)
    bracketed = _BRACKETED.match(whole)
    padded = "".join(
        part if at == 0 or not part.isdigit() else part.zfill(2) for at, part in enumerate(parts)
    )
    return list(dict.fromkeys([whole, *([bracketed[1]] if bracketed else []), padded]))
