"""Our reader against openpyxl on every workbook in folders: names, states, types, values, formulas.

python -m pytest --basetemp DIR; python tests/reader_agrees.py DIR      every workbook that the tests make
python tests/reader_agrees.py workbook_templates examples               those that are in the repository

Workbooks that openpyxl refuses or we refuse are counted and must be ones that tests spoil on purpose; every
other difference is printed. Files with the same content are read once.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from support.openpyxl_reading import as_openpyxl_reads, as_openpyxl_would

from xlbudget.files.xlsx import read_workbook
from xlbudget.model.errors import UnreadableWorkbook


def differences(data: bytes) -> list[str]:
    """Return what differs, a line for each sheet or cell; UnreadableWorkbook where we refuse the file."""
    ours = as_openpyxl_would(read_workbook(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = as_openpyxl_reads(data)
    found = [f"sheets {[part[:2] for part in ours]} / {[part[:2] for part in theirs]}"]
    if [part[:2] for part in ours] == [part[:2] for part in theirs]:
        found = []
        for (name, _, mine), (_, _, other) in zip(ours, theirs, strict=True):
            places = [at for at in sorted({*mine, *other}) if not _alike(mine.get(at), other.get(at))]
            found += [f"{name} {at} {mine.get(at)} / {other.get(at)}" for at in places]
    return found


def _alike(ours: Any, theirs: Any) -> bool:
    """Whether a cell is the same; openpyxl takes the empty text of a formula for no value."""
    return ours == theirs or bool(
        ours and theirs and ours[:2] == ("s", "") and theirs[:2] == ("blank", None) and ours[2] == theirs[2]
    )


def workbooks(folders: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Yield every workbook in folders, each content once."""
    seen = set()
    for folder in folders:
        for path in sorted(folder.rglob("*.xls[xm]")):
            data = path.read_bytes() if path.is_file() else b""
            digest = hashlib.sha256(data).digest()
            if data and digest not in seen:
                seen.add(digest)
                yield path, data


def main(folders: Iterable[Path]) -> int:
    ends: Counter[str] = Counter()
    cells = 0
    for path, data in workbooks(folders):
        try:
            found = differences(data)
            cells += sum(len(sheet.cells) for sheet in read_workbook(data).sheets)
        except UnreadableWorkbook as error:
            ends[f"refused by us ({error.reason})"] += 1
            continue
        except Exception as error:
            ends[f"refused by openpyxl ({type(error).__name__})"] += 1
            continue
        ends["different" if found else "the same"] += 1
        for line in found[:5]:
            print(f"{path}: {line}", flush=True)
    for end, number in sorted(ends.items()):
        print(f"{number:6,} workbooks {end}")
    print(f"{cells:6,} cells compared")
    return bool(ends["different"])


if __name__ == "__main__":
    sys.exit(main(map(Path, sys.argv[1:])))
