"""One router, one line per viewset."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

outer = SimpleRouter()

inner = SimpleRouter()  # everything of one program

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include(outer.urls)),
    path("programs/<slug:slug>/", include(inner.urls)),
]
