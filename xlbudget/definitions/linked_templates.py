"""The templates by which the names behind links are checked."""

from __future__ import annotations

from pathlib import Path

from xlbudget.definitions.folders import templates_folder
from xlbudget.definitions.loading import load_template
from xlbudget.model import LAST_YEAR, LinkedWorkbooks, WorkbookTemplate
from xlbudget.model.errors import DefinitionError, InputError


def template_of_link(template: WorkbookTemplate, link: LinkedWorkbooks) -> WorkbookTemplate:
    """Return the template by which names behind a link are checked: beside the template, or the packaged one.

    Raises InputError where there is none, DefinitionError where it cannot be loaded.
    """
    if link.name == LAST_YEAR:
        return template
    above = len(template.id.split("/"))
    beside = Path(*template.folder.resolve().parts[:-above])
    try:
        return load_template(link.template, beside)
    except InputError:
        return load_template(link.template, templates_folder())


def linked_templates(template: WorkbookTemplate) -> dict[str, WorkbookTemplate]:
    """Return the templates of all links that can be found, by link."""
    found = {}
    for link in template.links:
        try:
            found[link.name] = template_of_link(template, link)
        except (InputError, DefinitionError):
            continue
    return found
