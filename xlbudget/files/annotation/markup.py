"""Where the elements of a part stand in its bytes, so that a part is changed there and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

from xlbudget.model.errors import NotAnnotatable

_START_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_NAME = re.compile(rb"<[^\s/>]+")
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding=["']([^"']+)["']""")

Edit = tuple[int, int, bytes]
"""Bytes from a position to another (not included) give way to others; equal positions insert."""


@dataclass(slots=True)
class Node:
    """An element in its bytes: ``start`` and ``end`` of all of it, ``inside`` the end of its start tag.

    ``name`` is the local name within the prefix of the root, ``children`` its child elements.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inside: int
    end: int
    children: list[Node]

    @property
    def empty(self) -> bool:
        """Whether it has no content at all (``<a/>``)."""
        return self.inside == self.end

    def child(self, name: str) -> Node | None:
        """Return the first child of that name, or None."""
        return next((node for node in self.children if node.name == name), None)


class Markup:
    """One XML part: its bytes, its elements down to ``depth``, and the edits asked for.

    Raises NotAnnotatable when the part is no UTF-8 XML.
    """

    def __init__(self, data: bytes, depth: int) -> None:
        self.data = data
        self.prefix = ""
        self._depth = depth
        self._open: list[Node | None] = []
        self._edits: list[Edit] = []
        self.root = self._parsed()

    def _parsed(self) -> Node:
        found = _ENCODING.match(self.data.removeprefix(b"\xef\xbb\xbf"))
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")) or (
            found and found[1].lower() not in (b"utf-8", b"us-ascii")
        ):
            raise NotAnnotatable("内部文件不是 UTF-8 编码")
        roots: list[Node] = []
        parser = expat.ParserCreate()

        def start(name: str, attributes: dict[str, str]) -> None:
            if len(self._open) >= self._depth:
                self._open.append(None)
                return
            at = parser.CurrentByteIndex
            tag = _START_TAG.match(self.data, at)
            if tag is None:
                raise NotAnnotatable("内部文件的标记无法定位")
            if not self._open:
                self.prefix = name[: name.rfind(":") + 1]
            node = Node(name.removeprefix(self.prefix), attributes, at, tag.end(), tag.end(), [])
            above = self._open[-1] if self._open else None
            (above.children if above else roots).append(node)
            self._open.append(node)

        def end(_name: str) -> None:
            node = self._open.pop()
            if node is not None and not self.data.endswith(b"/>", node.start, node.inside):
                node.end = self.data.index(b">", parser.CurrentByteIndex) + 1

        def refuse(*_: object) -> None:
            raise NotAnnotatable("内部文件含有文档类型声明")

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = refuse
        try:
            parser.Parse(self.data, True)
        except expat.ExpatError as error:
            raise NotAnnotatable("内部文件不是有效的 XML") from error
        return roots[0]

    def raw(self, node: Node) -> bytes:
        """Return the bytes of an element."""
        return self.data[node.start : node.end]

    def tag(self, name: str) -> bytes:
        """Return a name with the prefix that the part uses."""
        return f"{self.prefix}{name}".encode()

    def insert(self, at: int, new: bytes) -> None:
        """Put bytes before a position."""
        self._edits.append((at, at, new))

    def replace(self, start: int, end: int, new: bytes) -> None:
        """Put bytes in place of others."""
        self._edits.append((start, end, new))

    def append(self, node: Node, content: bytes, **attributes: str) -> None:
        """Add content at the end of an element (called once for each), and set attributes of its tag."""
        head = self.data[node.start : node.inside]
        new_head = with_attributes(head, attributes)
        if node.empty:
            name = _named(head)
            self.replace(node.start, node.end, new_head[:-2].rstrip() + b">" + content + b"</" + name + b">")
            return
        if new_head != head:
            self.replace(node.start, node.inside, new_head)
        self.insert(self.end_of_content(node), content)

    def end_of_content(self, node: Node) -> int:
        """Return where the end tag of an element begins."""
        return self.data.rindex(b"</", node.inside, node.end)

    def patched(self) -> bytes:
        """Return the bytes with every edit made."""
        pieces, at = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[0]):
            pieces += [self.data[at:start], new]
            at = end
        return b"".join([*pieces, self.data[at:]])


def with_attributes(head: bytes, attributes: dict[str, str]) -> bytes:
    """Return a start tag with attributes set, those that it has in their place."""
    for name, value in attributes.items():
        new = f'{name}="{value}"'.encode()
        pattern = re.compile(rb"""(?<=\s)%s\s*=\s*(?:"[^"]*"|'[^']*')""" % name.encode())
        head, count = pattern.subn(new, head, count=1)
        if not count:
            at = len(b"<" + _named(head))
            head = head[:at] + b" " + new + head[at:]
    return head


def _named(head: bytes) -> bytes:
    found = _NAME.match(head)
    return found[0][1:] if found else b""


def namespace_prefix(attributes: dict[str, str], namespace: str) -> str | None:
    """Return the prefix (with its colon) that an element binds to a namespace, or None."""
    bound = (name for name, value in attributes.items() if value == namespace and name.startswith("xmlns:"))
    return next((f"{name.removeprefix('xmlns:')}:" for name in bound), None)


def walked(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield elements and all that is kept below them, in the order of the document."""
    for node in nodes:
        yield node
        yield from walked(node.children)
