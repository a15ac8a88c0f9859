"""A file is refused by the name of what it is, on evidence; otherwise it is known how to read it."""

import io
import zipfile
from pathlib import Path

import pytest

from crmprogram.intake.limits import Limits
from crmprogram.intake.refusal import NeedsEncoding, Refusal
from crmprogram.intake.sniff import find_delimiter, sniff

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
OTHERS = sorted(path for path in SAMPLES.rglob("*") if path.suffix in {".sdl", ".gz"})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


def sniff_bytes(tmp_path, content, name="export.csv", **more):
    path = tmp_path / "kept"
    path.write_bytes(content)
    return sniff(path, name=name, **more)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_sample_that_is_no_table_is_refused_by_name(path):
    with pytest.raises(Refusal) as refused:
        sniff(path, name=path.name)

    assert refused.value.code == {".sdl": "sdl", ".gz": "gzip"}[path.suffix]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"id,name\r\n", "header_only"),
        (b"id,name\r\n,\r\n", "header_only"),
        (b"Contacts of November,,\r\nid,name,mail\r\n1,Lee,a@b.example\r\n", "title"),
        (b"Contacts of November\r\n\r\nid,name,mail\r\n1,Lee,a@b.example\r\n", "title"),
        (b"1,Lee,a@b.example\r\n2,Kim,c@d.example\r\n", "no_header"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx_damaged"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), "xlsb"),
        (zipped("word/document.xml"), "docx"),
        (zipped("contacts.csv"), "zip"),
        (OLE + bytes(504), "ole"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "image"),
        (b'[["a"], ["b"]]', "json"),
        (b'{"id": 1, "name":', "json"),
        (b'{\n  "contacts": []\n}', "json"),
        (b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", "html"),
        (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>', "xml_spreadsheet"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "vcard"),
        (bytes(range(256)) * 20, "binary"),
    ],
)
def test_other_kinds_are_refused_by_name(tmp_path, content, code):
    with pytest.raises(Refusal) as refused:
        sniff_bytes(tmp_path, content)

    assert refused.value.code == code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", ["contacts.sdl", "contacts.xlsx", "contacts.json", "contacts"])
def test_table_under_another_name_is_a_table(tmp_path, name):
    assert sniff_bytes(tmp_path, b"id,name\n1,a\n", name=name).headers.labels == ["id", "name"]


@pytest.mark.parametrize(
    "content",
    [b"{id},name\n1,a\n", b"[id],[name]\n1,a\n", b"PAR1,name\n1,a\n", b"BZhou,name\n1,a\n", b"key=value,name\n1,a\n"],
)
def test_header_that_only_resembles_another_kind_is_read(tmp_path, content):
    assert len(sniff_bytes(tmp_path, content).headers.columns) == 2


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": 1, "tags": ["x", "y"]}\n{"id": 2, "owner": {"name": "Ann"}}\n',
        b'{"stream": "s", "data": {"id": 1, "tags": ["x", "y"]}}\n{"data": {"id": 2, "owner": {"name": "Ann"}}}\n',
        b'[\n  {"id": 1, "tags": ["x", "y"]}, {"id": 2, "owner": {"name": "Ann"}}\n]',
        b'{"success": true, "data": [{"id": 1, "tags": ["x", "y"]}, {"id": 2, "owner": {"name": "Ann"}}]}',
    ],
)
def test_records_in_json_are_a_table_with_every_key(tmp_path, content):
    found = sniff_bytes(tmp_path, content, name="export.json")
    rows = [dict(zip(found.headers.labels, one.cells, strict=True)) for one in found.first]

    assert [(row["id"], row["tags"], row["owner.name"]) for row in rows] == [("1", "x;y", ""), ("2", "", "Ann")]


def test_line_that_is_no_object_is_put_aside(tmp_path):
    found = sniff_bytes(tmp_path, b'{"id": 1}\n{"id": \n{"id": 3}\n')

    assert [getattr(one, "rule", "") for one in found.first] == ["", "json.unreadable", ""]


@pytest.mark.parametrize(
    ("codec", "known_as"), [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32"), ("utf-8", "utf-8")]
)
def test_byte_order_mark_or_plain_utf8_decides(tmp_path, codec, known_as):
    assert sniff_bytes(tmp_path, "id;name\n1;Zoë\n".encode(codec)).encoding == known_as


def test_utf8_is_proved_over_the_whole_file(tmp_path):
    content = b"id,name\n" + b"1,plain\n" * 200_000 + b"2,M\xfcller\n"

    with pytest.raises(NeedsEncoding) as asked:
        sniff_bytes(tmp_path, content)

    assert asked.value.proposals[0].encoding == "cp1252"
    assert asked.value.proposals[0].preview == ["2,Müller"]


def test_encodings_that_give_control_characters_are_not_proposed(tmp_path):
    with pytest.raises(NeedsEncoding) as asked:
        sniff_bytes(tmp_path, "id,name\n1,Łukasz “Ł” Wójcik\n".encode("cp1250"))

    proposed = [each.encoding for each in asked.value.proposals]
    assert "cp1250" in proposed
    assert "latin-1" not in proposed


def test_damaged_utf8_is_proposed_first_with_its_cost(tmp_path):
    with pytest.raises(NeedsEncoding) as asked:
        sniff_bytes(tmp_path, "id,name\n1,Zoë\n2,Jürgen\n".encode() + b"3,M\xfcller\n")

    assert (asked.value.proposals[0].encoding, asked.value.proposals[0].remark) == ("utf-8", "1 row would be put aside")


def test_utf16_without_mark_is_asked(tmp_path):
    content = "id,name\n1,Anna\n2,Berta\n".encode("utf-16-le")

    with pytest.raises(NeedsEncoding) as asked:
        sniff_bytes(tmp_path, content)

    assert [each.encoding for each in asked.value.proposals] == ["utf-16-le"]
    assert sniff_bytes(tmp_path, content, encoding="utf-16-le").headers.labels == ["id", "name"]


def test_answer_of_the_person_is_used(tmp_path):
    found = sniff_bytes(tmp_path, b"id,name\n1,M\xfcller\n", encoding="cp1252")

    assert (found.encoding_from, found.first[0].cells) == ("person", ["1", "Müller"])


def test_unknown_answer_is_refused(tmp_path):
    with pytest.raises(Refusal) as refused:
        sniff_bytes(tmp_path, b"id\n1\n", encoding="rot13")

    assert refused.value.code == "unknown_encoding"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("a,b;c,d", ","),
        ("a;b;c", ";"),
        ("a\tb\tc", "\t"),
        ("a|b", "|"),
        ('"a;b;c;d",e', ","),
        ('"a""x;y;z",e', ","),
        ("alone", ","),
        ("sep=;\na,b", ";"),
        ('size 5";name;city,town', ";"),
    ],
)
def test_delimiter_is_found_in_the_header_line_outside_quotes(header, delimiter):
    assert find_delimiter(f"{header}\n1,2,3,4,5,6\n") == delimiter


def test_file_above_the_limit_is_refused(tmp_path):
    with pytest.raises(Refusal) as refused:
        sniff_bytes(tmp_path, b"id\n1\n" * 10, limits=Limits(file_bytes=20))

    assert refused.value.code == "too_large"


@pytest.mark.parametrize(("content", "noted"), [(b"id^name\n1^Lee\n", True), (b"id,name\n1,Lee\n", False)])
def test_one_column_is_worth_a_word(tmp_path, content, noted):
    assert any("one column" in note for note in sniff_bytes(tmp_path, content).notes) is noted
