"""Closing a collection: a manifest of everything that counted, so that it can be proved later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import OWNER_ONLY, Status
from xlbudget.department.collection.summary import summary_of
from xlbudget.department.summary.joining import DepartmentSummary
from xlbudget.files.whole_files import write_whole
from xlbudget.model import Submission, Unit
from xlbudget.model.errors import InputError
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import unit_rows


def close(collection: Collection, department: Unit, reason: str, allow: Sequence[str] = ()) -> str:
    """Close the collection and return the name of its manifest.

    The manifest holds the hash of every original, the figures of the summary (in the money of the forms),
    the rules with their versions, the waivers, and the log's last entry. Raises InputError when the
    collection is closed already or no reason is given, ConsolidationRefused when its summary is.
    """
    if not reason.strip():
        raise InputError("请用 --reason 写明关账的依据，登记簿要记下来。")
    collection.refuse_if_closed()
    summary = summary_of(collection, department, allow)
    number = 1 + sum(entry.action == "关账" for entry in collection.register.log())
    name = f"close-{number}.json"
    text = json.dumps(_manifest(collection, summary), ensure_ascii=False, indent=1)
    content = text.encode()
    write_whole(collection.folder / name, content, OWNER_ONLY, replace=True)
    digest = hashlib.sha256(content).hexdigest()
    collection.set_closed(f"{name} {digest}", "关账", reason)
    return name


def reopen(collection: Collection, reason: str) -> None:
    """Open a closed collection again; its manifest stays. Raises InputError when it is not closed."""
    if not reason.strip():
        raise InputError("请用 --reason 写明重新开账的原因，登记簿要记下来。")
    if not collection.closed:
        raise InputError(f"收件文件夹“{collection.folder}”没有关账。")
    collection.set_closed("", "重新开账", reason)


def _manifest(collection: Collection, summary: DepartmentSummary) -> dict[str, object]:
    last = collection.register.last_entry()
    template = summary.template
    return {
        "closed_at": collection.moment(),
        "closed_by": collection.user,
        "template": {"id": template.id, "digest": template.digest},
        "log": {"number": last.number, "hash": last.hash} if last else {},
        "originals": [
            {"receipt": part.number, "sha256": part.sha256, "unit": part.unit_code, "status": part.status}
            for part in collection.receipts()
        ],
        "units": [unit.code for unit in summary.units],
        "abolished": collection.abolished,
        "zero_reports": [
            part.unit_code
            for part in collection.receipts()
            if part.zero and part.stands and part.status is Status.ACCEPTED
        ],
        "gaps": list(summary.gaps),
        "rules": [
            {"id": rule.id, "versions": [part.number for part in rule.versions], "off": str(rule.off or "")}
            for rule in template.every_rule
        ],
        "waivers": [json.loads(row["data"]) for row in collection.register.rows("waiver")],
        "figures": _figures(summary),
    }


def _figures(summary: DepartmentSummary) -> list[dict[str, object]]:
    """Return every printed amount of the summary, exactly, in the money of the forms."""
    plan = plan_of(summary.template, summary.capacity)
    table = summary.template.unit_facts.table
    submission = Submission(
        path=summary.template.folder,
        sha256="",
        unit=summary.department,
        template_id=summary.template.id,
        digest=summary.template.digest,
        department=True,
        capacity=summary.capacity,
        entries={**summary.entries, table: unit_rows(plan, summary.department)},
        stored={},
    )
    return [
        {"form": part.form, "line": part.line, "column": part.column, "value": format(part.value, "f")}
        for part in form_values(Evidence(summary.template, submission))
    ]
