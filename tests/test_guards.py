"""What keeps the project in shape: import direction, one door a library, names, documents that run."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

import xlbudget
from xlbudget.cli import run
from xlbudget.definitions.folders import templates_folder
from xlbudget.files.extras import EXTRAS

PACKAGE = Path(xlbudget.__file__).parent
ROOT = Path(__file__).parent.parent
MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix(): path for path in PACKAGE.rglob("*.py")}

ROOMS = [
    "model",
    "files",
    "definitions",
    "workbook",
    "returns",
    "checking",
    "reports",
    "publication",
    "department",
    "api",
    "desk",
    "cli",
]
"""The rooms from the ground up; a module imports from its own room and those below it."""

STRANGERS = {frozenset({"reports", "publication"})}
"""Rooms side by side: neither knows the other."""

ROOT_MODULES = {"__init__", "__main__", "version"}
"""What stands at the package's root beside the rooms."""

DOORS = {
    "click": {"cli"},
    "cattrs": {"checking/runs/report_data"},
    "distributed": {"checking/runs/cluster"},
    "docx": {"files/docx"},
    "formulas": {"workbook/calculation/engine"},
    "fsspec": {"files/elsewhere"},
    "jinja2": {"reports/html_findings"},
    "numpy": {
        "checking/rules/solver",
        "department/summary/rounding_moves",
        "workbook/calculation/engine",
    },
    "openpyxl": {"department/issue/filling"},
    "pandas": {"department/exporting/frames"},
    "pyarrow": {"department/exporting/parquet"},
    "pebble": {"checking/runs/processes"},
    "PIL": {"files/pdf/pictures"},
    "pypdfium2": {"files/pdf/library"},
    "rich": {"reports/terminal_findings"},
    "schedula": {"workbook/calculation/engine"},
    "scipy": {"department/summary/rounding_moves", "checking/rules/solver"},
    "typst": {"publication/document/pdf_document"},
    "xlrd": {"files/xls/child"},
    "xlsxwriter": {"files/xlsx_writer"},
}


def imports(path: Path) -> set[str]:
    """Every module imported when the file runs (imports for types only do not count)."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _running(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _running(node: ast.AST) -> list[ast.AST]:
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        found += [child, *_running(child)]
    return found


def room_of(module: str) -> str:
    """Return the room of a module given by its path below the package."""
    return module.split("/", maxsplit=1)[0]


def needed(name: str) -> set[str]:
    """Return the modules of this package that a module imports when it runs, by path.

    A module taken from its package (``from xlbudget.cli import words``) counts for itself alone.
    """
    known = {module.removesuffix("/__init__").replace("/", "."): module for module in MODULES}
    found = set()
    for node in _running(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xlbudget."):
            package = (node.module or "").removeprefix("xlbudget.")
            found |= {known.get(f"{package}.{alias.name}") or known[package] for alias in node.names}
    return found - {name}


def test_the_root_holds_rooms_and_few_modules() -> None:
    at_root = {name for name in MODULES if "/" not in name}
    assert at_root == ROOT_MODULES
    folders = {room_of(name) for name in MODULES if "/" in name}
    assert folders == {*ROOMS}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_module_has_a_docstring(name: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))), name


@pytest.mark.parametrize("name", sorted({*MODULES} - ROOT_MODULES))
def test_imports_go_down_only(name: str) -> None:
    own = room_of(name)
    for other in needed(name):
        room = room_of(other)
        if room in ROOMS:
            assert ROOMS.index(room) <= ROOMS.index(own), f"{name} imports {other}"
            assert frozenset({room, own}) not in STRANGERS, f"{name} imports {other}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    """A package's ``__init__`` that gathers names of its modules is no circle: they do not ask it for any."""
    needs = {name: needed(name) for name in MODULES}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in sorted(needs[name]):
                walk(other, (*way, name))
            done.add(name)

    for name in sorted(MODULES):
        walk(name, ())


def test_each_library_has_one_door() -> None:
    standard = sys.stdlib_module_names
    used: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        for imported in imports(path):
            library = imported.split(".")[0]
            if library not in standard and library != "xlbudget":
                used.setdefault(library, set()).add("cli" if name.startswith("cli/") else name)
    assert used == DOORS


def distribution(name: str) -> str:
    """The name of a requirement as pip writes it."""
    return re.split(r"[<>=\[ ;]", name)[0].lower().replace("_", "-")


def project() -> dict[str, list[str]]:
    """The dependencies of the program under "", and of each extra, from the project file."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"": data["dependencies"], **data["optional-dependencies"]}
    return {extra: [distribution(part) for part in parts] for extra, parts in wanted.items()}


def locked(name: str) -> dict[str, str]:
    """The pins of a lock file, distribution by distribution."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {distribution(package): version for package, version in pins}


DISTRIBUTIONS = {"PIL": "pillow", "docx": "python-docx"}
"""Libraries whose distribution has another name."""


def test_what_the_program_imports_is_required_and_nothing_else_is() -> None:
    wanted = project()
    imported = {DISTRIBUTIONS.get(library, library): library for library in DOORS}
    for name, library in imported.items():
        assert name in wanted[EXTRAS.get(library, "")], library
    assert set(wanted[""]) == {name for name, library in imported.items() if library not in EXTRAS}
    for library, extra in EXTRAS.items():
        assert DISTRIBUTIONS.get(library, library) in wanted[extra]


