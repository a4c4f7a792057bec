"""In which money amounts are and how they print; what stands above forms: the words around figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from xlbudget.definitions.records import read_record
from xlbudget.definitions.toml_items import Item, Problems
from xlbudget.model import Formula, Source
from xlbudget.model.words import nearest

_LEFT, _RIGHT = "单位名称：{单位名称}", "单位：{money}"
_FIELD = re.compile(r"\{([^{}]*)\}")
_MOST_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Amounts:
    """In which money amounts are and how they print: see :class:`~xlbudget.model.Column`."""

    unit: str
    decimals: int
    zeros: bool = False
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Moneys:
    """The units of money of a template: of its entries and its forms, and the size of each in entry units."""

    entry: str
    entry_decimals: int
    form: str
    form_decimals: int
    factor: int
    sizes: Mapping[str, int]

    @property
    def of_forms(self) -> Amounts:
        """How amounts of forms are unless a form says otherwise."""
        return Amounts(self.form, self.form_decimals)

    @property
    def of_entries(self) -> Amounts:
        """How amounts of entry sheets are unless they say otherwise."""
        return Amounts(self.entry, self.entry_decimals)


@dataclass(frozen=True, slots=True)
class Captions:
    """What stands above forms: to the left who reports, to the right in which money."""

    left: str = _LEFT
    right: str = _RIGHT
    department_left: str = ""

    @property
    def of_department(self) -> Captions:
        """What stands above a department's forms."""
        return replace(self, left=self.department_left or self.left)


def read_moneys(item: Item) -> Moneys:
    """Return the units of money, each with its size in the entries' own."""
    entry, form, factor = item.text("entry"), item.text("form"), item.whole("factor")
    sizes = {entry: 1, form: factor}
    for name, size in item.mapping("units").items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            item.problems.add(item.source_of(name), f"金额单位“{name}”应写等于多少{entry}，正整数")
        elif sizes.setdefault(name, size) != size:
            item.problems.add(item.source_of(name), f"金额单位“{name}”与 entry、form、factor 所说的不同")
    if len({entry, form}) == 1 and factor != 1:
        item.problems.add(item.source_of("factor"), "entry 和 form 是同一单位时 factor 应为 1")
    decimals = item.whole("entry_decimals"), item.whole("form_decimals")
    return Moneys(entry, decimals[0], form, decimals[1], factor, sizes)


def read_amounts(item: Item, moneys: Moneys, usual: Amounts) -> Amounts:
    """Return in which money amounts are, and how they print: as said, else as usual."""
    unit = item.text("money", usual.unit)
    if item.has("money") and unit not in moneys.sizes:
        hint = nearest(unit, moneys.sizes)
        item.problems.add(
            item.source_of("money"),
            f"没有金额单位“{unit}”{hint}；在 template.toml 的 [money] 的 units 里写明",
        )
    decimals = item.whole("decimals", usual.decimals)
    if not 0 <= decimals <= _MOST_DECIMALS:
        item.problems.add(item.source_of("decimals"), f"decimals 应在 0 到 {_MOST_DECIMALS} 之间")
        decimals = usual.decimals
    zeros = item.flag("zeros", default=usual.zeros)
    return Amounts(unit, decimals, zeros, item.flag("negative", default=usual.negative))


def read_captions(item: Item) -> Captions:
    """Return what stands above forms that do not say it themselves."""
    if not item.mapping("captions"):
        return Captions()
    return read_record(Captions, item.section("captions"))


def unit_fields(item: Item) -> dict[str, str]:
    """Return what texts call the facts of the unit (“单位名称”), each with the cell that holds it."""
    facts = item.data.get("reporting_unit", {})
    if not isinstance(facts, dict):
        return {}
    fields = {"单位编码": "code", "单位名称": "name", "单位性质": "kind", "上级单位": "superior"}
    place = f"{facts.get('table', '')}.{{line}}[{facts.get('column', '')}]"
    return {name: place.replace("{line}", str(facts.get(key, ""))) for name, key in fields.items()}


def with_fields(text: str, fields: Mapping[str, str], source: Source, problems: Problems) -> Formula:
    """Return a text in which ``{单位名称}`` and the like stand for what the workbook says."""
    parts = []
    for at, part in enumerate(_FIELD.split(text)):
        if at % 2 == 0:
            parts += ['"' + part.replace('"', '""') + '"'] if part else []
        elif part in fields:
            parts.append(fields[part])
        else:
            known = ("year", *fields)
            problems.add(source, f"文字里没有“{{{part}}}”这种写法{nearest(part, known)}")
    if not parts or (len(parts) == 1 and not parts[0].startswith('"')):
        parts.append('""')
    return Formula("&".join(parts), source)
