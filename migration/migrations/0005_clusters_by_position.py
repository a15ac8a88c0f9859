from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migration", "0004_upkeep")]

    operations = [
        migrations.AddIndex(
            model_name="cluster",
            index=models.Index(fields=["run", "is_review", "position"], name="cluster_by_position"),
        ),
    ]
