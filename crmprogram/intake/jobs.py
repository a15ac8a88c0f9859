"""Reading a file is a job: one shard, since a CSV file can only be read from its beginning."""

from __future__ import annotations

from crmprogram.intake import services
from crmprogram.intake.models import Upload
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import ShardPlan, Step, job


@job("intake", label="Reading a file", on_end=services.settle_upload)
def steps(job: Job) -> list[Step]:
    """read → account; the account fails the job if the rows do not add up (H0)."""

    def whole_file() -> list[ShardPlan]:
        upload = Upload.objects.get(pk=job.params["upload"])
        return [ShardPlan(total=services.expected_records(upload))]

    return [
        Step("read", "Read the rows", do=services.read_rows, shards=whole_file, unit="rows"),
        Step("account", "Balance the account", do=services.balance_rows, unit="file"),
    ]
