import django.core.serializers.json
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
            name="Dossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="dossiers", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True), models.Q(("sha256", ""), _negated=True)
                        ),
                        name="dossier_not_empty",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60)),
                ("period", models.CharField(blank=True, max_length=10)),
                ("scope", models.CharField(blank=True, max_length=60)),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                ("as_of", models.DateTimeField()),
                ("source", models.CharField(max_length=120)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "key", "scope", "-period"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "key", "period", "scope"), name="fact_once"),
                    models.CheckConstraint(
                        condition=models.Q(("denominator__gte", 0)), name="fact_denominator_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FieldRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object", models.CharField(max_length=40)),
                ("field", models.CharField(max_length=60)),
                ("stage", models.CharField(blank=True, max_length=40)),
                ("is_required", models.BooleanField(default=True)),
                ("vocabulary", models.JSONField(blank=True, default=list)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="program.position",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="field_rules", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "object", "field", "stage"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "object", "field", "stage"), name="field_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("object", ""), _negated=True), models.Q(("field", ""), _negated=True)
                        ),
                        name="field_rule_names_field",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Gate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gates", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="gate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 5)), name="gate_one_to_five"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GateReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("requested_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("note", models.TextField(blank=True)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting for the sponsor"),
                            ("approved", "Approved"),
                            ("sent_back", "Sent back"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                ("returned_for", models.JSONField(blank=True, default=list)),
                ("seen_digest", models.CharField(blank=True, max_length=64)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review",
                        to="phases.dossier",
                    ),
                ),
                (
                    "gate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="phases.gate"
                    ),
                ),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["gate", "-round"],
                "constraints": [
                    models.UniqueConstraint(fields=("gate", "round"), name="review_round_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "pending")), fields=("gate",), name="one_pending_review"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decision__in", ["pending", "withdrawn"]),
                            models.Q(
                                ("decided_at__isnull", False), ("decided_by__isnull", False), ("dossier__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="decided_has_dossier",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "pending"), _negated=True),
                            models.Q(("decided_by__isnull", True), ("dossier__isnull", True)),
                            _connector="OR",
                        ),
                        name="pending_is_undecided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "sent_back"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="sent_back_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "approved"), _negated=True),
                            models.Q(("decided_by", models.F("requested_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="requester_never_signs",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                ("started_on", models.DateField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="program.position",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="phases", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["program", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="phase_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 5)), name="phase_one_to_five"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phase", models.PositiveSmallIntegerField(default=0)),
                ("check_key", models.CharField(max_length=60)),
                ("verdict", models.CharField(max_length=10)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("summary", models.TextField(blank=True)),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                ("read_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["program", "phase", "check_key", "-id"], name="reading_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["met", "not_met", "unknown"])), name="reading_verdict"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Threshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phase", models.PositiveSmallIntegerField(default=0)),
                ("check_key", models.CharField(max_length=60)),
                ("params", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("set_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("reason", models.TextField()),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="thresholds", to="program.program"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["program", "phase", "check_key", "-pk"],
                "indexes": [models.Index(fields=["program", "phase", "check_key", "-id"], name="threshold_in_force")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("phase__lte", 5)), name="threshold_phase_to_five"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="threshold_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("criterion", models.CharField(max_length=4)),
                ("reason", models.TextField()),
                ("stand_in", models.TextField(verbose_name="stand-in measure")),
                ("granted_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("lapsed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "gate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="phases.gate"
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="program.program"
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["program", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="waiver_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("lapsed_at__isnull", True), ("revoked_at__isnull", True)),
                        fields=("gate", "criterion"),
                        name="one_standing_waiver",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("criterion__in", ["A4"]), _negated=True), name="sponsor_never_waived"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("stand_in", ""), _negated=True)
                        ),
                        name="waiver_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("criterion__in", ["A4", "C3", "C5", "D2", "D3", "D4a", "D4b", "D5"]), _negated=True
                            ),
                            ("ends_on__isnull", False),
                            _connector="OR",
                        ),
                        name="continuing_waiver_ends",
                    ),
                ],
            },
        ),
    ]
