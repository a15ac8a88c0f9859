"""The people of a story in one program, and the work they set going."""

from __future__ import annotations

from datetime import date

from crmprogram.demo.story import Told
from crmprogram.jobs.models import Job
from crmprogram.jobs.runner import Work
from crmprogram.jobs.services import work_together
from crmprogram.program.models import Membership, Program, User


class Cast:
    """The members of one program by user name; `told` is its story, `size` the rows or reps of its exports."""

    def __init__(self, told: Told, work: Work) -> None:
        self.told, self.work = told, work
        self.program = Program.objects.get(pk=work.program.pk)
        self.today = date.fromisoformat(work.job.params["today"])
        self.size = int(work.job.params["size"])
        members = Membership.objects.of(self.program).select_related("user")
        self.members: dict[str, Membership] = {one.user.username: one for one in members}

    def __getitem__(self, username: str) -> User:
        return self.members[username].user

    def finish(self) -> None:
        """Work off what was set going in this program, and what follows from it, beside whoever else does."""
        running = Job.objects.of(self.program).running().exclude(pk=self.work.job.pk).order_by("pk")
        while (job := running.first()) is not None:
            work_together(job, self.work)
