"""Builds the page: the whole program in one HTML file that is opened from disk and fetches nothing.

    npm ci --prefix page
    python page/build.py -o xlbudget.html [--templates DIR] [--only-check] [--department NAME] [--until DATE]

Python 3.14 as WebAssembly comes from npm (exact version, integrity in the lock), libraries from the
environment that runs this (the versions of requirements.lock), everything else from this repository. The same
commit gives the same bytes: the date on the page is the commit's.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))  # the page is of these sources, whatever is installed

from xlbudget.desk.assembly import assembled  # noqa: E402

RUNTIME = HERE / "node_modules" / "pyodide"
NEEDED = "请先安装 Node.js 20 或更新版本，并在源码目录运行 npm ci --prefix page。"

LIBRARIES = ("xlsxwriter", "Jinja2", "MarkupSafe")
"""Distributions inside every page."""

MORE_LIBRARIES = ("cattrs", "attrs", "typing_extensions")
"""Those that the desk of officers needs besides."""

OUTSIDE = ("xlbudget/cli/", "xlbudget/publication/", "xlbudget/desk/server", "xlbudget/desk/assembly")
"""Parts of the package that no page needs."""

FOR_OFFICERS = (
    "xlbudget/department/",
    *(
        f"xlbudget/desk/{name}."
        for name in ("archives", "collecting", "comparing", "issuing", "joining", "mirror")
    ),
)
"""Parts that a page for units does without."""

UNUSED = (
    "ensurepip/",
    "idlelib/",
    "lib2to3/",
    "pydoc_data/",
    "tkinter/",
    "turtledemo/",
    "unittest/",
    "venv/",
)
"""Folders of the standard library that nothing here imports."""


class Refused(Exception):
    """The page cannot be built; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Wanted:
    """What page to build: definitions, parts, and what a department writes on it."""

    templates: Path
    only_check: bool = False
    department: str = ""
    until: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the page that the arguments ask for; 0 when it is there, 2 with a sentence otherwise."""
    parser = argparse.ArgumentParser(description="构建 xlbudget 网页：一个文件，从磁盘打开，不联网。")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="写到哪里（.html）")
    parser.add_argument("--templates", type=Path, metavar="DIR", help="自己的模板文件夹")
    parser.add_argument("--only-check", action="store_true", help="只要单位自查，不要主管部门办公桌")
    parser.add_argument("--department", default="", metavar="NAME", help="印在页首的主管部门名称")
    parser.add_argument("--until", default="", metavar="DATE", help="印在页首的报送期限，写成 年-月-日")
    given = parser.parse_args(arguments)
    templates = (given.templates or ROOT / "workbook_templates").resolve()
    try:
        wanted = Wanted(templates, given.only_check, given.department, _until(given.until))
        page = build(wanted)
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_bytes(page)
    except (Refused, OSError) as error:
        print(f"没有构建：{error}", file=sys.stderr)
        return 2
    print(f"已写入 {given.output}（{len(page) / 2**20:.1f} MB）")
    return 0


def build(wanted: Wanted) -> bytes:
    """Return the page; Refused when something that it needs is not there."""
    if not any(wanted.templates.rglob("template.toml")):
        raise Refused(f"文件夹“{wanted.templates}”里没有模板（template.toml）。")
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        if not (RUNTIME / name).is_file():
            raise Refused(f"没有找到 {name}。{NEEDED}")
    _same_runtime()
    libraries = LIBRARIES if wanted.only_check else LIBRARIES + MORE_LIBRARIES
    data = {
        "runtime": (RUNTIME / "pyodide.asm.wasm").read_bytes(),
        "library": _compiled(_standard_library(), 2),
        "program": _compiled(_program(wanted, libraries), 0),
        "worker": _worker().encode(),
        "licences": _licences(libraries).encode(),
    }
    return _page(wanted, data).encode()


# ------------------------------------------------------------------- Python


def _same_runtime() -> None:
    """Refuse a runtime other than the one locked, whose integrity npm has checked."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    locked = lock["packages"]["node_modules/pyodide"]["version"]
    found = json.loads((RUNTIME / "package.json").read_text(encoding="utf-8"))["version"]
    if found != locked:
        raise Refused(f"装的是 pyodide {found}，要的是 {locked}。{NEEDED}")


def _standard_library() -> dict[str, bytes]:
    with zipfile.ZipFile(RUNTIME / "python_stdlib.zip") as library:
        return {
            entry.filename: library.read(entry)
            for entry in library.infolist()
            if not entry.is_dir() and not entry.filename.startswith(UNUSED)
        }


def _program(wanted: Wanted, libraries: Sequence[str]) -> dict[str, bytes]:
    """Return every file of this package, its definitions and the libraries, by name."""
    package = ROOT / "xlbudget"
    files = dict(_files(package, "xlbudget/", {"__pycache__"}))
    without = OUTSIDE + (FOR_OFFICERS if wanted.only_check else ())
    files = {name: content for name, content in files.items() if not name.startswith(without)}
    files |= dict(_files(wanted.templates, "xlbudget/workbook_templates/", {"demo", "__pycache__"}))
    for name in libraries:
        files |= _distribution(name)
    return files


