"""Comments of a sheet: the part with their texts and the drawing that gives each its box."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from xlbudget.files.annotation.markup import Markup, Node
from xlbudget.files.annotation.patched_package import numbers_after
from xlbudget.files.annotation.sheets import MAIN, Place, reference_of
from xlbudget.model.errors import NotAnnotatable

AUTHOR = "xlbudget 审核"
_THREADED = "tc="  # the author of a comment that only stands in for a threaded one
_NAMESPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_SHAPE_TYPE = "_x0000_t202"
_BLOCK = 1024  # shape numbers that belong together
_LETTERS_A_LINE = 24  # Chinese characters of 9 points in a box three columns wide
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST = 8_000  # letters; Excel takes 32,767, nobody reads them


def new_comments(texts: Mapping[Place, str]) -> bytes:
    """Return a comments part with a text for each place."""
    comments = b"".join(_comment("", reference_of(place), 0, text) for place, text in sorted(texts.items()))
    head = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<comments xmlns="{MAIN}"><authors><author>{AUTHOR}</author></authors><commentList>'
    )
    return head.encode() + comments + b"</commentList></comments>"


def added_comments(
    data: bytes, texts: Mapping[Place, str]
) -> tuple[bytes, dict[Place, str], tuple[Place, ...]]:
    """Return a comments part with texts added, those that need a box of their own, and the cells left alone.

    A cell that has a comment keeps it, with ours below; one with a threaded comment is left alone.
    """
    markup = Markup(data, 5)
    authors, listed = markup.root.child("authors"), markup.root.child("commentList")
    if markup.root.name != "comments" or authors is None or listed is None:
        raise NotAnnotatable("原有批注的格式特殊")
    threaded = {
        str(at)
        for at, node in enumerate(authors.children)
        if data[node.inside :].startswith(_THREADED.encode())
    }
    held = {node.attributes.get("ref", "").replace("$", ""): node for node in listed.children}
    fresh: dict[Place, str] = {}
    alone: list[Place] = []
    for place, text in sorted(texts.items()):
        known = held.get(reference_of(place))
        if known is None:
            fresh[place] = text
        elif known.attributes.get("authorId") not in threaded:
            _extend(markup, known, text)
        else:
            alone.append(place)
    if fresh:
        markup.append(authors, f"<{markup.prefix}author>{AUTHOR}</{markup.prefix}author>".encode())
        number = len(authors.children)
        new = (_comment(markup.prefix, reference_of(place), number, text) for place, text in fresh.items())
        markup.append(listed, b"".join(new))
    return markup.patched(), fresh, tuple(alone)


def _extend(markup: Markup, comment: Node, text: str) -> None:
    """Put a text below the one that a comment has."""
    body = comment.child("text")
    if body is None:
        raise NotAnnotatable("原有批注的格式特殊")
    prefix = markup.prefix
    plain = body.child("t")
    if plain is not None:  # a text may hold one plain text or runs, not both
        markup.insert(plain.start, f"<{prefix}r>".encode())
        markup.insert(plain.end, f"</{prefix}r>".encode())
    new = _run(prefix, f"\n\n{text}")
    after = next((node for node in body.children if node.name in ("rPh", "phoneticPr")), None)
    if after is not None:
        markup.insert(after.start, new)
    else:
        markup.append(body, new)


def _comment(prefix: str, reference: str, author: int, text: str) -> bytes:
    head = f'<{prefix}comment ref="{reference}" authorId="{author}"><{prefix}text>'.encode()
    return head + _run(prefix, text) + f"</{prefix}text></{prefix}comment>".encode()


def _run(prefix: str, text: str) -> bytes:
    shown = escape(_ESCAPED.sub("_x005F_", text[:_LONGEST]))
    look = "".join(
        f"<{prefix}{element}/>"
        for element in ('sz val="9"', 'color indexed="81"', 'rFont val="宋体"', 'family val="3"')
    )
    body = f'<{prefix}rPr>{look}</{prefix}rPr><{prefix}t xml:space="preserve">{shown}</{prefix}t>'
    return f"<{prefix}r>{body}</{prefix}r>".encode()


# ------------------------------------------------------------------- drawing


def new_drawing(texts: Mapping[Place, str], number: int) -> bytes:
    """Return a drawing with a box for each comment; ``number`` keeps its shapes apart from other sheets'."""
    names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMESPACES.items())
    blocks = range(number, number + 1 + len(texts) // (_BLOCK - 1))
    map_of = ",".join(map(str, blocks))
    layout = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{map_of}"/></o:shapelayout>'
    shapes = _shapes(texts, number * _BLOCK + 1)
    return f"<xml {names}>{layout}{_shape_type()}{shapes}</xml>".encode()


def added_boxes(data: bytes, texts: Mapping[Place, str]) -> bytes:
    """Return a drawing with a box for each comment added."""
    at = data.rfind(b"</xml>")
    try:
        known = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAnnotatable("原有批注的图形不是 UTF-8 编码") from error
    if at < 0 or any(f'xmlns:{prefix}="{name}"' not in known for prefix, name in _NAMESPACES.items()):
        raise NotAnnotatable("原有批注的图形格式特殊")
    kind = "" if f'id="{_SHAPE_TYPE}"' in known else _shape_type()
    first = max(numbers_after(known, r"_x0000_s([0-9]{1,8})"), _BLOCK) + 1
    return data[:at] + (kind + _shapes(texts, first)).encode() + data[at:]


def _shape_type() -> str:
    return (
        f'<v:shapetype id="{_SHAPE_TYPE}" coordsize="21600,21600" o:spt="202" '
        'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
    )


def _shapes(texts: Mapping[Place, str], first: int) -> str:
    return "".join(_shape(first + at, place, text) for at, (place, text) in enumerate(sorted(texts.items())))


def _shape(number: int, place: Place, text: str) -> str:
    row, column = place
    lines = sum(math.ceil(max(len(line), 1) / _LETTERS_A_LINE) for line in text.split("\n"))
    rows = max(4, lines + 1)
    top = max(row - 1, 0)
    anchor = f"{column + 1}, 12, {top}, 6, {column + 4}, 12, {top + rows}, 6"
    return (
        f'<v:shape id="_x0000_s{number}" type="#{_SHAPE_TYPE}" style="position:absolute;'
        f'margin-left:80pt;margin-top:5pt;width:220pt;height:{14 * rows}pt;z-index:1;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
