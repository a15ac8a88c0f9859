import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crmprogram.program.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("program", "0001_initial"),
        ("program", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "phase",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="0: all phases.", validators=[django.core.validators.MaxValueValidator(5)]
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("is_fixed", models.BooleanField(default=False, editable=False)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activities", to="program.program"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "activities",
                "ordering": ["phase", "order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "title"), name="activity_title_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_fixed", True)), fields=("program",), name="activity_fixed_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("phase__lte", 5)), name="activity_in_a_phase"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "letters",
                    models.CharField(
                        choices=[
                            ("A", "Accountable"),
                            ("AR", "Accountable and responsible"),
                            ("R", "Responsible"),
                            ("C", "Consulted"),
                            ("I", "Informed"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="governance.activity",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="program.position"
                    ),
                ),
            ],
            options={
                "ordering": ["activity", "position__order", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "position"), name="assignment_once"),
                    models.CheckConstraint(
                        condition=models.Q(("letters__in", ["A", "AR", "R", "C", "I"])), name="assignment_has_letters"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RaciSignoff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField()),
                ("rows", models.JSONField(help_text="Title, phase and letters by position, as signed.")),
                ("digest", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="raci_signoffs", to="program.program"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "RACI sign-off",
                "ordering": ["program", "-version"],
                "constraints": [models.UniqueConstraint(fields=("program", "version"), name="raci_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Sponsorship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("c_level", "C-level"),
                            ("founder", "Founder"),
                            ("owner", "Owner"),
                            ("vp", "Vice President"),
                            ("director", "Director"),
                            ("manager", "Manager"),
                            ("staff", "Staff"),
                        ],
                        max_length=10,
                    ),
                ),
                ("named_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=200)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sponsorships",
                        to="program.membership",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="program.position"
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sponsorships", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "-named_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("program",), name="one_open_sponsorship"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), models.Q(("ended_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="sponsorship_ended_has_reason",
                    ),
                ],
            },
        ),
    ]
