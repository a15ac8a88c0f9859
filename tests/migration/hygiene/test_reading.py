"""A file read as columns holds what the careful reader yields, to the row, the line and the reason (H0, H1)."""

import io

import pytest

from crmprogram.intake.limits import LIMITS
from crmprogram.intake.read import Bad, Blank, Row, read_file
from crmprogram.intake.refusal import Refusal
from migration.hygiene import quick, reading, spans

HEAD = b"id,name,city\n"
FILES = {
    "plain": HEAD + b"1,Ann,Rome\n2,Bob,Oslo\n",
    "no end of line": HEAD + b"1,Ann,Rome\n2,Bob,Oslo",
    "dos": HEAD.replace(b"\n", b"\r\n") + b"1,Ann,Rome\r\n2,Bob,Oslo\r\n",
    "old mac": b"id,name,city\r1,Ann,Rome\r2,Bob,Oslo\r",
    "mixed ends": HEAD + b"1,Ann,Rome\r\n2,Bob,Oslo\n3,Cem,Bonn\r4,Dee,Lyon\n",
    "quoted": HEAD + b'1,"Lee, Ann",Rome\n2,"Bob ""B"" Ray",Oslo\n',
    "lines in cells": HEAD + b'1,"Ann\nLee",Rome\n2,"Bob\r\nRay\n",Oslo\n3,Cem,Bonn\n',
    "blank lines": b"\n\n" + HEAD + b"\n1,Ann,Rome\n,,\n  , ,\n2,Bob,Oslo\n\n\n",
    "ragged": HEAD + b"1,Ann\n2,Bob,Oslo,more\n3,Cem,Bonn,,\n4,Dee,Lyon\n",
    "stray quote": HEAD + b'1,"Ann"x,Rome\n2,Bob,Oslo\n',
    "open quote": HEAD + b'1,"Ann,Rome\n2,Bob,Oslo\n3,Cem,Bonn\n',
    "quote inside": HEAD + b'1,An"n,Rome\n2,5" pipe,Oslo\n',
    "nul": HEAD + b"1,A\0nn,Rome\n2,Bob,Oslo\n",
    "not utf-8": HEAD + b"1,Andr\xe9,Rome\n2,Bob,Oslo\n",
    "footer": HEAD + b"1,Ann,Rome\nGrand Totals (1 record),,\n",
    "no footer": HEAD + b"Grand Totals,Ann,Rome\ncopyright,Bob,Oslo\n",
    "header again": HEAD + b"1,Ann,Rome\n" + HEAD + b"2,Bob,Oslo\nid,name,Bonn\n",
    "sep": b"sep=,\n" + HEAD + b"1,Ann,Rome\n",
    "mark": b"\xef\xbb\xbf" + HEAD + b"1,Ann,Rome\n",
    "odd separators": HEAD + "1,A\x0bB\x0c,R\u2028ome\n2,\x85Bob,Oslo\n".encode(),
    "same names": b"id,name,name\n1,Ann,Rome\n",
}


def told(path, encoding="utf-8"):
    """What the careful reader says: rows, what was put aside, blank records."""
    _, *records = read_file(path, encoding=encoding, delimiter=",")
    rows = [(one.line, one.record_no, one.cells) for one in records if isinstance(one, Row)]
    return rows, [one for one in records if isinstance(one, Bad)], sum(isinstance(one, Blank) for one in records)


def read(path, encoding="utf-8"):
    found = reading.read_columns(path, encoding=encoding, delimiter=",")
    reading.set_blank_apart(found)
    cells = [list(row) for row in zip(*(column.texts() for column in found.columns), strict=True)]
    rows = list(zip(found.lines.tolist(), found.numbers.tolist(), cells, strict=True))
    return rows, found.aside, found.blank


@pytest.mark.parametrize("block", [16, 40, 1_048_576])
@pytest.mark.parametrize("name", FILES)
def test_columns_hold_what_the_careful_reader_yields(tmp_path, monkeypatch, name, block):
    path = tmp_path / "file.csv"
    path.write_bytes(FILES[name])
    encoding = "utf-8-sig" if name == "mark" else "utf-8"
    monkeypatch.setattr(reading, "BLOCK", block)

    assert read(path, encoding) == told(path, encoding)


TIDY = ("plain", "no end of line", "dos", "quoted", "lines in cells")


@pytest.mark.parametrize("name", FILES)
def test_bytes_are_cut_only_where_they_are_well_formed(name):
    found = quick.cut(FILES[name], ",", 3, LIMITS)

    odd = "mark", "footer", "no footer", "header again", "odd separators", "same names"
    assert (found is not None) == (name in (*TIDY, *odd))


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
@pytest.mark.parametrize("name", FILES)
def test_parts_of_a_file_hold_what_the_whole_holds(tmp_path, name, parts):
    path = tmp_path / "file.csv"
    path.write_bytes(FILES[name])
    encoding = "utf-8-sig" if name == "mark" else "utf-8"
    found = spans.spans(path, parts, 1)
    headers, lines, numbers = None, 0, 0
    rows, aside, blank = [], [], 0
    for span in found:
        part = reading.read_span(path, span, headers, encoding=encoding, delimiter=",")
        if part is None:  # then the whole file is read carefully
            return
        headers = part.headers
        reading.set_blank_apart(part)
        part.move(lines, numbers)
        lines, numbers = part.last_line, part.last_number
        cells = [list(row) for row in zip(*(column.texts() for column in part.columns), strict=True)]
        rows += zip(part.lines.tolist(), part.numbers.tolist(), cells, strict=True)
        aside += part.aside
        blank += part.blank

    assert (rows, aside, blank) == told(path, encoding)
    assert name not in TIDY or parts == 1 or len(found) > 1


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "cp932", "latin-1"])
def test_other_encodings_are_read_alike(tmp_path, encoding):
    path = tmp_path / "file.csv"
    path.write_bytes("id,name,city\n1,Ann,Rome\n2,Bob,Oslo\n".encode(encoding))

    assert read(path, encoding) == told(path, encoding)


def test_a_column_of_its_own_values_needs_no_dictionary(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("id,kind\n" + "".join(f"r{at},{'ab'[at % 2]}\n" for at in range(20_000)) + ",a\n", encoding="utf-8")

    found = reading.read_columns(path, encoding="utf-8", delimiter=",")

    assert [len(column.values) for column in found.columns] == [20_001, 2]
    assert found.columns[0].texts() == [*(f"r{at}" for at in range(20_000)), ""]
    assert found.columns[0].codes[-1] == -1


def test_a_file_without_header_is_refused(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"\n\n\n")

    with pytest.raises(Refusal):
        reading.read_columns(path, encoding="utf-8", delimiter=",")


def test_shifted_rows_are_taken_out_with_their_clue(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"name,email,phone\nAnn,a@b.example,030 1234567\nAnn,Acme,ann@b.example\n")
    found = reading.read_columns(path, encoding="utf-8", delimiter=",")

    shifted = reading.set_shifted_apart(found, ["text", "email", "phone"])

    assert [(line, number, clue.column, clue.value) for line, number, clue in shifted] == [(3, 2, 2, "ann@b.example")]
    assert (found.size, found.lines.tolist()) == (1, [2])


def test_blocks_end_where_no_quote_is_open(monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 8)
    text = b'a,b\n1,"x\ny"\n2,z\n'

    blocks = list(reading._blocks(io.BufferedReader(io.BytesIO(text))))

    assert b"".join(blocks) == text
    assert all(block.count(b'"') % 2 == 0 for block in blocks)
