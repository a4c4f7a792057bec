"""What is not installed is named with the line that installs it; only the job that needs it is stopped."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from xlbudget.files import extras

WITHOUT = (
    "import sys\n"
    "for name in sys.argv[1].split(','):\n"
    "    sys.modules[name] = None\n"
    "from xlbudget.cli import run\n"
    "sys.exit(run(sys.argv[2:]))\n"
)


def without(libraries: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command where libraries are not installed."""
    command = [sys.executable, "-X", "utf8", "-c", WITHOUT, libraries, *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)


@pytest.mark.parametrize(
    ("library", "extra", "words"),
    [
        ("docx", "documents", ["check", "{workbook}", "--no-judge", "-o", "{out}.docx"]),
        ("docx", "documents", ["publish", "{workbook}", "-o", "{out}"]),
        ("typst", "documents", ["publish", "{workbook}", "-o", "{out}"]),
        ("pyarrow", "parquet", ["export", "{workbook}", "-o", "{out}", "--format", "parquet"]),
        ("distributed", "dask", ["check", "{workbook}", "--scheduler", "tcp://127.0.0.1:1"]),
    ],
)
def test_a_command_names_the_line_that_installs_what_it_needs(
    library: str, extra: str, words: list[str], reference_workbook: Path, tmp_path: Path
) -> None:
    places = {"workbook": reference_workbook, "out": tmp_path / "out"}
    done = without(library, *(word.format(**places) for word in words))
    assert done.returncode == 2, done
    [line] = done.stderr.strip().splitlines()
    assert f'{sys.executable} -m pip install "xlbudget[{extra}]"' in line
    assert line.startswith("错误：")
    assert list(tmp_path.iterdir()) == []


def test_rounding_is_balanced_where_there_is_no_solver(transfer_folder: Path, tmp_path: Path) -> None:
    """The list of moves asks for no library: the search in plain Python finds them."""
    made = tmp_path / "汇总.xlsx"
    done = without("scipy", "consolidate", transfer_folder / "报送", "-o", made, "--balance-rounding")
    assert done.returncode == 0, done.stderr
    assert "见“舍位平衡”表" in done.stdout
    assert made.is_file()


def test_a_document_that_cannot_be_read_stops_no_other(tmp_path: Path, reference_workbook: Path) -> None:
    """A Word file among published ones: named with what to install; the rest is checked."""
    import docx

    folder = tmp_path / "published"
    folder.mkdir()
    docx.Document().save(str(folder / "a.docx"))
    (folder / "b.pdf").write_bytes(b"%PDF-1.4 cut short")
    done = without("docx", "check", folder, "--published")
    assert "xlbudget[documents]" in done.stdout
    assert "b.pdf" in done.stdout
    assert done.stderr == ""


def test_a_text_is_proofread_without_the_library_for_documents(
    tmp_path: Path, reference_workbook: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("本单位2023年无政府性基金预算。\n", encoding="utf-8")
    done = without("docx", "check", text, "--against", reference_workbook)
    assert done.returncode in {0, 1}, done.stderr
    assert done.stderr == ""


def test_the_line_is_one_for_the_environment_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "C:/Program Files/x/python.exe")
    assert extras.install_command("dask").startswith('& "C:/Program Files/x/python.exe" -m pip install')
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    expected = 'uv pip install --python "C:/Program Files/x/python.exe" "xlbudget[dask]"'
    assert extras.install_command("dask") == expected
