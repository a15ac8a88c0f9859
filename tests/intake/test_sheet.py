"""A sheet gives the same records as a CSV file would; what no cell can say is put aside with its line."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmprogram.intake.limits import Limits
from crmprogram.intake.read import Bad, Blank, Header, Row
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.sheet import look_into, read_sheet
from tests.intake.workbooks import HEAD, MAIN, relations, sheet, workbook


@pytest.fixture
def read(tmp_path):
    """Read the sheet of a workbook given as bytes, or as rows with the arguments of `workbook`."""

    def read(content, sheet="S", limits=None, **more):
        path = tmp_path / "kept"
        path.write_bytes(content if isinstance(content, bytes) else workbook(("S", content), **more))
        header, *records = read_sheet(path, sheet=sheet, limits=Limits(**(limits or {})))
        assert isinstance(header, Header)
        return header, records

    return read


def refusal_of(read, *args, **more):
    with pytest.raises(Refusal) as refused:
        read(*args, **more)
    return refused.value


def test_rows_have_the_numbers_of_the_sheet_and_blank_ones_are_counted(read):
    header, records = read([None, [None], ["Name", "E-mail"], ["Lee", "a@b.example"], None, ["", " "], ["Kim"]])

    assert (header.line, header.headers.labels) == (3, ["Name", "E-mail"])
    assert records == [
        Blank(2, 1),
        Row(4, 2, ["Lee", "a@b.example"]),
        Blank(6, 3),
        Row(7, 4, ["Kim", ""]),
    ]


def test_every_kind_of_cell_becomes_text(read):
    _, (row,) = read(
        [
            ["Text", "Zip", "Amount", "Share", "Day", "At", "Yes", "Shared", "Rich", "Formula", "Iso", "Aid"],
            [
                " <b> & ",
                '<c s="1"><v>6850</v></c>',
                1234567.5,
                '<c s="2"><v>0.255</v></c>',
                '<c s="3"><v>45356</v></c>',
                '<c s="4"><v>45356.75</v></c>',
                True,
                '<c t="s"><v>0</v></c>',
                '<c t="inlineStr"><is><r><t>bold</t></r><r><t xml:space="preserve"> and not</t></r></is></c>',
                '<c t="str"><f>A1</f><v>two_x000D_\nlines</v></c>',
                '<c t="d"><v>2024-03-05T13:45:00</v></c>',
                '<c t="s"><v>1</v></c>',
            ],
        ],
        formats=["00000", "0.0%", "dd.mm.yyyy", 22],
        strings=["München", "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si>"],
    )

    assert row.cells == [
        *(" <b> & ", "06850", "1234567.5", "25.5%", "2024-03-05", "2024-03-05 18:00:00", "TRUE", "München"),
        *("bold and not", "two\r\nlines", "2024-03-05 13:45:00", "東京"),
    ]


@pytest.mark.parametrize(
    ("cell", "rule", "value"),
    [
        ('<c t="e"><v>#N/A</v></c>', "cell.error", "#N/A"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "cell.error", "#DIV/0!"),
        ("<c><f>A1+1</f></c>", "cell.not_computed", ""),
        ('<c s="1"><v>60</v></c>', "cell.no_date", "60"),
        ("<c><v>12a</v></c>", "cell.no_number", "12a"),
        ('<c s="99"><v>1</v></c>', "cell.no_number", "1"),
        ('<c t="d"><v>soon</v></c>', "cell.no_date", "soon"),
    ],
)
def test_cell_without_true_text_puts_its_row_aside_whole(read, cell, rule, value):
    _, (bad, good) = read([["Name", "When"], ["Lee", cell], ["Kim", 1]], formats=["yyyy-mm-dd"])

    assert (bad.line, bad.record_no, bad.rule, bad.column, bad.value) == (2, 1, rule, "When", value)
    assert bad.cells == ("Lee", value)
    assert bad.message.startswith("“When” holds ")
    assert good == Row(3, 2, ["Kim", "1"])


def test_empty_result_of_a_formula_is_an_empty_cell(read):
    _, (row,) = read([["Name", "Note"], ["Lee", '<c t="str"><f>""</f><v></v></c>']])

    assert row.cells == ["Lee", ""]


def test_days_from_1904_are_read_so(read):
    _, (row,) = read([["Day"], ['<c s="1"><v>43894</v></c>']], formats=[14], from_1904=True)

    assert row.cells == ["2024-03-05"]


def test_value_without_a_header_is_put_aside_by_its_column(read):
    _, (bad,) = read([["Name"], ["Lee", None, "far"]])

    assert (bad.rule, bad.value, bad.message[:8]) == ("row.too_many_cells", "far", "Column C")


def test_merged_cells_put_those_rows_aside_whose_value_they_hide(read):
    merges = '<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="A6:B6"/><mergeCell ref="X1:Z9"/></mergeCells>'
    rows = [["Company", "Name"], ["Acme", "Lee"], [None, "Kim"], [None, "Roy"], ["Bolt", "Ann"], ["Section", None]]

    _, records = read(workbook(("S", sheet(rows, tail=merges))))

    assert [getattr(record, "rule", "good") for record in records] == [
        *("good", "cell.merged", "cell.merged", "good", "cell.merged"),
    ]
    assert "A2:A4" in records[1].message


def test_footer_of_a_report_is_no_record(read):
    _, (_, bad) = read([["Name", "Amount"], ["Lee", 1], ["Grand Total"]])

    assert bad.rule == "row.footer"


def test_header_row_that_stands_again_is_no_record(read):
    _, (_, bad, good) = read([["Name", "Amount"], ["Lee", 1], ["Name", "Amount"], ["Name", 2]])

    assert (bad.line, bad.rule, good.cells) == (3, "row.header_again", ["Name", "2"])


def test_cell_above_the_limit_is_put_aside(read):
    rows = [["Name", "Note"], ["Lee", "x" * 51], ["Kim", '<c t="s"><v>0</v></c>'], ["Roy", "x" * 50]]

    _, records = read(rows, strings=["y" * 51], limits={"cell_chars": 50})

    assert [getattr(record, "rule", "good") for record in records] == ["cell.too_long", "cell.too_long", "good"]


def test_cells_and_rows_without_addresses_stand_in_order(read):
    xml = (
        f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>Id</x:t></x:is></x:c>'
        "<x:c t='str'><x:v>Name</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c/></x:row>"
        "</x:sheetData></x:worksheet>"
    )

    header, (row,) = read(workbook(("S", xml)))

    assert (header.headers.labels, row) == (["Id", "Name"], Row(2, 1, ["1", ""]))


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_parts_in_wide_letters_are_read_to_the_last_row(read, codec):
    xml = sheet([["Name"], ["Łódź"], ["東京"]]).replace("UTF-8", "UTF-16").encode(codec)
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[codec]

    _, records = read(workbook(("S", mark + xml)))

    assert [record.cells for record in records] == [["Łódź"], ["東京"]]


@pytest.mark.parametrize("said", ["A1", "A1:B1", "A1:XFD1048576"])
def test_size_that_a_sheet_says_of_itself_is_not_believed(read, said):
    xml = sheet([["Name"], ["Lee"], ["Kim"]]).replace("<sheetData>", f'<dimension ref="{said}"/><sheetData>')

    _, records = read(workbook(("S", xml)))

    assert [record.cells for record in records] == [["Lee"], ["Kim"]]


def test_far_cell_costs_one_row(read):
    xml = sheet([["Name"], ["Lee"]]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )

    _, records = read(workbook(("S", xml)))

    assert [(record.line, record.record_no) for record in records] == [(2, 1), (1_048_576, 2)]
    assert records[1].rule == "row.too_many_cells"


def test_table_of_shared_text_may_be_larger_than_what_is_kept_in_memory(read, monkeypatch):
    monkeypatch.setattr("crmprogram.intake.strings.LIGHT_CHARS", 1_000)
    texts = [f"Ünal {no}" for no in range(20_000)] + ["x" * 60]

    _, records = read(
        [["Name"], *([f'<c t="s"><v>{no}</v></c>'] for no in (0, 19_999, 7, 20_000))],
        strings=texts,
        limits={"cell_chars": 50},
    )

    assert [record.cells for record in records[:3]] == [["Ünal 0"], ["Ünal 19999"], ["Ünal 7"]]
    assert records[3].rule == "cell.too_long"


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (sheet([]), "empty"),
        (sheet([["Name"], ["Lee"]])[:-40], "xlsx_damaged"),
        (sheet([["Name"]]).replace("<worksheet", f"{DOCTYPE}<worksheet"), "xlsx_doctype"),
        (sheet([["Name"], ['<c t="s"><v>5</v></c>']]), "xlsx_damaged"),
        (sheet([["Name"], ['<c t="s"><v>-1</v></c>']]), "xlsx_damaged"),
        (sheet([["Name"], ["Lee"]]).replace('<row r="2"', '<row r="99999999"'), "xlsx_damaged"),
        (sheet([["Name"], ["Lee"]]).replace('<row r="2"', '<row r="two"'), "xlsx_damaged"),
        (sheet([["Name"], ["Lee"]]).replace('r="A2"', 'r="a2"'), "xlsx_damaged"),
        (sheet([["Name"], ["Lee"]]).replace('r="A2"', 'r="ZZZ2"'), "xlsx_damaged"),
        (sheet([["Name"], ["Lee", "Kim"]]).replace('r="B2"', 'r="A2"'), "xlsx_damaged"),
        (sheet([["Name"], ["Lee"]]).replace("</sheetData>", "</sheetData><!-- <row r='3'> -->"), "xlsx_damaged"),
        (sheet([['<c t="e"><v>#REF!</v></c>']]), "header_unreadable"),
        (sheet([["a", "b", "c", "d"]]), "too_many_columns"),
        (sheet([["a"], *([1],) * 5]), "too_many_rows"),
        (sheet([["a"]], tail="<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 4 + "</mergeCells>"), "xlsx_merged"),
    ],
)
def test_sheet_that_cannot_be_read_to_its_end_is_refused(read, content, code):
    refused = refusal_of(read, workbook(("S", content)), limits={"columns": 3, "rows": 4, "merged": 3})

    assert refused.code == code
    assert str(refused).endswith(".")


def test_workbook_of_too_many_parts_is_refused_by_its_directory(read):
    assert (
        refusal_of(read, [["a"]], more={f"x/{no}": "" for no in range(20)}, limits={"parts": 20}).code == "xlsx_parts"
    )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"xl/worksheets/../worksheets/sheet1.xml": "", "\\xl\\styles.xml": ""}, "xlsx_damaged"),
        ({"xl/styles.xml": b"\xff<x/>"}, "xlsx_damaged"),
        ({"xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/gone.xml"))}, "xlsx_damaged"),
        ({"xl/_rels/workbook.xml.rels": relations(("chartsheet", "worksheets/sheet1.xml"))}, "xlsx_no_sheet"),
        ({"xl/styles.xml": f"{HEAD}<styleSheet>{'<xf/>' * 200}</styleSheet>"}, "xlsx_damaged"),
    ],
)
def test_package_that_contradicts_itself_is_refused(read, monkeypatch, more, code):
    monkeypatch.setattr("crmprogram.intake.workbook.ELEMENTS", 100)

    assert refusal_of(read, [["a"], [1]], more=more).code == code


def test_two_sheets_of_one_name_are_refused(read):
    assert refusal_of(read, workbook(("S", [["a"], [1]]), ("S", [["b"], [2]]))).code == "xlsx_damaged"


def test_packing_that_excel_does_not_use_is_refused(read):
    assert refusal_of(read, workbook(("S", [["a"], [1]]), packed=zipfile.ZIP_BZIP2)).code == "xlsx_damaged"


def test_workbook_without_a_pointer_to_it_is_where_all_have_it(read):
    _, records = read(workbook(("S", [["a"], [1]]), more={"_rels/.rels": relations()}))

    assert records == [Row(2, 1, ["1"])]


def test_directory_of_the_wide_kind_is_read(tmp_path):
    """What writers make that stream: the end of the directory in 64 bits, and 0xFFFF in the narrow one."""
    content = workbook(("S", [["a"], [1]]))
    at = content.rfind(b"PK\x05\x06")
    count, length, start = struct.unpack_from("<HII", content, at + 10)
    wide = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, length, start)
    pointer = struct.pack("<IIQI", 0x07064B50, 0, at, 1)
    narrow = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path = tmp_path / "kept"
    path.write_bytes(content[:at] + wide + pointer + narrow)

    _, row = read_sheet(path, sheet="S")

    assert row == Row(2, 1, ["1"])


def test_directory_that_is_too_long_is_refused_unread(read):
    content = bytearray(workbook(("S", [["a"], [1]])))
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = (5_000_000).to_bytes(4, "little")
    padded = bytes(content[:at]) + bytes(5_000_000) + bytes(content[at:])

    assert refusal_of(read, padded).code == "xlsx_parts"


def test_workbook_that_says_it_is_too_large_is_refused_before_it_is_unpacked(read):
    content = workbook(("S", [["a"]]), more={"xl/media/big": bytes(3_000_000)})

    assert refusal_of(read, content, limits={"unpacked_bytes": 2_000_000}).code == "xlsx_unpacked"


def test_workbook_made_to_fill_the_memory_is_refused_by_its_ratio(read):
    content = workbook(("S", [["a"]]), more={"xl/media/big": bytes(3_000_000)})

    assert refusal_of(read, content, limits={"ratio_bytes": 2_000_000}).code == "xlsx_ratio"


def test_directory_that_lies_about_a_size_does_not_help(read):
    content = workbook(("S", [["Name"], *([f"row {no}"] for no in range(2_000))]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    true = info.file_size.to_bytes(4, "little")
    assert content.count(true) >= 1

    assert refusal_of(read, content.replace(true, (500).to_bytes(4, "little"))).code == "xlsx_damaged"


def test_shared_text_used_without_end_is_refused_by_what_it_adds_up_to(read):
    rows = [["a", "b", "c"], *(['<c t="s"><v>0</v></c>'] * 3 for _ in range(200))]

    refused = refusal_of(read, rows, strings=["x" * 1_000], limits={"unpacked_bytes": 300_000})

    assert refused.code == "xlsx_unpacked"


def test_part_with_a_tag_without_end_is_refused_in_bounded_time(read, monkeypatch):
    monkeypatch.setattr("crmprogram.intake.workbook.STALLED", 200_000)
    xml = sheet([["a"]]).replace("<sheetData>", f'<sheetData x="{"y" * 1_000_000}">')

    assert refusal_of(read, workbook(("S", xml))).code == "xlsx_damaged"


def test_missing_sheet_is_refused_with_those_that_are_there(read):
    assert "Choose one of “S”." in str(refusal_of(read, [["a"]], sheet="T"))


def test_entry_with_a_password_is_refused(read):
    content = bytearray(workbook(("S", [["a"], [1]])))
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1

    assert refusal_of(read, bytes(content)).code == "ole"


def look(tmp_path, *sheets, chosen="", **more):
    path = tmp_path / "kept"
    path.write_bytes(workbook(*sheets, **more))
    book, records = look_into(path, sheet=chosen)
    return book, list(records)


def test_only_sheet_with_rows_is_chosen_and_said(tmp_path):
    book, records = look(tmp_path, ("Cover", [[None]]), ("Contacts", [["Name"], ["Lee"]]))

    assert (book.sheet, book.notes) == ("Contacts", ["“Contacts” is read, the only sheet with rows."])
    assert records[1] == Row(2, 1, ["Lee"])


def test_hidden_sheet_is_not_read_and_said(tmp_path):
    book, _ = look(tmp_path, ("hiddenSheet", [["key"], ["x"]]), ("View", [["Name"], ["Lee"]]), hidden={"hiddenSheet"})

    assert book.sheet == "View"
    assert book.notes == ["“View” is read, the only visible sheet with rows. Hidden and not read: “hiddenSheet”."]


def test_several_sheets_with_rows_ask(tmp_path):
    book, records = look(tmp_path, ("A", [["a"], [1]]), ("B", [["b"], [1], [2]]), ("C", []))

    assert (book.sheet, records) == ("", [])
    assert book.sheets == [
        {"name": "A", "hidden": False, "rows": 2},
        {"name": "B", "hidden": False, "rows": 3},
        {"name": "C", "hidden": False, "rows": 0},
    ]


def test_chosen_sheet_is_read_without_a_question(tmp_path):
    book, (header, *_) = look(tmp_path, ("A", [["a"], [1]]), ("B", [["b"], [1]]), chosen="B")

    assert (book.sheet, header.headers.labels) == ("B", ["b"])


def test_what_is_odd_about_a_workbook_is_said(tmp_path):
    tail = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    xml = sheet([["Name"], ["Lee"]], tail=tail).replace('<row r="2"', '<row r="2" hidden="1"')
    pointers = relations(("worksheet", "worksheets/sheet1.xml"), ("externalLink", "externalLinks/externalLink1.xml"))
    more = {"xl/vbaProject.bin": b"x", "xl/_rels/workbook.xml.rels": pointers}

    book, _ = look(tmp_path, ("S", xml), from_1904=True, more=more)

    assert book.notes == [
        "Rows that a filter or a person has hidden are read like the others: 1.",
        "There are merged cells: rows whose value they hide are put aside.",
        "Its days are counted from 1904, as on older Macintosh computers; they are read so.",
        "It points to other workbooks. These are not opened; the values last saved are read.",
        "It holds macros. They are not run.",
    ]


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=60),
    st.integers(0, 100),
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", ""]),
)
def test_damage_anywhere_is_refused_or_read_to_a_balanced_account(tmp_path_factory, noise, share, part):
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    rows = [["Name", "Day"], ["Lee", '<c s="1"><v>45356</v></c>'], ['<c t="s"><v>0</v></c>', 2], ["Kim", True]]
    content = workbook(("S", rows), formats=[14], strings=["text"], packed=zipfile.ZIP_STORED)
    if part:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            old = archive.read(part)
        at = len(old) * share // 100
        content = workbook(("S", rows), formats=[14], strings=["text"], more={part: old[:at] + noise + old[at:]})
    else:
        at = len(content) * share // 100
        content = content[:at] + noise + content[at + len(noise) :]
    path.write_bytes(content)

    try:
        header, *records = read_sheet(path, sheet="S")
    except Refusal:
        return  # the only thing that may be raised

    assert [record.record_no for record in records] == list(range(1, len(records) + 1))
    width = len(header.headers.columns)
    assert all(len(record.cells) == width for record in records if isinstance(record, Row))
    assert {type(record) for record in records} <= {Row, Blank, Bad}
