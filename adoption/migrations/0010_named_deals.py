import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("adoption", "0009_escalation_endings"),
        ("program", "0004_kept_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="DealStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=80)),
                ("seen_on", models.DateField()),
                ("is_first", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["record", "seen_on", "pk"],
            },
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="expected_on",
            field=models.DateField(blank=True, null=True, verbose_name="expected to close"),
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="forecast",
            field=models.CharField(blank=True, max_length=20, verbose_name="forecast category"),
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="missing",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="name",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="stage",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="crmrecord",
            name="touched_on",
            field=models.DateField(blank=True, null=True, verbose_name="last sign of life"),
        ),
        migrations.AddField(
            model_name="rep",
            name="member",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="rep",
                to="program.membership",
                verbose_name="person",
            ),
        ),
        migrations.AddIndex(
            model_name="crmrecord",
            index=models.Index(
                condition=models.Q(("outcome", "open")), fields=["program", "rep"], name="record_open_deals"
            ),
        ),
        migrations.AddField(
            model_name="dealstage",
            name="record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="adoption.crmrecord"
            ),
        ),
        migrations.AddConstraint(
            model_name="dealstage",
            constraint=models.UniqueConstraint(fields=("record", "stage"), name="deal_stage_once"),
        ),
    ]