def _files(folder: Path, prefix: str, without: set[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not without & set(relative.parts) and not relative.name.startswith("."):
            yield prefix + relative.as_posix(), path.read_bytes()


def _distribution(name: str) -> dict[str, bytes]:
    """Return the Python files of an installed distribution, of the version that is locked."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise Refused(f"没有安装 {name}；请先安装 requirements.lock。") from error
    locked = re.search(rf"(?im)^{re.escape(name)}==(\S+)$", (ROOT / "requirements.lock").read_text())
    if locked is None or locked[1] != found.version:
        raise Refused(f"{name} 装的是 {found.version}，requirements.lock 要的是 {locked and locked[1]}。")
    return {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in found.files or ()
        if path.suffix in {".py", ".typed", ".txt"} and ".dist-info" not in path.as_posix()
    }


def _compiled(files: dict[str, bytes], optimize: int) -> bytes:
    """Return a zip of the files, sources compiled by the interpreter that will run them.

    With ``optimize`` 2 docstrings and asserts are left out, which a library can do without.
    """
    node = shutil.which("node")
    if node is None:
        raise Refused(f"没有找到 node。{NEEDED}")
    with tempfile.TemporaryDirectory(prefix="xlbudget-") as folder:
        sources, target = Path(folder, "sources.zip"), Path(folder, "compiled.zip")
        sources.write_bytes(_zipped(files))
        done = subprocess.run(
            [node, HERE / "compile.mjs", RUNTIME, sources, target, str(optimize)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not target.is_file():
            raise Refused(f"编译失败：{done.stderr.strip()[-400:]}")
        return target.read_bytes()


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return stream.getvalue()


# --------------------------------------------------------------------- page


def _worker() -> str:
    """Return the worker's source: the loader and the runtime as a classic script, and ours.

    A page from disk cannot start a module worker, so what only modules may say is taken out.
    """
    loader = (RUNTIME / "pyodide.mjs").read_text(encoding="utf-8")
    loader = _replaced(loader, r"export\{(\w+) as loadPyodide,[^}]*\};", r"self.loadPyodide=\1;")
    runtime = (RUNTIME / "pyodide.asm.mjs").read_text(encoding="utf-8")
    runtime = _replaced(runtime, r"export default (\w+);", r"self.createRuntime=\1;")
    runtime = runtime.replace("import.meta.url", "self.location.href")
    ours = (HERE / "worker.js").read_text(encoding="utf-8")
    parts = [re.sub(r"(?m)^//# sourceMappingURL.*$", "", part) for part in (loader, runtime)]
    info = json.loads((RUNTIME / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    theirs = "\n".join(f"(function(){{{part}\n}})();" for part in parts)
    return f"{theirs}\nconst RUNTIME_INFO = {json.dumps(info, sort_keys=True)};\n{ours}"


def _replaced(text: str, pattern: str, by: str) -> str:
    changed, count = re.subn(pattern, by, text)
    if count != 1:
        raise Refused(f"pyodide 的文件与预期不同（{pattern}）；请核对 page/build.py。")
    return changed


def _licences(libraries: Sequence[str]) -> str:
    """Return the texts of the licences of all that is inside, one after the other."""
    notices = sorted((HERE / "licences").glob("*.txt"))
    texts = [
        ("xlbudget", (ROOT / "LICENSE").read_text(encoding="utf-8")),
        *((path.stem.replace("_", " "), path.read_text(encoding="utf-8")) for path in notices),
    ]
    for name in libraries:
        found = importlib.metadata.distribution(name)
        for path in found.files or ():
            if re.search(r"(?i)(licen[sc]e|copying|notice)[^/]*$", path.as_posix()):
                text = Path(str(path.locate())).read_text(encoding="utf-8")
                texts.append((f"{found.name} {found.version}", text))
    return "\n\n".join(f"======== {name} ========\n\n{text.strip()}\n" for name, text in texts)


def _page(wanted: Wanted, data: dict[str, bytes]) -> str:
    settings = {"department": wanted.department, "until": wanted.until, "desk": not wanted.only_check}
    page, _ = assembled(
        HERE, settings=settings, version=_version(), date=_date(), templates=wanted.templates, data=data
    )
    return page


def _version() -> str:
    found = re.search(
        r'__version__ = "([^"]+)"', (ROOT / "xlbudget" / "version.py").read_text(encoding="utf-8")
    )
    if found is None:
        raise Refused("xlbudget/version.py 里没有版本号。")
    return found[1]


def _date() -> str:
    """Return the day of the commit that the page is built from, which is the same for whoever builds it."""
    git = shutil.which("git")
    if git is not None:
        done = subprocess.run(
            [git, "-C", ROOT, "log", "-1", "--format=%cs"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return "日期不详"


def _until(text: str) -> str:
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"期限“{text}”应写成 年-月-日，如 2026-02-10。") from error
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


if __name__ == "__main__":
    sys.exit(main())
