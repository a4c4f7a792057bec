"""What it costs to check what others published: one long PDF, and folders of many, with their memory.

python benchmarks/published.py                     one PDF of some 40 pages; 118 files on all cores
python benchmarks/published.py --files 118 1000    and a thousand in one run

The files are those of the demonstration units of all templates, each written as PDF and given an end of its
own, so that no two have the same bytes. Bars: a PDF of 40 pages in 5 s and 300 MB, 118 files in 5 minutes,
a thousand with no more memory than 118.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "studies")]

from spoiled_documents import Bench, publications  # noqa: E402

from xlbudget.returns.published.documents import read_document  # noqa: E402

_RUNS = 5


def written(folder: Path) -> list[bytes]:
    """Return the publications of the demonstration units as PDF, that with most pages first."""
    bench = Bench(folder)
    paths = [bench.document(publication, ".pdf", unit) for _, unit, publication in publications()]
    paths.sort(key=lambda path: -len(read_document(path).pages))
    return [path.read_bytes() for path in paths]


def measured(words: list[str], folder: Path) -> tuple[float, float, float]:
    """Run xlbudget and return seconds and MB of the program and of its largest worker."""
    figures = folder / "figures.json"
    start = time.perf_counter()
    command = [sys.executable, str(HERE / "watched.py"), str(figures), *words]
    process = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if process.returncode not in (0, 1):
        sys.exit(process.stderr.decode())
    peaks = json.loads(figures.read_text(encoding="utf-8"))
    return seconds, peaks["parent"], peaks["worker"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", nargs="+", type=int, default=[118], help="how many files a run has")
    given = parser.parse_args()
    print("| | pages | s | s a file | MB, program | MB, largest worker |\n|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        documents = written(folder)
        one = folder / "one.pdf"
        one.write_bytes(documents[0])
        pages = len(read_document(one).pages)
        runs = [measured(["check", str(one), "--published"], folder) for _ in range(_RUNS)]
        seconds, parent, worker = (statistics.median(part) for part in zip(*runs, strict=True))
        print(f"| one PDF, median of {_RUNS} | {pages} | {seconds:.1f} | | {parent:.0f} | {worker:.0f} |")
        for count in given.files:
            many = folder / f"{count}"
            many.mkdir()
            for at in range(count):
                content = documents[at % len(documents)] + b"\n%% %d\n" % at
                (many / f"{at:04}.pdf").write_bytes(content)
            words = ["check", str(many), "--published", "-o", str(folder / f"{count}.json")]
            seconds, parent, worker = measured(words, folder)
            print(
                f"| {count:,} files | | {seconds:.1f} | {seconds / count:.2f} | {parent:.0f} | {worker:.0f} |"
            )


if __name__ == "__main__":
    main()
