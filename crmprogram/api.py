"""One router, one line per viewset."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from crmprogram.web import viewsets as web

outer = SimpleRouter()
outer.register("programs", web.ProgramsViewSet, basename="program")

inner = SimpleRouter()  # everything of one program
inner.register("members", web.MemberViewSet, basename="member")
inner.register("invitations", web.InvitationViewSet, basename="invitation")
inner.register("teams", web.TeamViewSet, basename="team")
inner.register("tokens", web.TokenViewSet, basename="token")
inner.register("jobs", web.JobViewSet, basename="job")
inner.register("history", web.HistoryViewSet, basename="history")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include(outer.urls)),
    path("programs/<slug:slug>/", include(inner.urls)),
]
