"""Broken variants of sound workbooks: of their bytes, zip structure, XML structure and cell values.

Every variant follows from a seed and a number, so that one that breaks something can be made again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from support import hostile_files as files

Mutation = Callable[[bytes, random.Random], bytes]

_NUMBERS = [b"0", b"-1", b"4294967295", b"1048577", b"9" * 30, b"1e999", b"", "٣".encode(), b"99999999999"]
_TAGS = re.compile(rb"<[^<>]+>")
_ATTRIBUTES = re.compile(rb'"[^"<>]*"')


def _flip_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 8, 64])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randrange(len(data)), chance.randrange(len(data) + 1)))
    return chance.choice([data[:end], data[:start] + data[end:], data[start:], data + data[start:end]])


def _break_directory(data: bytes, chance: random.Random) -> bytes:
    """Change numbers in headers: sizes, offsets, counts, flags, methods, lengths of names."""
    changed = bytearray(data)
    signatures = [found.start() for found in re.finditer(rb"PK(\x03\x04|\x01\x02|\x05\x06)", data)]
    for _ in range(chance.choice([1, 1, 3])):
        at = chance.choice(signatures) + chance.randrange(4, 46)
        value = chance.choice(
            [b"\0\0", b"\xff\xff", b"\xff\xff\xff\xff", chance.randbytes(2), chance.randbytes(1)]
        )
        changed[at : at + len(value)] = value
    return bytes(changed)


def _change_package(data: bytes, chance: random.Random) -> bytes:
    """Drop, swap, empty, rename or move parts."""
    parts = files.unzipped(data)
    first, second = chance.sample(sorted(parts), 2)
    action = chance.randrange(5)
    if action == 0:
        del parts[first]
    elif action == 1:
        parts[first], parts[second] = parts[second], parts[first]
    elif action == 2:
        parts[first] = chance.choice([b"", b"\xff\xfe", b"\0" * 100, b"<a/>", b"<a><b></a>", b"\xef\xbb\xbf"])
    elif action == 3:
        parts[first.upper().replace("/", "\\")] = parts.pop(first)
    else:
        parts[first] = parts[first][: chance.randrange(len(parts[first]) + 1)]
    return files.zipped(parts)


def _change_xml(data: bytes, chance: random.Random) -> bytes:
    """Change tags and attribute values of one part, leaving the zip sound."""
    parts = files.unzipped(data)
    name = chance.choice(sorted(name for name in parts if name.endswith((".xml", ".rels"))))
    for _ in range(chance.choice([1, 2, 10])):
        pattern = chance.choice([_TAGS, _ATTRIBUTES, re.compile(rb">[^<>]+<")])
        found = list(pattern.finditer(parts[name]))
        if not found:
            continue
        spot, other = chance.choice(found), chance.choice(found)
        number = chance.choice(_NUMBERS)
        if pattern is _TAGS:
            new = chance.choice(
                [b"", spot[0] * 2, other[0], b"<x>", b"</c>", b"<c><c>", b"<f t='shared' si='9'/>"]
            )
        elif pattern is _ATTRIBUTES:
            new = chance.choice([b'"%b"' % number, other[0], b'"&#x41;_xD800_"', b'"A%b"' % number])
        else:
            new = chance.choice([b">%b<" % number, other[0], b">&e;<", b">_x0000__xD83D_<"])
        parts[name] = parts[name][: spot.start()] + new + parts[name][spot.end() :]
    return files.zipped(parts)


# ── Cell values ──────────────────────────────────────────────────────────────────────────────────

_SHEET = re.compile(r"worksheets/sheet\d+\.xml$")
_CELL = re.compile(rb'<c r="[A-Z]+\d+"[^>]*>(?:(?!</c>).)*</c>', re.DOTALL)
_NUMBER = re.compile(rb'<c r="(?P<at>[A-Z]+\d+)"(?P<style>(?: s="\d+")?)(?: t="n")?><v>(?P<v>[^<]+)</v></c>')
_STORED = re.compile(
    rb'<c r="(?P<at>[A-Z]+\d+)"(?P<style>(?: s="\d+")?)(?: t="\w+")?>'
    rb"<f>(?P<f>[^<]*)</f><v>(?P<v>[^<]+)</v></c>"
)
_ROW = re.compile(rb'<row r="\d+"(?:(?!</row>).)*</row>', re.DOTALL)
_STRING = re.compile(rb't="s"><v>(\d+)</v>')
_TEXT = re.compile(rb"<t[^>]*>(?P<text>[^<]+)</t>")


def _other_number(number: bytes, chance: random.Random) -> bytes:
    """Return a number near or far, as people and programs write it."""
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    changed = chance.choice([value + 0.01, value * 10, value / 10_000, value + 1, -value - 1, 0, 1e300])
    return chance.choice([repr(changed), f"{changed:.2f}", f"{changed:E}", f" {changed}\n"]).encode()


def _cell_written_otherwise(match: re.Match[bytes], chance: random.Random) -> bytes:
    """Return the cell of a number with another value, another type, or as no writer would write it."""
    at, style, number = match["at"], match["style"], match["v"]
    start, other = b'<c r="%b"%b' % (at, style), _other_number(number, chance)
    kind = chance.choice([b"s", b"str", b"b", b"e", b"d", b"inlineStr", b"zzz", b""])
    wide = other.decode().translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"}).encode()
    moved = re.sub(rb"\d+$", lambda row: b"%d" % (int(row[0]) + chance.choice([-1, 1, 1_000])), at)
    return chance.choice(
        [
            b"%b><v>%b</v></c>" % (start, other),
            b'%b t="%b"><v>%b</v></c>' % (start, kind, number),
            b'%b t="str"><v>%b</v></c>' % (start, wide),
            b'%b t="str"><v> %b,000.00 </v></c>' % (start, number),
            b'%b t="inlineStr"><is><t>%b</t></is></c>' % (start, other),
            b'%b t="inlineStr"><is><r><t>%b</t></r><r><t>0</t></r></is></c>' % (start, number),
            b"%b/>" % start,
            b"",
            b"%b><v></v></c>" % start,
            match[0] + b"%b><v>%b</v></c>" % (start, other),
            b"%b><v>%b</v></c>" % (start, other) + match[0],
            b'<c r="%b"%b><v>%b</v></c>' % (moved, style, number),
            b"<c%b><v>%b</v></c>" % (style, number),
            b"%b><f>%b+1</f><v>%b</v></c>" % (start, number, other),
            b"%b><f>1+1</f></c>" % start,
            b"%b><v>%b</v><v>%b</v></c>" % (start, number, other),
            b"%b><v>%b<!-- -->0</v></c>" % (start, number),
            b"%b><v><![CDATA[%b]]></v></c>" % (start, other),
            b"%b><v><x>%b</x></v></c>" % (start, other),
            b'%b><v xmlns="urn:other">%b</v></c>' % (start, other),
            b'%b><v>%b</v><extLst><ext uri="a"><v>%b</v></ext></extLst></c>' % (start, number, other),
            b"%b><v>&#x%x;%b</v></c>" % (start, chance.choice([0x30, 0x2D, 0x0A, 0x202E]), number),
            b"%b><v>1e999</v></c>" % start,
            b"%b><v>NaN</v></c>" % start,
            b"%b><v>%b_x0030_</v></c>" % (start, number),
        ]
    )


def change_entry(data: bytes, chance: random.Random) -> bytes:
    """Change one number that stands without formula in a sheet: an amount, most often."""
    return _changed_sheet(data, chance, _NUMBER, lambda match: _cell_written_otherwise(match, chance))


def change_result(data: bytes, chance: random.Random) -> bytes:
    """Change one stored result of a formula, or put a value in the place of the formula."""

    def changed(match: re.Match[bytes]) -> bytes:
        start, other = b'<c r="%b"%b' % (match["at"], match["style"]), _other_number(match["v"], chance)
        formula = b"<f>%b</f>" % match["f"]
        return chance.choice(
            [
                b"%b>%b<v>%b</v></c>" % (start, formula, other),
                b"%b><v>%b</v></c>" % (start, other),
                b"%b><v>%b</v></c>" % (start, match["v"]),
                b"%b><f>%b</f><v>%b</v></c>" % (start, other.strip(), other),
                b'%b t="str">%b<v>%b</v></c>' % (start, formula, other),
                b"%b>%b</c>" % (start, formula),
                b"%b/>" % start,
            ]
        )

    return _changed_sheet(data, chance, _STORED, changed)


def change_rows(data: bytes, chance: random.Random) -> bytes:
    """Drop, double, swap, renumber or hide rows, or swap two cells."""
    parts = files.unzipped(data)
    name = chance.choice(_sheets(parts, _NUMBER))
    pattern = chance.choice([_ROW, _ROW, _CELL])
    found = list(pattern.finditer(parts[name]))
    first, second = sorted(chance.sample(found, 2), key=lambda match: match.start())
    numbers = re.compile(rb'(<row r=")(\d+)')
    renumbered = numbers.sub(lambda row: b"%b%d" % (row[1], int(row[2]) + chance.choice([-1, 1])), first[0])
    hidden = first[0].replace(b"<row ", b'<row hidden="1" ', 1)
    one, other = chance.choice(
        [
            (b"", second[0]),
            (first[0] * 2, second[0]),
            (second[0], first[0]),
            (renumbered, second[0]),
            (hidden, second[0]),
            (re.sub(rb' r="[A-Z]*\d+"', b"", first[0]), second[0]),
        ]
    )
    sheet = parts[name]
    parts[name] = (
        sheet[: first.start()] + one + sheet[first.end() : second.start()] + other + sheet[second.end() :]
    )
    return files.zipped(parts)


def change_text(data: bytes, chance: random.Random) -> bytes:
    """Change, drop or double one of the shared strings: a code or a name, a heading, a label."""
    parts = files.unzipped(data)
    name = "xl/sharedStrings.xml"
    found = list(_TEXT.finditer(parts[name]))
    spot, other = chance.choice(found), chance.choice(found)
    used = _STRING.findall(b"".join(parts[sheet] for sheet in _sheets(parts, _NUMBER)))
    if chance.random() < 0.7:  # rather a code or name of an entry than one of a catalogue
        spot = found[min(int(chance.choice(used)), len(found) - 1)]
    new = chance.choice(
        [
            b"<t>%b</t>" % other["text"],
            b"<t/>",
            b"<t>%b0</t>" % spot["text"],
            b"",
            spot[0] + b"</si><si>" + other[0],
            b'<t xml:space="preserve"> %b\xc2\xa0</t>' % spot["text"],
            b"<t>=%b</t>" % spot["text"],
            b"<rPh><t>%b</t></rPh>" % spot["text"],
        ]
    )
    parts[name] = parts[name][: spot.start()] + new + parts[name][spot.end() :]
    return files.zipped(parts)


def _sheets(parts: files.Parts, pattern: re.Pattern[bytes]) -> list[str]:
    """Return the parts of sheets with cells of that pattern; where there is one to type in, only such."""
    found = [name for name in sorted(parts) if _SHEET.search(name) and pattern.search(parts[name])]
    typed = [name for name in found if b"<dataValidation " in parts[name] and pattern is not _STORED]
    return typed or found


def _changed_sheet(
    data: bytes,
    chance: random.Random,
    pattern: re.Pattern[bytes],
    change: Callable[[re.Match[bytes]], bytes],
) -> bytes:
    parts = files.unzipped(data)
    name = chance.choice(_sheets(parts, pattern))
    match = chance.choice(list(pattern.finditer(parts[name])))
    parts[name] = parts[name][: match.start()] + change(match) + parts[name][match.end() :]
    return files.zipped(parts)


VALUES: tuple[Mutation, ...] = (
    change_entry,
    change_entry,
    change_entry,
    change_result,
    change_rows,
    change_text,
)
"""Mutations of what cells hold; they want a workbook that numbers were entered in."""

STRUCTURE: tuple[Mutation, ...] = (
    _flip_bytes,
    _cut,
    _break_directory,
    _change_package,
    _change_xml,
    _change_xml,
)
"""Mutations of bytes, zip and XML; they take any workbook."""


def mutations(
    bases: Sequence[bytes], count: int, seed: int, kinds: Sequence[Mutation] = STRUCTURE, start: int = 0
) -> Iterator[tuple[str, bytes]]:
    """Yield variants ``start`` to ``start + count`` of the files given, each with a name to find it again."""
    for number in range(start, start + count):
        chance = random.Random(seed * 1_000_000 + number)
        mutate = kinds[number % len(kinds)]
        yield f"{mutate.__name__} {number}", mutate(chance.choice(list(bases)), chance)