def test_the_lock_files_hold_exact_versions_and_no_index() -> None:
    users, developers = locked("requirements.lock"), locked("requirements-dev.lock")
    wanted = project()
    assert set(wanted[""]) <= set(users)
    assert {part for parts in wanted.values() for part in parts} <= set(developers)
    assert users.items() <= developers.items()  # the same versions for both
    only_extras = {part for extra, parts in wanted.items() if extra not in {"", "rounding"} for part in parts}
    assert not only_extras & set(users)
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index" not in text.replace("No index addresses", "")
        assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text.splitlines() if line[0] != "#")


def texts(path: Path) -> list[tuple[int, str]]:
    """Every text constant of a module with its line, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documents.add(node.value)
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documents
    ]


def test_the_package_knows_no_year_no_form_and_no_address() -> None:
    year, address = re.compile(r"\b20[123]\d\b"), re.compile(r"^\$?[A-Z]{1,2}\$?\d{1,4}$")
    form = re.compile("预算收支总表|三公|基本支出|项目支出|公开表\\d")
    for name, path in MODULES.items():
        for number, text in texts(path):
            assert not year.search(text) or text.startswith("https:"), f"{name}:{number} {text}"
            first_cell = name == "reports/xlsx_lists" and text == "A1"  # links to a sheet as a whole
            assert first_cell or not address.match(text), f"{name}:{number} {text}"
            assert not form.search(text), f"{name}:{number} {text}"


def test_modules_stay_small() -> None:
    large = {
        name for name, path in MODULES.items() if len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert large == set()


def test_public_names_are_sorted_and_there() -> None:
    assert xlbudget.__all__ == sorted(xlbudget.__all__)
    for name in xlbudget.__all__:
        assert getattr(xlbudget, name) is not None
    with pytest.raises(AttributeError):
        xlbudget.nothing  # noqa: B018


def test_the_definitions_and_the_page_template_come_with_the_package() -> None:
    folder = templates_folder()
    assert (folder / "shanxi_provincial" / "2023" / "template.toml").is_file()
    assert (PACKAGE / "reports" / "html_findings.html.j2").is_file()
    assert (PACKAGE / "py.typed").is_file()


def test_the_wheel_carries_definitions_and_page_template(tmp_path: Path) -> None:
    """Built here from the source; outside a checkout the installed distribution is looked at instead."""
    wanted = {"xlbudget/reports/html_findings.html.j2", "xlbudget/py.typed"}
    wanted |= {"xlbudget/publication/document/document.typ"}
    folder = templates_folder()
    for path in folder.rglob("*"):
        if path.is_file():
            wanted.add(f"xlbudget/workbook_templates/{path.relative_to(folder).as_posix()}")
    assert len(wanted) > 40
    if (ROOT / "xlbudget").is_dir():
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*command, "-w", str(tmp_path), str(ROOT)], check=True, capture_output=True)
        names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    else:
        names = {path.as_posix() for path in importlib.metadata.files("xlbudget") or ()}
    assert wanted <= names


DOCUMENTS = sorted(
    path
    for folder in ("docs", "examples")
    for path in (ROOT / folder).rglob("*.md")
    if "```console" in path.read_text(encoding="utf-8") or "```python" in path.read_text(encoding="utf-8")
)
"""Documents whose commands and Python are run."""


def commands_of(document: Path) -> list[str]:
    """The commands of a document, line by line."""
    text = document.read_text(encoding="utf-8")
    return [line for block in re.findall(r"```console\n(.*?)```", text, re.S) for line in block.splitlines()]


def test_both_readmes_have_the_same_commands() -> None:
    """Word for word; ``.ci/run`` runs the first one in a fresh clone."""
    ours, theirs = (
        re.findall(r"```(?:sh|powershell)\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert [re.sub("^# .*$", "", block, flags=re.M) for block in ours] == [
        re.sub("^# .*$", "", block, flags=re.M) for block in theirs
    ]
    first, second = (line for line in ours[0].splitlines() if line and not line.startswith("#"))
    assert "-r requirements.lock -e ." in first
    assert "-r requirements-dev.lock -e ." in second


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_in_the_documents_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(templates_folder(), tmp_path / "workbook_templates")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    text = document.read_text(encoding="utf-8")
    for command in commands_of(document):
        words = shlex.split(command)
        if words[0] == "xlbudget":
            code = run(words[1:])
            assert code == 0, f"{command}: {capsys.readouterr().err}"
        elif words[0] in {"python", "cp"}:
            program = sys.executable if words[0] == "python" else words[0]
            done = subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}: {done.stderr}"
        else:
            pytest.fail(f"unknown command {command}")
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        for folder in ("issued", "returned"):
            shutil.rmtree(folder, ignore_errors=True)
        exec(compile(block, str(document), "exec"), {})
    made = {path.name for path in tmp_path.iterdir()} - {"workbook_templates", "examples"}
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    left = {name for name in made if not any(fnmatch(name, pattern) for pattern in ignored)}
    assert left == set()  # whoever runs it in a checkout leaves nothing untracked


def test_no_file_names_a_path_of_a_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home|tmp)/\w")
    files = [*PACKAGE.rglob("*.py"), *ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.lock")]
    files += [*(ROOT / "examples").rglob("*.*"), *(ROOT / "benchmarks").rglob("*.*")]
    for path in files:
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".lock", ".csv"}:
            assert not pattern.search(path.read_text(encoding="utf-8")), path
