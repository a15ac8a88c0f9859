import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_erased_files"),
        # what stood here is moved into the run first
        ("migration", "0009_what_became_of_rows"),
    ]

    operations = [
        migrations.RemoveField(model_name="sourcerow", name="clean"),
        migrations.RemoveField(model_name="sourcerow", name="record"),
        migrations.AlterField(
            model_name="sourcerow",
            name="upload",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="intake.upload",
            ),
        ),
    ]
