import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crmprogram.program.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0001_initial"),
        ("jobs", "0001_initial"),
        ("program", "0001_initial"),
        ("program", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object", models.CharField(max_length=20)),
                ("zone", models.CharField(max_length=64)),
                ("orders", models.JSONField(blank=True, default=dict)),
                ("as_of", models.DateField()),
                ("counts", models.JSONField(blank=True, default=dict)),
                ("weeks", models.JSONField(blank=True, default=list)),
                ("started_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="countings", to="program.program"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "upload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="counting", to="intake.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Rep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("key", models.CharField(max_length=200, verbose_name="owner in the CRM")),
                (
                    "state",
                    models.CharField(
                        choices=[("unknown", "Not known yet"), ("counted", "Counted"), ("excluded", "Not a rep")],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("leaves_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("pilot_on", models.DateField(blank=True, null=True, verbose_name="pilot from")),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("first_seen_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reps", to="program.program"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reps",
                        to="program.team",
                    ),
                ),
            ],
            options={
                "ordering": ["program", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "key"), name="rep_owner_once"),
                    models.UniqueConstraint(fields=("program", "number"), name="rep_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "counted"), _negated=True), ("team__isnull", False), _connector="OR"
                        ),
                        name="rep_counted_has_team",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "excluded"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="rep_excluded_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__isnull", True),
                            ("leaves_on__isnull", True),
                            ("leaves_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="rep_leaves_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordSummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("records", models.PositiveIntegerField(default=0)),
                ("complete", models.PositiveIntegerField(default=0)),
                ("open_deals", models.PositiveIntegerField(default=0)),
                ("stale_deals", models.PositiveIntegerField(default=0)),
                ("missing", models.JSONField(blank=True, default=dict)),
                (
                    "counting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="summaries", to="adoption.counting"
                    ),
                ),
                (
                    "rep",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="summaries",
                        to="adoption.rep",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "record summaries",
                "ordering": ["counting", "rep"],
                "constraints": [
                    models.UniqueConstraint(fields=("counting", "rep"), name="record_summary_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("complete__lte", models.F("records")), ("stale_deals__lte", models.F("open_deals"))
                        ),
                        name="record_summary_parts_at_most_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("event_id", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=10)),
                ("logged_on", models.DateField()),
                ("logged_at", models.DateTimeField(blank=True, null=True)),
                ("occurred_at", models.DateTimeField(blank=True, null=True)),
                ("period", models.CharField(max_length=10)),
                (
                    "why_not",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draft", "Draft or not sent"),
                            ("cancelled", "Cancelled"),
                            ("open", "Not done yet"),
                            ("future", "Had not taken place when the file was exported"),
                            ("invitee", "Copy of an invitee"),
                            ("deleted", "Deleted"),
                            ("series", "Pattern of a recurring series"),
                            ("bulk", "Logged by a load: many rows in the same second"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_bulk", models.BooleanField(default=False)),
                ("rank", models.CharField(max_length=40)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="logged_activities",
                        to="program.program",
                    ),
                ),
                (
                    "counting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="activities",
                        to="adoption.counting",
                    ),
                ),
                (
                    "rep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activities", to="adoption.rep"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "activities",
                "ordering": ["program", "logged_on", "pk"],
                "indexes": [
                    models.Index(fields=["program", "period", "rep"], name="activity_by_week"),
                    models.Index(fields=["program", "logged_at"], name="activity_by_moment"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "source", "event_id"), name="activity_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_on", models.DateField(verbose_name="first day")),
                ("last_on", models.DateField(verbose_name="last day")),
                (
                    "rep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="adoption.rep"
                    ),
                ),
            ],
            options={
                "ordering": ["first_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("rep", "first_on", "last_on"), name="absence_once"),
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))), name="absence_ends_after_start"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("adoption.daily", "Daily active"),
                            ("adoption.weekly", "Weekly active"),
                            ("adoption.fields", "Required fields"),
                            ("adoption.rate", "Calls and emails per rep"),
                            ("adoption.stale", "Deals stale 14+ days"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.DecimalField(decimal_places=1, max_digits=6)),
                ("escalates", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adoption_targets",
                        to="program.program",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="program.team",
                    ),
                ),
            ],
            options={
                "ordering": ["program", "key", "team"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "key", "team"), name="target_of_team_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("team__isnull", True)), fields=("program", "key"), name="target_of_all_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="target_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityWeek",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("is_complete", models.BooleanField(default=False)),
                ("doubt", models.CharField(blank=True, max_length=200)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("computed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activity_weeks", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["-period"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "period"), name="activity_week_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True), models.Q(("note", ""), _negated=True), _connector="OR"
                        ),
                        name="activity_week_confirmed_has_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("adoption.daily", "Daily active"),
                            ("adoption.weekly", "Weekly active"),
                            ("adoption.fields", "Required fields"),
                            ("adoption.rate", "Calls and emails per rep"),
                            ("adoption.stale", "Deals stale 14+ days"),
                        ],
                        max_length=20,
                    ),
                ),
                ("scope", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("watch", "One week worse than target"),
                            ("breached", "Nobody to escalate to"),
                            ("escalated", "Escalated"),
                            ("acknowledged", "Acknowledged"),
                            ("recovered", "Back at target"),
                        ],
                        max_length=12,
                    ),
                ),
                ("target", models.DecimalField(decimal_places=1, max_digits=6)),
                ("weeks", models.JSONField(default=list)),
                ("began_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("plan", models.TextField(blank=True)),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="action due")),
                ("recovered_at", models.DateTimeField(blank=True, null=True)),
                ("recovered_in", models.CharField(blank=True, max_length=10)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "addressee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="program.membership",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="program.membership",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="escalations", to="program.program"
                    ),
                ),
                (
                    "reopens",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="adoption.escalation",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="program.team",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="escalation_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "recovered"), _negated=True),
                        fields=("program", "key", "scope"),
                        name="one_standing_escalation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "escalated"), _negated=True),
                            models.Q(("addressee__isnull", False), ("escalated_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalated_has_addressee",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "acknowledged"), _negated=True),
                            models.Q(
                                ("acknowledged_by__isnull", False),
                                ("owner__isnull", False),
                                models.Q(("plan", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="acknowledged_has_plan_and_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "recovered"), _negated=True),
                            ("recovered_at__isnull", False),
                            _connector="OR",
                        ),
                        name="recovered_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=80)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="program.program"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holidays",
                        to="program.team",
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "team", "day"), name="holiday_of_team_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("team__isnull", True)),
                        fields=("program", "day"),
                        name="holiday_of_all_once",
                    ),
                ],
            },
        ),
    ]
