"""The program where libraries are missing: what is imported, and that nothing else is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_check_of_one_file_imports_no_library_that_it_does_not_need(reference_workbook: Path) -> None:
    """No engine, no table library, none of other formats, no pool of processes."""
    code = (
        "import sys; from xlbudget.cli import run; code = run(['check', sys.argv[1]]);"
        "heavy = {'numpy', 'pandas', 'scipy', 'formulas', 'schedula', 'openpyxl', 'xlsxwriter', 'docx',"
        " 'lxml', 'jinja2', 'cattrs', 'sqlite3', 'pebble', 'distributed', 'fsspec', 'typst'};"
        "heavy &= set(sys.modules);"
        "print(sorted(heavy)); sys.exit(code or bool(heavy))"
    )
    command = [sys.executable, "-X", "utf8", "-c", code, str(reference_workbook)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
