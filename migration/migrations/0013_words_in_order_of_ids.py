"""The index of words in the order in which records come, where writing is cheap; it serves for ids alone as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migration", "0012_linked_objects")]

    operations = [
        migrations.RemoveIndex(model_name="record", name="record_by_run"),
        migrations.RemoveIndex(model_name="record", name="record_by_words"),
        migrations.RemoveIndex(model_name="record", name="record_by_stage"),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["run", "id", "search"], name="record_by_words"),
        ),
        # the same as before, made after the other: SQLite takes the elder of two that may serve
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["run", "state", "stage"], name="record_by_stage"),
        ),
    ]
