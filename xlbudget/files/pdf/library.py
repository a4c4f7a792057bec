"""The one door to pypdfium2: glyphs, strokes and pictures of a page, drawing it, marking it.

Everything is in points from the top left corner of the page as it is shown (turned, cropped). PDFium guesses
spaces and line ends of its own; those are left out, since lines are rebuilt by position.
"""

from __future__ import annotations

import ctypes
import io
import math
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from xlbudget.files.pdf.page_view import (
    IDENTITY,
    Glyph,
    Matrix,
    PageView,
    RawPage,
    Stroke,
    common_part,
    matrix_product,
    moved_point,
)
from xlbudget.files.pdf.views import Mark
from xlbudget.model import Box
from xlbudget.model.errors import UnreadableWorkbook

MOST_OBJECTS = 100_000  # of one page: lines and texts of the fullest forms are some thousands
_DEEPEST = 12  # forms within forms; a page that contains itself ends here
_SLANT = 0.05  # of a right angle: text that leans more stands aslant
_WHITE = 250  # of 255: a filled area that bright is paper


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a PDF; raises UnreadableWorkbook with the reason."""
    try:
        document = pypdfium2.PdfDocument(path)
    except FileNotFoundError:
        raise UnreadableWorkbook("not_found", f"找不到文件“{path.name}”。") from None
    except (pypdfium2.PdfiumError, OSError, ValueError) as error:
        raise _refused(path, str(error)) from None
    try:
        yield document
    finally:
        document.close()


def _refused(path: Path, said: str) -> UnreadableWorkbook:
    if "password" in said.lower() or "security" in said.lower():
        return UnreadableWorkbook("encrypted", f"“{path.name}”设有打开密码；请去掉密码后另存，再核对。")
    return UnreadableWorkbook(
        "damaged", f"“{path.name}”不是完整的 PDF（损坏或被截断）；请重新导出或重新下载。"
    )


def carried(document: Any) -> tuple[str, ...]:
    """Return in words what a PDF carries beside its pages: it is never run or opened."""
    found = []
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        found.append("脚本")
    if count := max(pdfium.FPDFDoc_GetAttachmentCount(document), 0):
        found.append(f"附件 {count} 个")
    return tuple(found)


def page(document: Any, number: int) -> RawPage:
    """Return one page, counted from 1; a page that cannot be loaded is empty."""
    try:
        loaded = document[number - 1]
    except pypdfium2.PdfiumError:
        return RawPage(number, 0.0, 0.0, (), (), 0.0)
    try:
        view = PageView(loaded)
        every = list(_glyphs(loaded, view))
        glyphs = tuple(glyph for glyph, slanted in every if not slanted)
        aslant = tuple(glyph for glyph, slanted in every if slanted)
        drawing = _Drawing(view)
        drawing.take_all(loaded, IDENTITY, 0, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
        area = max(view.width * view.height, 1.0)
        pictured = min(1.0, drawing.pictured / area)
        cut = drawing.cut or len(every) >= MOST_OBJECTS
        strokes = tuple(drawing.strokes)
        return RawPage(number, view.width, view.height, glyphs, strokes, pictured, cut, aslant)
    finally:
        loaded.close()


# ---------------------------------------------------------------------- text


def _glyphs(loaded: Any, view: PageView) -> Iterator[tuple[Glyph, bool]]:
    """Yield the glyphs of a page, and whether each stands aslant."""
    text = loaded.get_textpage()
    try:
        x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
        runs: dict[int, _Run] = {}
        high = 0
        for at in range(min(pdfium.FPDFText_CountChars(text), MOST_OBJECTS)):
            code = pdfium.FPDFText_GetUnicode(text, at)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code, high = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), 0
            if pdfium.FPDFText_IsGenerated(text, at) == 1 or code in _NOTHING or 0xD800 <= code < 0xE000:
                continue
            pdfium.FPDFText_GetLooseCharBox(text, at, box)
            pdfium.FPDFText_GetCharOrigin(text, at, x, y)
            run = _run(text, at, runs, view)
            clip = run.clip
            shown = view.box(box.left, box.bottom, box.right, box.top)
            baseline = view.point(x.value, y.value)[1]
            middle = (shown.left + shown.right) / 2
            hidden = clip is not None and not (
                clip.left - 0.5 <= middle <= clip.right + 0.5
                and clip.top - 0.5 <= (shown.top + shown.bottom) / 2 <= clip.bottom + 0.5
            )
            yield Glyph(_letter(code), *shown, baseline, run.number, hidden), run.slanted
    finally:
        text.close()


_NOTHING = {0, 0x0A, 0x0D, 0x200B, 0xFEFF, 0xFFFE, 0xFFFF}


_HYPHEN = 0x02  # what PDFium makes of a hyphen at the end of a line
_LOOKALIKE = (range(0x2F00, 0x2FE0), range(0xF900, 0xFB00))  # radicals and doubles of Chinese characters


def _letter(code: int) -> str:
    """Return the character that people read: fonts map 目 to the radical ⽬, which only looks the same."""
    if code == _HYPHEN:
        return "-"
    if any(code in part for part in _LOOKALIKE):
        return unicodedata.normalize("NFKC", chr(code))
    return chr(code)


class _Run(NamedTuple):
    """What the glyphs drawn together share: a number, the box that they are clipped to, their slant."""

    number: int
    clip: Box | None
    slanted: bool


def _run(text: Any, at: int, known: dict[int, _Run], view: PageView) -> _Run:
    """Return the run of text that a glyph belongs to."""
    each = pdfium.FPDFText_GetTextObject(text, at)
    address = ctypes.cast(each, ctypes.c_void_p).value or 0
    found = known.get(address)
    if found is None:
        clip = _clip_box(each, view) if address else None
        quarter = pdfium.FPDFText_GetCharAngle(text, at) / (math.pi / 2)
        found = known[address] = _Run(len(known), clip, abs(quarter - round(quarter)) > _SLANT)
    return found


def _clip_box(run: Any, view: PageView) -> Box | None:
    path = pdfium.FPDFPageObj_GetClipPath(run)
    count = pdfium.FPDFClipPath_CountPaths(path) if path else 0
    x, y = ctypes.c_float(), ctypes.c_float()
    found: Box | None = None
    for one in range(min(count, _DEEPEST)):
        points = []
        for at in range(min(max(pdfium.FPDFClipPath_CountPathSegments(path, one), 0), 64)):
            segment = pdfium.FPDFClipPath_GetPathSegment(path, one, at)
            if segment and pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                points.append(view.point(x.value, y.value))
        if len(points) < 4:
            continue
        across, down = [x for x, _ in points], [y for _, y in points]
        box = Box(min(across), min(down), max(across), max(down))
        found = box if found is None else common_part(found, box)
    return found


# -------------------------------------------------------------------- drawing

_THIN = 3.5  # points: a filled area that narrow is a line
_STRAIGHT = 1.0  # points by which a line may lean
_LINE_TO, _MOVE_TO = 0, 2


class _Drawing:
    """Collects the straight lines of a page, whatever they were drawn with."""

    def __init__(self, view: PageView) -> None:
        self.view = view
        self.strokes: list[Stroke] = []
        self.pictured = 0.0
        self._seen = 0

    @property
    def cut(self) -> bool:
        """Whether there is more than was looked at."""
        return self._seen > MOST_OBJECTS

    def take_all(self, holder: Any, matrix: Matrix, depth: int, count: Any, get: Any) -> None:
        for at in range(max(count(holder), 0)):
            self._seen += 1
            if self.cut:
                return
            each = get(holder, at)
            kind = pdfium.FPDFPageObj_GetType(each)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._path(each, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                self._picture(each, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
                inner = matrix_product(_matrix(each), matrix)
                counted, getter = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
                self.take_all(each, inner, depth + 1, counted, getter)

    def _picture(self, each: Any, matrix: Matrix) -> None:
        sides = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(each, *sides):
            left, bottom, right, top = (side.value for side in sides)
            box = self.view.box(*moved_point(matrix, left, bottom), *moved_point(matrix, right, top))
            inside = common_part(box, Box(0.0, 0.0, self.view.width, self.view.height))
            self.pictured += max(0.0, inside.right - inside.left) * max(0.0, inside.bottom - inside.top)

    def _path(self, each: Any, matrix: Matrix) -> None:
        fill, stroked = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(each, fill, stroked):
            return
        whole = matrix_product(_matrix(each), matrix)
        for points in _figures(each):
            shown = [self.view.point(*moved_point(whole, x, y)) for x, y in points]
            if stroked.value:
                self._outline(shown)
            elif fill.value:
                self._filled(each, shown)

    def _outline(self, points: Sequence[tuple[float, float]], *, edge: bool = False) -> None:
        for (x0, y0), (x1, y1) in pairwise(points):
            if abs(x0 - x1) <= _STRAIGHT or abs(y0 - y1) <= _STRAIGHT:
                self.strokes.append(Stroke(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), edge))

    def _filled(self, each: Any, points: Sequence[tuple[float, float]]) -> None:
        across, down = [x for x, _ in points], [y for _, y in points]
        left, right, top, bottom = min(across), max(across), min(down), max(down)
        if min(right - left, bottom - top) <= _THIN:
            if right - left >= bottom - top:
                middle = (top + bottom) / 2
                self.strokes.append(Stroke(left, middle, right, middle))
            else:
                middle = (left + right) / 2
                self.strokes.append(Stroke(middle, top, middle, bottom))
        elif not _pale(each):
            corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
            self._outline(corners, edge=True)


def _pale(each: Any) -> bool:
    channels = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(each, *channels):
        return True
    red, green, blue, opaque = (channel.value for channel in channels)
    return not opaque or min(red, green, blue) >= _WHITE


def _figures(each: Any) -> Iterator[list[tuple[float, float]]]:
    """Yield the points of each connected figure of a path; curves end one."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for at in range(min(max(pdfium.FPDFPath_CountSegments(each), 0), MOST_OBJECTS)):
        segment = pdfium.FPDFPath_GetPathSegment(each, at)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind != _LINE_TO:
            if len(points) > 1:
                yield points
            points = []
        points.append((x.value, y.value))
        if pdfium.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if len(points) > 1:
        yield points


