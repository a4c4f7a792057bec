"""PDFs that nobody should have to meet, each as bytes by name: made by hand, byte for byte."""

from __future__ import annotations

import zlib
from collections.abc import Mapping


def pdf(objects: Mapping[int, bytes], *, trailer: bytes = b"", root: int = 1) -> bytes:
    """Return a PDF of numbered objects with its cross-reference table."""
    parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
    places: dict[int, int] = {}
    for number, content in sorted(objects.items()):
        places[number] = sum(map(len, parts))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = sum(map(len, parts))
    size = max(objects) + 1
    table = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(size)
    )
    parts.append(b"xref\n0 %d\n%s" % (size, table))
    parts.append(b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (size, root, trailer))
    parts.append(b"startxref\n%d\n%%%%EOF\n" % start)
    return b"".join(parts)


def stream(content: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """Return a stream object."""
    if packed:
        content, entries = zlib.compress(content, 9), entries + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def one_page(
    content: bytes, *, box: bytes = b"0 0 595 842", extra: Mapping[int, bytes] | None = None
) -> bytes:
    """Return a PDF of one page with that content; ``extra`` are more objects, from number 10."""
    return pdf(page_objects(content, box) | dict(extra or {}))


def page_objects(content: bytes, box: bytes = b"0 0 595 842", resources: bytes = b"") -> dict[int, bytes]:
    """Return the objects 1 to 5 of a PDF of one page."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << "
        b"/Font << /F1 5 0 R >> %s >> >>" % (box, resources),
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }


TEXT = b"BT /F1 12 Tf 72 700 Td (12.34) Tj ET"


def pages(count: int) -> bytes:
    """Return a PDF of that many pages, all of the same content."""
    kids = b" ".join(b"%d 0 R" % number for number in range(10, 10 + count))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        4: stream(TEXT),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>"
    )
    return pdf(objects | dict.fromkeys(range(10, 10 + count), page))


def encrypted() -> bytes:
    """Return a PDF that asks for a password: its check value fits no empty one."""
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<%s> <%s>]"
    return pdf(page_objects(TEXT), trailer=lock % (b"11" * 32, b"22" * 32, b"33" * 16, b"33" * 16))


def form_in_itself() -> bytes:
    """Return a page whose form draws itself."""
    objects = page_objects(b"/X Do", resources=b"/XObject << /X 10 0 R >>")
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X 10 0 R >> >>"
    return pdf(objects | {10: stream(b"/X Do /X Do", entries)})


def tree_in_itself() -> bytes:
    """Return a PDF whose tree of pages holds itself."""
    return pdf(page_objects(TEXT) | {2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>"})


def bomb() -> bytes:
    """Return a page whose content unpacks to 600 million bytes of nothing."""
    packed = zlib.compressobj(9)
    content = b"".join(packed.compress(b" " * 1_000_000) for _ in range(600)) + packed.flush()
    head = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(content)
    return pdf(page_objects(TEXT) | {4: head + content + b"\nendstream"})


def a_million_lines() -> bytes:
    """Return a page with a million short lines."""
    line = b"".join(
        b"%d %d m %d %d l S\n" % (at % 595, at % 842, at % 595 + 9, at % 842) for at in range(2_000)
    )
    return pdf(page_objects(b"") | {4: stream(line * 500, packed=True)})


def with_script() -> bytes:
    """Return a page of text in a document that would run a script and has a file attached."""
    objects = page_objects(TEXT)
    objects[1] = (
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (while\\(true\\){}) >> "
        b"/Names << /EmbeddedFiles << /Names [(a.exe) 10 0 R] >> /JavaScript << /Names [(a) 12 0 R] >> >> >>"
    )
    objects[10] = b"<< /Type /Filespec /F (a.exe) /EF << /F 11 0 R >> >>"
    objects[11] = stream(b"MZ", b"/Type /EmbeddedFile")
    objects[12] = b"<< /S /JavaScript /JS (while\\(true\\){}) >>"
    return pdf(objects)


def hostile(sound: bytes) -> dict[str, bytes]:
    """Return hostile PDFs by name; ``sound`` is a whole one to cut and to spoil."""
    middle = len(sound) // 2
    return {
        "cut": sound[:middle],
        "head_only": b"%PDF-1.7\n",
        "no_pages": pdf(
            {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}
        ),
        "encrypted": encrypted(),
        "form_in_itself": form_in_itself(),
        "tree_in_itself": tree_in_itself(),
        "bomb": bomb(),
        "a_million_lines": a_million_lines(),
        "ten_thousand_pages": pages(10_000),
        "huge_page": one_page(TEXT, box=b"0 0 99999999 99999999"),
        "noise": sound[: len(sound) // 3] + bytes(range(256)) * 400,
        "no_table": sound.replace(b"startxref", b"startnone"),
        "html": b"<html>%PDF-1.4</html>",
    }
