"""Broken variants of what arrives: mails (letters, mailboxes) and zips, each from a seed and a number."""

from __future__ import annotations

import email.message
import email.policy
import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator

Mutation = Callable[[bytes, random.Random], bytes]

_CHARSETS = [
    b"utf-8",
    b"gb18030",
    b"hz",
    b"utf-7",
    b"idna",
    b"punycode",
    b"rot13",
    b"undefined",
    b"x\0y",
    b"",
    b"\xff",
]
_ENCODINGS = [
    b"base64",
    b"quoted-printable",
    b"uuencode",
    b"x-uue",
    b"8bit",
    b"binary",
    b"rot13",
    b"",
    b"\xb8\xbd",
]
_HEADERS = [
    b"From: <@>",
    b'To: "\\',
    b"Cc: =?utf-8?B?4pi?= <a@b>, ;:,<>",
    b"Content-Type: multipart/mixed",
    b"Content-Type: message/rfc822",
    b"Content-Type: multipart/digest; boundary=",
    b"Content-Type: application/x; name*0*=\"utf-8''%b8\";name*1*=%",
    b"Content-Disposition: attachment; filename*=undefined''%ff%fe.xlsx",
    b"Content-Disposition: attachment; filename==?gb2312?Q?=B8=BD?=",
    b"Content-Disposition: attachment; filename=\xb8\xbd\xbc\xfe.xlsx",
    b"Content-Transfer-Encoding: \xff",
    b"MIME-Version: (((((",
    b"Date: 99 Foo -1 25:61 +9999999",
    b": nothing",
    b" a line that goes on",
]
_NAMES = [
    "101.xlsx",
    "示范厅 预算.xlsx",
    "报送.zip",
    "旧.et",
    "a.rar",
    "winmail.dat",
    "转发.eml",
    "",
    "\\",
    "..xlsx",
]
_METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


class OldName(zipfile.ZipInfo):
    """An entry as old programs in China write it: the name in GBK, and nothing that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def zipped(chance: random.Random, depth: int = 0) -> bytes:
    """Return a sound zip of small files that are no workbooks, some of them zips."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # two entries of one name
        for at in range(chance.randrange(1, 5)):
            name = (
                chance.choice(_NAMES) if chance.random() < 0.9 else f"{at}/{chance.randbytes(3).hex()}.xlsx"
            )
            inner = zipped(chance, depth + 1) if name.endswith(".zip") and depth < 3 else _junk(chance)
            entry = chance.choice([zipfile.ZipInfo, OldName])(name)
            archive.writestr(entry, inner, chance.choice(_METHODS))
    return stream.getvalue()


def _junk(chance: random.Random) -> bytes:
    heads = [
        b"",
        b"PK\x03\x04",
        b"Rar!\x1a\x07\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x78\x9f\x3e\x22",
        b"<html>",
    ]
    return chance.choice(heads) + chance.randbytes(chance.randrange(200))