def _matrix(each: Any) -> Matrix:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(each, found):
        return IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


# ------------------------------------------------------------------- pictures


def drawn(document: Any, number: int, scale: float) -> tuple[int, int, bytes]:
    """Return a page as shown, ``scale`` pixels a point: width, height, three bytes a pixel (RGB)."""
    loaded = document[number - 1]
    try:
        bitmap = loaded.render(scale=scale, rev_byteorder=True)
        width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
        raw = bytes(bitmap.buffer)
        bitmap.close()
    finally:
        loaded.close()
    rows = [raw[at * stride : at * stride + width * channels] for at in range(height)]
    content = b"".join(rows)
    if channels == 3:
        return width, height, content
    pixels = bytearray(width * height * 3)
    for channel in range(3):
        pixels[channel::3] = content[channel if channels > 1 else 0 :: channels]
    return width, height, bytes(pixels)


def marked(document: Any, marks: Sequence[Mark], author: str) -> bytes:
    """Return the document with annotations added; all that was in it stays as it was."""
    for mark in marks:
        loaded = document[mark.page - 1]
        try:
            _annotate(loaded, mark, author)
        finally:
            loaded.close()
    stream = io.BytesIO()
    document.save(stream, flags=pdfium.FPDF_INCREMENTAL)
    content: bytes = stream.getvalue()
    return content


