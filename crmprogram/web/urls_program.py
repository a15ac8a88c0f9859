"""Pages of the program floor, of uploads and of jobs, under /p/<slug>/."""

from django.urls import path

from crmprogram.web import views_jobs

urlpatterns = [
    path("jobs/<int:pk>/", views_jobs.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/stop/", views_jobs.StopJob.as_view(), name="job-stop"),
    path("jobs/<int:pk>/resume/", views_jobs.ResumeJob.as_view(), name="job-resume"),
]
