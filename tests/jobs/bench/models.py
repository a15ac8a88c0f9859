from django.db import models


class Mark(models.Model):
    """One unit of work done. Not unique on purpose: work done twice must show."""

    job_id = models.BigIntegerField()
    part = models.IntegerField()
    no = models.IntegerField()
    pid = models.IntegerField()
