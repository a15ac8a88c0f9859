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
            name="Cluster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("key", models.CharField(max_length=120)),
                ("label", models.CharField(max_length=200)),
                ("size", models.PositiveIntegerField()),
                ("is_review", models.BooleanField()),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("by_rule", "Merged by rule"), ("open", "Open"), ("decided", "Decided")], max_length=10
                    ),
                ),
                ("probability", models.FloatField()),
                ("rules", models.JSONField(default=list)),
                ("pairs", models.JSONField(default=list)),
                ("groups", models.JSONField(default=list)),
                ("undecided", models.JSONField(default=list)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
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
            ],
            options={
                "ordering": ["run", "number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("probability__gte", 0), ("probability__lte", 1)), name="cluster_probability"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_review", True), models.Q(("state", "open"), _negated=True), _connector="OR"
                        ),
                        name="cluster_open_is_review",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "signed_by",
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
                "ordering": ["run", "-version"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("signed_at__isnull", True), ("signed_by__isnull", True)),
                            models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="mapping_signed_has_signer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("object", models.CharField(max_length=20)),
                ("thresholds", models.JSONField(default=dict)),
                ("context", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("summary", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="jobs.job",
                    ),
                ),
                (
                    "mapping",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="migration.mapping",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="program.program"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("uploads", models.ManyToManyField(related_name="runs", to="intake.upload")),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("program", "number"), name="run_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("object", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=120)),
                ("label", models.CharField(max_length=200)),
                ("search", models.CharField(blank=True, max_length=400)),
                ("rows", models.PositiveIntegerField(default=1)),
                ("fields", models.JSONField(default=dict)),
                ("lineage", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("refusals", models.JSONField(default=list)),
                ("dirt", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("held", "Held for review"),
                            ("rejected", "Rejected"),
                            ("archived", "Archived"),
                            ("absorbed", "Merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                ("stage", models.CharField(blank=True, max_length=12)),
                (
                    "absorbed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="absorbed",
                        to="migration.record",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="records",
                        to="migration.cluster",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="records", to="program.program"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="records", to="migration.run"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["run", "state", "stage"], name="record_by_stage")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "key"), name="record_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "rejected"), _negated=True),
                            models.Q(("refusals", []), _negated=True),
                            _connector="OR",
                        ),
                        name="record_rejected_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("absorbed_by__isnull", False), ("state", "absorbed")),
                            models.Q(models.Q(("state", "absorbed"), _negated=True), ("absorbed_by__isnull", True)),
                            _connector="OR",
                        ),
                        name="record_absorbed_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.PositiveIntegerField()),
                ("sample", models.JSONField(help_text="Numbers of the clusters that were looked at.")),
                ("counts", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("signed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merge_signatures", to="migration.run"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="mapping",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mappings", to="migration.run"
            ),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("same", "Same"),
                            ("different", "Not the same"),
                            ("survivor", "Fields chosen"),
                            ("exclude", "Left out"),
                            ("undo", "Undone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("keys", models.JSONField()),
                (
                    "choices",
                    models.JSONField(default=dict, help_text="Survivor: the key that lives on, and the key per field."),
                ),
                ("batch", models.UUIDField()),
                ("rule", models.CharField(blank=True, max_length=60)),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="migration.cluster",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="record_decisions",
                        to="program.program",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="migration.decision",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to="migration.run",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("by__isnull", False), models.Q(("rule", ""), _negated=True), _connector="OR"
                        ),
                        name="decision_by_somebody_or_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "undo"), _negated=True), ("supersedes__isnull", False), _connector="OR"
                        ),
                        name="decision_undo_supersedes",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="cluster",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="clusters", to="migration.run"
            ),
        ),
        migrations.CreateModel(
            name="RunRow",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=120)),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="rows",
                        to="migration.cluster",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="migration.run"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "key"), name="run_row_key_once")],
            },
        ),
        migrations.CreateModel(
            name="SampleAudit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("population", models.PositiveIntegerField()),
                ("errors", models.PositiveIntegerField(default=0)),
                ("drawn_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "signed_by",
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
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("errors__lte", models.F("size"))), name="sample_errors_at_most_size"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SampleItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("no", models.PositiveIntegerField()),
                ("comparison", models.JSONField(default=list)),
                ("differences", models.PositiveIntegerField(default=0)),
                ("matches", models.BooleanField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "audit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="migration.sampleaudit"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="migration.record"
                    ),
                ),
            ],
            options={
                "ordering": ["audit", "no"],
                "constraints": [
                    models.UniqueConstraint(fields=("audit", "no"), name="sample_item_once"),
                    models.CheckConstraint(
                        condition=models.Q(("matches__isnull", True), ("answered_by__isnull", False), _connector="OR"),
                        name="sample_answer_has_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SandboxRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("space", models.CharField(choices=[("rehearsal", "Rehearsal"), ("live", "Live")], max_length=10)),
                ("object", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=120)),
                ("fields", models.JSONField(default=dict)),
                ("search", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sandbox_records",
                        to="program.program",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "space", "object", "key"), name="sandbox_record_once"),
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="sandbox_record_version"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=12)),
                (
                    "space",
                    models.CharField(
                        choices=[("rehearsal", "Rehearsal"), ("live", "Live")], default="rehearsal", max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("loading", "Loading"),
                            ("loaded", "Loaded, not audited"),
                            ("validated", "Validated"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("loaded_at", models.DateTimeField(blank=True, null=True)),
                ("validated_at", models.DateTimeField(blank=True, null=True)),
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
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="migration.run"
                    ),
                ),
                (
                    "started_by",
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
                "ordering": ["run", "space", "order"],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "space", "name"), name="stage_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "validated"), _negated=True),
                            ("validated_at__isnull", False),
                            _connector="OR",
                        ),
                        name="stage_validated_has_time",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="sampleaudit",
            name="stage",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="audits", to="migration.stage"
            ),
        ),
        migrations.CreateModel(
            name="LoadItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "predicted",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("update", "Update"),
                            ("unchanged", "Unchanged"),
                            ("reject", "Reject"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("update", "Update"),
                            ("unchanged", "Unchanged"),
                            ("reject", "Reject"),
                        ],
                        max_length=10,
                    ),
                ),
                ("before", models.JSONField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="load_items", to="migration.record"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="migration.stage"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("stage", "record"), name="load_item_once")],
            },
        ),
        migrations.CreateModel(
            name="CannotLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("a", models.CharField(max_length=120)),
                ("b", models.CharField(max_length=120)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cannot_links", to="program.program"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="migration.decision"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["program", "b"], name="cannot_link_by_b")],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "a", "b"), name="cannot_link_once"),
                    models.CheckConstraint(condition=models.Q(("a__lt", models.F("b"))), name="cannot_link_ordered"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="key_rows", to="migration.decision"
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="program.program"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["program", "key"], name="decision_by_key")],
                "constraints": [models.UniqueConstraint(fields=("decision", "key"), name="decision_key_once")],
            },
        ),
        migrations.CreateModel(
            name="MappingColumn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.PositiveIntegerField()),
                ("header", models.CharField(max_length=300)),
                (
                    "treatment",
                    models.CharField(
                        choices=[("map", "Map"), ("merge", "Merge into"), ("custom", "Custom field"), ("drop", "Drop")],
                        max_length=10,
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("is_proposed", models.BooleanField(default=True)),
                ("filled", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("samples", models.JSONField(default=list)),
                (
                    "mapping",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="columns", to="migration.mapping"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["mapping", "upload", "index"],
                "constraints": [
                    models.UniqueConstraint(fields=("mapping", "upload", "index"), name="mapping_column_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("treatment", "drop"), models.Q(("field", ""), _negated=True), _connector="OR"
                        ),
                        name="mapping_column_has_field_unless_dropped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("treatment", "map"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="mapping_column_unmapped_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filled__lte", models.F("rows"))), name="mapping_column_filled_at_most_rows"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="mapping",
            constraint=models.UniqueConstraint(fields=("run", "version"), name="mapping_version_once"),
        ),
        migrations.AddIndex(
            model_name="cluster",
            index=models.Index(fields=["run", "is_review", "state", "position"], name="cluster_queue"),
        ),
        migrations.AddConstraint(
            model_name="cluster",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="cluster_number_once"),
        ),
        migrations.AddConstraint(
            model_name="cluster",
            constraint=models.UniqueConstraint(fields=("run", "key"), name="cluster_key_once"),
        ),
        migrations.AddConstraint(
            model_name="sampleaudit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("signed_at__isnull", True)), fields=("stage",), name="one_open_sample_audit"
            ),
        ),
    ]