def mail(chance: random.Random, depth: int = 0) -> bytes:
    """Return a sound mail with attachments, some of them mails and zips."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "经办 <a@example.org>", "预算处 <b@example.org>"
    message["Subject"] = "报送预算"
    message.set_content("见附件。", charset=chance.choice(["utf-8", "gb18030"]))
    for _ in range(chance.randrange(3)):
        name = chance.choice(_NAMES) or "x.xlsx"
        inner = zipped(chance) if name.endswith(".zip") else _junk(chance)
        message.add_attachment(inner, maintype="application", subtype="octet-stream", filename=name)
    if depth < 2 and chance.random() < 0.3:
        inner_mail = email.message_from_bytes(mail(chance, depth + 1), policy=email.policy.SMTP)
        message.add_attachment(inner_mail)
    return message.as_bytes()


def mailbox(chance: random.Random) -> bytes:
    """Return a mailbox of a few mails."""
    return b"".join(b"From a\n" + mail(chance) + b"\n" for _ in range(chance.randrange(1, 4)))


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 8, 64])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randrange(len(data)), chance.randrange(len(data) + 1)))
    return chance.choice([data[:end], data[:start] + data[end:], data[start:], data + data[start:end]])


def _lines(data: bytes, chance: random.Random) -> bytes:
    """Drop, double, swap or insert lines of a mail."""
    lines = data.splitlines(keepends=True)
    for _ in range(chance.choice([1, 2, 5])):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        action = chance.randrange(4)
        if action == 0 and len(lines) > 1:
            del lines[at]
        elif action == 1:
            lines.insert(at, lines[other])
        elif action == 2:
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines.insert(at, chance.choice(_HEADERS) + b"\r\n")
    return b"".join(lines)


def _words(data: bytes, chance: random.Random) -> bytes:
    """Change charsets, encodings, boundaries and encoded words of a mail."""
    patterns = (
        (rb'charset="?[\w-]+"?', lambda: b"charset=" + chance.choice(_CHARSETS)),
        (rb"=\?[\w-]+\?", lambda: b"=?" + chance.choice(_CHARSETS) + b"?"),
        (rb"\*=[\w-]*''", lambda: b"*=" + chance.choice(_CHARSETS) + b"''"),
        (rb"Encoding: [\w-]+", lambda: b"Encoding: " + chance.choice(_ENCODINGS)),
        (rb'boundary="[^"]*"', lambda: b'boundary="' + chance.choice([b"", b"=", b"x" * 900]) + b'"'),
        (rb"\?[bBqQ]\?", lambda: chance.choice([b"?x?", b"??", b"?b??="])),
        (
            rb"(?m)^(From|To|Subject|Date|Content-Type|Content-Disposition): .*$",
            lambda: chance.choice(_HEADERS),
        ),
    )
    for _ in range(chance.choice([1, 2, 4])):
        pattern, new = chance.choice(patterns)
        spots = list(re.finditer(pattern, data))
        if spots:
            spot = chance.choice(spots)
            data = data[: spot.start()] + new() + data[spot.end() :]
    return data


def _nested(data: bytes, chance: random.Random) -> bytes:
    """Put a mail into many others."""
    deep = chance.choice([3, 3, 3, 3, 40, 40, 40, 400])
    if chance.random() < 0.5:
        return b"Content-Type: message/rfc822\n\n" * deep + data
    heads = (b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (at, at) for at in range(deep))
    return b"".join(heads) + data


def _directory(data: bytes, chance: random.Random) -> bytes:
    """Change numbers in headers of a zip: sizes, offsets, counts, flags, methods, lengths of names, names."""
    changed = bytearray(data)
    signatures = [found.start() for found in re.finditer(rb"PK(\x03\x04|\x01\x02|\x05\x06)", data)]
    for _ in range(chance.choice([1, 1, 3]) if signatures else 0):
        at = chance.choice(signatures) + chance.randrange(4, 60)
        value = chance.choice(
            [b"\0\0", b"\xff\xff", b"\xff\xff\xff\xff", chance.randbytes(2), chance.randbytes(1)]
        )
        changed[at : at + len(value)] = value
    return bytes(changed)


def _method(data: bytes, chance: random.Random) -> bytes:
    """Say of an entry, in both of its headers, that it is packed by another method or is encrypted."""
    changed = bytearray(data)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        spots = [found.start() for found in re.finditer(signature, data)]
        if spots:
            spot = spots[0] + at
            flags, method = chance.choice(
                [(0, 12), (0, 14), (0, 9), (0, 99), (1, 8), (0x800, 8), (0x2000, 0)]
            )
            changed[spot] |= flags & 0xFF
            changed[spot + 1] |= flags >> 8
            changed[spot + 2 : spot + 4] = method.to_bytes(2, "little")
    return bytes(changed)


MAILS: tuple[Mutation, ...] = (_flip, _cut, _lines, _lines, _words, _words, _nested)
ZIPS: tuple[Mutation, ...] = (_flip, _cut, _directory, _directory, _method)


def mutations(kind: str, count: int, seed: int, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield variants ``start`` to ``start + count`` of mails or zips, each with the name of a file."""
    kinds = MAILS if kind == "mail" else ZIPS
    for number in range(start, start + count):
        chance = random.Random(f"{kind} {seed} {number}")
        mutate = kinds[number % len(kinds)]
        if kind == "zip":
            base, suffix = zipped(chance), "zip"
        elif number % 8 == 0:
            base, suffix = mailbox(chance), "mbox"
        else:
            base, suffix = mail(chance), "eml"
        yield f"{number}{mutate.__name__}.{suffix}", mutate(base, chance)
