"""Which letters can be written: what neither XML nor paper nor a name can hold."""

from __future__ import annotations

import re

# Controls but tab and line breaks, marks that turn the direction of reading, lone surrogates, noncharacters.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
UNKNOWN = "□"
"""The Chinese mark for a letter that cannot be given."""


def writable(text: str, most: int = 0) -> str:
    """Return ``text`` with □ for letters that cannot be written; of more than ``most`` the first."""
    plain = _UNWRITABLE.sub(UNKNOWN, text)
    return f"{plain[: most - 1]}…" if most and len(plain) > most else plain
