"""The Celery application and the whole beat schedule.

Celery only rings the bell: a message says "look at the jobs", and the job rows in
the database say what there is to do. A lost or doubled message changes nothing.
"""

import os
from pathlib import Path

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmprogram.settings.dev")

TRANSPORT_ALIASES["letterbox"] = "crmprogram.jobs.letterbox:Transport"
app = Celery("crmprogram")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "reap dead leases": {"task": "jobs.reap", "schedule": 15.0},
    "carry migration sets on": {"task": "migration.carry_on", "schedule": 60.0},
    "forget kept answers": {"task": "web.forget_answers", "schedule": 3600.0},
    "let old files go": {"task": "intake.let_go", "schedule": 3600.0},
    "seal the audit trail": {"task": "program.seal_audit", "schedule": 300.0},
    "follow unanswered escalations up": {"task": "adoption.follow_up", "schedule": 900.0},
    "send mail": {"task": "governance.send_mail", "schedule": 60.0},
    "send digests": {"task": "governance.send_digests", "schedule": 900.0},
    "read the checks again": {"task": "phases.take_readings", "schedule": 300.0},
}


@app.on_after_configure.connect
def make_queue_folders(sender: Celery, **kwargs: object) -> None:
    """The letterbox wants its folders to be there; closed to others, since a message is a command."""
    options = sender.conf.broker_transport_options or {}
    for name in ("data_folder_in", "data_folder_out", "processed_folder", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(mode=0o700, parents=True, exist_ok=True)
