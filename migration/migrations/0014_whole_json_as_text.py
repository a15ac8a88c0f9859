"""JSON of whose inside no query asks, as text: the database need not read through it as it is written."""

from django.db import migrations

import migration.models.short


class Migration(migrations.Migration):
    dependencies = [("migration", "0013_words_in_order_of_ids")]

    operations = [
        migrations.AlterField(
            model_name="cluster",
            name="groups",
            field=migration.models.short.WholeField(default=list),
        ),
        migrations.AlterField(
            model_name="cluster",
            name="pairs",
            field=migration.models.short.WholeField(default=list),
        ),
        migrations.AlterField(
            model_name="record",
            name="lineage",
            field=migration.models.short.WholeField(default=dict),
        ),
        migrations.AlterField(
            model_name="runrow",
            name="clean",
            field=migration.models.short.WholeField(blank=True, null=True),
        ),
    ]
