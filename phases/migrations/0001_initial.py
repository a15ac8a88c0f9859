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
            name="Lane",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                (
                    "function",
                    models.CharField(
                        choices=[
                            ("sales", "Sales"),
                            ("marketing", "Marketing"),
                            ("support", "Support"),
                            ("success", "Customer success"),
                            ("finance", "Finance"),
                            ("operations", "Operations"),
                            ("compliance", "Compliance"),
                            ("it", "IT"),
                            ("leadership", "Leadership"),
                        ],
                        max_length=20,
                    ),
                ),
                ("order", models.PositiveSmallIntegerField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
            ],
            options={
                "ordering": ["map", "order", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="lane_has_name")
                ],
            },
        ),
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
            name="GoalVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("outcome", models.TextField()),
                ("metric", models.CharField(max_length=120)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("baseline_value", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("baseline_due_on", models.DateField(blank=True, null=True, verbose_name="baseline to be measured by")),
                ("target_value", models.DecimalField(decimal_places=4, max_digits=16)),
                ("target_on", models.DateField(verbose_name="target date")),
                ("success_6_months", models.TextField(verbose_name="success at 6 months")),
                ("success_12_months", models.TextField(verbose_name="success at 12 months")),
                ("written_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="goal_versions", to="program.program"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["program", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="goal_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("baseline_due_on__isnull", True), ("baseline_value__isnull", False)),
                            models.Q(("baseline_due_on__isnull", False), ("baseline_value__isnull", True)),
                            _connector="OR",
                        ),
                        name="goal_has_one_baseline",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), _negated=True), models.Q(("metric", ""), _negated=True)
                        ),
                        name="goal_names_outcome_and_metric",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoalShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shared_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("how", models.CharField(blank=True, max_length=200, verbose_name="how it was shared")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="program.membership"
                    ),
                ),
                (
                    "shared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="phases.goalversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-shared_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("goal", "recipient"), name="goal_shared_once_with_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="LaneSignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                (
                    "function",
                    models.CharField(
                        choices=[
                            ("sales", "Sales"),
                            ("marketing", "Marketing"),
                            ("support", "Support"),
                            ("success", "Customer success"),
                            ("finance", "Finance"),
                            ("operations", "Operations"),
                            ("compliance", "Compliance"),
                            ("it", "IT"),
                            ("leadership", "Leadership"),
                        ],
                        max_length=20,
                    ),
                ),
                ("signed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "lane",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sign_offs", to="phases.lane"
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
                "ordering": ["-version", "signed_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("lane", "version", "signed_by"), name="lane_signed_once_by_each")
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
            name="ProcessMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("current", "Current state"), ("future", "Future state")],
                        default="current",
                        max_length=10,
                    ),
                ),
                ("loose_steps", models.PositiveIntegerField(default=0, editable=False)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="process_maps", to="program.program"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("program", "state"), name="process_map_once_per_state")
                ],
            },
        ),
        migrations.AddField(
            model_name="lane",
            name="map",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lanes", to="phases.processmap"
            ),
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
            name="Scope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1)),
                ("edit", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scope", to="program.program"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScopeItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("in", "In scope"), ("out", "Out of scope"), ("deferred", "Deferred to Iterate")],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("since", models.PositiveIntegerField()),
                ("until", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "edit",
                    models.PositiveIntegerField(
                        default=0, help_text="Counts changes, so that two people do not overwrite."
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="phases.scopeitem",
                    ),
                ),
                (
                    "scope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="phases.scope"
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="scope_item_has_text"),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                        name="scope_item_ends_after_it_began",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("scope", "text"),
                        name="scope_item_stands_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScopeSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("sales_ops", "Sales Ops Manager"),
                            ("sponsor", "Executive Sponsor"),
                            ("vp_sales", "VP Sales"),
                            ("crm_specialist", "CRM Specialist"),
                            ("enablement", "Enablement Lead"),
                            ("it", "IT"),
                            ("procurement", "Procurement"),
                            ("team_lead", "Team Lead"),
                            ("participant", "Participant"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=20,
                    ),
                ),
                ("signed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "scope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="signatures", to="phases.scope"
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
                "ordering": ["-version", "signed_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version", "signed_by"), name="scope_signed_once_by_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("tool", models.CharField(blank=True, max_length=80, verbose_name="tool used")),
                (
                    "data_captured",
                    models.CharField(blank=True, help_text="Empty: nothing is captured.", max_length=160),
                ),
                ("failure_mode", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "lane",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="phases.lane"
                    ),
                ),
            ],
            options={
                "ordering": ["lane__order", "order", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="step_has_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=160, verbose_name="what is broken")),
                ("detail", models.TextField(blank=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("revenue", "Revenue lost"), ("cost", "Cost incurred")],
                        default="revenue",
                        max_length=10,
                    ),
                ),
                (
                    "volume",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="volume a year",
                    ),
                ),
                ("volume_of", models.CharField(blank=True, max_length=60, verbose_name="what is counted")),
                (
                    "rate_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=6,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="rate in percent",
                    ),
                ),
                (
                    "value",
                    models.BigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="value of each",
                    ),
                ),
                ("yearly_cost", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="where the numbers come from")),
                (
                    "confidence",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")],
                        default="medium",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gaps", to="program.program"
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="gaps",
                        to="phases.step",
                    ),
                ),
            ],
            options={
                "ordering": ["program", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="gap_number_once"),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="gap_has_title"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("rate_percent__isnull", True),
                                ("value__isnull", True),
                                ("volume__isnull", True),
                                ("yearly_cost__isnull", True),
                            ),
                            models.Q(
                                ("rate_percent__gte", 0),
                                ("rate_percent__isnull", False),
                                ("rate_percent__lte", 100),
                                ("value__gte", 0),
                                ("value__isnull", False),
                                ("volume__gte", 0),
                                ("volume__isnull", False),
                                ("yearly_cost__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="gap_estimate_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Capability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=160)),
                ("detail", models.TextField(blank=True)),
                (
                    "bucket",
                    models.CharField(
                        choices=[
                            ("must_go_live", "Must-have at go-live"),
                            ("must_year", "Must-have in the first 12 months"),
                            ("nice", "Nice to have"),
                            ("not_needed", "Not needed"),
                        ],
                        default="nice",
                        max_length=20,
                    ),
                ),
                (
                    "phase",
                    models.PositiveSmallIntegerField(
                        blank=True, choices=[(3, "Implement"), (4, "Train"), (5, "Iterate")], null=True
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(blank=True, editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="capabilities", to="program.program"
                    ),
                ),
                ("gaps", models.ManyToManyField(blank=True, related_name="capabilities", to="phases.gap")),
                ("steps", models.ManyToManyField(blank=True, related_name="capabilities", to="phases.step")),
            ],
            options={
                "verbose_name_plural": "capabilities",
                "ordering": ["program", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="capability_number_once"),
                    models.UniqueConstraint(fields=("program", "name"), name="capability_name_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="capability_has_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("phase__isnull", True), ("rank__isnull", True)),
                            models.Q(("phase__isnull", False), ("rank__isnull", False)),
                            _connector="OR",
                        ),
                        name="capability_rank_within_phase",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Arrow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="arrows_out", to="phases.step"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="arrows_in", to="phases.step"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "target"), name="arrow_once"),
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True), name="arrow_goes_elsewhere"
                    ),
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
        migrations.AddConstraint(
            model_name="lane",
            constraint=models.UniqueConstraint(fields=("map", "name"), name="lane_name_once"),
        ),
    ]
