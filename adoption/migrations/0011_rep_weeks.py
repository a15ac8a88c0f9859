import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("adoption", "0010_named_deals"),
        ("program", "0004_kept_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="activityweek",
            name="hours",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="RepWeek",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("days", models.PositiveSmallIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("contacts", models.PositiveIntegerField(default=0)),
                ("tasks_done", models.PositiveIntegerField(default=0)),
                ("tasks_open", models.PositiveIntegerField(default=0)),
                (
                    "program",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="program.program",
                    ),
                ),
                (
                    "rep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="weeks", to="adoption.rep"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "period", "rep"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "period", "rep"), name="rep_week_once"),
                    models.CheckConstraint(
                        condition=models.Q(("contacts__lte", models.F("rows"))), name="rep_week_contacts_are_rows"
                    ),
                ],
            },
        ),
    ]
