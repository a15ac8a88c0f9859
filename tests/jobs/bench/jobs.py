"""Two steps that leave a mark for every unit, slowly enough to be killed in the middle."""

import os
import time

from bench.models import Mark

from crmprogram.jobs.registry import ShardPlan, Step, job

PARTS, UNITS, CHUNK = 4, 60, 5
CHUNK_SECONDS = 0.15


@job("bench", label="Marks")
def steps(job):
    return [
        Step("mark", "Leave marks", do=mark, shards=parts, unit="marks"),
        Step("close", "One mark at the end", do=close, unit="marks"),
    ]


def parts():
    return [ShardPlan({"part": part}, UNITS) for part in range(PARTS)]


def mark(work):
    for start in range(work.done, UNITS, CHUNK):
        time.sleep(CHUNK_SECONDS)
        leave(work, work.params["part"], range(start, start + CHUNK))


def close(work):
    if not work.done:
        leave(work, PARTS, range(1))


def leave(work, part, numbers):
    with work.commit(done=numbers[-1] + 1):
        Mark.objects.bulk_create(Mark(job_id=work.job.pk, part=part, no=no, pid=os.getpid()) for no in numbers)
