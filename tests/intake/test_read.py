"""The reader loses nothing: every record is good, put aside with its line, or blank."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmprogram.intake.limits import Limits
from crmprogram.intake.read import Bad, Blank, Header, Row, read_file, read_stream
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.sniff import sniff

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def read(text, delimiter=",", **limits):
    header, *records = read_stream(io.StringIO(text, newline=""), delimiter=delimiter, limits=Limits(**limits))
    assert isinstance(header, Header)
    return records


def test_row_after_a_cell_with_line_breaks_has_its_physical_line():
    records = read('id,note\r\n1,"two\nlines"\r\n2,x\r\n')

    assert records == [Row(2, 1, ["1", "two\nlines"]), Row(4, 2, ["2", "x"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_as_one_line(end):
    assert read(end.join(["id", "1", "", "2"])) == [Row(2, 1, ["1"]), Blank(3, 2), Row(4, 3, ["2"])]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b\n1\n", "row.too_few_cells"),
        ("a,b\n1,2,3\n", "row.too_many_cells"),
        ("a,b\n1,x\0y\n", "cell.nul"),
        ('a,b\n1,"open\n', "quote.unclosed"),
        ('a,b\n1,"open" and more\n', "quote.stray"),
        ("a,b\nGrand Totals (12 records),\n", "row.footer"),
        ("a,b\na, b\n", "row.header_again"),
        ("a,a\n\ufeffa,a\n", "row.header_again"),
        ('a,b\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n', "row.footer"),
    ],
)
def test_unreadable_row_is_put_aside_with_its_line_and_reason(text, rule):
    (bad,) = read(text)

    assert (bad.line, bad.record_no, bad.rule) == (2, 1, rule)
    assert bad.message.endswith(".")


def test_reading_goes_on_after_a_quote_that_never_closes():
    records = read('id,name\n1,"open\n2,b\n3,c\n')

    assert [type(record) for record in records] == [Bad, Row, Row]
    assert [record.line for record in records] == [2, 3, 4]


def test_open_quote_is_given_up_after_the_line_limit():
    records = read('id\n"open\n' + "x\n" * 20, quote_lines=10)

    assert [type(record) for record in records] == [Bad] + [Row] * 20


def test_cell_above_the_limit_is_put_aside_and_the_next_row_is_read():
    records = read("id,note\n1," + "x" * 51 + "\n2," + "x" * 50 + "\n", cell_chars=50)

    assert [getattr(record, "rule", "good") for record in records] == ["cell.too_long", "good"]


def test_line_without_end_is_put_aside_without_being_held():
    records = read("id\n" + "x" * 5_000 + "\n2\n", line_chars=1_000)

    assert [getattr(record, "rule", "good") for record in records] == ["line.too_long", "good"]
    assert records[1].line == 3


def test_empty_cells_beyond_the_header_say_nothing():
    assert read("a,b\n1,2,,\n") == [Row(2, 1, ["1", "2"])]


def test_undecodable_bytes_are_named_by_column_and_value(tmp_path):
    path = tmp_path / "broken.csv"
    path.write_bytes(b"id,name\n1,M\xfcller\n2,ok\n")

    _, bad, good = read_file(path, encoding="utf-8", delimiter=",")

    assert (bad.rule, bad.column, bad.value, bad.line) == ("cell.undecodable", "name", "M\\xfcller", 2)
    assert good == Row(3, 2, ["2", "ok"])


def test_separator_line_of_excel_is_no_record():
    header, row = read_stream(io.StringIO("sep=;\r\na;b\r\n1;2\r\n", newline=""), delimiter=";")

    assert (header.line, header.headers.labels) == (2, ["a", "b"])
    assert row == Row(3, 1, ["1", "2"])


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("", {}, "empty"),
        ("\n\n", {}, "empty"),
        ("a,b,c\n", {"columns": 2}, "too_many_columns"),
        ("a\n1\n2\n3\n", {"rows": 2}, "too_many_rows"),
        ('a,"b\n1,2\n', {}, "header_unreadable"),
    ],
)
def test_file_beyond_reading_is_refused_with_a_code(text, limits, code):
    with pytest.raises(Refusal) as refused:
        list(read_stream(io.StringIO(text, newline=""), delimiter=",", limits=Limits(**limits)))

    assert refused.value.code == code


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_written_cells_are_read_as_they_were(rows, delimiter, end):
    text = end.join(delimiter.join(map(quoted, row)) for row in [["a", "b", "c"], *rows]) + end

    records = read(text, delimiter)

    assert len(records) == len(rows)
    for record, row in zip(records, rows, strict=True):
        if isinstance(record, Row):
            assert record.cells == row
        elif isinstance(record, Blank):
            assert not any(map(str.strip, row))
        else:
            assert record.rule == "row.footer"
    breaks = [len(delimiter.join(row).replace("\r\n", "\n").replace("\r", "\n").split("\n")) for row in rows]
    assert [record.line for record in records] == [2 + sum(breaks[:no]) for no in range(len(rows))]


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from([b"a", b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b"\xc3\xa4", b"sep=", b"{", b"="]),
            max_size=60,
        ).map(b"".join),
        st.binary(max_size=100).map(lambda rest: b"\xff\xfe" + rest),
        st.binary(max_size=100).map(lambda rest: b"id,name\n" + rest),
    ),
    st.sampled_from(["", "", "utf-8", "cp1252", "latin-1", "cp932", "utf-16-le", "gb18030"]),
)
def test_any_bytes_are_read_to_a_balanced_account_or_refused(tmp_path_factory, content, encoding):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)

    try:
        sniffed = sniff(path, name="any.csv", encoding=encoding)
        _, *records = read_file(path, encoding=sniffed.encoding, delimiter=sniffed.delimiter)
    except Refusal:
        return  # the only thing that may be raised

    assert [record.record_no for record in records] == list(range(1, len(records) + 1))
    assert all(len(record.cells) == len(sniffed.headers.columns) for record in records if isinstance(record, Row))


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.csv")), ids=lambda path: path.name)
def test_every_sample_is_read_to_its_last_record(path):
    sniffed = sniff(path, name=path.name)

    header, *records = read_file(path, encoding=sniffed.encoding, delimiter=sniffed.delimiter)

    assert header.headers == sniffed.headers
    assert {type(record) for record in records} == {Row}
