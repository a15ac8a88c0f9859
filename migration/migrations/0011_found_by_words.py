"""Words of records, with their ids, in an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("migration", "0010_records_by_their_row"),
        ("program", "0004_kept_answers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["run", "search", "id"], name="record_by_words"),
        ),
        migrations.AddIndex(
            model_name="sandboxrecord",
            index=models.Index(fields=["program", "space", "search", "id"], name="sandbox_record_by_words"),
        ),
    ]
