"""Addresses outside a program: sign-in, programs, profile, health."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from crmprogram.web import views_account, views_health, views_start

app_name = "web"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="web:programs"), name="home"),
    path("favicon.ico", views_account.favicon, name="favicon"),
    path("readyz", views_health.readyz, name="readyz"),
    path("login/", views_account.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("join/<str:token>/", views_account.Join.as_view(), name="join"),
    path("programs/", views_account.Programs.as_view(), name="programs"),
    path("programs/new/", views_start.NewProgram.as_view(), name="program-new"),
    path("programs/new/throw-away/", views_start.DropDraft.as_view(), name="program-new-drop"),
    path("programs/new/<str:page>/", views_start.NewProgramPage.as_view(), name="program-new-page"),
    path("profile/", views_account.Profile.as_view(), name="profile"),
    path("profile/password/", views_account.Password.as_view(), name="password"),
    path("components/", views_account.Components.as_view(), name="components"),
    path("p/<slug:slug>/", include("crmprogram.web.urls_program")),
]
