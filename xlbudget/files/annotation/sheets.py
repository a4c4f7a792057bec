"""A sheet's part with other formats at some cells and a pointer to the drawing of its comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from xlbudget.files.addresses import column_letters
from xlbudget.files.annotation.markup import Markup, Node, namespace_prefix, with_attributes
from xlbudget.model.errors import NotAnnotatable

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_AFTER_DRAWING = {
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst", "mc:AlternateContent",
}  # fmt: skip

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


def place_of(reference: str) -> Place | None:
    """Return the place of an address such as ``C12`` (of a range, its first cell), or None."""
    found = _REFERENCE.fullmatch(reference.replace("$", "").partition(":")[0])
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def reference_of(place: Place) -> str:
    """Return the address of a place."""
    return f"{column_letters(place[1])}{place[0] + 1}"


class SheetPart:
    """The part of one sheet; raises NotAnnotatable where its build is not the usual one."""

    def __init__(self, data: bytes) -> None:
        self._markup = Markup(data, 4)
        root = self._markup.root
        body = root.child("sheetData")
        bound = root.attributes.get(f"xmlns:{self._markup.prefix[:-1]}" if self._markup.prefix else "xmlns")
        if root.name != "worksheet" or body is None or bound != MAIN:
            raise NotAnnotatable("工作表不是通常的 xlsx 格式（或为“严格”格式）")
        self._body = body

    @property
    def drawing(self) -> str | None:
        """The relationship of the drawing that holds the sheet's comments, if it has one."""
        node = self._markup.root.child("legacyDrawing")
        if node is None:
            return None
        return next((value for name, value in node.attributes.items() if name.endswith(":id")), None)

    def restyle(self, wanted: Mapping[Place, Callable[[int], int]]) -> None:
        """Give cells another format: each function makes the new number from the old one.

        Cells that the file does not hold are added, empty.
        """
        by_row: dict[int, dict[int, Callable[[int], int]]] = {}
        for (row, column), style in sorted(wanted.items()):
            by_row.setdefault(row, {})[column] = style
        added: list[tuple[int, bytes]] = []
        following = list(self._rows())
        for row, cells in by_row.items():
            node = next((node for number, node in following if number == row), None)
            if node is not None:
                self._restyle_row(row, node, cells)
                continue
            at = next((node.start for number, node in following if number > row), -1)
            content = b"".join(
                self._cell(row, column, self._column_style(column), style) for column, style in cells.items()
            )
            name = self._markup.tag("row")
            added.append((at, b'<%s r="%d">%s</%s>' % (name, row + 1, content, name)))
        last = b"".join(content for at, content in added if at < 0)
        for at, content in added:
            if at >= 0:
                self._markup.insert(at, content)
        if last:
            self._markup.append(self._body, last)

    def _rows(self) -> Iterator[tuple[int, Node]]:
        number = -1
        for node in self._body.children:
            if node.name == "row":
                text = node.attributes.get("r")
                number = number + 1 if text is None else int(text) - 1
                yield number, node

    def _restyle_row(self, row: int, node: Node, cells: Mapping[int, Callable[[int], int]]) -> None:
        held: dict[int, Node] = {}
        column = -1
        for child in node.children:
            reference = child.attributes.get("r")
            place = (row, column + 1) if reference is None else place_of(reference)
            if child.name != "c" or place is None or place[0] != row:
                raise NotAnnotatable("工作表中单元格的次序特殊")
            column = place[1]
            held[column] = child
        last = b""
        for wanted, style in cells.items():
            cell = held.get(wanted)
            if cell is not None:
                head = self._markup.data[cell.start : cell.inside]
                new = with_attributes(head, {"s": str(style(int(cell.attributes.get("s", "0"))))})
                self._markup.replace(cell.start, cell.inside, new)
                continue
            own = node.attributes.get("s") if node.attributes.get("customFormat") in ("1", "true") else None
            new = self._cell(row, wanted, self._column_style(wanted) if own is None else int(own), style)
            beyond = next((held[at] for at in sorted(held) if at > wanted), None)
            if beyond is not None:
                self._markup.insert(beyond.start, new)
            else:
                last += new
        if last:
            self._markup.append(node, last)

    def _cell(self, row: int, column: int, base: int, style: Callable[[int], int]) -> bytes:
        text = f'<{self._markup.prefix}c r="{reference_of((row, column))}" s="{style(base)}"/>'
        return text.encode()

    def _column_style(self, column: int) -> int:
        columns = self._markup.root.child("cols")
        for node in columns.children if columns else ():
            if int(node.attributes["min"]) <= column + 1 <= int(node.attributes["max"]):
                return int(node.attributes.get("style", "0"))
        return 0

    def point_to_drawing(self, relationship: str) -> None:
        """Name the drawing of the comments, at the place that the format prescribes."""
        root = self._markup.root
        prefix = namespace_prefix(root.attributes, RELATIONSHIPS)
        declared = "" if prefix else f' xmlns:r="{RELATIONSHIPS}"'
        text = f'<{self._markup.prefix}legacyDrawing{declared} {prefix or "r:"}id="{relationship}"/>'
        later = root.children[root.children.index(self._body) + 1 :]
        following = next((node for node in later if node.name in _AFTER_DRAWING), None)
        at = following.start if following else self._markup.end_of_content(root)
        self._markup.insert(at, text.encode())

    def colour_tab(self, colour: str) -> None:
        """Give the sheet's tab a colour (RRGGBB)."""
        root, tag = self._markup.root, self._markup.prefix
        text = f'<{tag}tabColor rgb="FF{colour}"/>'.encode()
        properties = root.child("sheetPr")
        if properties is None:
            name = self._markup.tag("sheetPr")
            self._markup.insert(root.inside, b"<%s>%s</%s>" % (name, text, name))
            return
        known = properties.child("tabColor")
        if known is not None:
            self._markup.replace(known.start, known.end, text)
        elif properties.empty:
            self._markup.append(properties, text)
        else:
            self._markup.insert(properties.inside, text)

    def patched(self) -> bytes:
        """Return the part with what was changed."""
        return self._markup.patched()
