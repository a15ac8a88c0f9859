"""Pages of the program floor, of uploads and of jobs, under /p/<slug>/."""

from django.urls import path

from crmprogram.web import views_columns, views_jobs, views_people, views_program, views_uploads

urlpatterns = [
    path("next/", views_program.Next.as_view(), name="next"),
    path("settings/", views_program.Settings.as_view(), name="settings"),
    path("members/", views_people.Members.as_view(), name="members"),
    path("members/<int:pk>/", views_people.Member.as_view(), name="member"),
    path("members/<int:pk>/leave/", views_people.MemberLeaves.as_view(), name="member-leaves"),
    path("invitations/<int:pk>/again/", views_people.ResendInvitation.as_view(), name="invitation-again"),
    path("invitations/<int:pk>/revoke/", views_people.RevokeInvitation.as_view(), name="invitation-revoke"),
    path("tokens/", views_people.Tokens.as_view(), name="tokens"),
    path("tokens/<int:pk>/revoke/", views_people.RevokeToken.as_view(), name="token-revoke"),
    path("teams/", views_program.Teams.as_view(), name="teams"),
    path("teams/<int:pk>/", views_program.EditTeam.as_view(), name="team"),
    path("teams/<int:pk>/remove/", views_program.RemoveTeam.as_view(), name="team-remove"),
    path("history/", views_program.History.as_view(), name="history"),
    path("jump/", views_program.Jump.as_view(), name="jump"),
    path("jobs/", views_program.Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>/", views_jobs.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/stop/", views_jobs.StopJob.as_view(), name="job-stop"),
    path("jobs/<int:pk>/resume/", views_jobs.ResumeJob.as_view(), name="job-resume"),
    path("uploads/", views_uploads.Uploads.as_view(), name="uploads"),
    path("uploads/new/", views_uploads.NewUpload.as_view(), name="upload-new"),
    path("uploads/<int:number>/", views_uploads.UploadPage.as_view(), name="upload"),
    path("uploads/<int:number>/encoding/", views_uploads.AnswerEncoding.as_view(), name="upload-encoding"),
    path("uploads/<int:number>/sheet/", views_uploads.AnswerSheet.as_view(), name="upload-sheet"),
    path("uploads/<int:number>/object/", views_uploads.AnswerObject.as_view(), name="upload-object"),
    path("uploads/<int:number>/columns/", views_columns.Columns.as_view(), name="upload-columns"),
    path("uploads/<int:number>/quarantined.csv", views_uploads.Quarantined.as_view(), name="upload-quarantined"),
]
