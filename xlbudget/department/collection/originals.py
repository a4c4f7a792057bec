"""Originals of a collection: where their bytes lie, by their SHA-256, and what that is now."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from xlbudget.files.whole_files import safe_name

ORIGINALS = "originals"
_SUFFIX = 16  # characters of a suffix on the disk


def place_in(folder: Path, sha256: str, name: str) -> Path:
    """Return where a collection keeps a file of those bytes."""
    return folder / ORIGINALS / sha256[:2] / f"{sha256}{safe_suffix(name)}"


def safe_suffix(name: str) -> str:
    """Return the suffix of a name that came from outside, as the name of an original ends."""
    suffix = safe_name(PurePosixPath(name).suffix.lower())[:_SUFFIX]
    return f".{suffix}" if suffix else ""


def digest_at(path: Path) -> str:
    """Return the SHA-256 of a file as it is now, empty when it is not there."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
