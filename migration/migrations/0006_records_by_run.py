from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migration", "0005_clusters_by_position")]

    operations = [
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["run", "id"], name="record_by_run"),
        ),
    ]
