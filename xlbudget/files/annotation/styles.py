"""The cell formats of a workbook, with copies of some of them in another fill added at the end."""

from __future__ import annotations

from xlbudget.files.annotation.markup import Markup, Node, with_attributes
from xlbudget.model.errors import NotAnnotatable

_MOST_FORMATS = 60_000  # Excel takes some 64,000


class StylesPart:
    """The styles part; formats are only ever added, so that every cell not marked keeps its own."""

    def __init__(self, data: bytes) -> None:
        self._markup = Markup(data, 3)
        self._formats = self._list("cellXfs")
        self._fills = self._list("fills")
        self._new_fills: list[bytes] = []
        self._new_formats: list[bytes] = []
        self._fill_of: dict[str, int] = {}
        self._format_of: dict[tuple[int, str], int] = {}

    def _list(self, name: str) -> Node:
        node = self._markup.root.child(name)
        if node is None or not node.children:
            raise NotAnnotatable("缺少单元格格式")
        return node

    def coloured(self, style: int, colour: str) -> int:
        """Return the number of a format that is format ``style`` filled with ``colour`` (RRGGBB)."""
        key = (style, colour)
        if key not in self._format_of:
            if style >= len(self._formats.children):
                raise NotAnnotatable("单元格格式编号无效")
            self._format_of[key] = len(self._formats.children) + len(self._new_formats)
            self._new_formats.append(self._copy(self._formats.children[style], self._fill(colour)))
            if self._format_of[key] >= _MOST_FORMATS:
                raise NotAnnotatable("单元格格式过多")
        return self._format_of[key]

    def wrapped(self, colour: str, *, wraps: bool = True) -> int:
        """Return the number of a plain format whose text wraps, filled with ``colour`` where it names one."""
        key = (-1 - wraps, colour)
        if key not in self._format_of:
            fill, tag = self._fill(colour) if colour else 0, self._markup.prefix
            self._format_of[key] = len(self._formats.children) + len(self._new_formats)
            alignment = f'<{tag}alignment vertical="center" wrapText="{int(wraps)}"/>'
            self._new_formats.append(
                f'<{tag}xf numFmtId="0" fontId="0" fillId="{fill}" borderId="0" xfId="0" applyFill="1"'
                f' applyAlignment="1">{alignment}</{tag}xf>'.encode()
            )
        return self._format_of[key]

    def _copy(self, node: Node, fill: int) -> bytes:
        raw, head = self._markup.raw(node), node.inside - node.start
        return with_attributes(raw[:head], {"fillId": str(fill), "applyFill": "1"}) + raw[head:]

    def _fill(self, colour: str) -> int:
        if colour not in self._fill_of:
            self._fill_of[colour] = len(self._fills.children) + len(self._new_fills)
            tag = self._markup.prefix
            text = (
                f'<{tag}fill><{tag}patternFill patternType="solid"><{tag}fgColor rgb="FF{colour}"/>'
                f'<{tag}bgColor indexed="64"/></{tag}patternFill></{tag}fill>'
            )
            self._new_fills.append(text.encode())
        return self._fill_of[colour]

    def patched(self) -> bytes:
        """Return the part with what was added."""
        for node, added in ((self._fills, self._new_fills), (self._formats, self._new_formats)):
            if added:
                self._markup.append(node, b"".join(added), count=str(len(node.children) + len(added)))
        return self._markup.patched()
