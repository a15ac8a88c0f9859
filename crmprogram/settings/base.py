"""Settings of every installation; all values come from the environment.

Each name is explained in `.env.example`. A value may also be given as a file:
`SECRET_KEY_FILE=/run/secrets/key` is read when `SECRET_KEY` is not set.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

env = environ.FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.str("ROLLOUT_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = False
LOOPBACK = env.bool("LOOPBACK", default=False)  # plain HTTP on this machine only
DEMO = env.bool("DEMO", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "axes",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "crmprogram.program",
    "crmprogram.jobs",
    "crmprogram.intake",
    "crmprogram.web",
    "phases",
    "scorecard",
    "adoption",
    "migration",
    "governance",
    "crmprogram.demo",
]

MIDDLEWARE = [
    "crmprogram.web.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crmprogram.web.middleware.RequestIdMiddleware",
    "crmprogram.web.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crmprogram.web.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crmprogram.urls"
WSGI_APPLICATION = "crmprogram.wsgi.application"

_LOADERS = [
    ("template_partials.loader.Loader", [
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]),
]  # fmt: skip
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": _LOADERS
            if env.bool("TEMPLATE_RELOAD", default=False)
            else [
                ("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", _LOADERS[0][1])]),
            ],
            "builtins": ["template_partials.templatetags.partials", "crmprogram.web.templatetags.rollout"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crmprogram.web.shell.context",
            ],
        },
    },
]
FORM_RENDERER = "crmprogram.web.forms.Renderer"

# --- database -------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'rollout.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at the start: no deadlock between read and write
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON; "
            # a run writes all over its tables: in 32 MB of pages most are changed once before they are
            # written, and 32 MB of the log are moved at once; temporary tables need no file
            "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8192; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ---------------------------------------------------------------------
AUTH_USER_MODEL = "program.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:programs"
LOGOUT_REDIRECT_URL = "web:login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SIGNING_FRESH_SECONDS = 300  # G7: re-authentication not older than five minutes

# --- language and time ------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "crmprogram.web.finders.PackageFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "crmprogram.web.storage.StaticStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
UPLOAD_DIR = DATA_DIR / "uploads"
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=500 * 1024 * 1024)
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_BYTES", default=5 * 1024**3)
UPLOAD_KEEP_DAYS = env.int("UPLOAD_KEEP_DAYS", default=90)  # 0: for ever
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a mapping asks four things of each of 1,000 columns, of several files
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "crmprogram.web.uploads.CeilingHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- browser security -------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "crmprogram.web.views_errors.forbidden"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
USE_X_FORWARDED_HOST = False

# --- background work ----------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
QUEUE_DIR = DATA_DIR / "queue"
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_500_000  # kB
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "socket_timeout": 30,
    }
else:
    CELERY_BROKER_URL = "letterbox://"  # files; crmprogram/celery.py makes the name known
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "done"),
        "store_processed": True,  # keeps the move on one disk
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.25,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
JOB_WORKERS = env.int("JOB_WORKERS", default=2)
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=30)
JOB_REAP_SECONDS = env.int("JOB_REAP_SECONDS", default=15)
JOB_MAX_ATTEMPTS = 3

# --- mail ---------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="rollout@localhost")
EMAIL_TIMEOUT = 20  # seconds; a mail server that hangs must not hold the worker
# the address in mails
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/") or (
    f"http://127.0.0.1:{env.str('PORT', default='8000')}"
    if LOOPBACK or not ALLOWED_HOSTS
    else f"https://{ALLOWED_HOSTS[0]}"
)

# --- REST ---------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crmprogram.web.api_access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crmprogram.web.api_access.ProgramPermission"],
    "DEFAULT_PAGINATION_CLASS": "crmprogram.web.api_access.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "crmprogram.web.api.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.FormParser",
    ],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rollout",
    "DESCRIPTION": "The program that puts a CRM in place: phases, gates, data hygiene, adoption, governance.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "crmprogram.web.idempotency.describe_header",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "RunStateEnum": "migration.models.RunState",
        "JobStateEnum": "crmprogram.jobs.models.JobState",
        "UploadStateEnum": "crmprogram.intake.models.UploadState",
        "VendorListEnum": "scorecard.models.ListState",
        "CoverageStateEnum": "scorecard.models.CoverageState",
        "MapStateEnum": "phases.models.MapState",
        "ArtifactKindEnum": "phases.models.ArtifactKind",
        "ProgramKindEnum": "crmprogram.program.models.ProgramKind",
        "ScopeKindEnum": "phases.models.ScopeKind",
        "GapKindEnum": "phases.models.GapKind",
        "RequirementKindEnum": "phases.models.RequirementKind",
        "InterviewRoleEnum": "phases.models.InterviewRole",
        "ConfigItemKindEnum": "phases.models.ItemKind",
        "AdoptionMetricEnum": "adoption.models.Metric",
        "RepStateEnum": "adoption.models.RepState",
        "EscalationStateEnum": "adoption.models.EscalationState",
        "IssueStateEnum": "adoption.models.IssueState",
        "IssueSeverityEnum": "adoption.models.Severity",
        "MeetingKindEnum": "governance.models.Kind",
        "MeetingOutcomeEnum": "governance.models.Outcome",
        "LoadOutcomeEnum": "migration.models.Outcome",
        "RecordStateEnum": "migration.models.RecordState",
        "RecordVerdictEnum": "migration.models.Verdict",
        "RecordDecisionKindEnum": "migration.models.DecisionKind",
        "RoleEnum": "crmprogram.program.models.Role",
        "FunctionEnum": "crmprogram.program.models.Function",
    },
}

# --- logging ------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if LOOPBACK else env.str("LOG_FORMAT", default="json"),
        },
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
