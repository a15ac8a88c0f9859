"""Workbooks: which sheet an upload reads; each sheet of one file may be an upload."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="sheet",
            field=models.CharField(blank=True, max_length=100, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="upload",
            name="sheets",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name="upload",
            name="state",
            field=models.CharField(
                choices=[
                    ("asks", "Asks how to read it"),
                    ("reading", "Being read"),
                    ("read", "Read"),
                    ("failed", "Could not be read"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="upload", name="upload_file_once"),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(fields=["program", "sha256", "sheet"], name="upload_sheet_once"),
        ),
    ]
