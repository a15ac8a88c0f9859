import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import crmprogram.program.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("jobs", "0001_initial"),
        ("program", "0001_initial"),
        ("program", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=255)),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("size_bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asks", "Asks for its encoding"),
                            ("reading", "Being read"),
                            ("read", "Read"),
                            ("failed", "Could not be read"),
                        ],
                        max_length=10,
                    ),
                ),
                ("encoding", models.CharField(blank=True, max_length=20)),
                ("encoding_from", models.CharField(blank=True, help_text="mark, content or person", max_length=10)),
                ("delimiter", models.CharField(blank=True, max_length=1)),
                ("proposals", models.JSONField(blank=True, default=list)),
                ("format_slug", models.CharField(blank=True, max_length=60, verbose_name="format")),
                (
                    "object",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("contact", "Contacts"),
                            ("account", "Accounts"),
                            ("lead", "Leads"),
                            ("deal", "Deals"),
                            ("activity", "Activities"),
                            ("user", "Users"),
                            ("login", "Logins"),
                        ],
                        max_length=20,
                    ),
                ),
                ("object_from", models.CharField(blank=True, help_text="content or person", max_length=10)),
                ("confidence", models.PositiveSmallIntegerField(default=0)),
                ("why", models.CharField(blank=True, max_length=300)),
                ("headers", models.JSONField(blank=True, default=list)),
                ("originals", models.JSONField(blank=True, default=list)),
                ("mapped", models.JSONField(blank=True, default=list)),
                ("warnings", models.JSONField(blank=True, default=list)),
                ("read_count", models.PositiveIntegerField(default=0)),
                ("kept_count", models.PositiveIntegerField(default=0)),
                ("quarantined_count", models.PositiveIntegerField(default=0)),
                ("blank_count", models.PositiveIntegerField(default=0)),
                ("uploaded_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="program.program"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="upload_number_once"),
                    models.UniqueConstraint(fields=("program", "sha256"), name="upload_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "read"), _negated=True),
                            models.Q(
                                ("read_at__isnull", False),
                                (
                                    "read_count",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("kept_count"), "+", models.F("quarantined_count")
                                        ),
                                        "+",
                                        models.F("blank_count"),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="upload_account_balances",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("error", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="upload_failed_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceRow",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("line", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("kept", "Kept"),
                            ("merged", "Merged"),
                            ("archived", "Archived"),
                            ("quarantined", "Quarantined"),
                            ("blank", "Blank"),
                        ],
                        default="kept",
                        max_length=11,
                    ),
                ),
                ("record", models.BigIntegerField(blank=True, null=True)),
                ("cells", models.TextField(default="[]")),
                ("clean", models.JSONField(blank=True, null=True)),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="intake.upload",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["upload", "state"], name="row_by_state")],
            },
        ),
        migrations.CreateModel(
            name="RowIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                ("rule", models.CharField(max_length=40)),
                ("column", models.CharField(blank=True, max_length=300)),
                ("value", models.TextField(blank=True)),
                ("message", models.TextField()),
                (
                    "row",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="issues", to="intake.sourcerow"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="issues", to="intake.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["upload", "line", "pk"],
                "indexes": [models.Index(fields=["upload", "line"], name="issue_by_line")],
                "constraints": [models.UniqueConstraint(fields=("row", "rule", "column"), name="row_issue_once")],
            },
        ),
    ]
