from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crmprogram.program.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("phases", "0001_initial"),
        ("program", "0001_initial"),
        ("program", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scorecard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("margin", models.DecimalField(decimal_places=2, default=Decimal("0.10"), max_digits=3)),
                (
                    "weights_locked_at",
                    models.DateTimeField(blank=True, help_text="Set by the first counted demo (V3).", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "program",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scorecard", to="program.program"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rater",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("invited_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("excused_at", models.DateTimeField(blank=True, null=True)),
                ("excused_reason", models.CharField(blank=True, max_length=200)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="program.membership"
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="raters", to="scorecard.scorecard"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("scorecard", "membership"), name="rater_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excused_at__isnull", True),
                            models.Q(("excused_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="rater_excused_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(100)], verbose_name="weight in percent"
                    ),
                ),
                ("verified_by", models.CharField(max_length=160, verbose_name="how it is verified")),
                ("anchor_1", models.CharField(max_length=200, verbose_name="what 1 means")),
                ("anchor_3", models.CharField(max_length=200, verbose_name="what 3 means")),
                ("anchor_5", models.CharField(max_length=200, verbose_name="what 5 means")),
                (
                    "floor",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=3,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="veto floor",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="scorecard.scorecard"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "criteria",
                "ordering": ["order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("scorecard", "key"), name="criterion_key_once"),
                    models.UniqueConstraint(fields=("scorecard", "name"), name="criterion_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__lte", 100)), name="criterion_weight_is_percent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("floor__isnull", True), models.Q(("floor__gte", 1), ("floor__lte", 5)), _connector="OR"
                        ),
                        name="criterion_floor_on_scale",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vendor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("edition", models.CharField(blank=True, max_length=80, verbose_name="edition or plan")),
                (
                    "vertical",
                    models.CharField(
                        blank=True, help_text="Empty: a general CRM.", max_length=80, verbose_name="made for"
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("long", "Long list"),
                            ("short", "Short list"),
                            ("finalist", "Finalist"),
                            ("selected", "Selected"),
                            ("dropped", "Dropped"),
                        ],
                        default="long",
                        max_length=10,
                    ),
                ),
                ("added_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="vendors", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "name"), name="vendor_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "selected")), fields=("program",), name="one_vendor_selected"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Selection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rationale", models.TextField()),
                ("selected_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="selections", to="program.program"
                    ),
                ),
                (
                    "selected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="selections", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("program",),
                        name="one_standing_selection",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rationale", ""), _negated=True), name="selection_has_rationale"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer", models.CharField(max_length=120, verbose_name="the customer, by industry and size")),
                ("called_on", models.DateField()),
                ("similar_size", models.BooleanField(default=False)),
                ("similar_industry", models.BooleanField(default=False)),
                ("past_first_year", models.BooleanField(default=False)),
                ("would_do_differently", models.TextField(blank=True, verbose_name="what would you do differently?")),
                ("notes", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="references", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-called_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="evidence")),
                ("link", models.URLField(blank=True)),
                ("abstained", models.CharField(blank=True, max_length=200, verbose_name="reason for abstaining")),
                ("version", models.PositiveIntegerField(default=1)),
                ("rated_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ratings", to="scorecard.criterion"
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ratings", to="scorecard.rater"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ratings", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("rater", "vendor", "criterion"), name="rating_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("abstained", ""), ("score__gte", 1), ("score__lte", 5)),
                            ("score__isnull", True),
                            _connector="OR",
                        ),
                        name="rating_score_or_abstention",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Demo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("held_on", models.DateField()),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=2, max_digits=4, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("own_data", models.BooleanField(default=False, verbose_name="with the company's own data")),
                ("hands_on", models.BooleanField(default=False, verbose_name="the reps worked in it themselves")),
                (
                    "clicks_to_log",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="clicks to log a call"),
                ),
                (
                    "seconds_to_find",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="seconds to find what a rep needs"
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="demos", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-held_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("hours__gte", 0)), name="demo_hours_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("today", "Available today"), ("roadmap", "On the roadmap"), ("missing", "Missing")],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "capability",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="phases.capability"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="coverages", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("vendor", "capability"), name="coverage_once")],
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signed_on", models.DateField()),
                ("implementation_scope", models.TextField()),
                ("success_criteria", models.TextField()),
                ("termination", models.TextField()),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("file_bytes", models.PositiveBigIntegerField()),
                ("attested_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "attested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contracts", to="program.program"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("implementation_scope", ""), _negated=True),
                            models.Q(("success_criteria", ""), _negated=True),
                            models.Q(("termination", ""), _negated=True),
                        ),
                        name="contract_has_three_clauses",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consensus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consensuses",
                        to="scorecard.criterion",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consensuses", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "consensuses",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("vendor", "criterion"), name="consensus_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 1), ("value__lte", 5)), name="consensus_on_scale"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="consensus_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VendorMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "was",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("long", "Long list"),
                            ("short", "Short list"),
                            ("finalist", "Finalist"),
                            ("selected", "Selected"),
                            ("dropped", "Dropped"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "now",
                    models.CharField(
                        choices=[
                            ("long", "Long list"),
                            ("short", "Short list"),
                            ("finalist", "Finalist"),
                            ("selected", "Selected"),
                            ("dropped", "Dropped"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="scorecard.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="WeightChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("ranking_before", models.JSONField()),
                ("ranking_after", models.JSONField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weight_changes",
                        to="scorecard.scorecard",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DemoPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("rep", "Rep"), ("manager", "Sales manager"), ("other", "Other")], max_length=10
                    ),
                ),
                ("notes", models.TextField(blank=True)),
                (
                    "demo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="scorecard.demo"
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="program.membership"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("demo", "membership"), name="demo_part_once")],
            },
        ),
    ]
