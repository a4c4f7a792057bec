"""Pointers between parts, and what the package says about the kinds of its parts, with some added."""

from __future__ import annotations

from xlbudget.files.annotation.markup import Markup
from xlbudget.files.annotation.patched_package import PatchedPackage, numbers_after
from xlbudget.files.annotation.sheets import RELATIONSHIPS

_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"


def add_relation(package: PatchedPackage, part: str, kind: str, target: str) -> str:
    """Let a part point to another, and return the id of the relationship."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    if not package.has(rels):
        text = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONS}"/>'
        )
        package.change(rels, text.encode())
    data = package.part(rels)
    markup = Markup(data, 2)
    key = f"rId{numbers_after(data.decode('utf-8', 'replace'), r'rId([0-9]{1,8})') + 1}"
    element = f'<{markup.prefix}Relationship Id="{key}" Type="{RELATIONSHIPS}/{kind}" Target="/{target}"/>'
    markup.append(markup.root, element.encode())
    package.change(rels, markup.patched())
    return key


def declare(package: PatchedPackage, *, comments: str = "", drawing: str = "", sheet: str = "") -> None:
    """Say of what kind added parts are."""
    markup = Markup(package.part(_TYPES), 2)
    prefix = markup.prefix
    elements = []
    if comments:
        elements.append(f'<{prefix}Override PartName="/{comments}" ContentType="{_COMMENTS}"/>')
    if sheet:
        elements.append(f'<{prefix}Override PartName="/{sheet}" ContentType="{_SHEET}"/>')
    known = {node.attributes.get("Extension", "").lower() for node in markup.root.children}
    if drawing and "vml" not in known:
        elements.append(f'<{prefix}Default Extension="vml" ContentType="{_DRAWING}"/>')
    if elements:
        markup.append(markup.root, "".join(elements).encode())
        package.change(_TYPES, markup.patched())
