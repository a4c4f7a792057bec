"""TOML and CSV → :class:`~xlbudget.model.WorkbookTemplate`; every error says file and line.

Only the shape of the files is judged here (attributes, types, presence); what names and
formulas mean is judged by ``lint``. A template is looked up by id (``authority/year``)
under a folder of definitions: the user's own (``--templates DIR``) or the one that comes
with the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlbudget.definitions.amounts import (
    Amounts,
    Captions,
    Moneys,
    read_amounts,
    read_captions,
    read_moneys,
    unit_fields,
    with_fields,
)
from xlbudget.definitions.catalogues import read_catalogue, read_page
from xlbudget.definitions.closing_lines import with_closing
from xlbudget.definitions.code_pairings import read_pairing
from xlbudget.definitions.department import read_charts, read_transfers, read_unit_figures
from xlbudget.definitions.digest import RULES_OFF, decides_workbooks, folder_hash, is_definition
from xlbudget.definitions.document import parse_document
from xlbudget.definitions.folders import find_template, templates_folder
from xlbudget.definitions.form_levels import SECTION
from xlbudget.definitions.form_levels import at_department as department_form
from xlbudget.definitions.plausibility import read_plausibility
from xlbudget.definitions.room_rules import following, room_rules
from xlbudget.definitions.switches import read_date, read_switched_off, with_list
from xlbudget.definitions.target_form import read_target_form
from xlbudget.definitions.toml_items import Item, Problems, read_text, read_toml
from xlbudget.model import (
    CheckSheet,
    Column,
    ColumnKind,
    ControlTotal,
    Cover,
    DocumentTemplate,
    EntrySheet,
    ExplanationTable,
    Form,
    Formula,
    IndicatorTable,
    Line,
    Listing,
    OpenRows,
    OpenSource,
    Panel,
    Problem,
    Rule,
    RuleScope,
    RuleVersion,
    Segment,
    Severity,
    Source,
    StatedAmounts,
    SwitchedOff,
    TargetForm,
    TextTable,
    UnitFacts,
    UnitTable,
    WorkbookTemplate,
    Working,
    WorkingChart,
)
from xlbudget.model.control_lines import control_entries
from xlbudget.model.errors import DefinitionError, InputError
from xlbudget.model.words import nearest

RULES_FILE = "cross_form_rules.toml"

DOCUMENT = "document.txt"
"""Name of the published document's text, in the folder ``document``; no workbook holds any of it."""
TARGET_FORM = "target_form.toml"
"""Name of the printed form of performance targets, in the same folder."""

_ALL_FORMS = "*"
_BUDGET = "预算"


def load_template(name: str | Path, root: Path | None = None) -> WorkbookTemplate:
    """Return the template of that id or folder; DefinitionError lists what is wrong with its files.

    While the program runs, files that have not changed are read once.
    """
    folder = name if isinstance(name, Path) else find_template(name, root)
    return _loaded(folder, folder.resolve(), root and root.resolve(), folder_hash(folder, is_definition))


@lru_cache(maxsize=8)
def _loaded(folder: Path, _place: Path, root: Path | None, _state: str) -> WorkbookTemplate:
    template, problems = load_with_problems(folder, root)
    if problems or template is None:
        raise DefinitionError(problems)
    return template


def load_with_problems(
    folder: Path, root: Path | None = None
) -> tuple[WorkbookTemplate | None, Sequence[Problem]]:
    """Return the template, if it could be built at all, and what is wrong with its files."""
    problems = Problems()
    template = _Loader(folder, _template_id(folder, root), problems).load()
    return template, problems.found


def _template_id(folder: Path, root: Path | None) -> str:
    for base in (root, _packaged()):
        if base is not None and folder.resolve().is_relative_to(base.resolve()):
            relative = folder.resolve().relative_to(base.resolve()).as_posix()
            return folder.resolve().name if relative == "." else relative
    return "/".join(folder.resolve().parts[-2:])


def _packaged() -> Path | None:
    try:
        return templates_folder()
    except InputError:
        return None


