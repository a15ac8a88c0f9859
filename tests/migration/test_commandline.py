"""The command line: files in, four files out, an account that balances, an exit code that says so (H0-H10)."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmprogram.demo.synthetic import write_export
from crmprogram.program import clock
from migration import commandline, finishing, preparing, sources
from migration.hygiene import alphabet, lanes, reading
from migration.hygiene.account import Account

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "data" / "samples"
FILES = sorted(path.relative_to(SAMPLES) for path in SAMPLES.rglob("*.csv"))
STANDARD = {"today": "2026-11-01", "zone": "UTC"}


def run(tmp_path, *arguments, standard=STANDARD, out="out"):
    """Run the command in this process; returns the exit code and the report."""
    told = tmp_path / "standard.json"
    told.write_text(json.dumps(standard), encoding="utf-8")
    folder = tmp_path / out
    code = commandline.main([*map(str, arguments), "--out", str(folder), "--standard", str(told), "--processes", "1"])
    report = folder / "report.json"
    return code, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def export(tmp_path):
    """A generated export with a truth: (path, truth)."""
    path = tmp_path / "contacts.csv"
    return path, write_export(path, 1_200, seed=4, today=clock.now().date().replace(2026, 11, 1))


@pytest.fixture
def small(tmp_path):
    """Six rows: two that are one, one that may be, a reject, an archived one, a blank."""
    path = tmp_path / "small.csv"
    path.write_text(
        "Record ID,First Name,Last Name,Email,Phone Number,Country/Region,Last Activity Date\n"
        "1,Ann,Lee,Ann.Lee@acme.example,+49 89 99998123,Germany,2026-10-01\n"
        "2,Ann,Lee,ann.lee@acme.example,,,2026-09-01\n"
        "3,Bob,Ray,=cmd()|x,12,Narnia,2026-10-01\n"
        ",,,,,,\n"
        "4,Cem,Oz,cem.oz@firm.example,415-555-0100,US,2024-01-01\n"
        "5,Dee\n",
        encoding="utf-8",
    )
    return path


def test_four_files_come_out_and_the_account_balances(tmp_path, export):
    path, truth = export

    code, report = run(tmp_path, path)

    clusters = table(tmp_path / "out" / "clusters.csv")
    records = table(tmp_path / "out" / "records.csv")
    assert code == 0
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == sorted(commandline.OUTPUTS)
    assert list(clusters[0]) == ["source_id", "cluster_id", "decision", "probability", "reason"]
    assert [row["source_id"] for row in clusters] == list(truth.person)
    assert Account(**report["rows"]).balanced
    assert report["rows"]["read"] == 1_200
    assert len(records) == 1_200 - report["rows"]["merged"]
    assert sum(int(row["rows"]) for row in records) == 1_200
    assert {row["cluster_id"] for row in clusters} == {row["members"].split()[0] for row in records}
    assert {"start", "read", "standardise", "match", "merge", "write", "total"} == set(report["seconds"])


def test_small_file_to_the_row(tmp_path, small):
    code, report = run(tmp_path, small)

    ready, _, archived = records = table(tmp_path / "out" / "records.csv")
    assert code == 0
    assert report["rows"] == {"read": 6, "kept": 1, "merged": 1, "archived": 1, "quarantined": 2, "blank": 1}
    assert [row["outcome"] for row in records] == ["ready", "rejected", "archived"]
    assert (ready["phone"], ready["country"], ready["members"]) == ("+498999998123", "DE", "1 2")
    assert "phone=1 only value" in ready["lineage"].split("; ")
    assert "family_name=all" in ready["lineage"].split("; ")
    assert archived["why"] == "no engagement for 12 months"


def test_rejects_name_line_column_value_and_reason(tmp_path, small):
    run(tmp_path, small)

    found = {(row["line"], row["column"]): row for row in table(tmp_path / "out" / "rejects.csv")}

    assert list(found) == [
        ("4", ""), ("4", "Country/Region"), ("4", "Email"), ("4", "Phone Number"), ("7", ""),
    ]  # fmt: skip
    assert {row["file"] for row in found.values()} == {"small.csv"}
    assert found["4", "Email"]["value"] == "'=cmd()|x"  # a spreadsheet does not compute it
    assert found["4", "Country/Region"]["reason"] == "No ISO 3166 country has this name."
    assert found["7", ""]["reason"].startswith("The row has 2 cells, the header 7.")


def test_rows_merged_without_review_cannot_pass_the_gate(tmp_path, export):
    path, _ = export
    _, left = run(tmp_path, path, out="left")
    _, merged = run(tmp_path, path, "--review", "merge", out="merged")
    _, split = run(tmp_path, path, "--review", "split", out="split")

    held = [row for row in table(tmp_path / "merged" / "records.csv") if row["outcome"] == "held"]
    assert merged["review"]["reviewed"] is False
    assert merged["review"]["says"].endswith("cannot pass the hygiene gate.")
    assert len(held) == merged["records"]["held"] == merged["clusters"]["proposals"] > 0
    assert {row["why"] for row in held} == {"merged without review: cannot pass the hygiene gate"}
    assert merged["rows"]["merged"] > left["rows"]["merged"] == split["rows"]["merged"]
    for name in ("left", "merged", "split"):
        written = {row["record_id"]: set(row["members"].split()) for row in table(tmp_path / name / "records.csv")}
        clusters: dict[str, set[str]] = {}
        for row in table(tmp_path / name / "clusters.csv"):
            clusters.setdefault(row["cluster_id"], set()).add(row["source_id"])
        assert sorted(map(sorted, clusters.values())) == sorted(map(sorted, written.values()))
    words = {name: {row["decision"] for row in table(tmp_path / name / "clusters.csv")} for name in ("left", "merged")}
    assert words == {"left": {"none", "automatic", "review"}, "merged": {"none", "automatic", "review-merge"}}


def test_order_of_rows_and_number_of_processes_do_not_count(tmp_path, export, monkeypatch):
    path, _ = export
    monkeypatch.setattr(finishing, "MANY", 1)  # the third run reads and writes as large files are
    monkeypatch.setattr(preparing, "LARGE", 1)
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "turned"
    turned.mkdir()
    (turned / path.name).write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    run(tmp_path, path, out="one")
    run(tmp_path, turned / path.name, out="two")
    standard = str(tmp_path / "standard.json")
    commandline.main([str(path), "--out", str(tmp_path / "three"), "--standard", standard, "--processes", "2"])

    for name in ("clusters.csv", "records.csv"):
        one, two, three = (
            sorted((tmp_path / out / name).read_text(encoding="utf-8").splitlines()) for out in ("one", "two", "three")
        )
        assert one == two
        assert one == three


def test_what_many_rows_take_gives_what_few_take(tmp_path, export, monkeypatch):
    path, _ = export
    run(tmp_path, path, out="few")
    for module, name in ((alphabet, "MANY"), (lanes, "FEWEST"), (reading, "LOOKED_AT")):
        monkeypatch.setattr(module, name, 1)
    run(tmp_path, path, out="many")

    for name in ("clusters.csv", "records.csv", "rejects.csv"):
        assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


@pytest.mark.parametrize("stray", ["", '7,An"n,"Lee"x,a@b.example,,,\n'])
def test_parts_read_apart_keep_each_line_and_reason(tmp_path, export, small, stray, monkeypatch):
    monkeypatch.setattr(preparing, "LARGE", 1)
    head, *rows = small.read_text(encoding="utf-8").splitlines(keepends=True)
    made = "".join(line.replace(",", f"{at}," if line[0].isdigit() else ",", 1) for at in range(40) for line in rows)
    quoted = '9,"Ann ""A""\nLee","Ray, Jr.",ann@ray.example,,,\n8,Grand totals,,,\n'
    small.write_text(f"{head}{made}{stray}{quoted}{made[:900]}", encoding="utf-8")
    run(tmp_path, small, export[0], out="one")
    standard = str(tmp_path / "standard.json")
    told = [str(small), str(export[0]), "--standard", standard, "--processes", "3", "--out", str(tmp_path / "two")]

    assert commandline.main(told) == 0

    one, two = (json.loads((tmp_path / out / "report.json").read_text(encoding="utf-8")) for out in ("one", "two"))
    for name in ("rows", "clusters", "records", "problems", "values_changed", "files"):
        assert one[name] == two[name]
    for name in ("clusters.csv", "records.csv", "rejects.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_reader_that_was_stopped_is_told(tmp_path, export, monkeypatch, capsys):
    monkeypatch.setattr(preparing, "LARGE", 1)
    monkeypatch.setattr(preparing, "clean_columns", lambda *_, **__: os._exit(9))  # as for want of memory

    code = commandline.main([str(export[0]), "--out", str(tmp_path / "out"), "--processes", "2"])

    assert code == 2
    assert "it needed too much memory" in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES, ids=[path.as_posix() for path in FILES])
def test_every_sample_balances(tmp_path, path):
    code, report = run(tmp_path, SAMPLES / path)
    if code == 2:  # it asks for its encoding first
        code, report = run(tmp_path, SAMPLES / path, "--encoding", "cp1252")

    assert code == 0
    assert report["balanced"] is True


def test_two_files_are_cleaned_as_one(tmp_path, small):
    other = tmp_path / "other.csv"
    other.write_text("Record ID,First Name,Last Name,Email\n1,Ann,Lee,ann.lee@acme.example\n", encoding="utf-8")

    _, report = run(tmp_path, small, other)

    assert [one["rows"] for one in report["files"]] == [6, 1]
    assert report["rows"]["merged"] == 2
    assert table(tmp_path / "out" / "records.csv")[0]["rows"] == "3"


def test_map_wins_over_what_is_recognised(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("who,mail at,Notes\nLee,a@firm.example,x\n", encoding="utf-8")
    told = tmp_path / "map.json"
    told.write_text('{"who": "family_name", "mail at": "email", "Notes": null}', encoding="utf-8")

    _, report = run(tmp_path, path, "--map", told)

    (record,) = table(tmp_path / "out" / "records.csv")
    assert report["files"][0]["columns"] == {"who": "family_name", "mail at": "email", "Notes": ""}
    assert (record["record_id"], record["family_name"], record["email"]) == ("odd.csv:2", "Lee", "a@firm.example")


@pytest.mark.parametrize("names", [("odd.csv",), ("of last week.csv",), ("odd.csv", "other.csv")])
def test_map_changes_and_merges_values_as_the_mapping_page_does(tmp_path, names):
    path = tmp_path / "odd.csv"
    path.write_text('who,mail at,tel,Notes,More,Fax,Since\n"LEE, ann",a@firm.example,,x,y,1,03/04/2026\n', "utf-8")
    columns = {
        "who": {"field": "family_name", "transforms": ["title", "rest to: given_name ,"]},
        "mail at": "email",
        "Notes": {"field": "description"},
        "More": {"field": "description", "merge": True, "transforms": ["join with: ; "], "reason": "one text"},
        "tel": None,
        "Fax": {"field": None, "reason": "nobody has one"},
        "Since": {"field": "created_at", "transforms": ["dates: day first"]},
    }
    told = tmp_path / "map.json"
    told.write_text(json.dumps(dict.fromkeys(names, columns)), encoding="utf-8")

    _, report = run(tmp_path, path, "--map", told)

    (record,) = table(tmp_path / "out" / "records.csv")
    assert (record["family_name"], record["given_name"], record["description"]) == ("Lee", "Ann", "x; y")
    assert record["created_at"].startswith("2026-04-03")
    assert [name for name in report["files"][0]["columns"].values() if name.startswith("custom")] == []


def test_standard_says_what_is_required(tmp_path, small):
    _, report = run(tmp_path, small, standard={**STANDARD, "required": ["company"]})

    assert report["records"]["ready"] == 0
    assert report["problems"]["before"]["incomplete"] == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv"], "nowhere.csv is no file."),
        (["small.csv", "--map", "standard.json"], "which is no column of the file."),
        (["small.csv", "--encoding", "klingon"], "none of the encodings on the list"),
        (["small.csv", "--map", "wrong.json"], "“Email”: “shout” is no transform"),
        (["book.pdf"], "This is a PDF document."),
        (["latin.csv"], "Say it with --encoding: "),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_two(tmp_path, small, capsys, monkeypatch, arguments, said):
    (tmp_path / "book.pdf").write_bytes(b"%PDF-1.4 ...")
    (tmp_path / "latin.csv").write_bytes(b"name,mail\nAndr\xe9,a@b.example\n")
    (tmp_path / "wrong.json").write_text('{"Email": {"field": "email", "transforms": ["shout"]}}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code, report = run(tmp_path, *arguments)

    assert (code, report) == (2, None)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("standard", "said"),
    [
        ({"requierd": []}, "The standard says “requierd”"),
        ({"archive_months": 3}, "12 to 24 months"),
        ({"zone": "Mars"}, "cannot be used"),
    ],
)
def test_a_standard_that_makes_no_sense_is_refused(tmp_path, small, capsys, standard, said):
    assert run(tmp_path, small, standard=standard) == (2, None)
    assert said in capsys.readouterr().err


def test_an_account_that_does_not_balance_is_the_exit_code(tmp_path, small, monkeypatch):
    whole = finishing.Ended.account
    monkeypatch.setattr(finishing.Ended, "account", lambda *told: whole(*told) + Account(read=1))

    code, report = run(tmp_path, small)

    assert (code, report["balanced"]) == (1, False)
    assert report["says"].endswith("1 rows are missing.")


@pytest.mark.parametrize("name", ["fake_1000", "restaurants", "senzing_truth"])
def test_public_sets_come_out_row_by_row(tmp_path, name):
    path = tmp_path / "records.csv"
    path.write_bytes(gzip.decompress((SAMPLES / "dedupe" / name / "records.csv.gz").read_bytes()))

    code, report = run(tmp_path, path, "--review", "merge")

    assert code == 0
    assert [row["source_id"] for row in table(tmp_path / "out" / "clusters.csv")] == [
        row["source_id"] for row in table(path)
    ]
    assert report["clusters"]["automatic"] + report["clusters"]["proposals"] > 20


def test_manage_hygiene_needs_no_settings_and_no_django(tmp_path, small):
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "there.is.none"}
    told = [sys.executable, "manage.py", "hygiene", str(small), "--out", str(tmp_path / "out"), "--json"]

    done = subprocess.run(told, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["read"] == 6
    assert "standardise" in done.stderr


def test_the_command_line_imports_no_django():
    told = "import sys, migration.commandline; print({'django', 'pandas', 'celery'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "headers",
    [
        "ContactNo,FirstName,LastName,EmailAddress,Phone1,OrgName,AddressLine1,ZIP",
        "contact_no,fname,lname,EMAIL_ADDR,TEL,ORG_NAME,addr1,zip_code",
        "Identifiant,Prénom,Nom,Courriel,Téléphone,Société,Rue,Code postal",
        "Kontakt-ID,Vorname,Name,E-Mail,Telefon,Firma,Straße,PLZ",
    ],
)
def test_columns_are_known_however_they_are_spelt(tmp_path, headers):
    path = tmp_path / "people.csv"
    path.write_text(f"{headers}\n7,Ann,Lee,ann@acme.example,4155550100,Acme,1 Main St,94016\n", encoding="utf-8")

    outline = sources.look_at(path, encoding="", mapping={})

    assert outline.fields == [
        "source_id", "given_name", "family_name", "email", "phone", "company", "street", "postcode",
    ]  # fmt: skip
