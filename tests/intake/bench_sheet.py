"""How fast a workbook is read in 256 MB, a quarter of what is allowed: ``python tests/intake/bench_sheet.py [rows]``.

Ten columns of a contact export: shared text, text of its own, numbers and dates.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crmprogram.intake.rows import look, open_chunks  # noqa: E402
from tests.intake.workbooks import HEAD, MAIN, workbook  # noqa: E402

NAMES = ("Record ID", "First Name", "Last Name", "Email", "Phone", "Company", "City", "Country", "Amount", "Created")


def contacts(rows: int) -> bytes:
    """A workbook of `rows` contacts: 5,000 last names, 3,000 companies, everything else its own."""
    texts = [f"Name {no}" for no in range(8_000)]
    lines = [
        f'<row r="{no}"><c r="A{no}" t="str"><v>00{no}</v></c><c r="B{no}" t="s"><v>{no % 300}</v></c>'
        f'<c r="C{no}" t="s"><v>{no % 5_000}</v></c><c r="D{no}" t="str"><v>ann{no}@example.com</v></c>'
        f'<c r="E{no}" t="str"><v>+49 89 {no}</v></c><c r="F{no}" t="s"><v>{5_000 + no % 3_000}</v></c>'
        f'<c r="G{no}" t="s"><v>1</v></c><c r="H{no}" t="s"><v>2</v></c>'
        f'<c r="I{no}"><v>{no * 1.25}</v></c><c r="J{no}" s="1"><v>{40_000 + no % 5_000}</v></c></row>'
        for no in range(2, rows + 2)
    ]
    head = "".join(f'<c r="{chr(65 + place)}1" t="str"><v>{name}</v></c>' for place, name in enumerate(NAMES))
    xml = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1">{head}</row>{"".join(lines)}</sheetData></worksheet>'
    return workbook(("Contacts", xml), formats=[14], strings=texts)


def main(rows: int) -> None:
    """Write the workbook, look at it and read it as the application does, and print what that took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.xlsx"
        path.write_bytes(contacts(rows))
        began = time.perf_counter()
        book, _ = look(path)
        looked = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        chunks = open_chunks(
            path, encoding="", delimiter="", sheet=book.sheet, size=10_000, memory_bytes=256 * 1_048_576
        )
        read = sum(map(len, chunks)) - 1
        ended = time.perf_counter()
        size = path.stat().st_size / 1_048_576
    busy = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    sys.stdout.write(
        f"{size:.1f} MB; look {looked - began:.1f} s; {read:,} rows read in {ended - looked:.1f} s, "
        f"{read / (ended - looked):,.0f} rows/s; "
        f"{busy:.1f} s of them on the processor, {read / busy:,.0f} rows/s\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
