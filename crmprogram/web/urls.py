"""Addresses outside a program: sign-in, programs, profile, health."""

from django.urls import include, path

from crmprogram.web import views_health

app_name = "web"

urlpatterns = [
    path("healthz", views_health.healthz, name="healthz"),
    path("readyz", views_health.readyz, name="readyz"),
    path("p/<slug:slug>/", include("crmprogram.web.urls_program")),
]