_WRONG, _BESIDE = (208, 2, 27), (240, 150, 0)
_MARGIN = 2.0  # points between what is wrong and its frame


def _annotate(loaded: Any, mark: Mark, author: str) -> None:
    wide = 0.0 if mark.beside else _MARGIN
    box = Box(mark.box.left - wide, mark.box.top - wide, mark.box.right + wide, mark.box.bottom + wide)
    left, bottom, right, top = PageView(loaded).back(box)
    note = pdfium.FPDFPage_CreateAnnot(loaded, pdfium.FPDF_ANNOT_SQUARE)
    if not note:
        return
    try:
        pdfium.FPDFAnnot_SetRect(note, pdfium.FS_RECTF(left, top, right, bottom))
        colour = _BESIDE if mark.beside else _WRONG
        pdfium.FPDFAnnot_SetColor(note, pdfium.FPDFANNOT_COLORTYPE_Color, *colour, 255)
        pdfium.FPDFAnnot_SetBorder(note, 0.0, 0.0, 1.5)
        pdfium.FPDFAnnot_SetFlags(note, pdfium.FPDF_ANNOT_FLAG_PRINT)
        _say(note, b"T", author)
        _say(note, b"Contents", mark.text)
        shade = " ".join(f"{part / 255:.2f}" for part in colour)
        frame = f"{shade} RG 1.5 w {left + 0.75:.2f} {bottom + 0.75:.2f} "
        frame += f"{right - left - 1.5:.2f} {top - bottom - 1.5:.2f} re S"
        pdfium.FPDFAnnot_SetAP(note, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, _wide(frame))
    finally:
        pdfium.FPDFPage_CloseAnnot(note)


def _say(note: Any, key: bytes, text: str) -> None:
    pdfium.FPDFAnnot_SetStringValue(note, key, _wide(text))


def _wide(text: str) -> Any:
    content = text.encode("utf-16-le", "replace") + b"\0\0"
    return ctypes.cast(ctypes.create_string_buffer(content), ctypes.POINTER(ctypes.c_ushort))
