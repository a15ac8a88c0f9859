"""Reading a file is a job: one shard, since a CSV file can only be read from its beginning. So is letting it go."""

from __future__ import annotations

from crmprogram.intake import retention, storing
from crmprogram.intake.models import Upload
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import ShardPlan, Step, job


@job("intake", label="Reading a file", on_end=storing.settle_upload)
def steps(job: Job) -> list[Step]:
    """read → account; the account fails the job if the rows do not add up (H0)."""

    def whole_file() -> list[ShardPlan]:
        upload = Upload.objects.get(pk=job.params["upload"])
        return [ShardPlan(total=expected_records(upload))]

    return [
        Step("read", "Read the rows", do=storing.read_rows, shards=whole_file, unit="rows"),
        Step("account", "Balance the account", do=storing.balance_rows),
    ]


@job("retention", label="Letting old files go", moves_evidence=False)
def let_go(job: Job) -> list[Step]:
    """One step, a shard for each file."""

    def files() -> list[ShardPlan]:
        return retention.plan_files(job.program) if job.program else []

    return [
        Step(
            "let go",
            "Delete files and rows that were kept long enough",
            do=retention.let_go,
            shards=files,
            unit="rows",
        )
    ]


def expected_records(upload: Upload) -> int:
    """Guess the number of records for the progress bar: the line ends of the file's first megabyte, scaled.

    The rows of a workbook are counted already.
    """
    if upload.sheet:
        return max(1, sum(each["rows"] for each in upload.sheets if each["name"] == upload.sheet) - 1)
    with upload.path.open("rb") as stream:
        head = stream.read(1_048_576)
    lines = max(1, head.count(b"\n") or head.count(b"\r"))
    return max(1, lines * upload.size_bytes // len(head) - 1)
