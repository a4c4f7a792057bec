"""Places as people write them down: which cell of a report is meant by a text copied from it."""

from __future__ import annotations

import re
import unicodedata

from xlbudget.model import Place

_IGNORED = re.compile(r"[\s'$“”\"：:，,。]")
_DOTS = re.compile("[·•・．.]")


def is_meant(text: str, place: Place) -> bool:
    """Whether ``text`` names ``place``: as messages print it, its words, or its address.

    The form may be left out of the words and the sheet out of the address. Spaces, quotation marks
    and full-width letters make no difference; an empty text names no place.
    """
    return bool(_plain(text)) and _plain(text) in {_plain(name) for name in _names(place)}


def _names(place: Place) -> tuple[str, ...]:
    words = [word for word in (place.form, place.line, place.column) if word]
    return (
        str(place),
        "·".join(words),
        "·".join(words[1:]) if place.form else "",
        "!".join(word for word in (place.sheet, place.address) if word),
        place.address,
    )


def _plain(text: str) -> str:
    return _DOTS.sub("·", _IGNORED.sub("", unicodedata.normalize("NFKC", text))).casefold()