class _Loader:
    """Reads one template's folder."""

    def __init__(self, folder: Path, name: str, problems: Problems) -> None:
        self.folder = folder
        self.name = name
        self.problems = problems
        self.year = 0
        self.money = Moneys("", 2, "", 2, 1, {})
        self.fields: dict[str, str] = {}
        self.captions = Captions()

    def load(self) -> WorkbookTemplate | None:
        item = self.file(self.folder / "template.toml")
        if not item.data:
            return None
        self.year = item.whole("year")
        money = self.part(item, "money")
        self.money = read_moneys(money)
        self.fields = unit_fields(item)
        self.captions = read_captions(item, self.part)
        contents = self.part(item, "contents")
        pairs = sorted((self.levels(part) for part in self.files("forms")), key=lambda pair: pair[0].number)
        forms = tuple(form for form, _ in pairs)
        others = tuple(other or form for form, other in pairs)
        controls = tuple(map(self.control, item.items("control")))
        checks = self.checks(self.part(item, "checks"))
        entries = self.ordered(item, (self.entry(part) for part in self.files("entries")))
        prior_rules, prior_listings = self.prior_year()
        template = WorkbookTemplate(
            id=self.name,
            authority=item.text("authority"),
            document_kind=item.text("document_kind", _BUDGET),
            year=self.year,
            title=self.dated(item.text("title")),
            digest=folder_hash(self.folder, decides_workbooks),
            sheets=self.sheets(item, forms),
            kinds=item.texts("kinds", None),
            constants=self.constants(item),
            entry_money=self.money.entry,
            form_money=self.money.form,
            entry_decimals=self.money.entry_decimals,
            form_decimals=self.money.form_decimals,
            money_factor=self.money.factor,
            moneys=self.money.sizes,
            cover=self.cover(self.part(item, "cover")),
            contents_sheet=contents.text("sheet"),
            contents_title=contents.text("title"),
            check_sheet=checks,
            forms=forms,
            entries=(*entries, *control_entries(controls, checks, self.money.entry)),
            workings=tuple(self.working(part) for part in self.files("workings")),
            catalogues=tuple(
                read_catalogue(part, self.folder / "catalogues", self.shown(self.folder / "catalogues"))
                for part in item.items("catalogue")
            ),
            pages=tuple(
                read_page(part, self.dated, self.folder / "catalogues") for part in self.files("pages")
            ),
            rules=self.rules(forms),
            unit_facts=self.unit_facts(self.part(item, "reporting_unit")),
            unit_table=self.unit_table(self.part(item, "units")),
            explanations=self.explanations(item),
            placeholders=item.texts("placeholders"),
            indicators=self.indicators(item),
            stated_amounts=self.stated_amounts(item),
            plausibility=read_plausibility(self.part(item, "plausibility"))
            if item.has("plausibility")
            else None,
            **self.summaries(item),
            texts=self.texts(item),
            fiscal={key: str(value) for key, value in item.mapping("fiscal").items()},
            controls=controls,
            document=self.document(),
            target_form=self.target_form(),
            prior_rules=prior_rules,
            prior_listings=prior_listings,
            folder=self.folder,
            other_forms=others if others != forms else (),
        )
        for part in (item, money, contents):
            part.finish()
        return template

    def summaries(self, item: Item) -> dict[str, Any]:
        """Return what is said of department summaries; a template need not say any of it."""
        found: dict[str, Any] = {}
        if item.mapping("transfers"):
            found["transfers"] = read_transfers(self.part(item, "transfers"))
        if item.mapping("unit_figures"):
            found["unit_figures"] = read_unit_figures(self.part(item, "unit_figures"), self.dated)
        if item.mapping("charts"):
            found["charts"] = read_charts(self.part(item, "charts"), self.dated)
        return found

    def sheets(self, item: Item, forms: Sequence[Form]) -> tuple[str, ...]:
        """Return the order of sheets; ``*`` stands for all forms that are not named, by number.

        So a new form needs its own file and nothing else.
        """
        listed = item.texts("sheets", None)
        unnamed = [form.id for form in forms if form.id not in listed]
        return tuple(name for part in listed for name in (unnamed if part == _ALL_FORMS else [part]))

    def shown(self, path: Path) -> str:
        """Return the path as messages show it."""
        return (Path(self.name) / path.relative_to(self.folder)).as_posix()

    def file(self, path: Path) -> Item:
        return read_toml(path, self.shown(path), self.problems)

    def files(self, kind: str) -> Iterable[Item]:
        for path in sorted((self.folder / kind).glob("*.toml")):
            item = self.file(path)
            if item.data:
                yield item

    def part(self, item: Item, key: str) -> Item:
        data = item.mapping(key)
        if not data:
            self.problems.add(item.source, f"缺少 [{key}] 一节")
        return Item(data, item.lines, item.lines.find(f"[{key}]", 1), self.problems)

    def dated(self, text: str) -> str:
        """Put the year into a title."""
        return text.replace("{year}", str(self.year))

    def constants(self, item: Item) -> dict[str, Decimal]:
        result = {}
        for name, value in item.mapping("constants").items():
            try:
                result[name] = Decimal(str(value))
            except InvalidOperation:
                self.problems.add(item.source_of(name), f"常数“{name}”应为数字，写在引号里")
        return result

    def ordered(self, item: Item, entries: Iterable[EntrySheet]) -> tuple[EntrySheet, ...]:
        """Return entry sheets in the order in which the workbook shows them; the cover's facts first."""
        order = {name: place for place, name in enumerate(item.texts("sheets", None))}
        return tuple(sorted(entries, key=lambda entry: order.get(entry.id, -1)))

    def cover(self, item: Item) -> Cover:
        cover = Cover(
            sheet=self.dated(item.text("sheet")),
            title=self.dated(item.text("title")),
            subtitle=self.dated(item.text("subtitle", "")),
            notes=tuple(map(self.dated, item.texts("notes"))),
            verdict_label=self.dated(item.text("verdict_label")),
            verdict_clean=self.dated(item.text("verdict_clean")),
            verdict_blocking=self.dated(item.text("verdict_blocking")),
            verdict_explain=self.dated(item.text("verdict_explain")),
            verdict_empty=self.dated(item.text("verdict_empty")),
            empty_when=item.formula("empty_when") or Formula("1=0", item.source),
            department_title=self.dated(item.text("department_title", "")),
            department_subtitle=self.dated(item.text("department_subtitle", "")),
            department_notes=tuple(map(self.dated, item.texts("department_notes"))),
        )
        item.finish()
        return cover

    def unit_facts(self, item: Item) -> UnitFacts:
        facts = UnitFacts(
            table=item.text("table"),
            column=item.text("column"),
            code=item.text("code"),
            name=item.text("name"),
            kind=item.text("kind"),
            superior=item.text("superior"),
        )
        item.finish()
        return facts

    def unit_table(self, item: Item) -> UnitTable:
        table = UnitTable(
            table=item.text("table"),
            code=item.text("code"),
            name=item.text("name"),
            kind=item.text("kind"),
            row_unit=item.text("row_unit"),
            kinds=item.text("kinds"),
        )
        item.finish()
        return table

    def explanations(self, item: Item) -> ExplanationTable | None:
        """Return where units explain findings; a template need not have such a sheet."""
        if not item.mapping("explanations"):
            return None
        part = self.part(item, "explanations")
        table = ExplanationTable(part.text("table"), part.text("rule"), part.text("place"), part.text("text"))
        part.finish()
        return table

    def indicators(self, item: Item) -> IndicatorTable | None:
        """Return where performance indicators stand; a template need not have any."""
        if not item.mapping("indicators"):
            return None
        part = self.part(item, "indicators")
        table = IndicatorTable(
            table=part.text("table"),
            first=part.text("first"),
            second=part.text("second"),
            name=part.text("name"),
            values=part.texts("values"),
            units=part.texts("units"),
            shares=part.texts("shares"),
            classes={key: tuple(value) for key, value in part.mapping("classes").items()},
            words={key: tuple(value) for key, value in part.mapping("words").items()},
            source=part.source,
        )
        part.finish()
        return table

    def stated_amounts(self, item: Item) -> StatedAmounts | None:
        """Return which prose may state amounts; a template need not have any."""
        if not item.mapping("stated_amounts"):
            return None
        part = self.part(item, "stated_amounts")
        found = StatedAmounts(
            table=part.text("table"),
            texts=part.texts("texts"),
            name=part.text("name"),
            amounts=part.texts("amounts"),
            source=part.source,
        )
        part.finish()
        return found

    def control(self, item: Item) -> ControlTotal:
        """Return a limit that is set for each unit on the roster."""
        control = ControlTotal(
            id=item.text("id"),
            column=item.text("column"),
            title=item.text("title"),
            cell=item.formula("cell") or Formula("0", item.source),
            exact=self.choice(item, "relation", ("不超过", "等于")) == "等于",
            severity=Severity(self.choice(item, "severity", tuple(Severity))),
            advice=item.text("advice"),
            source=item.source,
        )
        item.finish()
        return control

    def checks(self, item: Item) -> CheckSheet:
        sheet = CheckSheet(
            sheet=self.dated(item.text("sheet")),
            title=self.dated(item.text("title")),
            notes=tuple(map(self.dated, item.texts("notes"))),
            matches=item.text("matches"),
            differs=item.text("differs"),
            exceeds=item.text("exceeds", "") or item.text("differs"),
            not_applicable=item.text("not_applicable"),
        )
        item.finish()
        return sheet

    def fielded(self, text: str, source: Source) -> Formula:
        """Return a text in which ``{单位名称}`` and the like stand for what the workbook says."""
        return with_fields(self.dated(text), self.fields, source, self.problems)

    def levels(self, item: Item) -> tuple[Form, Form | None]:
        """Return a form as units have it, and as departments do where that differs."""
        at_department = department_form(item)
        form = self.form(item, self.captions)
        other = self.form(at_department, self.captions.of_department) if at_department else None
        if other is None and self.captions.of_department != self.captions:
            plain = {key: value for key, value in item.data.items() if key != SECTION}
            again = Item(plain, item.lines, item.line, self.problems)
            other = self.form(again, self.captions.of_department)
        return form, other

    def form(self, item: Item, captions: Captions) -> Form:
        money = read_amounts(item, self.money, self.money.of_forms)
        caption = item.text("right", captions.right).replace("{money}", money.unit)
        form = Form(
            id=item.text("id"),
            number=item.whole("number"),
            sheet=self.dated(item.text("sheet")),
            title=self.dated(item.text("title")),
            caption=self.dated(item.text("caption", "")),
            panels=tuple(self.panel(part, money) for part in item.items("panel")),
            empty_note=self.fielded(item.text("empty_note"), item.source_of("empty_note")),
            empty_when=item.formula("empty_when") or Formula("1=0", item.source),
            source=item.source,
            left=self.fielded(item.text("left", captions.left), item.source_of("left")),
            right=self.dated(caption),
            landscape=item.flag("landscape"),
            notes=tuple(self.fielded(text, item.source_of("notes")) for text in item.texts("notes")),
        )
        item.finish()
        return with_closing(form)

    def panel(self, item: Item, money: Amounts) -> Panel:
        each_line = item.text("each_line", "")
        columns = tuple(self.column(part, money, each_line) for part in item.items("columns"))
        panel = Panel(
            id=item.text("id"),
            columns=columns,
            body=tuple(segment for part in item.items("body") for segment in self.segments(part)),
            source=item.source,
            key=item.text("key", ""),
            level=item.text("level", ""),
            parent=item.text("parent", ""),
            line_name=item.text("line_name", ""),
        )
        item.finish()
        return panel

    def column(self, item: Item, money: Amounts, each_line: str = "") -> Column:
        key = item.text("key")
        kind_text = item.text("kind")
        kind = ColumnKind(kind_text) if kind_text in set(ColumnKind) else ColumnKind.TEXT
        if kind_text not in set(ColumnKind):
            known = "、".join(ColumnKind)
            self.problems.add(
                item.source, f"列“{key}”的 kind 应为 {known} 之一{nearest(kind_text, ColumnKind)}"
            )
        formula = item.formula("formula")
        from_panel = formula is None and bool(each_line) and kind is ColumnKind.AMOUNT
        if from_panel:
            formula = Formula(each_line, item.source)
        heading = tuple(self.dated(text) for text in item.texts("heading"))
        only = {name: tuple(values) for name, values in item.mapping("only").items()}
        own = read_amounts(item, self.money, money)
        column = Column(
            key=key,
            kind=kind,
            source=item.source,
            heading=heading,
            name=item.text("name", "") or key,
            width=item.number("width", 12),
            formula=formula,
            each_line=from_panel,
            hidden=item.flag("hidden"),
            money=own.unit if kind is ColumnKind.AMOUNT else "",
            decimals=own.decimals,
            zeros=own.zeros,
            negative=own.negative,
            entry=item.flag("entry"),
            required=item.flag("required"),
            catalogue=item.text("catalogue", ""),
            only=only,
            choices=item.texts("choices"),
            csv=item.texts("csv"),
            prompt=self.dated(item.text("prompt", "")),
            prior=item.formula("prior"),
        )
        item.finish()
        return column

    def segments(self, item: Item) -> Iterable[Segment]:
        if item.has("open"):
            yield self.open_rows(item)
        elif item.has("skip"):
            yield from (Line("", item.source) for _ in range(item.whole("skip")))
        else:
            yield self.line(item)
        item.finish()

    def line(self, item: Item) -> Line:
        return Line(
            key=item.text("key"),
            source=item.source,
            cells={key: self.line_cell(item, key, value) for key, value in item.mapping("cells").items()},
            formula=item.formula("formula"),
            prior={key: Formula(str(text), item.source) for key, text in item.mapping("prior").items()},
            numbering=item.flag("numbering"),
            bold=item.flag("bold"),
            closing=item.flag("closing"),
        )

    def line_cell(self, item: Item, key: str, value: Any) -> str | Formula:
        if isinstance(value, str):
            return self.dated(value)
        if isinstance(value, dict) and isinstance(value.get("formula"), str) and len(value) == 1:
            return Formula(value["formula"], item.source)
        self.problems.add(item.source, f'“{key}”的值应为文字，或 {{ formula = "…" }}')
        return ""

    def open_rows(self, item: Item) -> OpenRows:
        capacity = item.raw("capacity")
        if isinstance(capacity, list) and all(isinstance(name, str) for name in capacity):
            rows: int | tuple[str, ...] = tuple(capacity)
        elif isinstance(capacity, int) and capacity > 0:
            rows = capacity
        else:
            self.problems.add(item.source, "capacity 应为正整数，或表名的列表")
            rows = 1
        listed = item.formula("listed")
        if listed is None:
            self.problems.add(item.source, "可变行缺少属性“listed”（应列行数的公式）")
        sources = [self.open_source(item)]
        for part in item.items("also"):
            sources.append(self.open_source(part))
            part.finish()
        return OpenRows(
            capacity=rows,
            sources=tuple(sources),
            listed=listed or Formula("0", item.source),
            source=item.source,
            bold_when=item.formula("bold_when"),
        )

    def open_source(self, item: Item) -> OpenSource:
        cells = {key: Formula(str(text), item.source) for key, text in item.mapping("cells").items()}
        return OpenSource(item.text("open"), item.text("rank"), item.source, cells)

    def entry(self, item: Item) -> EntrySheet:
        money = read_amounts(item, self.money, self.money.of_entries)
        entry = EntrySheet(
            id=item.text("id"),
            sheet=self.dated(item.text("sheet")),
            title=self.dated(item.text("title")),
            columns=tuple(self.column(part, money) for part in item.items("columns")),
            source=item.source,
            lines=tuple(self.entry_line(part) for part in item.items("lines")),
            capacity=item.whole("capacity", 0),
            csv=item.text("csv", ""),
            notes=tuple(map(self.dated, item.texts("notes"))),
            prefilled=item.flag("prefilled"),
            totals=item.flag("totals", default=True),
            department_only=item.texts("department_only"),
            prior_rows=item.text("prior_rows", ""),
        )
        if not entry.lines and entry.capacity < 1:
            self.problems.add(item.source, "录入表要有固定行（lines），或给出行数（capacity）")
        item.finish()
        return entry

    def entry_line(self, item: Item) -> Line:
        line = self.line(item)
        item.finish()
        return line

    def working(self, item: Item) -> Working:
        usual = self.money.of_forms if item.has("chart") else self.money.of_entries
        working = Working(
            id=item.text("id"),
            sheet=self.dated(item.text("sheet")),
            rows_of=item.text("rows_of", ""),
            columns=tuple(self.column(part, usual) for part in item.items("columns")),
            source=item.source,
            rows=item.whole("rows", 0),
            chart=self.working_chart(item),
        )
        if bool(working.rows_of) == (working.rows > 0):
            self.problems.add(item.source, "计算表的行要么与一张表逐行对应（rows_of），要么写明行数（rows）")
        item.finish()
        return working

    def working_chart(self, item: Item) -> WorkingChart | None:
        """Return the chart of a working; most have none and stay hidden."""
        if not item.mapping("chart"):
            return None
        part = self.part(item, "chart")
        title = self.dated(part.text("title"))
        columns = part.text("names"), part.text("amounts"), part.text("shares")
        chart = WorkingChart(title, *columns, part.source)
        part.finish()
        return chart

    def rules(self, forms: Sequence[Form]) -> tuple[Rule, ...]:
        """Return the rules as stated, and one for each block of open rows: what wants to be listed fits."""
        path = self.folder / RULES_FILE
        stated: tuple[Rule, ...] = ()
        if path.is_file():
            item = self.file(path)
            stated = tuple(self.rule(part) for part in item.items("rule"))
            item.finish()
        room = tuple(rule for form in forms for panel in form.panels for rule in room_rules(form, panel))
        owned = {rule.over: rule.id for rule in room}
        rules = (*(following(rule, owned) for rule in stated), *(replace(rule, over="") for rule in room))
        switched = self.folder / RULES_OFF
        return with_list(rules, self.file(switched)) if switched.is_file() else rules

    def texts(self, item: Item) -> TextTable | None:
        """Return where units write texts for the document; a template need not have such a sheet."""
        if not item.mapping("texts"):
            return None
        part = self.part(item, "texts")
        found = TextTable(
            table=part.text("table"),
            item=part.text("item"),
            text=part.text("text"),
            fraction=part.text("fraction"),
            floor=part.text("floor"),
            source=part.source,
        )
        part.finish()
        return found

    def document(self) -> DocumentTemplate | None:
        """Return the published document's text; a template need not have one."""
        path = self.folder / "document" / DOCUMENT
        if not path.is_file():
            return None
        shown = self.shown(path)
        return parse_document(self.dated(read_text(path, shown, self.problems)), shown, self.problems)

    def target_form(self) -> TargetForm | None:
        """Return the printed form of performance targets; a template need not have one."""
        path = self.folder / "document" / TARGET_FORM
        return read_target_form(self.file(path), self.dated) if path.is_file() else None

    def prior_year(self) -> tuple[tuple[Rule, ...], tuple[Listing, ...]]:
        """Return what is stated between this year and last year; a template need not have any."""
        path = self.folder / "prior_year_rules.toml"
        if not path.is_file():
            return (), ()
        item = self.file(path)
        rules = tuple(self.rule(part) for part in item.items("rule"))
        listings = tuple(self.listing(part) for part in item.items("listing"))
        item.finish()
        return rules, listings

    def listing(self, item: Item) -> Listing:
        listing = Listing(
            id=item.text("id"),
            title=item.text("title"),
            severity=Severity(self.choice(item, "severity", tuple(Severity))),
            table=item.text("table"),
            key=item.text("key"),
            only_in=self.choice(item, "only_in", ("this", "prior")),
            source=item.source,
            name=item.text("name", ""),
            amounts=item.texts("amounts"),
            advice=item.text("advice", ""),
        )
        item.finish()
        return listing

    def rule(self, item: Item) -> Rule:
        severity = self.choice(item, "severity", tuple(Severity))
        scope = self.choice(item, "scope", tuple(RuleScope))
        rule = Rule(
            id=item.text("id"),
            title=self.dated(item.text("title")),
            severity=Severity(severity),
            scope=RuleScope(scope),
            source=item.source,
            statement=item.formula("statement"),
            over=item.text("over", ""),
            columns=item.texts("columns"),
            level=item.texts("level"),
            total=item.text("total", ""),
            when=item.formula("when"),
            kinds=item.texts("kinds"),
            advice=self.dated(item.text("advice", "")),
            basis=self.dated(item.text("basis", "")),
            covers=item.texts("covers"),
            follows=item.texts("follows"),
            wording=item.text("wording", ""),
            unless_empty=item.texts("unless_empty"),
            since=item.whole("since", 0),
            until=item.whole("until", 0),
            versions=tuple(self.version(part) for part in item.items("versions")),
            off=self.off(item),
            waivable=item.flag("waivable"),
            pairing=read_pairing(item),
        )
        item.finish()
        return rule

    def version(self, item: Item) -> RuleVersion:
        version = RuleVersion(item.whole("number"), read_date(item), item.text("reason"))
        item.finish()
        return version

    def off(self, item: Item) -> SwitchedOff | None:
        """Return how the rule's own definition switches it off, or None."""
        data = item.mapping("off")
        if not data:
            return None
        part = Item(data, item.lines, item.lines.find("off", item.line), self.problems)
        off = read_switched_off(part, stated=True)
        part.finish()
        return off

    def choice(self, item: Item, key: str, values: tuple[str, ...]) -> str:
        text = item.text(key)
        if text and text not in values:
            self.problems.add(
                item.source_of(key), f"{key} 应为 {'、'.join(values)} 之一{nearest(text, values)}"
            )
        return text if text in values else values[0]
