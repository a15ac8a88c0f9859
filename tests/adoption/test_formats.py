"""One export of each CRM in other clothes: the same events, whatever delimiter, letters, order, labels or dates."""

import csv
import io
from datetime import UTC, datetime

import pytest

from adoption.models import Activity
from adoption.services.importing import Answers, import_file
from crmprogram.program import clock

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
TIMES = ("2026-05-04 09:05:00", "2026-05-13 16:45:00", "2026-05-28 23:30:00")
GERMAN, AMERICAN = "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"


def z(text):
    return text.replace(" ", "T") + "Z"


EXPORTS = {
    "salesforce-task": (
        "Id,WhoId,Subject,ActivityDate,Status,OwnerId,CreatedDate,LastModifiedDate,TaskSubtype",
        lambda n, at: [f"00T{n:012}", "", "Café", at[:10], "Completed", "005A", z(at), z(at), "Call"],
        {},
    ),
    "hubspot-activity": (
        "Record ID,Activity assigned to,Activity date,Create Date,Call Title,Call outcome",
        lambda n, at: [f"{n}01", "Ann Lee", at, at, "Café", "Connected"],
        "Datensatz-ID,Aktivität zugewiesen zu,Aktivitätsdatum,Erstelldatum,Anruftitel,Anrufergebnis",
    ),
    "pipedrive-activity": (
        "Activity - ID,Activity - Type,Activity - Subject,Activity - Assigned to user,Activity - Due date,"
        "Activity - Add time,Activity - Done,Deal - Title",
        lambda n, at: [str(n), "Call", "Café", "Ann Lee", at, at, "Done", "Deal"],
        {},
    ),
    "zoho-call": (
        "Record Id,Subject,Call Type,Call Start Time,Call Status,Call Owner.id,Call Owner,Created Time,Modified Time",
        lambda n, at: [f"zcrm_{n}", "Café", "Outbound", at, "Completed", "zcrm_9", "Ann Lee", at, at],
        {},
    ),
    "dynamics365-activity": (
        "Subject,Regarding,Owner,Activity Type,Activity Status,Start Time,Created On,Modified On",
        lambda n, at: [f"Café {n}", "Deal", "Ann Lee", "Phone Call", "Completed", at, at, at],
        "Betreff,Bezug,Besitzer,Aktivitätstyp,Aktivitätsstatus,Startzeit,Erstellt am,Geändert am",
    ),
    "close-api-activity": (
        "_type,id,lead_id,user_id,user_name,date_created,activity_at,status,direction",
        lambda n, at: ["Call", f"acti_{n}", "lead_1", "user_1", "Ann Lee", z(at), z(at), "completed", "outbound"],
        {},
    ),
    "espocrm-activity": (
        "id,name,status,dateStart,dateEnd,assignedUserId,assignedUserName,createdAt,modifiedAt",
        lambda n, at: [f"{n:017x}", "Café", "Held", at, at, "1", "Ann Lee", at, at],
        {},
    ),
    "suitecrm-call": (
        "ID,Subject,Status,Direction,Start Date,Assigned User Name,Date Created,Date Modified",
        lambda n, at: [f"{n:036}", "Café", "Held", "Outbound", at, "Ann Lee", at, at],
        {},
    ),
    "odoo-activity": (
        "id,summary,activity_type_id,user_id,date_deadline,create_date,write_date",
        lambda n, at: [f"__export__.mail_activity_{n}_ab", "Café", "Call", "Ann Lee", at[:10], at, at],
        {},
    ),
    "twenty-task": (
        "Id,Title,Status,Due Date,Assignee / Email,Creation date,Last update",
        lambda n, at: [f"{n:08}-aa", "Café", "DONE", at[:10], "ann@orrery.example", at, at],
        {},
    ),
}


def file_of(folder, name, rows, *, delimiter=",", encoding="utf-8", order=None, written=None):
    """A file of the rows in other clothes; `order` moves columns, `written` is the format of times without a zone."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        cells = [row[at] for at in order] if order else list(row)
        if written:
            cells = [_dressed(cell, written) for cell in cells]
        writer.writerow(cells)
    path = folder / name
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def _dressed(cell, written):
    for shape, other in (("%Y-%m-%d %H:%M:%S", written), ("%Y-%m-%d", written.partition(" ")[0])):
        try:
            return f"{datetime.strptime(cell, shape):{other}}"  # noqa: DTZ007, a time without a zone is the point
        except ValueError:
            continue
    return cell


@pytest.mark.parametrize("slug", EXPORTS)
def test_export_in_other_clothes_gives_the_same_events(slug, member, tmp_path):
    headers, row, other = EXPORTS[slug]
    plain = [headers.split(","), *(row(n, at) for n, at in enumerate(TIMES, start=1))]
    local = [other.split(",") if other else plain[0], *plain[1:]]
    back = list(reversed(range(len(plain[0]))))
    turned = [*range(2, len(plain[0])), 0, 1]
    files = {
        "plain.csv": ({}, plain),
        "excel.csv": ({"delimiter": ";", "encoding": "utf-16", "order": back, "written": GERMAN}, plain),
        "tab.txt": ({"delimiter": "\t", "encoding": "utf-8-sig", "order": turned, "written": AMERICAN}, plain),
        "local.csv": ({"delimiter": ";", "encoding": "cp1252", "written": GERMAN}, local),
    }
    with clock.at(NOW):
        for name, (clothes, rows) in files.items():
            path = file_of(tmp_path, name, rows, **clothes)
            encoding = "cp1252" if clothes.get("encoding") == "cp1252" else ""
            counting = import_file(
                program=member.program,
                by=member.user,
                path=path,
                answers=Answers(zone="Europe/Berlin", encoding=encoding),
            )
            assert counting.upload.format_slug == slug, name
            assert counting.counts["refused"] == {}, name
            new = len(TIMES) if name == "plain.csv" else 0
            assert counting.counts["stored"] == {"new": new, "changed": 0, "same": len(TIMES) - new, "older": 0}, name

    zone_is_utc = slug in {"salesforce-task", "close-api-activity", "espocrm-activity", "twenty-task"}
    days = [str(day) for day in Activity.objects.order_by("logged_on").values_list("logged_on", flat=True)]
    assert days == ["2026-05-04", "2026-05-13", "2026-05-29" if zone_is_utc else "2026-05-28"]
    assert set(Activity.objects.values_list("why_not", flat=True)) == {""}
