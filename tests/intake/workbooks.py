"""Workbooks for tests, written part by part: what a spreadsheet program makes, and what none would."""

import io
import zipfile
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def letters(place):
    return chr(65 + place) if place < 26 else letters(place // 26 - 1) + chr(65 + place % 26)


def cell(value, reference):
    """One `c` element: text inline, numbers, booleans; a str that begins with "<" is the element's own inside."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value}</v></c>'
    if value.startswith("<c"):
        return value.replace("<c", f'<c r="{reference}"', 1)
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet(rows, *, tail="", first=1):
    """The XML of a sheet with these rows; a row of None is not written at all."""
    written = []
    for number, row in enumerate(rows, first):
        if row is not None:
            cells = "".join(cell(value, f"{letters(place)}{number}") for place, value in enumerate(row))
            written.append(f'<row r="{number}">{cells}</row>')
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{"".join(written)}</sheetData>{tail}</worksheet>'


def styles(*formats):
    """The XML of styles: style 1 has the first of `formats`, a code or a built-in number, and so on."""
    codes = "".join(
        f'<numFmt numFmtId="{200 + no}" formatCode="{escape(code)}"/>'
        for no, code in enumerate(formats)
        if isinstance(code, str)
    )
    xfs = "".join(f'<xf numFmtId="{200 + no if isinstance(code, str) else code}"/>' for no, code in enumerate(formats))
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>{xfs}</cellXfs></styleSheet>'
    )


def relations(*kinds_and_targets):
    inside = "".join(
        f'<Relationship Id="rId{no}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for no, (kind, target) in enumerate(kinds_and_targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def workbook(*sheets, formats=(), strings=None, from_1904=False, more=None, hidden=(), packed=zipfile.ZIP_DEFLATED):
    """The bytes of a workbook. `sheets`: (name, XML or rows); `more`: parts to add or to put in place of others."""
    pointers = [("worksheet", f"worksheets/sheet{no}.xml") for no in range(1, len(sheets) + 1)]
    pointers += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    state = dict.fromkeys(hidden, "hidden")
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{no}" state="{state.get(name, "visible")}" r:id="rId{no}"/>'
        for no, (name, _) in enumerate(sheets, 1)
    )
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="{int(from_1904)}"/>'
            f"<sheets>{listed}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": relations(*pointers),
        "xl/styles.xml": styles(*formats),
    }
    for no, (_, content) in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{no}.xml"] = content if isinstance(content, str | bytes) else sheet(content)
    if strings is not None:
        items = "".join(text if text.startswith("<si") else f"<si><t>{escape(text)}</t></si>" for text in strings)
        parts["xl/sharedStrings.xml"] = f'{HEAD}<sst xmlns="{MAIN}">{items}</sst>'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packed) as archive:
        for name, content in (parts | (more or {})).items():
            archive.writestr(name, content)
    return held.getvalue()
