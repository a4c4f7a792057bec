"""The document as docx: headings, contents, tables with repeated headings, wide forms on landscape pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from xlbudget.files.docx import (
    WD_ALIGN_PARAGRAPH,
    WD_LINE_SPACING,
    WD_ORIENT,
    WD_SECTION,
    Document,
    Mm,
    Pt,
    new_document,
    nsdecls,
    parse_xml,
    qn,
    undated,
)
from xlbudget.publication.document.parts import Item, PrintedTable, Publication, StructureChart, TableCell
from xlbudget.publication.document.pdf_document import chart_picture
from xlbudget.publication.narrative.written import ComposedText, Title

_SONG, _HEI, _LATIN = "宋体", "黑体", "Times New Roman"
_LINKED = "\\h "
_TWIPS = 56.7  # of a millimetre
_MARGIN = 22
_WIDTH, _LENGTH = 210, 297
_LINE = 18  # points: the pitch of the PDF, whatever font stands in for the one wanted
_PITCH = 13  # twentieths of a point for each half-point of size in a table
_SPLIT = 300  # letters: a row with a longer text may go on on the next page
_LONG = 30  # tables of more rows are set closer, to stay on one page
_SIZES = {1: 17, 2: 13, 3: 11.5}
_AROUND = {1: (14, 10), 2: (10, 5), 3: (8, 4)}  # points above and below a heading
_MARK = (
    '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<w:pict><v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"'
    ' path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
    '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
    '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/>'
    '<v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom"/></v:shapetype>'
    '<v:shape id="draft{number}" o:spid="_x0000_s{spid}" type="#_x0000_t136" '
    'style="position:absolute;margin-left:0;margin-top:0;width:{width}pt;height:{height}pt;rotation:320;z-index:-251;'
    "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="silver" stroked="f">'
    '<v:fill opacity=".5"/>'
    '<v:textpath on="t" fitshape="t" style="font-family:&quot;黑体&quot;;font-size:1pt" string="{text}"/>'
    "</v:shape></w:pict></w:r>"
)


_WIDEST_MARK = 480  # points: what stands askew on A4
_ALIGNED = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}


def docx_document(publication: Publication, *, draft: str = "") -> bytes:
    """Return the document as docx; ``draft`` stands across every page.

    Raises InputError when there is a chart to draw and this machine has no Chinese font.
    """
    document = new_document(publication.title, _SONG, 10.5, _LATIN)
    _styles(document)
    _upright(document)
    _title(document, publication.title)
    headings = list(_contents_lines(publication.items))
    _contents(document, publication.contents_title, headings)
    writer = _Writer(document)
    for number, item in enumerate(publication.items):
        writer.write(item, number)
    _footers(document)
    if draft:
        _marked(document, draft)
    return undated(document)


def _styles(document: Document) -> None:
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    spacing = document.styles["Normal"].paragraph_format
    spacing.line_spacing, spacing.line_spacing_rule = Pt(_LINE), WD_LINE_SPACING.AT_LEAST
    for level, size in _SIZES.items():
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.size, style.font.bold, style.font.italic = _LATIN, Pt(size), False, False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(key), None)
        fonts.set(qn("w:eastAsia"), _HEI)
        colour = style.element.rPr.find(qn("w:color"))
        if colour is not None:
            style.element.rPr.remove(colour)
        above, below = _AROUND[level]
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(above), Pt(below)
        style.paragraph_format.keep_with_next = True
        if level == 1:
            style.paragraph_format.page_break_before = True
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _upright(document: Document) -> None:
    section = document.sections[-1]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(_WIDTH), Mm(_LENGTH)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN)


def _title(document: Document, title: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before = Pt(230)
    run = paragraph.add_run(title)
    run.font.size = Pt(21)
    _font(run, _HEI)


def _font(run: Document, name: str) -> None:
    run.font.name = _LATIN
    run._element.rPr.rFonts.set(qn("w:eastAsia"), name)


def _contents_lines(items: Sequence[Item]) -> Iterator[tuple[int, int, str]]:
    """Yield (level, number of the item, words) of every heading that the contents list."""
    for number, item in enumerate(items):
        if isinstance(item, Title) and item.level <= 2:
            yield item.level, number, item.written.text
        elif isinstance(item, PrintedTable) and item.listed:
            yield 2, number, item.title


def _contents(document: Document, title: str, lines: Sequence[tuple[int, int, str]]) -> None:
    """Write the contents: a line for each heading, its page as a reference that programs keep up to date."""
    head = document.add_paragraph()
    head.paragraph_format.page_break_before = True
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(title)
    run.font.size = Pt(_SIZES[1])
    _font(run, _HEI)
    right = round((_WIDTH - 2 * _MARGIN) * _TWIPS)
    for level, number, words in lines:
        page = _field(f" PAGEREF {_mark(number)} " + _LINKED)
        xml = (
            f"<w:p {nsdecls('w')}><w:pPr>"
            f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{right}"/></w:tabs>'
            f'<w:spacing w:after="30" w:line="288" w:lineRule="auto"/>'
            f'<w:ind w:left="{(level - 1) * 420}"/></w:pPr>'
            f'<w:hyperlink w:anchor="{_mark(number)}" w:history="1"><w:r><w:t>{escape(words)}</w:t></w:r>'
            f"<w:r><w:tab/></w:r>{page}</w:hyperlink></w:p>"
        )
        document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))


def _field_start(code: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve">{escape(code)}</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def _field(code: str) -> str:
    return f'{_field_start(code)}<w:r><w:t> </w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'


def _mark(number: int) -> str:
    """Return the name of the bookmark on an item's heading."""
    return f"_Toc{900000 + number}"


