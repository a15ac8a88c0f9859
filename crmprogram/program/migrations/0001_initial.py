import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crmprogram.program.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_entry_id", models.BigIntegerField()),
                ("last_entry_id", models.BigIntegerField(unique=True)),
                ("entries", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(default=crmprogram.program.clock.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                        default="auto",
                        max_length=5,
                    ),
                ),
                ("single_keys", models.BooleanField(default=True, verbose_name="single-key shortcuts")),
                ("time_zone", models.CharField(blank=True, help_text="Empty: the program's zone.", max_length=64)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now, editable=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("is_active", models.BooleanField(default=True)),
                ("accepted_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["program", "role", "user__username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("is_active", True), ("left_at__isnull", False), _connector="OR"),
                        name="membership_inactive_has_left",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
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
                        default="staff",
                        max_length=10,
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="positions",
                        to="program.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Program",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("company", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("new", "New rollout"), ("rescue", "Rescue of a CRM already in use")],
                        default="new",
                        max_length=10,
                    ),
                ),
                (
                    "seats",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000000),
                        ],
                        verbose_name="seats (people who will use the CRM)",
                    ),
                ),
                ("industry", models.CharField(blank=True, max_length=80)),
                (
                    "yearly_revenue",
                    models.BigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="yearly revenue, in minor units of the currency",
                    ),
                ),
                ("currency", models.CharField(default="USD", max_length=3)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("starts_on", models.DateField()),
                ("go_live_on", models.DateField(blank=True, null=True, verbose_name="target go-live")),
                (
                    "lead_sources",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="For example web 40, partner 35.",
                        verbose_name="lead-source shares in whole percent",
                    ),
                ),
                ("platform_chosen", models.BooleanField(default=False, verbose_name="platform already chosen")),
                ("platform_name", models.CharField(blank=True, max_length=80)),
                ("on_hold", models.BooleanField(default=False, editable=False)),
                ("hold_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now, editable=False)),
                (
                    "accountable",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="program.position",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["company", "name"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("seats__gte", 1)), name="program_has_seats"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("go_live_on__isnull", True), ("go_live_on__gt", models.F("starts_on")), _connector="OR"
                        ),
                        name="program_goes_live_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on_hold", False), models.Q(("hold_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="program_on_hold_has_reason",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="position",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="positions", to="program.program"
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="program.program"
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
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
                ("position_title", models.CharField(blank=True, max_length=80)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "used_by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30)),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="counters", to="program.program"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("program", "kind"), name="counter_once")],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("verb", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=60)),
                ("subject_id", models.CharField(max_length=40)),
                ("subject_text", models.CharField(max_length=200)),
                (
                    "before",
                    models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "after",
                    models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                ("note", models.TextField(blank=True)),
                ("request_id", models.CharField(blank=True, max_length=36)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audit_entries",
                        to="program.program",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["program", "-id"], name="audit_by_program"),
                    models.Index(fields=["subject_type", "subject_id"], name="audit_by_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("prefix", models.CharField(max_length=12, unique=True)),
                ("token_hash", models.CharField(max_length=64)),
                ("is_read_only", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=crmprogram.program.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
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
                        default="sales",
                        max_length=20,
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=80)),
                (
                    "seats",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000000),
                        ]
                    ),
                ),
                (
                    "wave",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                    ),
                ),
                ("go_live_on", models.DateField(blank=True, null=True, verbose_name="go-live")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="teams", to="program.program"
                    ),
                ),
            ],
            options={
                "ordering": ["wave", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "name"), name="team_name_once"),
                    models.CheckConstraint(condition=models.Q(("wave__gte", 1)), name="team_wave_from_one"),
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="memberships",
                to="program.team",
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.UniqueConstraint(fields=("program", "title"), name="position_title_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("program", "user"), name="membership_once"),
        ),
    ]
