"""Move what became of each row from the row as it was read into its run, and give the row back as it was read."""

from django.db import migrations
from django.db.models import OuterRef, Q, Subquery

MOVED = ("state", "record", "clean")


def into_the_run(apps, schema_editor):
    SourceRow = apps.get_model("intake", "SourceRow")
    there = SourceRow.objects.filter(pk=OuterRef("pk"))
    rows = apps.get_model("migration", "RunRow").objects.filter(
        pk__in=SourceRow.objects.filter(record__isnull=False).values("pk")
    )
    rows.update(**{name: Subquery(there.values(name)[:1]) for name in MOVED})
    SourceRow.objects.filter(Q(record__isnull=False) | Q(state__in=["merged", "archived"])).update(state="kept")


def back_to_the_row(apps, schema_editor):
    RunRow = apps.get_model("migration", "RunRow")
    SourceRow = apps.get_model("intake", "SourceRow")
    there = RunRow.objects.filter(pk=OuterRef("pk"))
    rows = SourceRow.objects.filter(pk__in=RunRow.objects.values("pk"))
    rows.update(**{name: Subquery(there.values(name)[:1]) for name in MOVED})


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_erased_files"),
        ("migration", "0008_rows_in_their_run"),
    ]

    operations = [migrations.RunPython(into_the_run, back_to_the_row)]
