"""The Python that can speak to LibreOffice: the system's or LibreOffice's own, seldom ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def found() -> str:
    """Return the first Python that has ``uno``; raises RuntimeError where none has."""
    office = shutil.which("soffice")
    beside = str(Path(office).resolve().with_name("python")) if office else ""
    for python in (sys.executable, "/usr/bin/python3", shutil.which("python3") or "", beside):
        if python and Path(python).exists():
            tried = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False)
            if tried.returncode == 0:
                return python
    raise RuntimeError("no Python has uno: run tests/system-packages.sh, or install python3-uno")
