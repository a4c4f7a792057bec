"""Every output of the main job, digested, so that two commits can be held against each other.

    python studies/same_outputs.py -o before.json          # on one commit
    python studies/same_outputs.py --against before.json   # on the other: names what differs, exit 1

The demo, the round of twelve units and a corpus of spoiled workbooks go through the command line; of
each file that comes out the bytes are digested, of an archive each member. Time stamps are left out.
Only the command line is used, so the study runs on commits whose modules are called otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "shanxi_provincial/2023"
SPOILED = 60

_TIMES = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"
    rb"|\d{4}\xe5\xb9\xb4\d+\xe6\x9c\x88\d+\xe6\x97\xa5"
    rb"|D:\d{14}[^)]*|\d{4}-\d\d-\d\d"
)
_NUMBER = re.compile(rb"(?<=<v>)\d{3,9}(?:\.\d\d)?(?=</v></c>)")


def run(folder: Path, *words: str) -> None:
    """Run one command in ``folder``; what it prints is kept there as well, as one more output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run(
        [sys.executable, "-m", "xlbudget", *words],
        cwd=folder,
        capture_output=True,
        env=environment,
        check=False,
    )
    log = folder / "printed.txt"
    said = b"".join(
        (f"$ {' '.join(words)}\n".encode(), done.stdout, done.stderr, b"exit %d\n" % done.returncode)
    )
    for place in (ROOT, folder.resolve()):
        said = said.replace(str(place).encode(), b".")
    with log.open("ab") as file:
        file.write(said)


def make(folder: Path) -> None:
    """Fill ``folder`` with every output."""
    run(folder, "demo", "-o", "demo")
    department = folder / "demo"
    returned = next(path for path in department.rglob("2 报送"))
    corrected = next(path for path in department.rglob("3 改正后报送"))
    spoil(sorted(corrected.glob("*.xlsx")), folder / "spoiled")
    for name, source in (("returned", returned), ("corrected", corrected), ("spoiled", folder / "spoiled")):
        outputs = [part for kind in ("html", "xlsx", "json", "docx") for part in ("-o", f"{name}.{kind}")]
        extra = ("--annotate", f"{name}-annotated", "--replies", f"{name}-replies")
        run(folder, "check", str(source.relative_to(folder)), *outputs, *extra)
    first = sorted(corrected.glob("*.xlsx"))[0].relative_to(folder)
    run(folder, "publish", str(first), "-o", "published")
    run(folder, "values", str(first), "--rounded", "-o", "values.csv")
    run(folder, "export", str(first), "-o", "exported")
    twelve(folder)


def twelve(folder: Path) -> None:
    """The round of twelve units: issued, filled, collected, joined."""
    example = ROOT / "examples" / "twelve_units"
    roster = str(example / "units.csv")
    run(folder, "generate", TEMPLATE, "--roster", roster, "-o", "issued")
    for source in sorted((example / "entries").iterdir()):
        workbook = next((folder / "issued").glob(f"{source.name}_*.xlsx"))
        target = f"twelve/{source.name}.xlsx"
        corrected = example / "corrected" / source.name
        entries = corrected if corrected.is_dir() else source
        run(folder, "fill", str(workbook), "--entries", str(entries), "-o", target)
    run(folder, "check", "twelve", "--roster", roster, "-o", "twelve.json", "-o", "twelve.html")
    run(folder, "consolidate", "twelve", "--allow", "explain", "-o", "summary.xlsx")
    run(folder, "check", "summary.xlsx", "-o", "summary.json")


def spoil(workbooks: list[Path], folder: Path) -> None:
    """Write copies with one to three stored numbers changed, by a fixed seed."""
    folder.mkdir()
    chance = random.Random(20261130)
    for at in range(SPOILED):
        source = chance.choice(workbooks)
        with zipfile.ZipFile(source) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        sheets = [
            name for name in parts if name.startswith("xl/worksheets/sheet") and _NUMBER.search(parts[name])
        ]
        for _ in range(chance.randint(1, 3)):
            name = chance.choice(sheets)
            places = list(_NUMBER.finditer(parts[name]))
            place = chance.choice(places)
            new = str(int(place[0].split(b".")[0]) + chance.choice((9, 90, 900, -9, 4500))).encode()
            parts[name] = parts[name][: place.start()] + new + parts[name][place.end() :]
        with zipfile.ZipFile(folder / f"{at:03}_{source.name}", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in parts.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield a digest for each file, or for each member where the file is an archive."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        if zipfile.is_zipfile(BytesIO(data)):
            with zipfile.ZipFile(BytesIO(data)) as archive:
                yield name, _digest("\n".join(archive.namelist()).encode())
                for member in archive.namelist():
                    yield f"{name}!{member}", _digest(archive.read(member))
        else:
            yield name, _digest(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(_TIMES.sub(b"", data)).hexdigest()[:24]


def main() -> int:
    """Digest the outputs; write them, or say what differs from those of another commit."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("-o", "--output", type=Path)
    options.add_argument("--against", type=Path)
    options.add_argument("--keep", type=Path, help="an empty folder in which the outputs stay")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        make(folder)
        found = dict(digests(folder))
    print(len(found), "files and members")
    if given.output:
        given.output.write_text(json.dumps(found, ensure_ascii=False, indent=0), encoding="utf-8")
    if given.against:
        before = json.loads(given.against.read_text(encoding="utf-8"))
        other = sorted(name for name in {*before, *found} if before.get(name) != found.get(name))
        print(*(f"differs: {name}" for name in other), sep="\n")
        print(len(other), "differ")
        return 1 if other else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
