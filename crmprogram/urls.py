"""Every address: pages under /p/<slug>/, the API under /api/v1/, the admin."""

from django.contrib import admin
from django.urls import include, path

from crmprogram import api

urlpatterns = [
    path("", include("crmprogram.web.urls")),
    path("", include("governance.urls_portfolio")),
    path("p/<slug:slug>/", include("phases.urls")),
    path("p/<slug:slug>/", include("scorecard.urls")),
    path("p/<slug:slug>/", include("adoption.urls")),
    path("p/<slug:slug>/", include("migration.urls")),
    path("p/<slug:slug>/", include("governance.urls")),
    path("api/v1/", include(api.urlpatterns)),
    path("admin/", admin.site.urls),
]

handler400 = "crmprogram.web.views_errors.bad_request"
handler403 = "crmprogram.web.views_errors.forbidden"
handler404 = "crmprogram.web.views_errors.not_found"
handler500 = "crmprogram.web.views_errors.server_error"
