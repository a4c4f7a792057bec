"""Pictures of pages, or of the part around a place, with frames and tints on them; the one door to Pillow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from xlbudget.files.pdf.library import drawn, opened
from xlbudget.files.pdf.views import View
from xlbudget.model import Box

_AROUND = 46.0  # points above and below a place that are shown
_TALLEST = 420.0  # points; a taller part shows its beginning
_FRAME = (208, 2, 27)
_OTHER = (240, 150, 0)
_COLOURS = 48  # of a picture: enough for print on paper


def pictures(path: Path, views: Iterable[View]) -> Iterator[bytes]:
    """Yield a PNG for each view, in order; raises UnreadableWorkbook when the file cannot be opened."""
    with opened(path) as document:
        page, scale, image = 0, 0.0, Image.new("RGB", (1, 1))
        for view in views:
            if (view.page, view.scale) != (page, scale):
                width, height, pixels = drawn(document, view.page, view.scale)
                image = Image.frombytes("RGB", (width, height), pixels)
                page, scale = view.page, view.scale
            yield _png(image, view)


def _png(image: Image.Image, view: View) -> bytes:
    shown = image.copy()
    if view.tints:
        wash = Image.new("RGB", shown.size, "white")
        brush = ImageDraw.Draw(wash)
        for box, colour in view.tints:
            brush.rectangle(_pixels(box, view.scale, 1), fill=colour)
        shown = ImageChops.multiply(shown, wash)
    brush = ImageDraw.Draw(shown)
    for box in view.others:
        brush.rectangle(_pixels(box, view.scale, 0), outline=_OTHER, width=2)
    for box in view.frames:
        brush.rectangle(_pixels(box, view.scale, 3), outline=_FRAME, width=4)
    framed = (*view.frames, *view.others)
    if framed and not view.whole:
        top = max(0.0, min(box.top for box in framed) - _AROUND)
        bottom = min(top + _TALLEST, max(box.bottom for box in framed) + _AROUND)
        shown = shown.crop(
            (0, int(top * view.scale), shown.width, min(shown.height, int(bottom * view.scale)))
        )
    stream = io.BytesIO()
    shown.quantize(_COLOURS).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _pixels(box: Box, scale: float, margin: int) -> tuple[int, int, int, int]:
    return (
        int(box.left * scale) - margin,
        int(box.top * scale) - margin,
        int(box.right * scale) + margin,
        int(box.bottom * scale) + margin,
    )
