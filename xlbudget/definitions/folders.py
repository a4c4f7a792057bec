"""Where definitions lie: the folder that comes with the package or one of the user's, and its templates."""

from __future__ import annotations

from pathlib import Path

from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest


def templates_folder() -> Path:
    """Return the folder of definitions that comes with the package (wheel, editable or bare checkout)."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "workbook_templates", package.parent / "workbook_templates"):
        if candidate.is_dir():
            return candidate
    raise InputError("安装不完整：找不到 workbook_templates 文件夹；请重新安装 xlbudget。")


def template_folders(root: Path) -> dict[str, Path]:
    """Return template id → folder for every template under ``root``."""
    found = {}
    for path in sorted(root.rglob("template.toml")):
        relative = path.parent.relative_to(root).as_posix()
        found[path.parent.name if relative == "." else relative] = path.parent
    return found


def templates_root(root: Path | None) -> Path:
    """Return the folder of definitions: ``root``, else the packaged one; InputError if it is none."""
    root = root or templates_folder()
    if not root.is_dir():
        raise InputError(f"找不到模板文件夹“{root}”；请检查 --templates（或 XLBUDGET_TEMPLATES）的路径。")
    return root


OWN_TEMPLATES = (
    "请用 --templates 指出自己的模板所在的文件夹（或写进 xlbudget.toml、环境变量 XLBUDGET_TEMPLATES）"
)
"""What one does about workbooks of one's own templates."""


def is_packaged(folder: Path) -> bool:
    """Whether a template's folder is one of those that come with the package."""
    return folder.resolve().is_relative_to(templates_folder().resolve())


def find_template(name: str, root: Path | None = None) -> Path:
    """Return the folder of the template called ``name`` (an id, or a folder); InputError if there is none."""
    direct = Path(name)
    if (direct / "template.toml").is_file():
        return direct
    root = templates_root(root)
    folders = template_folders(root)
    if name in folders:
        return folders[name]
    raise InputError(
        f"没有名为“{name}”的模板{nearest(name, folders)}；可用的模板：{'、'.join(folders) or '无'}。"
    )
