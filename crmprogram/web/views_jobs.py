"""Watch background work, stop it, resume it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.jobs import queries, services
from crmprogram.jobs.models import Job
from crmprogram.web.views import ProgramView

POLLING_ENDS = 286  # htmx: stop asking


class JobPage(ProgramView):
    """One job with its steps, rate and time left; htmx asks for the progress part every two seconds."""

    action = "jobs.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = get_object_or_404(Job.objects.of(self.program).select_related("program", "started_by"), pk=pk)
        progress = queries.progress(job)
        if request.htmx:
            status = POLLING_ENDS if progress.is_over else 200
            return self.page("components/job_progress.html", status=status, progress=progress)
        return self.page("web/job.html", progress=progress, job=job)


class StopJob(ProgramView):
    action = post_action = "jobs.control"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = services.stop_job(job=get_object_or_404(Job.objects.of(self.program), pk=pk), by=request.user)
        return self.done("web:job", job.pk, message="The work stops after its present part. What is done stays.")


class ResumeJob(ProgramView):
    action = post_action = "jobs.control"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = services.resume_job(job=get_object_or_404(Job.objects.of(self.program), pk=pk), by=request.user)
        return self.done("web:job", job.pk, message="The work goes on from where it stopped.")
