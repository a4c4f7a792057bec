"""Small parts of a package as flat lists of elements, and the pointers between parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xlbudget.files.xlsx.package import Package, again
from xlbudget.files.xlsx.remembered import Memory
from xlbudget.files.xlsx.source import MIB
from xlbudget.model.errors import UnreadableWorkbook


@dataclass(slots=True)
class Element:
    """One element of a small part; ``name`` is bare in the namespace of the root, else qualified."""

    name: str
    attributes: dict[str, str]
    parent: Element | None
    text: str = ""


_elements: Memory[list[Element]] = Memory(4 * MIB)


class _ElementList:
    """Collects the elements of a small part in document order."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.prefix = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.elements:
            self.prefix = name[: len(name) - len(local_name(name))]
        if len(self.open) >= self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")
        if len(self.elements) >= self.package.limits.elements:
            raise self.package.over(f"内部文件的元素超过 {self.package.limits.elements} 个")
        name = name.removeprefix(self.prefix)
        element = Element(name, attributes, self.open[-1] if self.open else None)
        self.elements.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, data: str) -> None:
        element = self.open[-1]
        element.text += data
        if len(element.text) > self.package.limits.string_length:
            raise self.package.over("文本过长")


def elements_of(package: Package, part: str) -> list[Element]:
    """Return the elements of a small part in document order; nobody may change them."""
    held, rest = package.held(part)
    key = held, package.limits
    known = None if rest else _elements.get(key)
    if known is None:
        collected = _ElementList(package)
        package.parse(part, collected, chunks=again(held, rest))
        known = collected.elements
        if rest is None:
            _elements.keep(key, known, len(held))
    return known


def local_name(name: str) -> str:
    """Return the name of an element without its namespace."""
    return name.rpartition(" ")[2]


def foreign_attribute(attributes: Mapping[str, str], local: str) -> str | None:
    """Return an attribute that lies in another namespace (``r:id``), of which there are two dialects."""
    for name, value in attributes.items():
        if " " in name and local_name(name) == local:
            return value
    return None


def is_true(value: str | None) -> bool:
    """Whether an attribute says yes."""
    return value in ("1", "true")


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Return ``text`` with ``_xHHHH_`` decoded, as the format escapes what XML cannot hold.

    Two escapes may form one character; half of one becomes U+FFFD, since it cannot be written anywhere.
    """
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if any("\ud800" <= letter <= "\udfff" for letter in decoded):
        decoded = decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


class _Seen(Exception):
    """Raised by a probe that has seen enough."""


class _Probe:
    """Sees the root of a part and its first child, then stops the parser."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.names.append(local_name(name))
        if len(self.names) == 2:
            raise _Seen

    def end(self, _name: str) -> None:
        pass

    def text(self, _data: str) -> None:
        pass


def probe(package: Package, part: str) -> list[str]:
    """Return the names of root and first child of a part not read; refuses a DOCTYPE, forgives damage."""
    probe = _Probe()
    try:
        package.parse(part, probe, chunks=package.chunks(part, 4_096))
    except _Seen:
        pass
    except UnreadableWorkbook as error:
        if error.reason != "damaged":
            raise
    return probe.names


# ── Relationships ────────────────────────────────────────────────────────────────────────────────


_NOWHERE = {"", "NULL"}
"""Targets, in capitals, of pictures that a program has dropped: nothing is fetched from there."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A pointer from part to part: ``kind`` is the last word of its type, ``target`` a part or None."""

    kind: str
    target: str | None
    external: bool


def relationships(package: Package, part: str) -> dict[str, Relationship]:
    """Return the relationships of a part (``""`` for the package) by id."""
    folder, _, name = part.rpartition("/")
    rels = package.locate(f"{folder}/_rels/{name}.rels".lstrip("/"))
    return {} if rels is None else relationship_part(package, rels)


def relationship_part(package: Package, rels: str) -> dict[str, Relationship]:
    """Return the relationships written in a ``.rels`` part by id."""
    folder = rels.rpartition("_rels/")[0]
    found: dict[str, Relationship] = {}
    for element in elements_of(package, rels):
        if element.name != "Relationship":
            continue
        kind = element.attributes.get("Type", "").rpartition("/")[2]
        target = element.attributes.get("Target", "").replace("\\", "/")
        scheme = re.match("[A-Za-z][A-Za-z0-9+.-]+:", target)
        named = element.attributes.get("TargetMode") == "External" and target.upper() not in _NOWHERE
        external = named or scheme is not None
        part = None
        if not external and kind != "hyperlink":
            part = package.locate(_resolve(folder, target)) or package.locate(target.lstrip("/"))
        found[element.attributes.get("Id", "")] = Relationship(kind, part, external)
    return found


def _resolve(folder: str, target: str) -> str:
    """Return the path in the package of a target seen from a folder.

    There is nothing above the root: LibreOffice writes ``../customXml/item1.xml`` into ``_rels/.rels``, and
    all readers stop at the root. So no target leads to a file outside.
    """
    segments = [] if target.startswith("/") else [segment for segment in folder.split("/") if segment]
    for segment in target.partition("#")[0].split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/".join(segments)
