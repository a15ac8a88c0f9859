"""The chapters of continuous hygiene in the rescue: three weekly exports of the CRM, cleaned and compared (H12)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import islice

from crmprogram.demo import quillhaven, synthetic
from crmprogram.demo.cast import Cast
from crmprogram.intake.models import Upload
from crmprogram.intake.services import store_upload
from migration.models import Cluster, Run
from migration.services import mapping, review, runs

SETTLED = 8  # proposals that are decided in the first week, and not asked again later


def check_export(number: int) -> Callable[[Cast], None]:
    """The export of one week: what stood there the week before, and what was entered since."""

    def check(cast: Cast) -> None:
        name = f"contacts-week-{number + 1}.csv"
        if not Upload.objects.of(cast.program).filter(name=name).exists():
            content = _export(cast, quillhaven.CONTACTS[number])
            store_upload(program=cast.program, by=cast["crm-specialist"], name=name, stream=io.BytesIO(content))
        cast.finish()
        upload = Upload.objects.of(cast.program).get(name=name)
        if not upload.runs.exists():
            with cast.work.commit():
                run = runs.create_run(
                    program=cast.program,
                    by=cast["crm-specialist"],
                    uploads=[upload],
                    name=f"Weekly check {number + 1}",
                    region="DE",
                )
                mapping.sign_mapping(run=run, by=cast["sales-ops"])
                runs.start_run(run=run, by=cast["crm-specialist"])
        cast.finish()

    return check


def settle_what_is_asked(cast: Cast) -> None:
    """Answer the surest questions of the first week; the weeks after ask only what is new."""
    run = Run.objects.of(cast.program).order_by("pk").first()
    left = SETTLED - Cluster.objects.filter(run=run, state="decided").count()
    for cluster in Cluster.objects.filter(run=run).open().order_by("-probability", "number")[: max(left, 0)]:
        with cast.work.commit():
            review.merge_cluster(cluster=cluster, by=cast["crm-specialist"])


def _export(cast: Cast, rows: int) -> bytes:
    """The first `rows` of the CRM's contacts, as HubSpot writes them."""
    headers = synthetic.HEADERS["hubspot"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers.values())
    told = synthetic.contacts(quillhaven.CONTACTS[-1], quillhaven.CONTACTS_SEED, cast.today)
    for row in islice(told, rows):
        writer.writerow(row[name] for name in headers)
    return text.getvalue().encode()
