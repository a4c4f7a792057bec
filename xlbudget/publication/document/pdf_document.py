"""The document as PDF (tagged, with bookmarks), its chart as a picture. The one door to typst (an extra)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from xlbudget.files.extras import missing_extra
from xlbudget.model.errors import InputError
from xlbudget.publication.document.parts import Item, Publication, StructureChart
from xlbudget.publication.narrative.written import ComposedText, Title

try:
    import typst
except ImportError as error:
    raise missing_extra("生成公开文件的 PDF", error) from error

STANDARD = "ua-1"
"""PDF/UA-1: tagged, so that programs can read it aloud; typst refuses what breaks it."""

_PAGES = Path(__file__).with_name("document.typ")
_PICTURE_DOTS = 220
_SONG = (
    "SimSun",
    "NSimSun",
    "宋体",
    "Songti SC",
    "STSong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Serif SC",
    "FandolSong",
)
_HEI = (
    "SimHei",
    "黑体",
    "Heiti SC",
    "STHeiti",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)


def pdf_document(publication: Publication, *, draft: str = "") -> bytes:
    """Return the document as PDF; ``draft`` is printed across every page.

    Raises InputError when this machine has no Chinese font.
    """
    return _made(publication.title, publication.contents_title, publication.items, draft, "pdf")


def chart_picture(chart: StructureChart) -> bytes:
    """Return the chart as a PNG picture, the same as in the PDF; raises as :func:`pdf_document` does."""
    return _made("", "", [chart], "", "png")


def _made(title: str, contents: str, items: Sequence[Item], draft: str, kind: str) -> bytes:
    song, hei = _families()
    data = {
        "title": title,
        "contents": contents,
        "draft": draft,
        "only_chart": kind == "png",
        "body": [song, hei],
        "heading": [hei, song],
        "items": [_plain(item) for item in items],
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=_as_json)}
    if kind == "png":
        return _compiled(inputs, format=kind, ppi=_PICTURE_DOTS)
    try:
        return _compiled(inputs, format=kind, pdf_standards=STANDARD)
    except typst.TypstError:  # a cell that reaches down over a page's end: tagged all the same, unverified
        return _compiled(inputs, format=kind)


def _compiled(inputs: dict[str, str], **options: Any) -> bytes:
    made = typst.compile(_PAGES.read_bytes(), font_paths=_fonts(), sys_inputs=inputs, **options)
    return bytes(made)


def _plain(item: Item) -> dict[str, Any]:
    if isinstance(item, Title):
        return {"kind": "heading", "level": item.level, "text": item.written.text}
    if isinstance(item, ComposedText):
        return {"kind": "text", "text": item.text, "align": item.align}
    return {"kind": "chart" if isinstance(item, StructureChart) else "table", **_fields(item)}


def _fields(item: Any) -> dict[str, Any]:
    return {part.name: getattr(item, part.name) for part in fields(item)}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return _fields(value)  # TypeError for anything else


@cache
def _fonts() -> Any:
    return typst.Fonts()


@cache
def _families() -> tuple[str, str]:
    """Return the families for texts and for headings that this machine has."""
    there = set(_fonts().families())
    song = next((name for name in _SONG if name in there), "")
    hei = next((name for name in _HEI if name in there), "")
    if not (song or hei):
        raise InputError(
            "这台电脑上没有中文字体，不能生成 PDF；请安装宋体、黑体或思源字体"
            "（Debian、Ubuntu：apt install fonts-noto-cjk）后再运行。"
        )
    return song or hei, hei or song
