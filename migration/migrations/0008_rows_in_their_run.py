"""What a run made of a row stands in the run; keys and indexes that a million rows pay for, and nobody asks for, go."""

import django.db.models.deletion
from django.db import migrations, models

STATES = [
    ("kept", "Kept"),
    ("merged", "Merged"),
    ("archived", "Archived"),
    ("quarantined", "Quarantined"),
    ("blank", "Blank"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_erased_files"),
        ("migration", "0007_standards_in_force"),
        ("program", "0004_kept_answers"),
    ]

    operations = [
        # the column stays as it is: it has been the source row's id all along
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="runrow", name="id"),
                migrations.AddField(
                    model_name="runrow",
                    name="row",
                    field=models.OneToOneField(
                        db_column="id",
                        db_constraint=False,
                        default=0,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="in_run",
                        serialize=False,
                        to="intake.sourcerow",
                    ),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddField(
            model_name="runrow",
            name="state",
            field=models.CharField(choices=STATES, default="kept", max_length=11),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="runrow",
            name="record",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="runrow",
            name="clean",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="runrow",
            name="cluster",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="rows",
                to="migration.cluster",
            ),
        ),
        migrations.AlterField(
            model_name="runrow",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="migration.run",
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="absorbed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="absorbed",
                to="migration.record",
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="cluster",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="records",
                to="migration.cluster",
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="program",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="records",
                to="program.program",
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="records",
                to="migration.run",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("cluster__isnull", False)), fields=["cluster"], name="record_by_cluster"
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("absorbed_by__isnull", False)), fields=["absorbed_by"], name="record_absorbed"
            ),
        ),
        migrations.AddIndex(
            model_name="runrow",
            index=models.Index(
                condition=models.Q(("cluster__isnull", False)), fields=["cluster"], name="run_row_by_cluster"
            ),
        ),
        migrations.AddIndex(
            model_name="runrow",
            index=models.Index(condition=models.Q(("state", "quarantined")), fields=["run"], name="run_row_refused"),
        ),
    ]
