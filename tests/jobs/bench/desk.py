"""What a test asks of a database that real workers write: start, wait ROWS, finish. Answers are JSON.

`finish` is also the reaper, as it runs beside the workers of a real installation.
"""

import json
import sys
import time

import django

django.setup()

from bench.models import Mark  # noqa: E402
from django.core.management import call_command  # noqa: E402

from crmprogram.jobs import services  # noqa: E402
from crmprogram.jobs.models import Job, JobState  # noqa: E402

REAP_SECONDS = 1
PATIENCE_SECONDS = 120  # a busy machine is slow to start processes


def start() -> dict:
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    return {"job": services.start_job(program=None, kind="bench", params={}).pk}


def wait(rows: int) -> dict:
    _until(lambda: Mark.objects.count() >= rows, every=0.05)
    return {"rows": Mark.objects.count()}


def finish() -> dict:
    def over() -> bool:
        services.reap()
        return Job.objects.get().state != JobState.RUNNING

    _until(over, every=REAP_SECONDS)
    job = Job.objects.get()
    return {
        "state": job.state,
        "error": job.error,
        "taken_over": job.attempts,
        "marks": sorted(Mark.objects.values_list("part", "no")),
        "pids": sorted(set(Mark.objects.values_list("pid", flat=True))),
        "shards": list(job.shards.order_by("step", "no").values_list("step", "state", "done", "total")),
    }


def _until(is_so, *, every: float) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("It did not happen in time.")
        time.sleep(every)


if __name__ == "__main__":
    command, *numbers = sys.argv[1:]
    answer = {"start": start, "wait": wait, "finish": finish}[command](*map(int, numbers))
    sys.stdout.write(json.dumps(answer))