class _Writer:
    """Writes items one after another; begins a section where the page turns."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.landscape = False
        self.fresh = False  # whether the page has just begun, or has no more than a heading

    def write(self, item: Item, number: int) -> None:
        """Write one item."""
        self.turned(isinstance(item, PrintedTable) and item.landscape)
        if isinstance(item, Title):
            self.heading(item.written.text, item.level, number)
        elif isinstance(item, ComposedText):
            paragraph = self.document.add_paragraph(item.text)
            if item.align == "left":
                paragraph.paragraph_format.first_line_indent = Pt(21)
            else:
                paragraph.alignment = _ALIGNED[item.align]
        elif isinstance(item, StructureChart):
            self.chart(item, number)
        else:
            self.table(item, number)
        self.fresh = isinstance(item, Title) and item.level == 1

    def turned(self, landscape: bool) -> None:
        """Begin a page of the other orientation where one is wanted."""
        if landscape == self.landscape:
            return
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        sides = (Mm(_LENGTH), Mm(_WIDTH)) if landscape else (Mm(_WIDTH), Mm(_LENGTH))
        section.page_width, section.page_height = sides
        self.landscape, self.fresh = landscape, True

    def heading(self, words: str, level: int, number: int, *, centred: bool = False) -> None:
        """Write a heading with the bookmark that the contents refer to."""
        paragraph = self.document.add_paragraph(words)
        paragraph._p.style = f"Heading{level}"  # by name python-docx looks through all styles: a tenth of all
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if self.fresh and level == 1:
            paragraph.paragraph_format.page_break_before = False
        name = _mark(number)
        start = parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name="{name}"/>')
        end = parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>')
        paragraph._p.insert(1, start)
        paragraph._p.append(end)

    def chart(self, chart: StructureChart, number: int) -> None:
        """Put in the chart as a picture, its figures as its description."""
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shape = paragraph.add_run().add_picture(io.BytesIO(chart_picture(chart)), width=Mm(150))
        figures = "；".join(f"{bar.name}{bar.amount}{chart.money}，{bar.share}" for bar in chart.bars)
        properties = shape._inline.docPr
        properties.set("name", f"图{number}")
        properties.set("descr", f"{chart.title}：{figures}")

    def table(self, table: PrintedTable, number: int) -> None:
        """Write a table with what stands above and below it."""
        if table.listed:
            caption = self.line(table.caption, keep=True)
            caption.paragraph_format.page_break_before = table.rows > 12 and not self.fresh
            self.heading(table.title, 2, number, centred=True)
        else:
            title = self.line(table.title, size=13, centred=True, keep=True, font=_HEI)
            title.paragraph_format.page_break_before = table.own_page and not self.fresh
            if table.caption:
                self.line(table.caption, centred=True, keep=True)
        width = (_LENGTH if self.landscape else _WIDTH) - 2 * _MARGIN
        if table.left or table.right:
            self.sides(table.left, table.right, width)
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(_table(table, width)))
        if table.note:
            self.line(table.note)
        elif not table.own_page:
            self.line("", size=4)

    def line(
        self, text: str, *, size: float = 9, centred: bool = False, keep: bool = False, font: str = _SONG
    ) -> Document:
        """Write a small line; ``keep`` holds it together with what follows."""
        paragraph = self.document.add_paragraph()
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        _font(run, font)
        paragraph.paragraph_format.keep_with_next = keep
        paragraph.paragraph_format.space_after = Pt(2)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def sides(self, left: str, right: str, width: float) -> None:
        """Write a line with one text at each end."""
        paragraph = self.line(f"{left}\t{right}", keep=True)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(width), alignment=2)


def _table(table: PrintedTable, width: float) -> str:
    """Return the table as WordprocessingML: the library would take a second for each page."""
    widths = [round(part * width * _TWIPS / sum(table.widths)) for part in table.widths]
    long = table.rows > _LONG
    size = 15 if long else 16 if len(widths) > 7 else 18
    starts = {(cell.row, cell.column): cell for cell in table.cells}
    covered = {
        (row, cell.column): cell for cell in table.cells for row in range(cell.row + 1, cell.row + cell.down)
    }
    split = {cell.row for cell in table.cells if len(cell.text) > _SPLIT}
    rows = []
    for row in range(table.rows):
        head = "<w:tblHeader/>" if row < table.heading_rows else ""
        whole = "" if row in split else "<w:cantSplit/>"
        cells, column = [], 0
        while column < len(widths):
            cell = starts.get((row, column)) or covered.get((row, column))
            if cell is None:
                cell = TableCell(row, column, "")
            cells.append(_cell(cell, row, sum(widths[column : column + cell.across]), size, long=long))
            column += cell.across
        rows.append(f"<w:tr><w:trPr>{whole}{head}</w:trPr>{''.join(cells)}</w:tr>")
    grid = "".join(f'<w:gridCol w:w="{part}"/>' for part in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _cell(cell: TableCell, row: int, width: int, size: int, *, long: bool) -> str:
    across = f'<w:gridSpan w:val="{cell.across}"/>' if cell.across > 1 else ""
    down = ""
    if cell.down > 1:
        down = '<w:vMerge w:val="restart"/>' if row == cell.row else "<w:vMerge/>"
    text = cell.text if row == cell.row else ""
    whole = "<w:noWrap/>" if cell.amount is not None or cell.align == "right" else ""  # no number is broken
    room = 0 if long else 20
    bold = "<w:b/>" if cell.bold else ""
    look = f'<w:rPr>{bold}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    lead = f'w:line="{_PITCH * size}" w:lineRule="exact"'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{across}{down}{whole}'
        '<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:before="{room}" w:after="{room}" {lead}/>'
        f'<w:jc w:val="{cell.align}"/></w:pPr><w:r>{look}{lines}</w:r></w:p></w:tc>'
    )


def _footers(document: Document) -> None:
    """Number the pages of every section; the title page has none."""
    document.sections[0].different_first_page_header_footer = True
    footer = document.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in parse_xml(f"<w:p {nsdecls('w')}>{_field(' PAGE ')}</w:p>"):
        footer._p.append(part)


def _marked(document: Document, text: str) -> None:
    """Put the draft mark behind every page."""
    section = document.sections[0]
    height = min(150, _WIDEST_MARK // len(text))  # a letter is as wide as it is high
    for number, header in enumerate((section.header, section.first_page_header)):
        header.paragraphs[0]._p.append(
            parse_xml(
                _MARK.format(
                    number=number,
                    spid=2049 + number,
                    text=escape(text),
                    width=height * len(text),
                    height=height,
                )
            )
        )
