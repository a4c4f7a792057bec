"""Words of published tables, compared as people read them.

Other systems write the same title, heading or label with other spaces, widths of characters, quotation
marks and numbering; years stand in titles and headings. Nothing here knows a form: what texts are
compared with comes from the definitions.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MONEY = {"元": 0, "百元": 2, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8}
"""Units of money by their names, as powers of ten of 元."""

LONGEST_TITLE = 120
"""Characters that a title has at most."""

_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff“”\"'‘’「」『』:、,。.·;()\[\]<>《》*_—–―~/\\|-]+")
WHOLE_CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
"""A code written in one piece: class, section and item, or the first of them (to be matched whole)."""

YEAR = re.compile(r"(?:19|20)\d\d\s*(?:年度|年)?")
"""A year as titles name it."""
_ORDINAL = re.compile(
    r"^(?:[①-⑳]|[(（][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+[、.．]|\d+[、.．)）])"
)
_NUMBERED_TABLE = re.compile(
    r"^\s*(?:附?[件表]\s*[\d一二三四五六七八九十]+(?:\s*[-—之]\s*\d+)?|[\d一二三四五六七八九十]+\s*[、.．])\s*[:：]?"
)
_MONEY = re.compile(r"单位:?\(?(百万元|亿元|万元|千元|百元|元)")
_UNIT = re.compile(
    r"(?:单位名称|部门名称|编制单位|编制部门|填报单位|填报部门|预算单位|编报单位)\s*[:：](.*)$", re.DOTALL
)
_CONTINUED = re.compile(r"(?:续表?|\(续表?\)|（续表?）)\s*$")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without what people do not read: spaces, widths, quotation marks, punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=4096)
def without_year(text: str) -> str:
    """Return a plain title or heading with the year masked."""
    return YEAR.sub("#", plain(text))


def title_of(text: str) -> tuple[str, int | None]:
    """Return a title as it compares (year masked, «续» left out), and the year that it names."""
    year = YEAR.search(plain(text))
    return _CONTINUED.sub("", without_year(text)), int(year[0][:4]) if year else None


def bare_title(text: str) -> str:
    """Return a title as it compares without what stands before its year, nor its number (表 1)."""
    name = _CONTINUED.sub("", YEAR.sub("#", _NUMBERED_TABLE.sub("", unicodedata.normalize("NFKC", text))))
    return plain(name.rpartition("#")[2]) or plain(name)


def labels(text: str) -> tuple[str, ...]:
    """Return a line's label as it compares: as it stands, and without its numbering (一、, ①, 1.)."""
    stripped = text.strip()
    bare = _ORDINAL.sub("", stripped)
    return (plain(stripped),) if bare == stripped else (plain(stripped), plain(bare))


def money_in(text: str) -> str:
    """Return the unit of money that a caption states («单位：万元»), or an empty text."""
    squeezed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _MONEY.search(squeezed)
    return found[1] if found else ""


def unit_in(text: str) -> str | None:
    """Return the unit's name that a caption states; an empty text when it states none, None if no caption."""
    found = _UNIT.search(text.strip())
    if found is None:
        return None
    return re.split(r"\s*(?:金额)?单位\s*[:：]", found[1])[0].strip()


def is_furniture(text: str) -> bool:
    """Whether a text belongs to a page rather than to a table: captions, notes, page numbers, signatures."""
    squeezed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return bool(
        unit_in(text) is not None
        or re.match(r"(?:金额)?单位:", squeezed)
        or re.match(r"(?:备?注|说明)\d*:", squeezed)
        or re.fullmatch(r"(?:第\d+页)?[,/]?(?:共\d+页)?|-?\d+-", squeezed)
        or re.match(r"(?:填表人|制表人?|审核人?|负责人|联系电话|填报日期|打印日期|编制日期):", squeezed)
    )
