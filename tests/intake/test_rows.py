"""The reading process: the same records as in process, ceilings that hold, no process left behind."""

import os
from pathlib import Path

import pytest

from crmprogram.intake.limits import Limits
from crmprogram.intake.read import Row, read_file
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.rows import open_chunks, open_rows

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("id,name\n" + "".join(f"{no},name {no}\n" for no in range(1, 2_501)) + "\n9\n", encoding="utf-8")
    return path


def test_child_gives_the_same_records_as_reading_here():
    path = SAMPLES / "dynamics365" / "Appointments.csv"
    how = {"encoding": "utf-8-sig", "delimiter": ","}

    assert list(open_rows(path, **how)) == list(read_file(path, **how))


def test_chunks_have_the_asked_size_and_the_rest_is_counted(table):
    chunks = list(open_chunks(table, encoding="utf-8", delimiter=",", size=1_000))

    assert [len(chunk) for chunk in chunks] == [1, 1_000, 1_000, 502]


def test_long_cells_make_small_chunks(tmp_path):
    path = tmp_path / "mails.csv"
    path.write_text("id,mail\n" + "".join(f"{no},{'x' * 200_000}\n" for no in range(50)))

    _, *chunks = open_chunks(path, encoding="utf-8", delimiter=",", size=10_000)

    assert [len(chunk) for chunk in chunks] == [20, 20, 10]


def test_skipped_records_keep_their_numbers(table):
    _, first, *_ = open_rows(table, encoding="utf-8", delimiter=",", skip=2_400)

    assert first == Row(2_402, 2_401, ["2401", "name 2401"])


def test_refusal_of_the_child_reaches_the_caller(table):
    with pytest.raises(Refusal) as refused:
        list(open_rows(table, encoding="utf-8", delimiter=",", limits=Limits(rows=100)))

    assert refused.value.code == "too_many_rows"


def test_child_without_memory_is_a_refusal_that_says_what_to_do(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("id\n" + "x" * 8_000_000)
    chunks = open_chunks(path, encoding="utf-8", delimiter=",", memory_bytes=30_000_000)

    with pytest.raises(Refusal) as refused:
        list(chunks)

    assert refused.value.code == "reader_stopped"


def test_endless_reading_is_stopped_by_the_processor_limit(tmp_path):
    fifo = tmp_path / "endless.csv"
    os.symlink("/dev/zero", fifo)

    with pytest.raises(Refusal) as refused:
        list(open_chunks(fifo, encoding="utf-8", delimiter=",", limits=Limits(line_chars=2_000), cpu_seconds=1))

    assert refused.value.code == "reader_stopped"


def test_closing_the_iterator_ends_the_child(table):
    before = children()
    chunks = open_chunks(table, encoding="utf-8", delimiter=",", size=1)
    next(chunks)
    assert len(children() - before) == 1

    chunks.close()

    assert children() == before


def children():
    own = str(os.getpid())
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == own:
            found.add(path.parent.name)
    return found
