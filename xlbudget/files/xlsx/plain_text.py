"""The text of plain XML: characters that stand for themselves, and entities.

What is not plain raises :class:`NotPlain`, and the part is read event by event: what may be accepted, and
what is refused with which reason, is decided there alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

DECLARATION = rb'(?:<\?xml version="1\.0" encoding="(?:UTF-8|utf-8)"(?: standalone="yes")?\?>\s*)?'
"""The declaration before a plain part, if it has one: its characters are read as UTF-8."""

_DOUBTFUL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>")
_ENTITY = re.compile("&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}))?(;?)")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class NotPlain(Exception):
    """Raised when a part must be read event by event."""


def characters(written: bytes) -> str:
    """Return text as it stands in the part, with its entities; raises NotPlain, and UnicodeDecodeError."""
    text = written.decode()
    plain = text.isascii() and text.replace("\n", "").isprintable() and "]]>" not in text
    if not plain and _DOUBTFUL.search(text):
        raise NotPlain
    return text


def decoded(values: Sequence[bytes]) -> list[str]:
    """Return many texts, each of one line; raises NotPlain, and UnicodeDecodeError."""
    joined = characters(b"\n".join(values))
    texts = joined.split("\n") if values else []
    if len(texts) != len(values):
        raise NotPlain
    return list(map(without_entities, texts)) if "&" in joined else texts


def without_entities(text: str) -> str:
    """Return a text with its entities resolved; raises NotPlain."""
    if "&" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        name, decimal, hexadecimal, end = found.groups()
        if not end or not (name or decimal or hexadecimal):
            raise NotPlain
        return _ENTITIES[name] if name else _character(int(decimal or hexadecimal, 10 if decimal else 16))

    return _ENTITY.sub(character, text)


def _character(number: int) -> str:
    """Return a character given by its number, where XML admits it."""
    admitted = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    if not (admitted or 0x10000 <= number <= 0x10FFFF):
        raise NotPlain
    return chr(number)
